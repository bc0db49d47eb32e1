// SPDX-License-Identifier: Apache-2.0

package import Factory
package import Screen

/// Whose numbers are asked after.
package enum OriginSubject: Sendable, Hashable {
    case node(NodeID)
    /// Every number of every serving class.
    case classes
    /// What a training job says of itself; nil: there is none.
    case job(JobID?)
    /// The sources themselves: what answers and what does not.
    case sources
}

/// Where numbers come from: each with its series, what is done with it, its age, and what every target gave to the
/// selected one.
package struct OriginScreen: OverlayScreen {
    package let subject: OriginSubject
    private var selected = 0

    package init(_ subject: OriginSubject) { self.subject = subject }

    package var kind: ScreenKind { .origin }

    package mutating func receive(_ intent: Intent, _ context: DrawContext) -> [ScreenAction]? {
        let count = OriginRows(subject, context.snapshot).rows.count
        let step = intent.movesBy(page: 10, count: count)
        guard step != 0 else { return intent == .origin ? [.close] : nil }
        selected = max(0, min(count - 1, selected + step))
        return []
    }

    package func draw(into frame: inout Frame, area: Rect, _ context: DrawContext) {
        let (x, width) = area.width >= 40 ? (area.x + 1, area.width - 2) : (area.x, area.width)
        let inside = Rect(x: x, y: area.y, width: width, height: area.height)
        guard !inside.isEmpty else { return }
        let origin = OriginRows(subject, context.snapshot)
        var heading = TextLine("WHERE FROM ", .title)
        heading.add(origin.title)
        frame.put(heading, x: x, y: area.y, width: width)
        let rest = inside.splitTop(1).rest
        guard let row = origin.rows[safe: min(selected, origin.rows.count - 1)] else {
            frame.put(TextLine(origin.empty, .dim), x: x, y: area.y + 1, width: width)
            return
        }
        let detail = detail(of: row, width: width)
        // The list has half at least, and all that the words below do not take.
        let listRows = min(origin.rows.count + 1, max(rest.height / 2, rest.height - detail.count - 1))
        let list = Rect(x: x, y: rest.y, width: width, height: max(0, listRows))
        let now = min(selected, origin.rows.count - 1)
        let page = list.height > 1 ? list.height - 1 : list.height
        frame.table(
            list, columns: OriginRows.columns(subject), rows: origin.rows.map(\.cells), selected: now,
            offset: TableScroll.offset(0, selected: now, count: origin.rows.count, page: page))
        let room = rest.maxY - list.maxY - 1
        guard room > 0 else { return }
        for (line, text) in detail.prefix(room).enumerated() {
            let isCut = line == room - 1 && detail.count > room
            let shown = isCut ? TextLine("and \(detail.count - room + 1) lines more", .dim) : text
            frame.put(shown, x: x, y: list.maxY + 1 + line, width: width)
        }
    }

    private func detail(of row: OriginRow, width: Int) -> [TextLine] {
        var lines = TextLine.wrapped(row.how, head: "\(row.name)  ", width: width, headRole: .title)
        for share in row.shares {
            var line = TextLine("  ")
            line.addLeft(share.target, width: max(20, min(44, width / 2)))
            line.addRight(share.value, share.isStale ? .stale : .text, width: 10)
            line.addRight(share.age.map { "\(Words.age($0)) ago" } ?? "", share.isStale ? .stale : .dim, width: 10)
            line.add("  \(share.product)", .dim)
            lines.append(line)
        }
        return lines
    }
}
