// SPDX-License-Identifier: Apache-2.0

/// One node of a heatmap.
package struct HeatCell: Sendable, Hashable {
    package var scalar: Unicode.Scalar
    package var role: Role
    /// How much it deserves to be seen: the highest of those that share a cell is shown, the first among equals.
    package var rank: UInt16

    package init(_ scalar: Unicode.Scalar, _ role: Role, rank: UInt16) {
        self.scalar = scalar
        self.role = role
        self.rank = rank
    }
}

/// A labelled run of nodes: a rack.
package struct HeatGroup: Sendable, Hashable {
    package var label: SafeText
    package var cells: [HeatCell]
    package init(_ label: SafeText, _ cells: [HeatCell]) {
        self.label = label
        self.cells = cells
    }
}

extension Frame {
    /// Draws groups as labelled rows of cells, columns of groups side by side; see `HeatLayout` for what fits.
    ///
    /// `selected`: index of a node, counted over all groups; its cell has the role `.selection`. `layout`: one made for these groups
    /// and a rectangle no larger than this, when it is known already. Gives the layout that was drawn.
    @discardableResult
    package mutating func heatmap(
        _ rect: Rect, groups: [HeatGroup], selected: Int? = nil, layout: HeatLayout? = nil
    ) -> HeatLayout {
        let layout = layout ?? HeatLayout(groups, width: rect.width, height: rect.height)
        fill(rect, .blank)
        guard layout.rowsPerBand > 0 else { return layout }
        var node = 0
        for (band, start) in stride(from: 0, to: groups.count, by: layout.groupsPerBand).enumerated() {
            let members = groups[start..<min(start + layout.groupsPerBand, groups.count)]
            let origin = layout.origin(of: band)
            let place = Position(x: rect.x + origin.x, y: rect.y + origin.y)
            if layout.labelWidth > 0 {
                let label = HeatGroup.label(members)
                put(label, x: place.x, y: place.y, role: .dim, width: layout.labelWidth)
            }
            let cells = members.flatMap(\.cells)
            heatBand(cells, at: place, layout: layout, selected: selected.map { $0 - node })
            node += cells.count
        }
        return layout
    }

    private mutating func heatBand(_ cells: [HeatCell], at place: Position, layout: HeatLayout, selected: Int?) {
        let left = place.x + (layout.labelWidth > 0 ? layout.labelWidth + 1 : 0)
        for (index, start) in stride(from: 0, to: cells.count, by: layout.nodesPerCell).enumerated() {
            let end = min(start + layout.nodesPerCell, cells.count)
            var worst = cells[start]
            for cell in cells[start..<end] where cell.rank > worst.rank { worst = cell }
            if let selected, (start..<end).contains(selected) {
                worst = HeatCell(cells[selected].scalar, .selection, rank: .max)
            }
            let x = left + index % layout.cellsPerRow
            let y = place.y + index / layout.cellsPerRow
            self[x, y] = Cell(worst.scalar, worst.role)
        }
    }
}
