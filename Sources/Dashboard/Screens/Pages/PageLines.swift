// SPDX-License-Identifier: Apache-2.0

import Screen

/// A page of text lines under a head that stays: the lifecycle and the economics.
struct PageLines: Sendable {
    private(set) var scroll = 0

    /// - Returns: whether the intent scrolls.
    mutating func receive(_ intent: Intent) -> Bool {
        let rows = intent.movesBy(page: 10, count: 100)
        guard rows != 0 else { return false }
        scroll = max(0, min(100, scroll + rows))
        return true
    }

    /// Draws what fits; air goes first.
    func draw(_ head: TextLine, _ lines: [RankedLine], into frame: inout Frame, area: Rect) {
        guard !area.isEmpty else { return }
        let (x, width) = area.width >= 40 ? (area.x + 1, area.width - 2) : (area.x, area.width)
        frame.put(head, x: x, y: area.y, width: width)
        let rows = area.height - 1
        let tight = lines.count > rows ? lines.filter { $0 != .air } : lines
        let first = max(0, min(scroll, tight.count - rows))
        for (row, line) in tight.dropFirst(first).prefix(max(0, rows)).enumerated() {
            frame.put(line.line, x: x, y: area.y + 1 + row, width: width)
        }
    }
}

/// Columns of figures in lines of text: a table that stands among sentences.
struct FigureRows {
    struct Column {
        let title: String
        let width: Int
        var isRight = true
        /// The widths of the page at which it is shown.
        var at: PartialRangeFrom<Int> = 0...
        var below = Int.max
    }

    let columns: [Column]
    let width: Int

    private var shown: [Int] { columns.indices.filter { columns[$0].at.contains(width) && width < columns[$0].below } }

    var heading: TextLine {
        var line = TextLine()
        for index in shown {
            let column = columns[index]
            line.add(
                SafeText(column.title).padded(to: column.width, align: column.isRight ? .right : .left).string, .title)
            line.add("  ")
        }
        return line
    }

    /// - Parameter cells: one for each column.
    func row(_ cells: [TextRun]) -> TextLine {
        var line = TextLine()
        for index in shown where index < cells.count {
            let column = columns[index]
            // The last one takes what is left of the line.
            if index == columns.count - 1, !column.isRight {
                line.add(cells[index])
                continue
            }
            let text = cells[index].text.padded(to: column.width, align: column.isRight ? .right : .left)
            line.add(text.string, cells[index].role)
            line.add("  ")
        }
        return line
    }
}
