// SPDX-License-Identifier: Apache-2.0

/// Writes the blocks of a `PackedSlab`.
struct BlockWriter {
    /// Of the first byte: the bits of each number, and what else there is.
    static let width: UInt8 = 0x1F
    static let isSteps: UInt8 = 0x20
    static let hasGaps: UInt8 = 0x40
    /// The whole block of a track that nobody knew anything of.
    static let nobody: UInt8 = 0x80

    var bytes: [UInt8] = []

    /// - Parameter block: at most 64 codes; what is unknown in it is overwritten.
    mutating func write(_ block: inout [UInt16]) {
        let known = fill(&block)
        guard known != 0 else { return bytes.append(Self.nobody) }
        let (low, far, step) = Self.spread(block)
        let distance = UInt16.bitWidth - far.leadingZeroBitCount
        let stepping = UInt16.bitWidth - step.leadingZeroBitCount
        let inSteps = stepping < distance
        let bits = inSteps ? stepping : distance
        let isWhole = known == Self.every(block.count)
        bytes.append(UInt8(bits) | (inSteps ? Self.isSteps : 0) | (isWhole ? 0 : Self.hasGaps))
        if !isWhole { append(known, bytes: (block.count + 7) / 8) }
        let base = inSteps ? block[0] : low
        append(UInt64(base), bytes: 2)
        if bits > 0 { pack(block, from: inSteps ? nil : low, bits: bits) }
    }

    static func every(_ count: Int) -> UInt64 { count >= 64 ? .max : (1 << UInt64(count)) - 1 }

    /// Small numbers for small steps either way, around the ring of all codes.
    static func folded(_ step: UInt16) -> UInt16 { (step << 1) ^ (step & 0x8000 == 0 ? 0 : 0xFFFF) }

    /// Puts what was known before into the gaps, so that they cost no bits.
    ///
    /// - Returns: a bit for each moment that was known.
    private func fill(_ block: inout [UInt16]) -> UInt64 {
        var known: UInt64 = 0
        var last = SampleScale.unknown
        for moment in block.indices {
            if block[moment] != SampleScale.unknown {
                known |= 1 << UInt64(moment)
                last = block[moment]
            } else {
                block[moment] = last
            }
        }
        guard known != 0 else { return 0 }
        let first = known.trailingZeroBitCount
        for moment in 0..<first { block[moment] = block[first] }
        return known
    }

    /// The lowest code, the distance of the highest to it, and the bits of all steps together.
    private static func spread(_ block: [UInt16]) -> (low: UInt16, far: UInt16, step: UInt16) {
        var (low, high, steps) = (UInt16.max, UInt16.min, UInt16.min)
        var before = block[0]
        for code in block {
            low = min(low, code)
            high = max(high, code)
            steps |= folded(code &- before)
            before = code
        }
        return (low, high &- low, steps)
    }

    private mutating func append(_ number: UInt64, bytes count: Int) {
        for byte in 0..<count { bytes.append(UInt8(truncatingIfNeeded: number >> UInt64(8 * byte))) }
    }

    /// - Parameter low: what distances are counted from; nil: steps are packed.
    private mutating func pack(_ block: [UInt16], from low: UInt16?, bits: Int) {
        var held: UInt64 = 0
        var count = 0
        for moment in (low == nil ? 1 : 0)..<block.count {
            let number = low.map { block[moment] &- $0 } ?? Self.folded(block[moment] &- block[moment - 1])
            held |= UInt64(number) << UInt64(count)
            count += bits
            while count >= 8 {
                bytes.append(UInt8(truncatingIfNeeded: held))
                held >>= 8
                count -= 8
            }
        }
        if count > 0 { bytes.append(UInt8(truncatingIfNeeded: held)) }
    }
}

/// Reads the blocks of a `PackedSlab`.
enum BlockReader {
    /// Where the block that begins at a place ends; nil where it is none, or goes on behind the bytes.
    static func end(of place: Int, in bytes: [UInt8], moments: Int) -> Int? {
        guard place < bytes.count else { return nil }
        let head = bytes[place]
        if head == BlockWriter.nobody { return place + 1 }
        let bits = Int(head & BlockWriter.width)
        guard head & BlockWriter.nobody == 0, bits <= UInt16.bitWidth, moments > 0 else { return nil }
        let numbers = head & BlockWriter.isSteps == 0 ? moments : moments - 1
        let end =
            place + 3 + (head & BlockWriter.hasGaps == 0 ? 0 : (moments + 7) / 8) + (numbers * bits + 7) / 8
        return end <= bytes.count ? end : nil
    }

    /// - Precondition: `end` said that there is a block.
    static func codes(at start: Int, in bytes: [UInt8], moments: Int) -> [UInt16] {
        let head = bytes[start]
        guard head != BlockWriter.nobody else { return [UInt16](repeating: SampleScale.unknown, count: moments) }
        var place = start + 1
        var known = BlockWriter.every(moments)
        if head & BlockWriter.hasGaps != 0 {
            known = number(at: place, bytes: (moments + 7) / 8, in: bytes)
            place += (moments + 7) / 8
        }
        let base = UInt16(truncatingIfNeeded: number(at: place, bytes: 2, in: bytes))
        place += 2
        let bits = Int(head & BlockWriter.width)
        let inSteps = head & BlockWriter.isSteps != 0
        var codes: [UInt16] = []
        codes.reserveCapacity(moments)
        var held: UInt64 = 0
        var count = 0
        var last = base
        for moment in 0..<moments {
            if inSteps, moment == 0 {
                codes.append(base)
                continue
            }
            while count < bits {
                held |= UInt64(bytes[place]) << UInt64(count)
                place += 1
                count += 8
            }
            let number = UInt16(truncatingIfNeeded: held & ((1 << UInt64(bits)) - 1))
            held >>= UInt64(bits)
            count -= bits
            last = inSteps ? last &+ unfolded(number) : base &+ number
            codes.append(last)
        }
        for moment in 0..<moments where known & (1 << UInt64(moment)) == 0 { codes[moment] = SampleScale.unknown }
        return codes
    }

    private static func unfolded(_ number: UInt16) -> UInt16 { (number >> 1) ^ (number & 1 == 0 ? 0 : 0xFFFF) }

    private static func number(at place: Int, bytes count: Int, in bytes: [UInt8]) -> UInt64 {
        (0..<count).reduce(0) { $0 | UInt64(bytes[place + $1]) << UInt64(8 * $1) }
    }
}
