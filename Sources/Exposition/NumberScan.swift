// SPDX-License-Identifier: Apache-2.0

/// Reads numbers the way Go's `ParseFloat` does for Prometheus: decimal only, `NaN` and `Inf` in any case, no hexadecimal,
/// no underscores.
enum NumberScan {
    /// The number that the bytes of the range spell; nil when they spell none, or one that no `Double` can hold.
    static func double(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Double? {
        var at = range.lowerBound
        let end = range.upperBound
        guard at < end else { return nil }
        let isNegative = bytes[at] == UInt8(ascii: "-")
        let isSigned = isNegative || bytes[at] == UInt8(ascii: "+")
        if isSigned {
            at += 1
            guard at < end else { return nil }
        }
        if bytes[at] | 0x20 == UInt8(ascii: "n") || bytes[at] | 0x20 == UInt8(ascii: "i") {
            return special(bytes, at..<end, isNegative: isNegative, isSigned: isSigned)
        }
        guard let decimal = Decimal(bytes, &at, end), at == end else { return nil }
        if let exact = decimal.exact { return isNegative ? -exact : exact }
        let slow = bytes.extracting(range).withUnsafeBufferPointer { Double(String(decoding: $0, as: UTF8.self)) }
        guard let slow, slow.isFinite else { return nil }
        return slow
    }

    /// The number from an offset to the end of its line, and where that is, in one look at its bytes; nil where it takes a
    /// second one: for text behind the number, and for what is no short decimal number.
    @inline(__always)
    static func line(_ bytes: Span<UInt8>, from start: Int) -> (value: Double, end: Int)? {
        var at = start
        let isNegative = at < bytes.count && bytes[at] == UInt8(ascii: "-")
        if isNegative { at &+= 1 }
        guard let decimal = Decimal(bytes, &at, bytes.count), at < bytes.count, bytes[at] == UInt8(ascii: "\n"),
            let exact = decimal.exact
        else { return nil }
        return (isNegative ? -exact : exact, at)
    }

    private static func special(_ bytes: Span<UInt8>, _ range: Range<Int>, isNegative: Bool, isSigned: Bool) -> Double?
    {
        if spells("nan", bytes, range) { return isSigned ? nil : .nan }
        guard spells("inf", bytes, range) || spells("infinity", bytes, range) else { return nil }
        return isNegative ? -.infinity : .infinity
    }

    private static func spells(_ word: StaticString, _ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        guard word.utf8CodeUnitCount == range.count else { return false }
        return word.withUTF8Buffer { letters in
            letters.indices.allSatisfy { bytes[range.lowerBound + $0] | 0x20 == letters[$0] }
        }
    }

    /// Digits and a power of ten, before they become a `Double`.
    private struct Decimal {
        private var mantissa: UInt64 = 0
        private var digits = 0
        private var exponent = 0

        /// Reads on as far as a number goes.
        init?(_ bytes: Span<UInt8>, _ at: inout Int, _ end: Int) {
            let start = at
            var number: UInt64 = 0
            /// Passes over digits. That they are too many for 64 bits is seen afterwards.
            func skipDigits(_ at: inout Int) -> Int {
                let start = at
                while at < end {
                    let digit = bytes[at] &- UInt8(ascii: "0")
                    guard digit <= 9 else { break }
                    number = number &* 10 &+ UInt64(digit)
                    at &+= 1
                }
                return at &- start
            }
            let whole = skipDigits(&at)
            var fraction = 0
            if at < end, bytes[at] == UInt8(ascii: ".") {
                at &+= 1
                fraction = skipDigits(&at)
            }
            guard whole + fraction > 0 else { return nil }
            if whole + fraction <= Self.digitLimit {
                (mantissa, digits, exponent) = (number, whole + fraction, -fraction)
            } else {
                for offset in start..<at where bytes[offset] != UInt8(ascii: ".") {
                    append(bytes[offset] &- UInt8(ascii: "0"), isFraction: offset >= at - fraction)
                }
            }
            guard at < end, bytes[at] | 0x20 == UInt8(ascii: "e") else { return }
            at &+= 1
            guard let power = Self.power(bytes, &at, end) else { return nil }
            exponent += power
        }

        /// Digits that 64 bits hold, whatever they are.
        private static var digitLimit: Int { 19 }

        /// Of many digits the ones that count: zeros before the first are none.
        private mutating func append(_ digit: UInt8, isFraction: Bool) {
            if digits == 0, digit == 0 {
                if isFraction { exponent -= 1 }
                return
            }
            digits += 1
            if digits <= Self.digitLimit {
                mantissa = mantissa &* 10 &+ UInt64(digit)
                if isFraction { exponent -= 1 }
            } else if !isFraction {
                exponent += 1
            }
        }

        /// The digits after an `e`, clamped to what no `Double` reaches.
        private static func power(_ bytes: Span<UInt8>, _ at: inout Int, _ end: Int) -> Int? {
            guard at < end else { return nil }
            let isNegative = bytes[at] == UInt8(ascii: "-")
            if isNegative || bytes[at] == UInt8(ascii: "+") { at &+= 1 }
            let start = at
            var power = 0
            while at < end {
                let digit = bytes[at] &- UInt8(ascii: "0")
                guard digit <= 9 else { break }
                power = min(power &* 10 &+ Int(digit), 100_000)
                at &+= 1
            }
            guard at > start else { return nil }
            return isNegative ? -power : power
        }

        /// The value where whole numbers give it, exactly rounded: up to 19 digits and a power of ten within 10^±18, which
        /// is what exporters write. nil: it takes longer arithmetic.
        var exact: Double? {
            if mantissa == 0 { return 0 }
            guard digits <= Self.digitLimit else { return nil }
            if mantissa <= 1 << 53, abs(exponent) <= 22 {
                let power = NumberScan.powers[abs(exponent)]
                return exponent < 0 ? Double(mantissa) / power : Double(mantissa) * power
            }
            guard abs(exponent) <= 18 else { return nil }
            let power = UInt128(NumberScan.wholePowers[abs(exponent)])
            guard exponent < 0 else { return Self.rounded(UInt128(mantissa) * power, isCut: false) }
            let (quotient, rest) = (UInt128(mantissa) << 63).quotientAndRemainder(dividingBy: power)
            return Self.rounded(quotient, isCut: rest != 0) * 0x1p-63
        }

        /// - Parameter isCut: whether a part below one was cut off.
        private static func rounded(_ number: UInt128, isCut: Bool) -> Double {
            let extra = max(0, 64 - number.leadingZeroBitCount)
            let high = UInt64(truncatingIfNeeded: number >> UInt128(extra))
            let low = number & ((UInt128(1) << UInt128(extra)) - 1)
            // What lies far below the last bit only breaks ties.
            let sticky: UInt64 = low != 0 || isCut ? 1 : 0
            return Double(high | sticky) * Double(sign: .plus, exponent: extra, significand: 1)
        }
    }

    private static let powers: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20,
        1e21, 1e22,
    ]
    private static let wholePowers: [UInt64] = (0...18).map { (0..<$0).reduce(1) { power, _ in power * 10 } }
}
