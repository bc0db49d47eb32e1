// SPDX-License-Identifier: Apache-2.0

package import Factory
package import Screen

/// A plan above the limit that waits for a second operator: who asks, what moves, what it costs, and why.
package struct RequestDialog: OverlayScreen {
    private let decision: DecisionID

    package init(_ decision: DecisionID) { self.decision = decision }

    package var kind: ScreenKind { .request }

    package func idleKeys(_ context: DrawContext) -> Set<Intent> {
        guard let request = request(context) else { return [.yes, .no] }
        return request.by == context.you.name ? [.yes] : []
    }

    package mutating func receive(_ intent: Intent, _ context: DrawContext) -> [ScreenAction]? {
        switch intent {
        case .yes, .no:
            guard let request = request(context) else {
                return [.notice(Notice("\(decision) waits no more: a shows what became of it")), .close]
            }
            if intent == .no { return [.effect(.perform(.decline(decision))), .close] }
            if request.by == context.you.name {
                return [.notice(Notice("\(decision) is yours: somebody else has to approve it"))]
            }
            return [.effect(.perform(.approve(decision))), .close]
        default: return nil
        }
    }

    package mutating func follow(_ event: Event, _ context: DrawContext) -> [ScreenAction] {
        guard case .snapshotArrived(let snapshot) = event, !context.isFrozen else { return [] }
        // What is on the screen must still be what is asked.
        let waits = snapshot.room?.requests.contains { $0.decision == decision } ?? false
        return waits ? [] : [.notice(Notice("\(decision) waits no more: a shows what became of it")), .close]
    }

    package func draw(into frame: inout Frame, area: Rect, _ context: DrawContext) {
        let (x, width) = area.width >= 40 ? (area.x + 1, area.width - 2) : (area.x, area.width)
        guard area.height > 0, let request = request(context) else { return }
        let (kept, _) = RankedLine.fitted(lines(request, context, width: width), rows: area.height - 1)
        for (row, line) in kept.enumerated() { frame.put(line, x: x, y: area.y + row, width: width) }
        let column = frame.put(
            width >= 44 ? "[Later]" : "[Esc]", x: x, y: area.maxY - 1, role: .selection, width: width)
        frame.put(answers(request, context), x: column + 2, y: area.maxY - 1, width: x + width - column - 2)
    }

    private func request(_ context: DrawContext) -> ControlRoom.Request? {
        context.snapshot.room?.requests.first { $0.decision == decision }
    }

    private func answers(_ request: ControlRoom.Request, _ context: DrawContext) -> TextLine {
        if let why = context.whyNoActing { return TextLine(why, .warning) }
        let decline = TextLine("n", .key) + TextLine(request.by == context.you.name ? ": take it back" : ": decline")
        if request.by == context.you.name { return decline }
        return TextLine("y", .key) + TextLine(": approve, it begins   ") + decline
    }

    private func lines(_ request: ControlRoom.Request, _ context: DrawContext, width: Int) -> [RankedLine] {
        let isYours = request.by == context.you.name
        let head =
            isYours
            ? TextLine("WAITS ", .title) + TextLine("\(decision) waits for a second operator", .warning)
            : TextLine("APPROVE? ", .title) + TextLine("\(request.by) asks for \(decision)", .warning)
        var lines = [RankedLine(head, rank: 0), .air]
        let rows: [(String, String, Int)] = [
            ("costs ", request.price.isEmpty ? "-" : request.price, 1), ("because ", request.reason, 2),
            (
                "left ",
                "\(Words.duration(request.left)): then \(request.by) may confirm it alone, and the audit says so", 3
            ),
        ]
        let moves = "moves "
        lines += TextLine.wrapped(request.what, head: moves, width: width).ranked(1)
        // Under what they are details of.
        let under = String(repeating: " ", count: moves.count)
        for detail in request.details { lines += TextLine.wrapped(detail, head: under, width: width).ranked(3) }
        for (name, text, rank) in rows {
            lines += TextLine.wrapped(text, head: name, width: width).ranked(rank)
        }
        lines.append(.air)
        let others = context.snapshot.room?.others(than: request.by) ?? []
        let who =
            isYours
            ? "\(others.joined(separator: " or ")) can approve it with V."
            : "A move this large is not one person's decision."
        lines += TextLine.wrapped(who + " The rails are asked again when it begins.", width: width).ranked(4)
        return lines
    }
}
