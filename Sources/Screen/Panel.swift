// SPDX-License-Identifier: Apache-2.0

/// How a panel is set apart from its neighbours.
package enum PanelStyle: Sendable, Hashable {
    /// A box. Boxes that share an edge are joined: give the lower one the row of the upper one's bottom line.
    case boxed
    /// One rule with the title on it, the inside below. For small screens.
    case ruled
}

extension Frame {
    /// Draws border and title, blanks the inside and returns it.
    ///
    /// The title is kept longest, then `trailing` (at the right end), then `detail` (after the title). Draw panels that share a line
    /// from top to bottom: the later one's title covers the earlier one's bottom line. To lay a panel over others, fill its rectangle
    /// with blanks first: its border joins with what is there.
    package mutating func panel(
        _ rect: Rect, title: SafeText, detail: SafeText = .empty, trailing: SafeText = .empty, style: PanelStyle,
        glyphs: Glyphs, trailingRole: Role = .dim
    ) -> Rect {
        guard !rect.isEmpty else { return rect }
        let inside: Rect
        switch style {
        case .ruled:
            inside = rect.splitTop(1).rest
            horizontalLine(x: rect.x, y: rect.y, width: rect.width, glyphs: glyphs)
        case .boxed:
            inside = rect.inset(x: 1, y: 1)
            box(rect, glyphs: glyphs)
        }
        fill(inside, .blank)
        caption(rect, title: title, detail: detail, trailing: trailing, trailingRole: trailingRole)
        return inside
    }

    private mutating func box(_ rect: Rect, glyphs: Glyphs) {
        let right = rect.maxX - 1
        let bottom = rect.maxY - 1
        guard rect.height > 1, rect.width > 1 else {
            return horizontalLine(x: rect.x, y: rect.y, width: rect.width, glyphs: glyphs)
        }
        for x in (rect.x + 1)..<max(rect.x + 1, right) {
            line(.horizontal, x: x, y: rect.y, glyphs: glyphs)
            line(.horizontal, x: x, y: bottom, glyphs: glyphs)
        }
        for y in (rect.y + 1)..<max(rect.y + 1, bottom) {
            line(.vertical, x: rect.x, y: y, glyphs: glyphs)
            line(.vertical, x: right, y: y, glyphs: glyphs)
        }
        line([.right, .down], x: rect.x, y: rect.y, glyphs: glyphs)
        line([.left, .down], x: right, y: rect.y, glyphs: glyphs)
        line([.right, .up], x: rect.x, y: bottom, glyphs: glyphs)
        line([.left, .up], x: right, y: bottom, glyphs: glyphs)
    }

    /// A line from left to right, joined with the border lines it meets; at its ends it stops at a line that it meets.
    package mutating func horizontalLine(x: Int, y: Int, width: Int, glyphs: Glyphs) {
        for column in x..<max(x, x + width) {
            let isEnd = width > 1 && meets(.vertical, x: column, y: y)
            let arms: LineArms =
                if isEnd, column == x { .right } else if isEnd, column == x + width - 1 { .left } else { .horizontal }
            line(arms, x: column, y: y, glyphs: glyphs)
        }
    }

    /// A line from top to bottom, joined with the border lines it meets; at its ends it stops at a line that it meets.
    package mutating func verticalLine(x: Int, y: Int, height: Int, glyphs: Glyphs) {
        for row in y..<max(y, y + height) {
            let isEnd = height > 1 && meets(.horizontal, x: x, y: row)
            let arms: LineArms =
                if isEnd, row == y { .down } else if isEnd, row == y + height - 1 { .up } else { .vertical }
            line(arms, x: x, y: row, glyphs: glyphs)
        }
    }

    private func meets(_ arms: LineArms, x: Int, y: Int) -> Bool {
        self[x, y].role == .border && !LineArms(of: self[x, y].scalar).isDisjoint(with: arms)
    }

    /// One cell of a line; arms of a border that is there already are kept.
    private mutating func line(_ arms: LineArms, x: Int, y: Int, glyphs: Glyphs) {
        let there = self[x, y]
        let joined = there.role == .border ? arms.union(LineArms(of: there.scalar)) : arms
        self[x, y] = Cell(joined.scalar(glyphs), .border)
    }

    private mutating func caption(
        _ rect: Rect, title: SafeText, detail: SafeText, trailing: SafeText, trailingRole: Role
    ) {
        // One cell of line stays visible at each end.
        let end = rect.maxX - 1
        var x = rect.x + 1
        guard end - x >= 3, !title.isEmpty else { return }
        let titled = " " + title.clipped(to: end - x - 2) + " "
        x = put(titled, x: x, y: rect.y, role: .title)
        var room = end - x
        if !trailing.isEmpty, end - x >= trailing.width + 3 {
            let start = end - trailing.width - 2
            // The blanks beside it are no part of the warning: an underline must not run into the border.
            put(SafeText.spaces(trailing.width + 2), x: start, y: rect.y, role: .dim)
            put(trailing, x: start + 1, y: rect.y, role: trailingRole)
            room = start - x - 1
        }
        if !detail.isEmpty, room >= min(detail.width, 8) + 1 {
            put(detail.clipped(to: room - 1) + " ", x: x, y: rect.y, role: .dim)
        }
    }
}
