// SPDX-License-Identifier: Apache-2.0

import Factory
import Screen

/// The time below a graph: how long ago its left end is, its middle where there is room, and now at the right.
struct GraphTime {
    let span: Seconds
    /// Columns that the span takes, from the right; a fraction where it ends within one.
    let cells: Double

    func draw(into frame: inout Frame, x: Int, y: Int, width: Int) {
        let end = "now"
        let begin = "-" + Self.words(span)
        let middle = "-" + Self.words(span * 0.5)
        let start = min(max(0, width - Int(cells.rounded())), width)
        guard start + begin.count <= width else { return }
        frame.put(TextLine(begin, .dim), x: x + start, y: y, width: begin.count)
        // What is at the right needs no word; how far back the left is does.
        guard start + begin.count < width - end.count else { return }
        frame.put(TextLine(end, .dim), x: x + width - end.count, y: y, width: end.count)
        let place = width - Int((cells / 2).rounded()) - middle.count / 2
        guard place >= start + begin.count + 2, place + middle.count + 2 <= width - end.count else { return }
        frame.put(TextLine(middle, .dim), x: x + place, y: y, width: middle.count)
    }

    /// `2.5 min`, `60 min`, `5 h`.
    static func words(_ span: Seconds) -> String {
        span.value < 7200 ? "\(number(span.value / 60)) min" : "\(number(span.value / 3600)) h"
    }

    /// With a decimal where it is not whole: a mark of a scale is exact.
    static func number(_ value: Double) -> String {
        let text = Words.fixed(value, 1)
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}

extension Trend {
    /// How many columns of a graph this long a past takes.
    func cells(of span: Seconds, in width: Int, _ glyphs: Glyphs) -> Double {
        let perCell = glyphs == .braille ? 2 : 1
        let column = columnSpan(width * perCell, span: span)
        guard column.value > 0 else { return Double(width) }
        return span.value / column.value / Double(perCell)
    }
}
