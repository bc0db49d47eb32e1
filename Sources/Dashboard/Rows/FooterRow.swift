// SPDX-License-Identifier: Apache-2.0

import Factory
import Screen

/// The bottom row: a question, a field, a notice, or else the keys of the screen, made from the keymap.
enum FooterRow {
    static func draw(_ state: DashboardState, _ context: DrawContext, into frame: inout Frame, y: Int) {
        let width = frame.width
        if let question = state.question {
            drawAbove(&frame, y: y, ask(question, width: width))
        } else if state.main.isFiltering, state.overlays.isEmpty {
            filter(state, context, into: &frame, y: y)
        } else if let notice = state.notice?.notice {
            frame.put(TextLine(" " + notice.text, notice.isAlarm ? .alarm : .text), x: 0, y: y, width: width)
        } else {
            let idle = state.overlays.last?.idleKeys(context) ?? []
            frame.put(keys(state.screen, context, without: idle, width: width - 1), x: 1, y: y, width: width - 1)
        }
    }

    /// What is asked in full, and how to answer: whoever reads half of it may say yes to the other half.
    private static func ask(_ question: Question, width: Int) -> [TextLine] {
        let answer = TextLine("y", .key) + TextLine(" yes, any other key: no", .text)
        var lines = TextLine.wrapped(question.text + "?", head: " ", width: width, headRole: .warning, role: .warning)
        if let last = lines.last, last.width + 2 + answer.width <= width {
            lines[lines.count - 1] = last + TextLine("  ") + answer
        } else {
            lines.append(TextLine(" ") + answer)
        }
        return lines
    }

    /// The last line in the bottom row, the others over what is above it; a third of the screen at most, without the middle.
    private static func drawAbove(_ frame: inout Frame, y: Int, _ lines: [TextLine]) {
        let most = 1 + y / 3
        let shown = lines.count <= most ? lines : lines.prefix(most - 1) + lines.suffix(1)
        let top = y + 1 - shown.count
        frame.fill(Rect(x: 0, y: top, width: frame.width, height: shown.count), .blank)
        for (row, line) in shown.enumerated() { frame.put(line, x: 0, y: top + row, width: frame.width) }
    }

    private static func filter(_ state: DashboardState, _ context: DrawContext, into frame: inout Frame, y: Int) {
        let count = state.main.list.order.count
        let hint = TextLine("  \(count) of \(context.snapshot.nodes.count) nodes  Enter keep  Esc clear", .dim)
        let room = max(4, frame.width - 3 - (hint.width < frame.width / 2 ? hint.width : 0))
        // The end of a long text is what is being typed.
        let text = String(state.main.filter.suffix(room))
        let end = frame.put(TextLine(" /", .key) + TextLine(text, .field), x: 0, y: y, width: frame.width)
        frame.cursor = Position(x: min(end, frame.width - 1), y: y)
        if hint.width < frame.width / 2 { frame.put(hint, x: end + 1, y: y, width: frame.width - end - 1) }
    }

    /// Keys that do something now, in the order of the table; low priorities go first when it is narrow.
    static func keys(
        _ screen: ScreenKind, _ context: DrawContext, without idle: Set<Intent> = [], width: Int
    ) -> TextLine {
        var row = RankedRow()
        for binding in Keymap.rows(on: screen)
        where !binding.footer.isEmpty && !idle.contains(binding.intent) && binding.whyDisabled(context) == nil {
            var line = TextLine(binding.keys.first?.label ?? "", .key)
            line.add(" " + binding.footer, .dim)
            row.add(line, rank: binding.priority)
        }
        return row.fitted(width)
    }
}
