// SPDX-License-Identifier: Apache-2.0

package import Factory

/// One quantity of a chapter as the bytes that are stored.
///
/// A byte of version, the number of moments and of tracks, the first moment, the milliseconds of each of the others after it,
/// the packed slab, and a sum over all of it: SQLite does not notice a page that changed on the disk.
package enum ChapterBytes {
    private static let version: UInt8 = 1
    private static let head = 1 + 1 + 4 + 8
    private static let tail = 8
    /// More tracks than this are nobody's plant.
    private static let mostTracks = 1 << 20

    package static func encode(_ slab: PackedSlab, times: [Double]) -> [UInt8] {
        precondition(slab.moments == times.count && !times.isEmpty, "a slab of these moments")
        var bytes: [UInt8] = []
        bytes.reserveCapacity(head + 4 * times.count + slab.bytes.count + tail)
        bytes.append(version)
        bytes.append(UInt8(times.count))
        append(UInt64(slab.tracks), 4, to: &bytes)
        append(times[0].bitPattern, 8, to: &bytes)
        for time in times.dropFirst() {
            append(UInt64(UInt32(clamping: Int64(((time - times[0]) * 1000).rounded()))), 4, to: &bytes)
        }
        bytes += slab.bytes
        append(sum(bytes[...]), tail, to: &bytes)
        return bytes
    }

    /// nil where the bytes are not what was written.
    package static func decode(_ bytes: [UInt8]) -> (slab: PackedSlab, times: [Double])? {
        guard bytes.count >= head + tail, bytes[0] == version else { return nil }
        let body = bytes.count - tail
        guard sum(bytes[..<body]) == number(at: body, tail, in: bytes) else { return nil }
        let moments = Int(bytes[1])
        let tracks = Int(number(at: 2, 4, in: bytes))
        let first = Double(bitPattern: number(at: 6, 8, in: bytes))
        let start = head + 4 * (moments - 1)
        guard (1...PackedSlab.longest).contains(moments), tracks <= mostTracks, first.isFinite, start <= body else {
            return nil
        }
        var times = [first]
        for moment in 1..<max(1, moments) {
            let time = first + Double(number(at: head + 4 * (moment - 1), 4, in: bytes)) / 1000
            guard time >= times[moment - 1] else { return nil }
            times.append(time)
        }
        guard let slab = PackedSlab(bytes: Array(bytes[start..<body]), moments: moments, tracks: tracks) else {
            return nil
        }
        return (slab, times)
    }

    private static func append(_ number: UInt64, _ count: Int, to bytes: inout [UInt8]) {
        for place in 0..<count { bytes.append(UInt8(truncatingIfNeeded: number >> UInt64(8 * place))) }
    }

    private static func number(at place: Int, _ count: Int, in bytes: [UInt8]) -> UInt64 {
        (0..<count).reduce(0) { $0 | UInt64(bytes[place + $1]) << UInt64(8 * $1) }
    }

    /// FNV-1a: against rot, not against people.
    private static func sum(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
}
