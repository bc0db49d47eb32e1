// SPDX-License-Identifier: Apache-2.0

/// The codes of many tracks over a few moments, packed: what an hour of ten thousand nodes fits into memory as.
///
/// Each track is a block of its own: one byte that says how, the moments that are known where not all are, the lowest code
/// and then the distances to it in as few bits as the farthest takes; or, where that is less, the first code and the steps from each
/// to the next. A block says its own length, and the place of every 64th is kept: reading a track passes at most 63 others.
package struct PackedSlab: Sendable, Equatable {
    /// Moments of each track.
    package let moments: Int
    package let tracks: Int
    package let bytes: [UInt8]
    private let marks: [UInt32]

    package static let longest = 64
    private static let stride = 64

    /// - Parameter codes: moment after moment, each with the codes of all tracks.
    package init(_ codes: [UInt16], moments: Int, tracks: Int) {
        precondition(moments <= Self.longest && codes.count >= moments * tracks, "a slab of what is there")
        var writer = BlockWriter()
        writer.bytes.reserveCapacity(tracks * (moments / 2 + 4))
        var marks: [UInt32] = []
        marks.reserveCapacity(tracks / Self.stride + 1)
        var block = [UInt16](repeating: 0, count: moments)
        for track in 0..<tracks {
            if track % Self.stride == 0 { marks.append(UInt32(writer.bytes.count)) }
            for moment in 0..<moments { block[moment] = codes[moment &* tracks &+ track] }
            writer.write(&block)
        }
        (self.moments, self.tracks, self.marks, bytes) = (moments, tracks, marks, writer.bytes.exact)
    }

    /// A slab that was kept somewhere; nil where the bytes are not those of so many blocks.
    package init?(bytes: [UInt8], moments: Int, tracks: Int) {
        guard (0...Self.longest).contains(moments), tracks >= 0, bytes.count >= tracks else { return nil }
        var marks: [UInt32] = []
        var place = 0
        for track in 0..<tracks {
            if track % Self.stride == 0 { marks.append(UInt32(clamping: place)) }
            guard let end = BlockReader.end(of: place, in: bytes, moments: moments) else { return nil }
            place = end
        }
        guard place == bytes.count else { return nil }
        (self.moments, self.tracks, self.marks, self.bytes) = (moments, tracks, marks, bytes)
    }

    /// The codes of one track, oldest first; unknown ones for a track that was not there yet.
    package func codes(of track: Int) -> [UInt16] {
        guard let place = place(of: track) else { return [UInt16](repeating: SampleScale.unknown, count: moments) }
        return BlockReader.codes(at: place, in: bytes, moments: moments)
    }

    /// The same moments with other tracks: each is one of these by its place, or nil for one that nobody knew then.
    package func picking(_ order: [Int?]) -> PackedSlab {
        var picked = BlockWriter()
        var starts: [Int] = []
        var place = 0
        for _ in 0..<tracks {
            starts.append(place)
            place = BlockReader.end(of: place, in: bytes, moments: moments) ?? bytes.count
        }
        starts.append(bytes.count)
        var marks: [UInt32] = []
        for (index, old) in order.enumerated() {
            if index % Self.stride == 0 { marks.append(UInt32(picked.bytes.count)) }
            if let old, old < tracks {
                picked.bytes += bytes[starts[old]..<starts[old + 1]]
            } else {
                picked.bytes.append(BlockWriter.nobody)
            }
        }
        return PackedSlab(moments: moments, tracks: order.count, bytes: picked.bytes.exact, marks: marks)
    }

    private init(moments: Int, tracks: Int, bytes: [UInt8], marks: [UInt32]) {
        (self.moments, self.tracks, self.bytes, self.marks) = (moments, tracks, bytes, marks)
    }

    private func place(of track: Int) -> Int? {
        guard track >= 0, track < tracks else { return nil }
        var place = Int(marks[track / Self.stride])
        for _ in 0..<track % Self.stride {
            place = BlockReader.end(of: place, in: bytes, moments: moments) ?? bytes.count
        }
        return place
    }
}

extension [UInt8] {
    /// A copy without the room that growing left behind it.
    var exact: [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            filled = count
            _ = buffer.initialize(from: self)
        }
    }
}
