// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Logarithms for the tests, which may import Foundation.
enum RealLog {
    static func log(_ value: Double) -> Double { Foundation.log(value) }
    static func exp(_ value: Double) -> Double { Foundation.exp(value) }
}
