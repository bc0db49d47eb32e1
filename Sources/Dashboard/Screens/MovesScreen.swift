// SPDX-License-Identifier: Apache-2.0

package import Factory
package import Screen

/// The moves: open ones first, each with its units, its forecast and, once it is done, what came of it.
package struct MovesScreen: OverlayScreen {
    package private(set) var selected: DecisionID?
    /// Whether the selected move has the whole screen.
    package private(set) var isOpened = false
    private var scroll = 0

    package init() {}

    package var kind: ScreenKind { .moves }

    package mutating func receive(_ intent: Intent, _ context: DrawContext) -> [ScreenAction]? {
        switch intent {
        case .down: step(1, context)
        case .up: step(-1, context)
        case .pageDown, .halfDown: step(10, context)
        case .pageUp, .halfUp: step(-10, context)
        case .top: step(-.max, context)
        case .bottom: step(.max, context)
        case .open:
            isOpened.toggle()
            scroll = 0
        case .back where isOpened:
            isOpened = false
            scroll = 0
        case .abort:
            guard let move = move(in: context.snapshot) else { return nil }
            return [.abort(move.decision)]
        default: return nil
        }
        return []
    }

    private mutating func step(_ rows: Int, _ context: DrawContext) {
        let moves = context.snapshot.allMoves
        if isOpened {
            let longest = move(in: context.snapshot).map { $0.units.count + $0.undo.count + 8 } ?? 0
            scroll = Self.clamped(scroll, by: rows, to: longest)
            return
        }
        guard !moves.isEmpty else { return }
        let now = moves.firstIndex { $0.decision == selected } ?? 0
        selected = moves[Self.clamped(now, by: rows, to: moves.count - 1)].decision
    }

    private static func clamped(_ place: Int, by rows: Int, to last: Int) -> Int {
        max(0, min(rows == .max ? last : rows == -.max ? 0 : place + rows, last))
    }

    /// The selected move; the first where the selected one is gone.
    private func move(in snapshot: FactorySnapshot) -> MoveStatus? {
        snapshot.allMoves.first { $0.decision == selected } ?? snapshot.allMoves.first
    }

    // MARK: picture

    package func draw(into frame: inout Frame, area: Rect, _ context: DrawContext) {
        let snapshot = context.snapshot
        let open = snapshot.moves.count(where: \.isOpen)
        let title =
            TextLine("MOVES ", .title)
            + TextLine(
                "\(open) open, \(snapshot.moves.count - open) ended in this run\(earlier(snapshot))",
                .dim)
        let (x, width) = area.width >= 40 ? (area.x + 1, area.width - 2) : (area.x, area.width)
        let inside = Rect(x: x, y: area.y, width: width, height: area.height)
        let head = [title] + holdLines(snapshot, rows: area.height / 3, width: width)
        draw(head, into: &frame, area: inside)
        let rest = inside.splitTop(head.count).rest
        guard let move = move(in: snapshot) else {
            return draw(
                [TextLine("  no move runs, and the audit has none that ended", .dim)], into: &frame,
                area: rest)
        }
        let detail = MoveDetail(move, on: snapshot, width: width)
        guard !isOpened else {
            let lines = detail.lines()
            let first = max(0, min(scroll, lines.count - rest.height))
            return draw(Array(lines.dropFirst(first)), into: &frame, area: rest)
        }
        let listed = min(snapshot.allMoves.count + 1, max(3, rest.height / 3))
        let (top, below) = rest.splitTop(listed)
        drawList(into: &frame, area: top, snapshot, selected: move.decision)
        guard below.height > 2 else { return }
        draw([TextLine()] + detail.lines(), into: &frame, area: below)
    }

    /// Of earlier runs the audit's last records tell: how many moves there were in all, nobody has counted.
    private func earlier(_ snapshot: FactorySnapshot) -> String {
        snapshot.earlierMoves.isEmpty ? "" : "; the last \(snapshot.earlierMoves.count) of earlier runs"
    }

    private func holdLines(_ snapshot: FactorySnapshot, rows: Int, width: Int) -> [TextLine] {
        let stuck = StuckUnits(snapshot)
        guard snapshot.mode == .hold || stuck.count > 0 else { return [] }
        let cost = stuck.costPerMinute.map { ", which costs \($0)" } ?? ""
        let what = stuck.count == 0 ? "nothing is stuck" : "\(Words.count(stuck.count, "node")) stuck\(cost)"
        let start = snapshot.mode == .hold ? "HOLD: no step starts; H releases, after a question. " : "STUCK: "
        let first = TextLine.wrapped(start + what, head: "! ", width: width, headRole: .warning, role: .warning)
        let kept = stuck.lines.prefix(max(1, rows - first.count))
        let more = stuck.count - kept.count
        return first + kept
            + (more > 0 ? [TextLine("  and \(more) more: Enter opens a move", .dim)] : [])
    }

    private func drawList(into frame: inout Frame, area: Rect, _ snapshot: FactorySnapshot, selected: DecisionID) {
        let moves = snapshot.allMoves
        let index = moves.firstIndex { $0.decision == selected }
        let rows = moves.enumerated().map { index, move in
            let isEarlier = index >= snapshot.moves.count
            return MoveRow(
                move, at: snapshot.at, isEarlier: isEarlier,
                isReversible: !isEarlier || snapshot.outlivesItsMoves
            ).row
        }
        let page = max(1, area.height - 1)
        let offset = max(0, min((index ?? 0) - page + 1, moves.count - page))
        frame.table(area, columns: MoveRow.columns, rows: rows, selected: index, offset: offset, header: true)
    }

    private func draw(_ lines: [TextLine], into frame: inout Frame, area: Rect) {
        for (row, line) in lines.prefix(area.height).enumerated() {
            frame.put(line, x: area.x, y: area.y + row, width: area.width)
        }
    }
}

extension FactorySnapshot {
    /// This run's moves, then those of earlier ones.
    fileprivate var allMoves: [MoveStatus] { moves + earlierMoves }
}
