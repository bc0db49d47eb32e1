// SPDX-License-Identifier: Apache-2.0

extension RawSpan {
    /// The first place of a byte in a range of offsets; nil: it is not there. Eight bytes at a time.
    func firstOffset(of byte: UInt8, in range: Range<Int>) -> Int? {
        var at = range.lowerBound
        let end = min(range.upperBound, byteCount)
        let wanted = UInt64(byte) &* Self.ones
        while at &+ 8 <= end {
            let hits = Self.zeros(word(at) ^ wanted)
            if hits != 0 { return at &+ hits.trailingZeroBitCount / 8 }
            at &+= 8
        }
        while at < end {
            if unsafeLoadUnaligned(fromUncheckedByteOffset: at, as: UInt8.self) == byte { return at }
            at &+= 1
        }
        return nil
    }

    /// The first place of either of two bytes.
    func firstOffset(of byte: UInt8, or other: UInt8, in range: Range<Int>) -> Int? {
        var at = range.lowerBound
        let end = min(range.upperBound, byteCount)
        let wanted = UInt64(byte) &* Self.ones
        let either = UInt64(other) &* Self.ones
        while at &+ 8 <= end {
            let here = word(at)
            let hits = Self.zeros(here ^ wanted) | Self.zeros(here ^ either)
            if hits != 0 { return at &+ hits.trailingZeroBitCount / 8 }
            at &+= 8
        }
        while at < end {
            let here = unsafeLoadUnaligned(fromUncheckedByteOffset: at, as: UInt8.self)
            if here == byte || here == other { return at }
            at &+= 1
        }
        return nil
    }

    /// The first place from an offset on of a byte that no classic metric name has: not a letter, digit, `_` or `:`.
    ///
    /// It may lie behind the line: a line end is no part of a name.
    func metricNameEnd(from start: Int) -> Int { nameEnd(from: start, lastDigit: UInt8(ascii: ":")) }

    /// The same of a label's name, which has no colon either.
    func labelNameEnd(from start: Int) -> Int { nameEnd(from: start, lastDigit: UInt8(ascii: "9")) }

    /// - Parameter lastDigit: the colon stands behind the nine.
    @inline(__always)
    private func nameEnd(from start: Int, lastDigit: UInt8) -> Int {
        var at = start
        while at &+ 8 <= byteCount {
            let strangers = Self.strangers(word(at), lastDigit: lastDigit)
            if strangers != 0 { return at &+ strangers.trailingZeroBitCount / 8 }
            at &+= 8
        }
        while at < byteCount {
            let byte = unsafeLoadUnaligned(fromUncheckedByteOffset: at, as: UInt8.self)
            if Self.strangers(UInt64(byte), lastDigit: lastDigit) & 0x80 != 0 { return at }
            at &+= 1
        }
        return at
    }

    /// A set high bit for each byte that is in no name.
    @inline(__always)
    private static func strangers(_ word: UInt64, lastDigit: UInt8) -> UInt64 {
        let low = word & (0x7f &* ones)
        /// A set high bit for each byte from one to another, both below 128: no sum carries into the next byte.
        func within(_ bytes: UInt64, _ first: UInt8, _ last: UInt8) -> UInt64 {
            (bytes &+ UInt64(0x80 &- first) &* ones) & ~(bytes &+ UInt64(0x7f &- last) &* ones)
        }
        // 0x20 makes letters small, and nothing else a letter.
        let known =
            within(low | (0x20 &* ones), UInt8(ascii: "a"), UInt8(ascii: "z"))
            | within(low, UInt8(ascii: "0"), lastDigit) | within(low, UInt8(ascii: "_"), UInt8(ascii: "_"))
        return (~known | word) & (0x80 &* ones)
    }

    private static var ones: UInt64 { 0x0101_0101_0101_0101 }

    /// How many bytes are the same in two spans from two offsets on.
    ///
    /// - Parameter limit: no more than what is left of the shorter one.
    func commonCount(at start: Int, with other: RawSpan, at otherStart: Int, atMost limit: Int) -> Int {
        var at = 0
        func differ(_ offset: Int) -> UInt64 { word(start &+ offset) ^ other.word(otherStart &+ offset) }
        while at &+ 32 <= limit {
            if differ(at) | differ(at &+ 8) | differ(at &+ 16) | differ(at &+ 24) != 0 { break }
            at &+= 32
        }
        while at &+ 8 <= limit {
            let bits = differ(at)
            if bits != 0 { return at &+ bits.trailingZeroBitCount / 8 }
            at &+= 8
        }
        while at < limit {
            let isSame =
                unsafeLoadUnaligned(fromUncheckedByteOffset: start &+ at, as: UInt8.self)
                == other.unsafeLoadUnaligned(fromUncheckedByteOffset: otherStart &+ at, as: UInt8.self)
            if !isSame { return at }
            at &+= 1
        }
        return limit
    }

    /// Mixes bytes into a hash, and how many they are.
    func mix(into hash: inout UInt64, _ range: Range<Int>) {
        func mix(_ word: UInt64) {
            let product = (hash ^ word).multipliedFullWidth(by: 0x9e37_79b9_7f4a_7c15)
            hash = product.high ^ product.low
        }
        mix(UInt64(range.count))
        var at = range.lowerBound
        while at &+ 8 <= range.upperBound {
            mix(word(at))
            at &+= 8
        }
        var rest: UInt64 = 0
        while at < range.upperBound {
            rest = rest << 8 | UInt64(unsafeLoadUnaligned(fromUncheckedByteOffset: at, as: UInt8.self))
            at &+= 1
        }
        mix(rest)
    }

    /// Eight bytes, the first one lowest. The caller has seen that they are there.
    private func word(_ offset: Int) -> UInt64 {
        UInt64(littleEndian: unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self))
    }

    /// A set high bit for each byte that is zero: exact for the lowest, which is all that is asked.
    private static func zeros(_ word: UInt64) -> UInt64 {
        (word &- ones) & ~word & (0x80 &* ones)
    }
}
