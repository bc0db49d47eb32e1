// SPDX-License-Identifier: Apache-2.0

package import Factory
package import Screen

/// One node: its state, its work, its GPUs and its host. `-` where nobody has said anything.
package struct NodeScreen: OverlayScreen {
    package private(set) var node: NodeID
    /// How far back its graphs reach.
    package private(set) var reach = TrendReach.recent
    /// The accelerator whose past the graphs show, counted from 0; nil: the node's.
    package private(set) var gpu: Int?
    private var scroll = 0
    /// Whether there ever was a graph: its rows stay while that of a neighbour is on its way.
    private var hasGraphs = false
    private var past = NodePast()

    package init(_ node: NodeID) { self.node = node }

    package var kind: ScreenKind { .node }

    package mutating func receive(_ intent: Intent, _ context: DrawContext) -> [ScreenAction]? {
        let ids = context.snapshot.nodes.ids
        switch intent {
        case .down: go(1, context)
        case .up: go(-1, context)
        case .top: go(-ids.count, context)
        case .bottom: go(ids.count, context)
        case .pageDown, .halfDown: scroll = min(scroll + 5, 200)
        case .pageUp, .halfUp: scroll = max(0, scroll - 5)
        case .origin: return [.open(.origin(.node(node)))]
        case .graphReach, .nextGraph, .previousGraph: return turn(intent, context)
        default: return nil
        }
        return []
    }

    package func idleKeys(_ context: DrawContext) -> Set<Intent> {
        hasGraphs ? [] : [.graphReach, .nextGraph, .previousGraph]
    }

    package mutating func opened(_ context: DrawContext) -> [ScreenAction] {
        hasGraphs = !context.snapshot.nodeTrends.isEmpty
        past.take(context.snapshot, PastSubject(node, gpu: gpu))
        return []
    }

    package mutating func follow(_ event: Event, _ context: DrawContext) -> [ScreenAction] {
        if !context.snapshot.nodeTrends.isEmpty { hasGraphs = true }
        if case .snapshotArrived = event { past.arrived(context.snapshot, PastSubject(node, gpu: gpu)) }
        return []
    }

    mutating func look(back reach: TrendReach, gpu: Int?) {
        self.reach = reach
        self.gpu = gpu.flatMap { (0..<64).contains($0) ? $0 : nil }
    }

    /// Another span, or the graphs of the node and of each of its accelerators in turn.
    private mutating func turn(_ intent: Intent, _ context: DrawContext) -> [ScreenAction] {
        guard hasGraphs else {
            return [.notice(Notice("no past of nodes is kept here: tokenworks serve keeps one, and attach shows it"))]
        }
        if intent == .graphReach {
            reach = reach == .recent ? .hour : .recent
            return []
        }
        let table = context.snapshot.nodes
        let gpus = table.ids.firstIndex(of: node).map { table.gpus.range(of: $0).count } ?? 0
        let next = (gpu.map { $0 + 1 } ?? 0) + (intent == .nextGraph ? 1 : gpus)
        gpu = next % (gpus + 1) == 0 ? nil : next % (gpus + 1) - 1
        past.take(context.snapshot, PastSubject(node, gpu: gpu))
        return []
    }

    /// To a neighbour; a node that has left the plant leads to the first.
    private mutating func go(_ step: Int, _ context: DrawContext) {
        let ids = context.snapshot.nodes.ids
        scroll = 0
        defer { past.take(context.snapshot, PastSubject(node, gpu: gpu)) }
        guard !ids.isEmpty else { return }
        guard let now = ids.firstIndex(of: node) else {
            node = ids[0]
            return
        }
        node = ids[max(0, min(now + step, ids.count - 1))]
    }

    package func draw(into frame: inout Frame, area: Rect, _ context: DrawContext) {
        let (x, width) = area.width >= 40 ? (area.x + 1, area.width - 2) : (area.x, area.width)
        guard area.height > 0 else { return }
        let lines: [TextLine]
        if let index = context.snapshot.nodes.ids.firstIndex(of: node) {
            lines = NodePicture(index, context, width: width).lines()
        } else {
            lines = [
                TextLine("NODE \(node) ", .title),
                TextLine("no source speaks of it any more: j goes to the first", .warning),
            ]
        }
        let band = hasGraphs ? NodeGraphs.rows(on: area.height) : 0
        if band > 0 {
            NodeGraphs(PastSubject(node, gpu: gpu), reach, past, context)?
                .draw(into: &frame, Rect(x: x, y: area.y + 1, width: width, height: band))
        }
        let rows = area.height - 1 - band
        let first = max(0, min(scroll, lines.count - 1 - rows))
        // The first line says which node it is: it never scrolls away.
        let shown = lines.prefix(1) + lines.dropFirst(1 + first).prefix(rows)
        for (row, line) in shown.enumerated() {
            frame.put(line, x: x, y: area.y + row + (row > 0 ? band : 0), width: width)
        }
    }
}
