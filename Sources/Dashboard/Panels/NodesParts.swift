// SPDX-License-Identifier: Apache-2.0

import Screen

/// How the inside of the Nodes panel is split between heatmap and list.
struct NodesParts {
    let heat: Rect
    let layout: HeatLayout
    /// The row of the legend; nil where there is no room for it.
    private(set) var legend: Int?
    /// The row of the rule between heatmap and list; nil where there is no room for it.
    private(set) var divider: Int?
    /// The table, with its head where there is a divider.
    let list: Rect
    /// Rows of the table that show nodes.
    let listRows: Int
    /// The line that counts what is not shown.
    let countLine: Int

    init(_ inside: Rect, groups: [HeatGroup], form: MainLayout.Form) {
        // One blank at the left; the right edge is used to the last column, for racks come in powers of two.
        let area = inside.splitLeft(1).rest
        let isFull = form == .boxed && inside.height >= 13
        let most = isFull ? inside.height - 10 : max(1, min(inside.height - 3, inside.height * 35 / 100))
        layout = HeatLayout(groups, width: area.width, height: most, isFlat: true)
        heat = area.splitTop(layout.rows).top
        var y = heat.maxY
        if isFull {
            legend = y
            divider = y + 1
            y += 2
        }
        countLine = inside.maxY - 1
        list = Rect(x: area.x, y: y, width: area.width, height: max(0, countLine - y))
        listRows = max(0, list.height - (isFull ? 1 : 0))
    }
}
