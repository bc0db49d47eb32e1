// SPDX-License-Identifier: Apache-2.0

import Factory
package import Screen

/// Asks before the program ends while moves run: what runs, and what becomes of it.
package struct QuitDialog: OverlayScreen {
    package init() {}

    package var kind: ScreenKind { .quit }

    package mutating func receive(_ intent: Intent, _ context: DrawContext) -> [ScreenAction]? {
        switch intent {
        case .yes: [.effect(.quit)]
        case .no, .back: [.close]
        default: nil
        }
    }

    package func draw(into frame: inout Frame, area: Rect, _ context: DrawContext) {
        let (x, width) = area.width >= 40 ? (area.x + 1, area.width - 2) : (area.x, area.width)
        guard area.height > 0 else { return }
        let (kept, _) = RankedLine.fitted(lines(context, width: width), rows: area.height - 1)
        for (row, line) in kept.enumerated() { frame.put(line, x: x, y: area.y + row, width: width) }
        let column = frame.put(width >= 44 ? "[Stay]" : "[Esc]", x: x, y: area.maxY - 1, role: .selection, width: width)
        let answer = TextLine("y", .key) + TextLine(width >= 44 ? ": quit all the same" : " quits")
        frame.put(answer, x: column + 2, y: area.maxY - 1, width: x + width - column - 2)
    }

    private func lines(_ context: DrawContext, width: Int) -> [RankedLine] {
        let open = context.openMoves
        let others = context.snapshot.sitesThatMove
        let count = open.count + others.reduce(0) { $0 + $1.moves }
        var lines = [
            RankedLine(
                TextLine("QUIT? ", .title) + TextLine("\(Words.count(count, "move")) still running", .warning),
                rank: 0)
        ]
        lines += open.enumerated().map { RankedLine(line(of: $1, width: width), rank: $0 < 3 ? 1 : 4) }
        lines += others.map { site in
            RankedLine(TextLine("  in \(site.site): \(Words.count(site.moves, "move"))", .moving), rank: 1)
        }
        if count == 0 { lines.append(RankedLine(TextLine("  none runs any more", .dim), rank: 1)) }
        lines.append(.air)
        lines += TextLine.wrapped(consequence(context), width: width).ranked(2)
        let stuck = StuckUnits(context.snapshot)
        if stuck.count > 0 {
            lines.append(
                RankedLine(
                    TextLine(
                        "! \(Words.count(stuck.count, "node")) stuck\(stuck.costPerMinute.map { ": \($0)" } ?? "")",
                        .warning), rank: 3))
        }
        return lines
    }

    private func line(of move: MoveStatus, width: Int) -> TextLine {
        var line = TextLine("  \(move.decision) ", .moving)
        line.add("\(move.phase.rawValue) \(move.done)/\(move.units.count) ")
        line.add(MoveRow.way(of: move))
        if let left = MoveRow.left(of: move) { line.add(", \(Words.span(left)) left", .dim) }
        if width >= 60 {
            line.add(", by \(move.by)", .dim)
            line.add(move.abortIsFree ? ", before LOSS" : ", past LOSS", move.abortIsFree ? .dim : .warning)
        }
        return line
    }

    private func consequence(_ context: DrawContext) -> String {
        switch context.snapshot.kind {
        case .simulated:
            "The simulation ends with this program, and its moves with it; the audit will say INTERRUPTED. "
                + "Esc stays: then A aborts a move, free before LOSS."
        case .live:
            "No further step is taken when this program ends: the nodes stay where their running step leaves them, "
                + "and the audit will say INTERRUPTED. Esc stays: then A aborts a move for free before LOSS."
        }
    }
}
