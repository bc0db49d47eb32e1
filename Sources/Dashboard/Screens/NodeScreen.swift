// SPDX-License-Identifier: Apache-2.0

package import Factory
package import Screen

/// One node: its state, its work, its GPUs and its host. `-` where nobody has said anything.
package struct NodeScreen: OverlayScreen {
    package private(set) var node: NodeID
    private var scroll = 0

    package init(_ node: NodeID) { self.node = node }

    package var kind: ScreenKind { .node }

    package mutating func receive(_ intent: Intent, _ context: DrawContext) -> [ScreenAction]? {
        let ids = context.snapshot.nodes.ids
        switch intent {
        case .down: go(1, ids)
        case .up: go(-1, ids)
        case .top: go(-ids.count, ids)
        case .bottom: go(ids.count, ids)
        case .pageDown, .halfDown: scroll = min(scroll + 5, 200)
        case .pageUp, .halfUp: scroll = max(0, scroll - 5)
        case .origin: return [.open(.origin(.node(node)))]
        default: return nil
        }
        return []
    }

    /// To a neighbour; a node that has left the plant leads to the first.
    private mutating func go(_ step: Int, _ ids: [NodeID]) {
        scroll = 0
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
        let rows = area.height - 1
        let first = max(0, min(scroll, lines.count - 1 - rows))
        // The first line says which node it is: it never scrolls away.
        let shown = lines.prefix(1) + lines.dropFirst(1 + first).prefix(rows)
        for (row, line) in shown.enumerated() { frame.put(line, x: x, y: area.y + row, width: width) }
    }
}
