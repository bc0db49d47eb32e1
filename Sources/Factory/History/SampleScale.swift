// SPDX-License-Identifier: Apache-2.0

/// How a measured number becomes a small whole one, so that an hour of it takes little memory.
package enum SampleScale: UInt8, Sendable, Hashable, CaseIterable {
    /// Steps of half a percent, for what runs 0...1.
    case share
    /// Steps of about 1 % of the number itself, for noisy ones of any size.
    case coarse
    /// Steps of about 0.3 % of the number itself.
    case fine

    /// The code of what nobody knew.
    package static let unknown = UInt16.max

    /// Bits of the mantissa that stay; the codes of positive numbers are ordered as they are.
    private var mantissa: UInt32 { self == .coarse ? 6 : 8 }
    private static let stepsPerOne: Float = 200
    /// Below the pattern of infinity at either mantissa.
    private static let greatest: Float = 3e38

    /// - Returns: `unknown` for NaN; the nearest end for what the scale does not reach.
    package func code(_ value: Float) -> UInt16 {
        if value.isNaN { return Self.unknown }
        guard value > 0 else { return 0 }
        if self == .share {
            return UInt16(min(value * Self.stepsPerOne, Float(Self.unknown - 1)).rounded())
        }
        let shift = 23 - mantissa
        return UInt16((min(value, Self.greatest).bitPattern + (1 << (shift - 1))) >> shift)
    }

    /// NaN for `unknown`.
    package func value(_ code: UInt16) -> Float {
        if code == Self.unknown { return .nan }
        if self == .share { return Float(code) / Self.stepsPerOne }
        return min(Float(bitPattern: UInt32(code) << (23 - mantissa)), Self.greatest)
    }
}
