// SPDX-License-Identifier: Apache-2.0

import Factory
import Screen

/// Nodes: where the plant works hard, and the nodes that need somebody, worst first.
enum NodesPanel {
    static let row = PanelRow(kind: .nodes, caption: caption, draw: draw)

    private static func caption(_ view: MainView, width: Int) -> PanelCaption {
        let nodes = view.context.snapshot.nodes
        guard nodes.count > 0 else { return PanelCaption() }
        let gpus = nodes.gpus.starts.last.map { Int($0) } ?? 0
        let each = gpus > 0 && gpus % nodes.count == 0 ? " x \(gpus / nodes.count) GPUs" : ""
        let parts = NodesParts(
            Rect(x: 0, y: 0, width: width, height: height(view)), groups: HeatPicture.groups(view.context),
            form: view.form)
        let shared = parts.layout.nodesPerCell
        let cell = shared > 1 ? "\(shared) nodes a cell, worst shown" : "a cell is a node"
        let detail = "\(nodes.count)\(each), \(cell): \(view.context.held.heatQuantity.title)"
        let abnormal = view.main.list.abnormal
        return PanelCaption(
            detail: detail, trailing: "\(abnormal) abnormal\(abnormal > 0 ? "!" : "")",
            trailingRole: abnormal > 0 ? .warning : .dim)
    }

    private static func height(_ view: MainView) -> Int {
        let layout = MainLayout(view.context, zoomed: view.main.zoomed)
        return layout.panels[.nodes].map { layout.inside($0).height } ?? 0
    }

    private static func draw(_ frame: inout Frame, _ inside: Rect, _ view: MainView) {
        let context = view.context
        guard context.snapshot.nodes.count > 0 else {
            let text = context.hasSnapshot ? "no source speaks of any node" : "waiting for the first answer"
            frame.put(SafeText(text), x: inside.x + 1, y: inside.y, role: .dim, width: inside.width - 1)
            return
        }
        let groups = HeatPicture.groups(context)
        let parts = NodesParts(inside, groups: groups, form: view.form)
        let selected = view.main.selectedRow(context).flatMap { view.main.list.order[safe: $0] }
        frame.heatmap(parts.heat, groups: groups, selected: selected, layout: parts.layout)
        if let legend = parts.legend { drawLegend(&frame, inside, legend, context) }
        if let divider = parts.divider { drawDivider(&frame, inside, divider, view) }
        NodesTable(view: view, width: inside.width - 2).draw(into: &frame, parts: parts)
    }

    private static func drawLegend(_ frame: inout Frame, _ inside: Rect, _ y: Int, _ context: DrawContext) {
        var row = RankedRow(separator: " | ")
        row.add(HeatPicture.usual(context), .dim, rank: 2)
        var letters = TextLine()
        let meanings: [(String, String, Role)] = [
            ("s", "spare", .spare), ("D", "drain", .moving), ("L", "load", .moving), ("R", "restart", .moving),
            ("F", "fail", .alarm), ("?", "stale", .stale), ("!", "odd", .warning),
        ]
        for (index, (letter, meaning, _)) in meanings.enumerated() {
            letters.add((index > 0 ? " " : "") + letter, .text)
            letters.add(" " + meaning, .dim)
        }
        row.add(letters, rank: 1)
        frame.put(row.fitted(inside.width - 2), x: inside.x + 1, y: y, width: inside.width - 2)
    }

    private static func drawDivider(_ frame: inout Frame, _ inside: Rect, _ y: Int, _ view: MainView) {
        // The list is the lower half of the panel: its rule joins the panel's border on both sides.
        frame.horizontalLine(x: inside.x - 1, y: y, width: inside.width + 2, glyphs: view.context.glyphs)
        var title = TextLine(" " + view.main.sort.rawValue + " ", .title)
        if !view.main.filter.isEmpty { title.add("/\(view.main.filter) ", .field) }
        frame.put(title, x: inside.x + 1, y: y, width: inside.width - 2)
    }
}
