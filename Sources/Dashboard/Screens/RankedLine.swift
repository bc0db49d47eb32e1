// SPDX-License-Identifier: Apache-2.0

import Screen

/// A line that says how early it goes when there are too few rows: the highest rank first, 0 last.
package struct RankedLine: Sendable, Hashable {
    package var line: TextLine
    package var rank: Int
    /// Whether it goes on with the sentence of the line before.
    package var continues: Bool
    /// Whether it says nothing without the line after it.
    package var isHead: Bool

    package init(_ line: TextLine, rank: Int, continues: Bool = false, isHead: Bool = false) {
        self.line = line
        self.rank = rank
        self.continues = continues
        self.isHead = isHead
    }

    /// Air between sections: the first to go.
    static let air = RankedLine(TextLine(), rank: 9)

    /// What fits in so many rows, in order; `dropped` counts lines that said something. A sentence that lost its end ends in `~`.
    static func fitted(_ lines: [RankedLine], rows: Int) -> (lines: [TextLine], dropped: Int) {
        var kept = Array(lines.indices)
        while let last = kept.last, lines[last] == .air { kept.removeLast() }
        var dropped = 0
        while kept.count > max(0, rows) {
            let worst = kept.map { lines[$0].rank }.max() ?? 0
            guard let place = kept.lastIndex(where: { lines[$0].rank == worst }) else { break }
            if lines[kept[place]] != .air { dropped += 1 }
            kept.remove(at: place)
        }
        var shown = Set(kept)
        kept.removeAll { lines[$0].isHead && !shown.contains($0 + 1) }
        dropped += shown.count - kept.count
        shown = Set(kept)
        let texts = kept.map { index -> TextLine in
            let next = index + 1
            let isCut = next < lines.count && lines[next].continues && !shown.contains(next)
            return isCut ? lines[index].line + TextLine(" ~", .dim) : lines[index].line
        }
        return (texts, dropped)
    }
}

extension [TextLine] {
    /// The lines of one sentence.
    func ranked(_ rank: Int) -> [RankedLine] {
        enumerated().map { RankedLine($1, rank: rank, continues: $0 > 0) }
    }
}
