// SPDX-License-Identifier: Apache-2.0

extension Frame {
    /// Draws a filled graph, oldest value first, the newest at the right edge; older ones than fit are left out.
    ///
    /// Levels are whole steps of the tier (braille: 2 values a cell and 4 steps a row; block: 8 steps a row; ascii: `. : |`, and `!`
    /// over the limit), so equal values always look the same. A value of zero or less shows the lowest step; NaN draws nothing: an
    /// unknown is not a zero. Columns above `limit` take the role `over`; where the graph leaves room a dim line shows the limit
    /// (two rows or more). A `top` that is not above zero draws values as at their lowest step.
    package mutating func graph(
        _ rect: Rect, values: [Float], top: Float, limit: Float? = nil, role: Role = .graph, over: Role = .graphOver,
        glyphs: Glyphs
    ) {
        guard !rect.isEmpty else { return }
        fill(rect, .blank)
        if let limit, rect.height > 1 { limitLine(rect, at: limit, top: top, glyphs: glyphs) }
        let perCell = glyphs == .braille ? 2 : 1
        let steps = rect.height * GraphSteps.perRow(glyphs)
        let shown = values.suffix(rect.width * perCell)
        // From the right, so that the newest value is always in the last column.
        for column in 0..<rect.width {
            let end = shown.endIndex - column * perCell
            guard end > shown.startIndex else { return }
            let newest = shown[end - 1]
            let older = perCell == 2 && end - 2 >= shown.startIndex ? shown[end - 2] : .nan
            let levels = (
                left: GraphSteps.level(perCell == 2 ? older : newest, top: top, steps: steps),
                right: GraphSteps.level(newest, top: top, steps: steps)
            )
            let isOver = limit.map { newest > $0 || (perCell == 2 && older > $0) } ?? false
            graphColumn(
                rect, x: rect.maxX - 1 - column, levels: levels, isOver: isOver, role: isOver ? over : role,
                glyphs: glyphs)
        }
    }

    private mutating func graphColumn(
        _ rect: Rect, x: Int, levels: (left: Int, right: Int), isOver: Bool, role: Role, glyphs: Glyphs
    ) {
        let perRow = GraphSteps.perRow(glyphs)
        for row in 0..<rect.height {
            let below = row * perRow
            let left = min(max(levels.left - below, 0), perRow)
            let right = min(max(levels.right - below, 0), perRow)
            if left == 0 && right == 0 { return }
            let scalar = GraphSteps.scalar(left: left, right: right, isOver: isOver, glyphs: glyphs)
            self[x, rect.maxY - 1 - row] = Cell(scalar, role)
        }
    }

    private mutating func limitLine(_ rect: Rect, at limit: Float, top: Float, glyphs: Glyphs) {
        guard limit.isFinite, limit > 0, limit <= top else { return }
        let perRow = GraphSteps.perRow(glyphs)
        let row = (GraphSteps.level(limit, top: top, steps: rect.height * perRow) - 1) / perRow
        let scalar: Unicode.Scalar = glyphs == .ascii ? "-" : "\u{2500}"
        fill(Rect(x: rect.x, y: rect.maxY - 1 - row, width: rect.width, height: 1), Cell(scalar, .dim))
    }
}

/// The steps of a graph in each tier.
private enum GraphSteps {
    static func perRow(_ glyphs: Glyphs) -> Int {
        switch glyphs {
        case .braille: 4
        case .block: 8
        case .ascii: 3
        }
    }

    /// 0 for NaN, else 1...steps.
    static func level(_ value: Float, top: Float, steps: Int) -> Int {
        if value.isNaN { return 0 }
        guard top > 0, value > 0 else { return 1 }
        let share = min(value / top, 1)
        return share.isNaN ? 1 : max(1, Int(share * Float(steps) + 0.5))
    }

    /// Dots of the left column from the bottom up, then of the right one.
    private static let brailleLeft: [UInt32] = [0, 0x40, 0x44, 0x46, 0x47]
    private static let brailleRight: [UInt32] = [0, 0x80, 0xA0, 0xB0, 0xB8]

    /// `left` and `right`: steps within the row, not both 0.
    static func scalar(left: Int, right: Int, isOver: Bool, glyphs: Glyphs) -> Unicode.Scalar {
        switch glyphs {
        case .braille: Unicode.Scalar(0x2800 + brailleLeft[left] + brailleRight[right]) ?? " "
        case .block: Unicode.Scalar(0x2580 + UInt32(right)) ?? " "
        case .ascii: isOver ? "!" : [" ", ".", ":", "|"][right]
        }
    }
}
