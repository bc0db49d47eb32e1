// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import Screen

struct HeatmapTests {
    /// Racks of 9s; the nodes of `failed` are F and rank above.
    private func racks(_ count: Int, of size: Int, failed: Set<Int> = []) -> [HeatGroup] {
        (0..<count).map { rack in
            let cells = (0..<size).map { node in
                failed.contains(rack * size + node)
                    ? HeatCell("F", .alarm, rank: 9) : HeatCell("9", .serving, rank: 1)
            }
            let number = rack + 1 < 10 ? "0\(rack + 1)" : "\(rack + 1)"
            return HeatGroup(SafeText("su" + number), cells)
        }
    }

    private func draw(_ groups: [HeatGroup], _ width: Int, _ height: Int, selected: Int? = nil) -> Frame {
        var frame = Frame(width: width, height: height)
        frame.heatmap(frame.bounds, groups: groups, selected: selected)
        return frame
    }

    @Test("every node has a cell when there is room, groups in columns side by side")
    func roomy() {
        #expect(
            dump(draw(racks(4, of: 8, failed: [9, 31]), 30, 2)) == """
                su01 99999999 su03 99999999
                su02 9F999999 su04 9999999F

                """)
        let big = HeatLayout(racks(16, of: 32), width: 76, height: 8)
        #expect(big.nodesPerCell == 1 && big.columns == 2 && big.cellsPerRow == 32)
    }

    @Test("nodes share cells when there is none, and the worst is shown")
    func shared() {
        let groups = racks(16, of: 32, failed: [5, 511])
        let frame = draw(groups, 78, 2)
        let layout = HeatLayout(groups, width: 78, height: 2)
        #expect(layout.nodesPerCell > 1 && layout.groupsPerBand > 1)
        #expect(lines(of: frame)[0].hasPrefix("su01-"))
        #expect(frame.cells.filter { $0.role == .alarm }.count == 2)
    }

    @Test("flat takes the fewest rows that are as fine, and the same height gives the same again")
    func flat() {
        let groups = racks(8, of: 8)
        #expect(HeatLayout(groups, width: 76, height: 10).rows == 8)
        let flat = HeatLayout(groups, width: 76, height: 10, isFlat: true)
        #expect(flat.rows == 2 && flat.columns == 4 && flat.nodesPerCell == 1)
        for (count, size, width, height) in [(8, 8, 76, 10), (16, 32, 76, 9), (313, 32, 76, 8), (1, 100, 30, 9)] {
            let groups = racks(count, of: size)
            let flat = HeatLayout(groups, width: width, height: height, isFlat: true)
            #expect(flat.nodesPerCell == HeatLayout(groups, width: width, height: height).nodesPerCell)
            #expect(HeatLayout(groups, width: width, height: flat.rows) == flat)
        }
    }

    @Test("the selected node is marked, with its own glyph, whoever shares the cell")
    func selected() {
        let frame = draw(racks(2, of: 8, failed: [1]), 9, 2, selected: 0)
        #expect(frame.cells.filter { $0.role == .selection } == [Cell("9", .selection)])
        #expect(draw(racks(1, of: 4), 20, 2, selected: 99).cells.allSatisfy { $0.role != .selection })
    }

    @Test("any number of nodes in any rectangle: each failed node is seen, none is drawn outside", arguments: seeds)
    func property(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<150 {
            let count = Int.random(in: 1...60, using: &generator)
            let size = Int.random(in: 1...40, using: &generator)
            let failed = Int.random(in: 0..<(count * size), using: &generator)
            let (width, height) = (Int.random(in: 1...90, using: &generator), Int.random(in: 1...12, using: &generator))
            var frame = Frame(width: width + 4, height: height + 4)
            let rect = Rect(x: 2, y: 2, width: width, height: height)
            frame.heatmap(rect, groups: racks(count, of: size, failed: [failed]))
            let seen = frame.cells.filter { $0.role == .alarm }.count
            #expect(seen == 1, "seed \(seed): \(count) racks of \(size) in \(width)x\(height)")
            for y in 0..<frame.height {
                for x in 0..<frame.width where x < 2 || y < 2 || x >= rect.maxX || y >= rect.maxY {
                    #expect(frame[x, y] == .blank, "seed \(seed): \(count) racks of \(size) in \(width)x\(height)")
                }
            }
        }
    }

    @Test("nothing to draw, or nowhere to draw it, is no trouble")
    func empty() {
        for (width, height) in [(0, 0), (1, 0), (0, 1), (1, 1), (3, 1)] {
            _ = draw([], width, height)
            _ = draw([HeatGroup("su01", [])], width, height)
            _ = draw(racks(300, of: 32), width, height)
        }
        #expect(HeatLayout([], width: 5, height: 5).rowsPerBand == 0)
    }

    @Test("one long group wraps")
    func wraps() {
        let layout = HeatLayout(racks(1, of: 100), width: 26, height: 5)
        #expect(layout.nodesPerCell == 1 && layout.rowsPerBand == 5 && layout.cellsPerRow == 21)
    }
}
