// SPDX-License-Identifier: Apache-2.0

/// A line that says how early it goes when there are too few rows: the highest rank first, 0 last.
package struct RankedLine: Sendable, Hashable {
    package var line: TextLine
    package var rank: Int

    package init(_ line: TextLine, rank: Int) {
        self.line = line
        self.rank = rank
    }

    /// Air between sections: the first to go.
    static let air = RankedLine(TextLine(), rank: 9)

    /// What fits in so many rows, in order; `dropped` counts lines that said something.
    static func fitted(_ lines: [RankedLine], rows: Int) -> (lines: [TextLine], dropped: Int) {
        var kept = lines
        while kept.last == .air { kept.removeLast() }
        var dropped = 0
        while kept.count > max(0, rows) {
            let worst = kept.map(\.rank).max() ?? 0
            guard let index = kept.lastIndex(where: { $0.rank == worst }) else { break }
            if kept[index] != .air { dropped += 1 }
            kept.remove(at: index)
        }
        return (kept.map(\.line), dropped)
    }
}
