// SPDX-License-Identifier: Apache-2.0

import Screen

/// One row of fields side by side: when they do not fit, whole fields go, the least important first.
struct RankedRow {
    private var fields: [(line: TextLine, rank: Int)] = []
    var separator: String

    init(separator: String = "  ") {
        self.separator = separator
    }

    /// - Parameter rank: the highest goes first.
    mutating func add(_ line: TextLine, rank: Int) {
        if line.width > 0 { fields.append((line, rank)) }
    }

    mutating func add(_ text: String, _ role: Role = .text, rank: Int) { add(TextLine(text, role), rank: rank) }

    /// What fits in so many columns; the last field left may be cut by whoever draws it.
    func fitted(_ width: Int) -> TextLine {
        var kept = fields
        func needed() -> Int {
            kept.reduce(0) { $0 + $1.line.width } + separator.unicodeScalars.count * max(0, kept.count - 1)
        }
        while kept.count > 1, needed() > width {
            let worst = kept.map(\.rank).max() ?? 0
            guard let index = kept.lastIndex(where: { $0.rank == worst }) else { break }
            kept.remove(at: index)
        }
        var line = TextLine()
        for (index, field) in kept.enumerated() {
            if index > 0 { line.add(separator, .dim) }
            line.add(field.line)
        }
        return line
    }
}
