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

    package init(_ groups: [HeatGroup], width: Int, height: Int) {
        let largest = groups.lazy.map(\.cells.count).max() ?? 0
        let total = groups.reduce(0) { $0 + $1.cells.count }
        guard width > 0, height > 0, total > 0 else { return }
        let labels = groups.lazy.map(\.label.width).max() ?? 0
        let suffixes = groups.lazy.map { Self.number(of: $0.label).count }.max() ?? 0
        // At one node to a cell each needs room; no coarser start can be skipped than what the whole area holds.
        var perCell = max(1, total / (width * height))
        while true {
            for perBand in 1...groups.count {
                let label = labels == 0 ? 0 : perBand == 1 ? labels : labels + 1 + suffixes
                let need = Need(
                    groups: groups.count, largest: largest, perCell: perCell, perBand: perBand, label: label)
                if fit(need, width: width, height: height) { return }
                // Joining more than fit into one row of the whole width gains nothing.
                if perBand * largest > perCell * width { break }
            }
            perCell += max(1, perCell / 8)
        }
    }

    private struct Need {
        var groups: Int
        var largest: Int
        var perCell: Int
        var perBand: Int
        var label: Int
    }

    private mutating func fit(_ need: Need, width: Int, height: Int) -> Bool {
        let cells = (need.perBand * need.largest + need.perCell - 1) / need.perCell
        let bands = (need.groups + need.perBand - 1) / need.perBand
        // Cells matter more than labels; but where labels fit, no column of bands is so narrow that it loses them.
        let label = need.label + 1 + 8 <= width ? need.label : 0
        for columns in 1...max(1, min(bands, (width + 1) / 2)) {
            let columnWidth = (width - (columns - 1)) / columns
            let room = label > 0 ? columnWidth - label - 1 : columnWidth
            if room < 1 { break }
            let rows = (cells + room - 1) / room
            let perColumn = (bands + columns - 1) / columns
            guard rows * perColumn <= height else { continue }
            nodesPerCell = need.perCell
            groupsPerBand = need.perBand
            self.columns = columns
            labelWidth = label
            cellsPerRow = min(room, cells)
            rowsPerBand = rows
            bandsPerColumn = perColumn
            return true
        }
        return false
    }

    /// Where a band starts, from the top left of the heatmap.
    func origin(of band: Int) -> Position {
        let step = (labelWidth > 0 ? labelWidth + 1 : 0) + cellsPerRow + 1
        return Position(x: band / bandsPerColumn * step, y: band % bandsPerColumn * rowsPerBand)
    }

    /// `su01` for one group, `su01-04` for several.
    static func label(_ groups: ArraySlice<HeatGroup>) -> SafeText {
        guard let first = groups.first, let last = groups.last else { return .empty }
        return groups.count == 1 ? first.label : first.label + "-" + SafeText(number(of: last.label))
    }

    /// The digits at a label's end; the whole label when there are none.
    private static func number(of label: SafeText) -> String {
        let digits = label.scalars.reversed().prefix { ("0"..."9").contains($0) }.reversed()
        var text = String.UnicodeScalarView()
        text.append(contentsOf: digits.isEmpty ? label.scalars : Array(digits))
        return String(text)
    }
}
