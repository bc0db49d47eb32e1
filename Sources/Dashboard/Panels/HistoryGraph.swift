// SPDX-License-Identifier: Apache-2.0

import Factory
import Screen

/// A history drawn in the glyphs of the terminal: the last half hour, the limit as a line where there is room.
struct HistoryGraph {
    let line: Graphs.Line
    let glyphs: Glyphs

    /// The time a graph shows at most.
    static let span = Seconds(1800)

    func draw(into frame: inout Frame, _ rect: Rect) {
        guard let trend = line.trend, !rect.isEmpty else { return }
        frame.graph(
            rect, values: trend.columns(columns(rect.width), span: Self.span), top: line.top.value, limit: line.limit,
            glyphs: glyphs)
    }

    /// `30 min`: what a graph of so many columns shows now.
    func spanText(_ width: Int) -> String {
        guard let trend = line.trend else { return "no history" }
        return Words.wait(trend.shown(columns(width), span: Self.span))
    }

    private func columns(_ width: Int) -> Int { glyphs == .braille ? width * 2 : width }
}

extension TextLine {
    init(_ run: TextRun) { self.init(run.text.string, run.role) }

    /// Text in a field of so many columns, at its right edge; longer text is cut.
    mutating func addRight(_ text: String, _ role: Role = .text, width: Int) {
        let field = SafeText(text).clipped(to: width)
        // Blanks have no meaning: where roles are underlined they would be seen.
        add(String(repeating: " ", count: max(0, width - field.width)))
        add(field.string, role)
    }

    mutating func addRight(_ run: TextRun, width: Int) { addRight(run.text.string, run.role, width: width) }

    /// Text in a field of so many columns, at its left edge; one blank at least stays after it.
    mutating func addLeft(_ text: String, _ role: Role = .text, width: Int) {
        // The blanks are the column's: where a role is an underline, it ends with the word.
        let word = SafeText(text).clipped(to: width - 1)
        add(word.string, role)
        add(String(repeating: " ", count: max(0, width - word.width)))
    }
}
