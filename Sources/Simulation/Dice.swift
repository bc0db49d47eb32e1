// SPDX-License-Identifier: Apache-2.0

import RealModule

/// A seeded stream of random numbers: the same seed gives the same numbers on every machine.
///
/// SplitMix64; each part of the plant draws from a stream of its own, so that what an operator does never changes
/// what arrives or what breaks.
struct Dice: Sendable, Hashable {
    private var state: UInt64

    init(seed: UInt64, stream: UInt64) {
        state = Dice.mix(seed &+ Dice.mix(stream &+ 0x9E37_79B9_7F4A_7C15))
    }

    /// Scrambles 64 bits; neighbours land far apart.
    static func mix(_ value: UInt64) -> UInt64 {
        var z = value &+ 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// Uniform in 0..<1.
    mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

    mutating func between(_ low: Double, _ high: Double) -> Double { low + (high - low) * unit() }

    /// Uniform in 0..<count; 0 when there is nothing to choose from.
    mutating func index(below count: Int) -> Int { count > 0 ? Int(unit() * Double(count)) : 0 }

    mutating func exponential(mean: Double) -> Double { -mean * Double.log(1 - unit()) }

    /// Standard normal, by the Box-Muller transform; the second value is not kept, so a copy of the stream is all its state.
    mutating func normal() -> Double {
        let radius = Double.sqrt(-2 * Double.log(1 - unit()))
        return radius * Double.cos(2 * Double.pi * unit())
    }

    /// Gamma with scale 1, by Marsaglia and Tsang.
    mutating func gamma(shape: Double) -> Double {
        guard shape > 0 else { return 0 }
        if shape < 1 {
            let boost = Double.pow(1 - unit(), 1 / shape)
            return gamma(shape: shape + 1) * boost
        }
        let d = shape - 1.0 / 3
        let c = 1 / Double.sqrt(9 * d)
        while true {
            let x = normal()
            let cubed = 1 + c * x
            guard cubed > 0 else { continue }
            let v = cubed * cubed * cubed
            if Double.log(1 - unit()) < 0.5 * x * x + d - d * v + d * Double.log(v) { return d * v }
        }
    }

    /// Student's t: heavier tails than a normal. Variance is freedom / (freedom - 2).
    mutating func studentT(freedom: Double) -> Double {
        normal() / Double.sqrt(2 * gamma(shape: freedom / 2) / freedom)
    }

    /// Poisson; a rounded normal from 60 on, where the two cannot be told apart.
    mutating func poisson(mean: Double) -> Double {
        guard mean > 0 else { return 0 }
        if mean >= 60 { return max(0, (mean + Double.sqrt(mean) * normal()).rounded()) }
        let limit = Double.exp(-mean)
        var product = 1 - unit()
        var count = 0.0
        while product > limit {
            count += 1
            product *= 1 - unit()
        }
        return count
    }

    /// A whole number of arrivals with this mean and, where it is over 1, this ratio of variance to mean
    /// (negative binomial: a Poisson flow whose rate is itself gamma-distributed).
    mutating func arrivals(mean: Double, burstiness: Double) -> Double {
        guard mean > 0 else { return 0 }
        let excess = burstiness - 1
        guard excess > 0.01 else { return poisson(mean: mean) }
        return poisson(mean: gamma(shape: mean / excess) * excess)
    }
}

/// Noise that is a function of time instead of a stream: it costs nothing while nobody looks, and it drifts slowly
/// enough for a display with hysteresis.
enum SlowNoise {
    /// Smooth between -1 and 1; it forgets itself within about a `period`.
    static func value(seed: UInt64, lane: UInt64, at seconds: Double, period: Double) -> Double {
        let position = seconds / period
        let whole = position.rounded(.down)
        let part = position - whole
        let bucket = UInt64(bitPattern: Int64(whole))
        let smooth = part * part * (3 - 2 * part)
        let from = level(seed, lane, bucket)
        return from + (level(seed, lane, bucket &+ 1) - from) * smooth
    }

    /// Fixed for ever, between -1 and 1.
    static func bias(seed: UInt64, lane: UInt64) -> Double { level(seed, lane, 0x5EED) }

    private static func level(_ seed: UInt64, _ lane: UInt64, _ bucket: UInt64) -> Double {
        let bits = Dice.mix(seed ^ (lane &* 0xD6E8_FEB8_6659_FD93) ^ (bucket &* 0xA24B_AED4_963E_E407))
        return Double(bits >> 11) * 0x1p-52 - 1
    }
}
