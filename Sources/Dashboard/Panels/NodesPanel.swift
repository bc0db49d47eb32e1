// SPDX-License-Identifier: Apache-2.0

import Factory
import Screen

/// Nodes: where the plant works hard, and the nodes that need somebody, worst first.
enum NodesPanel {
    static let row = PanelRow(kind: .nodes, caption: caption, draw: draw)

    private static func caption(_ view: MainView, _ inside: Rect) -> PanelCaption {
        let nodes = view.context.snapshot.nodes
        guard nodes.count > 0 else { return PanelCaption() }
        let first = nodes.gpus.range(of: 0).count
        let isEven = first > 0 && nodes.indices.allSatisfy { nodes.gpus.range(of: $0).count == first }
        let each = isEven ? " x \(first) GPUs" : ""
        let parts = NodesParts(inside, groups: view.main.heat.groups, form: view.form)
        let shared = parts.layout.nodesPerCell
        let cell = shared > 1 ? "worst of \(shared) a cell" : "a cell is a node"
        let abnormal = view.main.conditions.abnormal(nodes.indices)
        if let blind = view.main.conditions.blind {
            return PanelCaption(detail: "\(nodes.count)", trailing: blind, trailingRole: .stale)
        }
        let trailing = "\(abnormal) abnormal\(abnormal > 0 ? "!" : "")"
        let what = ", \(cell): \(view.context.held.heatQuantity.title)"
        // Beside the title and the count of the abnormal; where it does not fit the GPUs go, never half a word.
        let fits = "\(nodes.count)\(each)\(what)".count <= inside.width - 13 - trailing.count
        return PanelCaption(
            detail: "\(nodes.count)\(fits ? each : "")\(what)", trailing: trailing,
            trailingRole: abnormal > 0 ? .warning : .dim)
    }

    private static func draw(_ frame: inout Frame, _ inside: Rect, _ view: MainView) {
        let context = view.context
        guard context.snapshot.nodes.count > 0 else {
            let text = context.hasSnapshot ? "no source speaks of any node" : "waiting for the first answer"
            frame.put(SafeText(text), x: inside.x + 1, y: inside.y, role: .dim, width: inside.width - 1)
            drawDead(&frame, inside, context)
            return
        }
        let parts = NodesParts(inside, groups: view.main.heat.groups, form: view.form)
        let selected = view.main.selectedRow(context).flatMap { view.main.list.order[safe: $0] }
        if let divider = parts.divider { drawDivider(&frame, inside, divider, view) }
        frame.heatmap(parts.heat, groups: view.main.heat.groups, selected: selected, layout: parts.layout)
        if let legend = parts.legend { drawLegend(&frame, parts.heat, legend, view.main.heat) }
        NodesTable(view: view, width: parts.list.width).draw(into: &frame, parts: parts)
    }

    /// Without nodes the targets that should speak of them are what there is to look at.
    private static func drawDead(_ frame: inout Frame, _ inside: Rect, _ context: DrawContext) {
        let dead = context.snapshot.sources.flatMap(\.dead)
        for (row, target) in dead.prefix(max(0, inside.height - 2)).enumerated() {
            let seen = target.lastSeen.map { "last answered \(Words.age(context.snapshot.at - $0)) ago" }
            var line = TextLine("DEAD! ", .warning)
            line.add("\(target.name): \(target.reason)")
            line.add(", \(seen ?? "never answered")", .dim)
            frame.put(line, x: inside.x + 1, y: inside.y + 1 + row, width: inside.width - 1)
        }
        if dead.count > inside.height - 2, inside.height >= 2 {
            frame.put(
                "\(dead.count - max(0, inside.height - 2)) more do not answer", x: inside.x + 1, y: inside.maxY - 1,
                role: .dim, width: inside.width - 1)
        }
    }

    private static let meanings: [(Unicode.Scalar, String)] = [
        ("s", "spare"), ("D", "drain"), ("L", "load"), ("R", "restart"), ("F", "fail"), ("?", "stale"), ("!", "odd"),
    ]

    /// What the picture shows is explained first; the other letters where there is room.
    private static func drawLegend(_ frame: inout Frame, _ area: Rect, _ y: Int, _ heat: HeatPicture) {
        var row = RankedRow(separator: " ")
        row.add(heat.usual.isEmpty ? "" : heat.usual + " |", .dim, rank: 2)
        for (letter, meaning) in meanings {
            var line = TextLine(String(Character(letter)))
            line.add(" " + meaning, .dim)
            row.add(line, rank: heat.letters.contains(letter) ? 1 : 3)
        }
        frame.put(row.fitted(area.width), x: area.x, y: y, width: area.width)
    }

    /// The list is a box in the lower half of the panel, joined with its border.
    private static func drawDivider(_ frame: inout Frame, _ inside: Rect, _ y: Int, _ view: MainView) {
        let box = Rect(x: inside.x - 1, y: y, width: inside.width + 2, height: inside.maxY - y + 1)
        let filter = view.main.filter
        _ = frame.panel(
            box, title: SafeText(view.main.sort.rawValue), detail: SafeText(filter.isEmpty ? "" : "/" + filter),
            trailing: "s sort  / filter  Enter open", style: .boxed, glyphs: view.context.glyphs)
    }
}
