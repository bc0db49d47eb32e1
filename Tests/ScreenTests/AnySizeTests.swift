// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import Screen

struct AnySizeTests {
    enum Drawing: CaseIterable { case boxed, ruled, bar, graph, table, heatmap }

    @Test("wherever a rectangle lies and however small it is, what is drawn stays inside it", arguments: seeds)
    func inside(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for round in 0..<600 {
            var frame = Frame(
                width: Int.random(in: 0...30, using: &generator), height: Int.random(in: 0...12, using: &generator))
            frame.fill(frame.bounds, Cell("#", .good))
            let rect = Rect(
                x: Int.random(in: -8...32, using: &generator), y: Int.random(in: -4...14, using: &generator),
                width: Int.random(in: 0...34, using: &generator), height: Int.random(in: 0...14, using: &generator))
            let drawing = Drawing.allCases[round % Drawing.allCases.count]
            draw(drawing, rect, &frame, &generator)
            for y in 0..<frame.height {
                for x in 0..<frame.width
                where rect.intersection(Rect(x: x, y: y, width: 1, height: 1)).isEmpty
                    && frame[x, y] != Cell("#", .good)
                {
                    Issue.record("seed \(seed), round \(round): \(drawing) in \(rect) drew at \(x),\(y)")
                }
            }
        }
    }

    private func draw(_ drawing: Drawing, _ rect: Rect, _ frame: inout Frame, _ generator: inout SeededGenerator) {
        let glyphs = Glyphs.allCases.randomElement(using: &generator) ?? .ascii
        let text = SafeText(generator.hostileText(length: Int.random(in: 0...30, using: &generator)))
        let numbers = (0..<Int.random(in: 0...80, using: &generator)).map { _ in
            Float.random(in: -5...50, using: &generator)
        }
        switch drawing {
        case .boxed, .ruled:
            let style: PanelStyle = drawing == .boxed ? .boxed : .ruled
            _ = frame.panel(rect, title: text, detail: text, trailing: "19 worse", style: style, glyphs: glyphs)
        case .bar:
            frame.bar(rect, segments: numbers.prefix(9).map { BarSegment(Double($0), "x", .text) }, total: 100)
        case .graph: frame.graph(rect, values: numbers, top: 40, limit: 30, glyphs: glyphs)
        case .table:
            let columns = (0..<5).map { TableColumn(text, minimum: $0 * 2, ideal: 9, priority: $0, align: .right) }
            let rows = numbers.map { TableRow([TableCell(text), TableCell("\(SafeText("\($0)"))", .alarm)]) }
            frame.table(
                rect, columns: columns, rows: rows, selected: 2, offset: Int.random(in: -2...9, using: &generator))
        case .heatmap:
            let cells = numbers.map { HeatCell("9", .serving, rank: UInt16(max(0, $0))) }
            frame.heatmap(rect, groups: [HeatGroup(text, cells), HeatGroup("su02", cells)], selected: 3)
        }
    }
}
