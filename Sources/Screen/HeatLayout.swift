// SPDX-License-Identifier: Apache-2.0

/// How a heatmap fits its rectangle: as fine as possible.
///
/// A band is one group, or several neighbours when the rows do not reach. Preferred in this order: few nodes to a cell, few groups
/// to a band, few columns of bands.
package struct HeatLayout: Sendable, Hashable {
    /// Nodes that share a cell; 1 when every node has its own.
    package private(set) var nodesPerCell = 1
    package private(set) var groupsPerBand = 1
    /// Columns of bands, side by side.
    package private(set) var columns = 1
    /// 0 when there is no room for labels.
    package private(set) var labelWidth = 0
    package private(set) var cellsPerRow = 0
    /// 0 when nothing can be drawn.
    package private(set) var rowsPerBand = 0
    private var bandsPerColumn = 1

    /// Rows that are drawn: never more than the height, and enough as a height to get the same layout again.
    package var rows: Int { rowsPerBand * bandsPerColumn }

    /// - Parameter isFlat: of layouts equally fine, take the one with the fewest rows instead of the fewest columns.
    package init(_ groups: [HeatGroup], width: Int, height: Int, isFlat: Bool = false) {
        let size = HeatSize(groups, width: width)
        guard width > 0, height > 0, size.nodes > 0 else { return }
        // No coarser start can be skipped than what the whole area holds.
        var perCell = max(1, size.nodes / (width * height))
        while true {
            for perBand in 1...size.groups {
                if fit(size, perCell: perCell, perBand: perBand, width: width, height: height) {
                    if isFlat { flatten(size, width: width) }
                    return
                }
                // Joining more than fit into one row of the whole width gains nothing.
                if perBand * size.largest > perCell * width { break }
            }
            perCell += max(1, perCell / 8)
        }
    }

    /// Takes the fewest columns with which so many nodes to a cell and groups to a band fit the height.
    private mutating func fit(_ size: HeatSize, perCell: Int, perBand: Int, width: Int, height: Int) -> Bool {
        let bands = (size.groups + perBand - 1) / perBand
        for columns in 1...bands {
            guard let layout = HeatLayout(size, perCell: perCell, perBand: perBand, columns: columns, width: width)
            else {
                return false
            }
            if layout.rows <= height {
                self = layout
                return true
            }
        }
        return false
    }

    private mutating func flatten(_ size: HeatSize, width: Int) {
        var columns = self.columns
        while let layout = HeatLayout(
            size, perCell: nodesPerCell, perBand: groupsPerBand, columns: columns, width: width)
        {
            if layout.rows < rows { self = layout }
            columns += 1
        }
    }

    /// nil when so many columns do not fit side by side, or are more than there are bands.
    private init?(_ size: HeatSize, perCell: Int, perBand: Int, columns: Int, width: Int) {
        let label = size.labelWidth(groups: perBand)
        let room = (width - (columns - 1)) / columns - (label > 0 ? label + 1 : 0)
        let bands = (size.groups + perBand - 1) / perBand
        guard room > 0, columns <= bands else { return nil }
        let cells = (perBand * size.largest + perCell - 1) / perCell
        nodesPerCell = perCell
        groupsPerBand = perBand
        self.columns = columns
        labelWidth = label
        cellsPerRow = min(room, cells)
        rowsPerBand = (cells + room - 1) / room
        bandsPerColumn = (bands + columns - 1) / columns
    }

    /// Where a band starts, from the top left of the heatmap.
    func origin(of band: Int) -> Position {
        let step = (labelWidth > 0 ? labelWidth + 1 : 0) + cellsPerRow + 1
        return Position(x: band / bandsPerColumn * step, y: band % bandsPerColumn * rowsPerBand)
    }
}

/// What a heatmap has to show, and the room its labels ask for.
private struct HeatSize {
    let groups: Int
    let nodes: Int
    /// Nodes of the largest group; every band is planned for it.
    let largest: Int
    private let label: Int
    private let joinedLabel: Int

    init(_ groups: [HeatGroup], width: Int) {
        self.groups = groups.count
        var (nodes, largest, label, number) = (0, 0, 0, 0)
        for group in groups {
            nodes += group.cells.count
            largest = max(largest, group.cells.count)
            label = max(label, group.label.width)
            number = max(number, group.numberWidth)
        }
        self.nodes = nodes
        self.largest = largest
        // Cells matter more than labels; but where labels fit, no column of bands is so narrow that it loses them.
        self.label = label + 1 + 8 <= width ? label : 0
        joinedLabel = label > 0 && label + 1 + number + 1 + 8 <= width ? label + 1 + number : 0
    }

    func labelWidth(groups: Int) -> Int { groups == 1 ? label : joinedLabel }
}

extension HeatGroup {
    /// `su01` for one group, `su01-04` for several.
    static func label(_ groups: ArraySlice<HeatGroup>) -> SafeText {
        guard let first = groups.first, let last = groups.last else { return .empty }
        return groups.count == 1 ? first.label : first.label + "-" + last.label.suffix(last.numberWidth)
    }

    /// Columns of the digits at the label's end; of the whole label when there are none.
    fileprivate var numberWidth: Int {
        let digits = label.scalars.reversed().prefix { ("0"..."9").contains($0) }.count
        return digits > 0 ? digits : label.width
    }
}
