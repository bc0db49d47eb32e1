// SPDX-License-Identifier: Apache-2.0

import Factory
package import Screen

/// The last row of a plan: [Cancel], and what it takes to run it.
package struct ConfirmationRow: Sendable {
    package enum State: Sendable {
        case planning
        case submitted
        case closed(String)
        case gate(ConfirmationGate, units: Int)
    }

    let state: State
    let field: ConfirmationField

    package init(state: State, field: ConfirmationField) {
        self.state = state
        self.field = field
    }

    package func draw(into frame: inout Frame, x: Int, y: Int, width: Int) {
        let end = x + width
        let isNarrow = width < 44
        var column = frame.put(
            isNarrow ? "[Esc]" : "[Cancel]", x: x, y: y, role: field.hasFocus ? .dim : .selection, width: width)
        column += isNarrow ? 1 : 2
        guard column < end else { return }
        let line = text(isNarrow: isNarrow, isShort: width < 100)
        guard case .gate(let gate, _) = state, gate.wantsText else {
            frame.put(line, x: column, y: y, width: end - column)
            return
        }
        // The field keeps at least eight columns, the words before it give way.
        let words = min(line.width, max(0, end - column - 10))
        column = frame.put(line, x: column, y: y, width: words)
        drawField(into: &frame, x: column, y: y, width: end - column)
    }

    /// - Parameter isShort: the name that is to be typed has no room for whose it is.
    private func text(isNarrow: Bool, isShort: Bool) -> TextLine {
        switch state {
        case .planning: return TextLine("planning...", .moving)
        case .submitted: return TextLine("asked: waiting for the desk", .moving)
        case .closed(let why): return TextLine(why, .warning)
        case .gate(.closed(let why), _):
            return TextLine(isNarrow ? "NO: \(why)" : "cannot be confirmed: \(why)", .warning)
        case .gate(.yes, let units):
            return TextLine("y", .key)
                + TextLine(isNarrow ? " move \(units)" : ": move \(Words.count(units, "node")), no work is lost")
        case .gate(.name(let name, let what), _):
            let name = SafeText(name).clipped(to: 24).string
            return prompt(isShort ? "type \(name)" : "type the \(what), \(name)", isNarrow: isNarrow)
        case .gate(.reason(let others), _):
            // Short: the field keeps room for the words that are asked for.
            let who = others.count > 2 ? "one of \(others.count)" : others.joined(separator: " or ")
            let second = others.isEmpty ? "flagged in the audit" : isShort ? "then \(who)" : "\(who) must approve"
            return prompt(
                isShort ? "why: \(second)" : "type why, it is above the limit: \(second)", isNarrow: isNarrow,
                asks: !others.isEmpty)
        }
    }

    /// - Parameter asks: it is only asked for by it, and begins when somebody else agrees.
    private func prompt(_ what: String, isNarrow: Bool, asks: Bool = false) -> TextLine {
        if isNarrow { return TextLine(field.hasFocus ? "" : "Tab", .key) }
        guard field.hasFocus else {
            return TextLine(asks ? "to ask: " : "to run: ", .dim) + TextLine("Tab", .key)
                + TextLine(", \(what): ", .dim)
        }
        return TextLine("Enter", .key) + TextLine(asks ? " asks, " : " runs, ", .dim) + TextLine("Esc", .key)
            + TextLine(" leaves; \(what): ", .dim)
    }

    /// `[rl-r3___]`, with the end of a text that is longer than its field.
    private func drawField(into frame: inout Frame, x: Int, y: Int, width: Int) {
        let inner = min(40, width - 2)
        guard inner > 0 else { return }
        let shown = SafeText(field.typed).suffix(inner - 1)

        let role: Role = field.hasFocus ? .field : .dim
        frame.put("[", x: x, y: y, role: role)
        frame.put(SafeText(String(repeating: "_", count: inner)), x: x + 1, y: y, role: role)
        let end = frame.put(shown, x: x + 1, y: y, role: role)
        frame.put("]", x: x + 1 + inner, y: y, role: role)
        if field.hasFocus { frame.cursor = Position(x: end, y: y) }
    }
}
