import Testing
@testable import Factory
