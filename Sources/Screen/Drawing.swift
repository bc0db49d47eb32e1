// SPDX-License-Identifier: Apache-2.0

extension Frame {
    /// Draws text from `x` on, in the cells it needs and no others; gives the column after it.
    ///
    /// With a `width` the text has a field of so many columns: it is clipped to it (`~`) and keeps to the edge `align` says.
    /// What lies outside the frame is not drawn; a wide scalar of which only half would be inside is a blank.
    @discardableResult
    package mutating func put(
        _ text: SafeText, x: Int, y: Int, role: Role, width: Int? = nil, align: Alignment = .left
    ) -> Int {
        let shown = width.map { text.clipped(to: $0) } ?? text
        var column = x + (width.map { align.offset(in: $0 - shown.width) } ?? 0)
        guard y >= 0, y < height else { return column + shown.width }
        for scalar in shown.scalars {
            if scalar.value < 0x7F || WidthTable.kind(of: scalar) != .wide {
                self[column, y] = Cell(scalar, role)
                column += 1
            } else {
                putWide(scalar, x: column, y: y, role: role)
                column += 2
            }
        }
        return column
    }

    private mutating func putWide(_ scalar: Unicode.Scalar, x: Int, y: Int, role: Role) {
        guard x >= 0, x + 1 < width else {
            self[x, y] = Cell(" ", role)
            self[x + 1, y] = Cell(" ", role)
            return
        }
        self[x, y] = Cell(scalar, role)
        self[x + 1, y] = .secondHalf(role)
    }

    /// Sets every cell of the rectangle.
    package mutating func fill(_ rect: Rect, _ cell: Cell) {
        let area = rect.intersection(bounds)
        for y in area.y..<area.maxY {
            for x in area.x..<area.maxX { self[x, y] = cell }
        }
    }

    /// Changes what the cells of the rectangle mean, and keeps what they show.
    package mutating func tint(_ rect: Rect, role: Role) {
        let area = rect.intersection(bounds)
        for y in area.y..<area.maxY {
            for x in area.x..<area.maxX { self[x, y].role = role }
        }
    }
}

extension Rect {
    /// What both cover; empty when they do not touch.
    package func intersection(_ other: Rect) -> Rect {
        let left = max(x, other.x)
        let top = max(y, other.y)
        return Rect(x: left, y: top, width: min(maxX, other.maxX) - left, height: min(maxY, other.maxY) - top)
    }

    /// The rectangle without a margin on each side; empty when the margins meet.
    package func inset(x horizontal: Int, y vertical: Int) -> Rect {
        Rect(x: x + horizontal, y: y + vertical, width: width - 2 * horizontal, height: height - 2 * vertical)
    }

    /// Splits off rows at the top; the rest is what lies below.
    package func splitTop(_ rows: Int) -> (top: Rect, rest: Rect) {
        let rows = min(max(0, rows), height)
        return (
            Rect(x: x, y: y, width: width, height: rows),
            Rect(x: x, y: y + rows, width: width, height: height - rows)
        )
    }

    /// Splits off columns at the left; the rest is what lies right of them.
    package func splitLeft(_ columns: Int) -> (left: Rect, rest: Rect) {
        let columns = min(max(0, columns), width)
        return (
            Rect(x: x, y: y, width: columns, height: height),
            Rect(x: x + columns, y: y, width: width - columns, height: height)
        )
    }
}
