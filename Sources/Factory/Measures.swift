// SPDX-License-Identifier: Apache-2.0

/// A number with a unit: the type is the unit, conversion happens at the edge.
package protocol Measure: Sendable, Codable, Hashable, Comparable, CustomStringConvertible {
    /// The number, in the unit of the type.
    var value: Double { get }
    init(_ value: Double)
    /// The unit as the screens print it.
    static var symbol: String { get }
}

extension Measure {
    package static func < (left: Self, right: Self) -> Bool { left.value < right.value }
    package static func + (left: Self, right: Self) -> Self { Self(left.value + right.value) }
    package static func - (left: Self, right: Self) -> Self { Self(left.value - right.value) }
    package static func * (left: Self, right: Double) -> Self { Self(left.value * right) }
    package static var zero: Self { Self(0) }

    /// As the bare number: the unit is the type.
    package init(from decoder: any Decoder) throws { self.init(try decoder.singleValueContainer().decode(Double.self)) }
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(value)
    }

    package var description: String { "\(value) \(Self.symbol)" }
}

/// A span of time. Unit: seconds.
package struct Seconds: Measure {
    package var value: Double
    package init(_ value: Double) { self.value = value }
    package static let symbol = "s"
}

/// Electrical power. Unit: watts.
package struct Watts: Measure {
    package var value: Double
    package init(_ value: Double) { self.value = value }
    package static let symbol = "W"
}

/// A part of a whole. Unit: none; range 0...1.
package struct Share: Measure {
    package var value: Double
    package init(_ value: Double) { self.value = value }
    package static let symbol = ""
}

/// A flow of tokens: generated, prefilled or trained, never summed across the three. Unit: tokens/s.
package struct TokensPerSecond: Measure {
    package var value: Double
    package init(_ value: Double) { self.value = value }
    package static let symbol = "tok/s"
}

/// A flow of requests. Unit: requests/s.
package struct RequestsPerSecond: Measure {
    package var value: Double
    package init(_ value: Double) { self.value = value }
    package static let symbol = "req/s"
}

/// Work of accelerators. Unit: GPU-hours.
package struct GPUHours: Measure {
    package var value: Double
    package init(_ value: Double) { self.value = value }
    package static let symbol = "GPU-h"
}

/// A count that may be an average or a model's result. Unit: none.
package struct Count: Measure {
    package var value: Double
    package init(_ value: Double) { self.value = value }
    package static let symbol = ""
}
