import Testing
@testable import tokenworks
