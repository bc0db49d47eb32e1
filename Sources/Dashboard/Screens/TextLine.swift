// SPDX-License-Identifier: Apache-2.0

package import Screen

/// Text of one meaning: a part of a line.
package struct TextRun: Sendable, Hashable {
    package let text: SafeText
    package let role: Role

    package init(_ text: String, _ role: Role = .text) { self.init(SafeText(text), role) }

    package init(_ text: SafeText, _ role: Role) {
        self.text = text
        self.role = role
    }
}

/// One line of runs, left to right: what the text screens are made of before they know their height.
package struct TextLine: Sendable, Hashable {
    package private(set) var runs: [TextRun] = []

    package init() {}

    package init(_ text: String, _ role: Role = .text) {
        add(text, role)
    }

    package var width: Int { runs.reduce(0) { $0 + $1.text.width } }

    package mutating func add(_ text: String, _ role: Role = .text) {
        guard !text.isEmpty else { return }
        runs.append(TextRun(text, role))
    }

    package mutating func add(_ line: TextLine) { runs += line.runs }

    package mutating func add(_ run: TextRun) {
        if run.text.width > 0 { runs.append(run) }
    }

    /// Spaces up to a column; at least one when the line has passed it already.
    package mutating func tab(to column: Int, _ role: Role = .text) {
        add(String(repeating: " ", count: max(runs.isEmpty ? 0 : 1, column - width)), role)
    }

    package static func + (left: TextLine, right: TextLine) -> TextLine {
        var line = left
        line.add(right)
        return line
    }

    /// The same text with one meaning.
    package func all(_ role: Role) -> TextLine {
        var line = TextLine()
        line.runs = runs.map { TextRun($0.text, role) }
        return line
    }

    /// Breaks a sentence at its spaces: the first line starts with `head`, the others with as many blanks.
    package static func wrapped(
        _ text: String, head: String = "", width: Int, headRole: Role = .dim, role: Role = .text
    ) -> [TextLine] {
        let indent = SafeText(head).width
        let room = max(8, width - indent)
        var lines: [TextLine] = []
        for piece in pieces(of: text, width: room) {
            var line = TextLine()
            if lines.isEmpty { line.add(head, headRole) } else { line.tab(to: indent) }
            line.add(piece, role)
            lines.append(line)
        }
        return lines.isEmpty ? [TextLine(head, headRole)] : lines
    }

    private static func pieces(of text: String, width: Int) -> [String] {
        var pieces: [String] = []
        var piece = ""
        for word in text.split(separator: " ") {
            if !piece.isEmpty, SafeText(piece).width + 1 + SafeText(String(word)).width > width {
                pieces.append(piece)
                piece = ""
            }
            piece += piece.isEmpty ? String(word) : " \(word)"
        }
        if !piece.isEmpty { pieces.append(piece) }
        return pieces
    }
}

extension Frame {
    /// Draws a line, cut at `width`; returns the column after it.
    @discardableResult
    package mutating func put(_ line: TextLine, x: Int, y: Int, width: Int? = nil) -> Int {
        let end = x + (width ?? max(0, self.width - x))
        var column = x
        for run in line.runs where column < end {
            column = put(run.text, x: column, y: y, role: run.role, width: end - column)
        }
        return column
    }
}
