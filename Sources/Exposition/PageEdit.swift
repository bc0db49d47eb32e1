// SPDX-License-Identifier: Apache-2.0

/// Lines of a page that stand in the place of lines of the page before it: what came, went or has other labels.
package struct PageEdit: Sendable {
    /// Samples of the page before that are gone, by their place in it; empty where lines only came.
    package var removed: Range<Int>
    /// The lines that came, read; their ranges are of `inserted.bytes`.
    package var inserted: ExpositionPage
}

/// Where two pages are the same again behind lines that are not.
///
/// An exporter writes its series in a fixed order: a device that comes or goes is a line or two in many places of the page,
/// and all that stands between them is as it was.
struct LineResync {
    /// How many lines of either page are passed over for a meeting.
    private static let reach = 64

    /// Bytes that may still be looked at: about as many as the page has, for which it is read anew.
    private var left: Int

    init(_ page: RawSpan) { left = page.byteCount + 4096 }

    /// Where the old page and the new one go on alike.
    struct Meeting {
        /// Samples of the old page that are passed over.
        var removed: Int
        /// First byte of the line in the old page, and in the new one.
        var old: Int
        var new: Int
    }

    /// Looks for the nearest sample that stands in both pages.
    ///
    /// - Parameters:
    ///   - starts: of the old page's numbers that are not passed yet.
    ///   - oldLine: first byte of the line that differs; `newLine`: the same in the new page.
    /// - Returns: nil where there is none within reach.
    mutating func meet(
        _ old: RawSpan, _ starts: some RandomAccessCollection<Int>, oldLine: Int, _ new: RawSpan, newLine: Int
    ) -> Meeting? {
        var known: [Range<Int>] = []
        var newLines = [newLine]
        for distance in 0..<(2 * Self.reach) {
            if known.count == distance, distance < Self.reach, distance < starts.count {
                let start = starts[starts.index(starts.startIndex, offsetBy: distance)]
                known.append(old.lineStart(before: start)..<start)
                left -= start - known[distance].lowerBound
            }
            if newLines.count == distance, distance < Self.reach,
                let end = new.firstOffset(of: UInt8(ascii: "\n"), in: newLines[distance - 1]..<new.byteCount)
            {
                left -= end - newLines[distance - 1]
                newLines.append(end + 1)
            }
            guard left > 0 else { return nil }
            let fewest = max(0, distance - newLines.count + 1)
            for removed in known.indices.clamped(to: fewest..<(distance + 1)) {
                let other = newLines[distance - removed]
                let length = known[removed].count
                guard length <= new.byteCount - other else { continue }
                let same = old.commonCount(at: known[removed].lowerBound, with: new, at: other, atMost: length)
                left -= same + 8
                if same == length { return Meeting(removed: removed, old: known[removed].lowerBound, new: other) }
            }
        }
        return nil
    }
}

extension RawSpan {
    /// The first byte of the line in which an offset lies.
    func lineStart(before offset: Int) -> Int {
        var at = offset
        while at > 0, unsafeLoadUnaligned(fromUncheckedByteOffset: at &- 1, as: UInt8.self) != UInt8(ascii: "\n") {
            at &-= 1
        }
        return at
    }
}
