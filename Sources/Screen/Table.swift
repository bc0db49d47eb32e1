// SPDX-License-Identifier: Apache-2.0

/// One column of a table.
package struct TableColumn: Sendable, Hashable {
    package var title: SafeText
    /// Narrower than this it is not shown at all. Unit: columns of the screen.
    package var minimum: Int
    /// What it takes when there is room.
    package var ideal: Int
    /// Higher stays longer: when the minimums do not fit, the lowest goes first, among equals the rightmost.
    package var priority: Int
    package var align: Alignment
    /// Takes what is left over when every column has its ideal width; the first such column gets all of it.
    package var grows: Bool

    package init(
        _ title: SafeText, minimum: Int, ideal: Int? = nil, priority: Int = 0, align: Alignment = .left,
        grows: Bool = false
    ) {
        self.title = title
        self.minimum = max(1, minimum)
        self.ideal = max(self.minimum, ideal ?? minimum)
        self.priority = priority
        self.align = align
        self.grows = grows
    }
}

/// One cell of a table: what it says and what that means.
package struct TableCell: Sendable, Hashable, ExpressibleByStringLiteral {
    package var text: SafeText
    package var role: Role

    package init(_ text: SafeText, _ role: Role = .text) {
        self.text = text
        self.role = role
    }
    package init(stringLiteral value: String) { self.init(SafeText(value)) }
}

/// One row of a table: a cell for each column, in the order of the columns; missing ones are blank.
package struct TableRow: Sendable, Hashable {
    package var cells: [TableCell]
    package init(_ cells: [TableCell]) { self.cells = cells }
}

extension Frame {
    /// Draws rows from `offset` on in the columns that fit; the head is left out when there is one line only.
    ///
    /// The selected row (an index into `rows`) has the role `.selection` all over. Gives the number of rows that have room, whether
    /// or not there are so many: the page of `TableScroll`.
    @discardableResult
    package mutating func table(
        _ rect: Rect, columns: [TableColumn], rows: [TableRow], selected: Int? = nil, offset: Int = 0,
        header: Bool = true
    ) -> Int {
        guard !rect.isEmpty else { return 0 }
        fill(rect, .blank)
        let places = TablePlace.layout(columns, width: rect.width)
        var body = rect
        if header, rect.height > 1 {
            body = rect.splitTop(1).rest
            for place in places {
                let column = columns[place.column]
                put(
                    column.title, x: rect.x + place.x, y: rect.y, role: .title, width: place.width, align: column.align)
            }
        }
        let first = min(max(0, offset), rows.count)
        for (line, index) in (first..<min(rows.count, first + body.height)).enumerated() {
            let y = body.y + line
            for place in places where place.column < rows[index].cells.count {
                let cell = rows[index].cells[place.column]
                let align = columns[place.column].align
                put(cell.text, x: rect.x + place.x, y: y, role: cell.role, width: place.width, align: align)
            }
            if index == selected { tint(Rect(x: rect.x, y: y, width: rect.width, height: 1), role: .selection) }
        }
        return body.height
    }
}

/// Where a column of a table stands: `x` from the table's left edge.
package struct TablePlace: Sendable, Hashable {
    package var column: Int
    package var x: Int
    package var width: Int

    /// Columns that fit, from left to right, one blank between them. The one of highest priority stays at any width above 0.
    package static func layout(_ columns: [TableColumn], width: Int) -> [TablePlace] {
        guard width > 0 else { return [] }
        var kept = Array(columns.indices)
        func needed() -> Int { kept.reduce(kept.count - 1) { $0 + columns[$1].minimum } }
        while kept.count > 1, needed() > width {
            let lowest = kept.lastIndex { candidate in
                kept.allSatisfy { columns[candidate].priority <= columns[$0].priority }
            }
            kept.remove(at: lowest ?? kept.count - 1)
        }
        var widths = kept.map { min(columns[$0].minimum, width) }
        var free = width - widths.reduce(kept.count - 1, +)
        let byPriority = kept.indices.sorted {
            let (left, right) = (columns[kept[$0]].priority, columns[kept[$1]].priority)
            return left == right ? $0 < $1 : left > right
        }
        for index in byPriority {
            let extra = min(max(0, free), columns[kept[index]].ideal - columns[kept[index]].minimum)
            widths[index] += extra
            free -= extra
        }
        if free > 0, let growing = kept.firstIndex(where: { columns[$0].grows }) { widths[growing] += free }
        var x = 0
        return zip(kept, widths).map { column, width in
            defer { x += width + 1 }
            return TablePlace(column: column, x: x, width: width)
        }
    }
}

/// Keeps the selected row of a list in view.
package enum TableScroll {
    /// The offset nearest to `offset` at which the selected row is among `page` rows and no room is wasted at the end.
    package static func offset(_ offset: Int, selected: Int?, count: Int, page: Int) -> Int {
        guard page > 0 else { return 0 }
        var next = offset
        if let selected {
            next = min(next, selected)
            next = max(next, selected - page + 1)
        }
        return max(0, min(next, count - page))
    }
}
