// SPDX-License-Identifier: Apache-2.0

package import Factory
package import Screen

/// What was done, by whom, and whether it worked: the audit, newest first.
package struct AuditScreen: OverlayScreen {
    /// nil until the plant has answered.
    package private(set) var records: [AuditRecord]?
    package private(set) var selected = 0

    static let limit = 500

    package init() {}

    package var kind: ScreenKind { .audit }

    package mutating func opened(_ context: DrawContext) -> [ScreenAction] { [.effect(.audit(limit: Self.limit))] }

    package mutating func receive(_ intent: Intent, _ context: DrawContext) -> [ScreenAction]? {
        let last = max(0, (records?.count ?? 0) - 1)
        switch intent {
        case .down: selected = min(selected + 1, last)
        case .up: selected = max(selected - 1, 0)
        case .pageDown, .halfDown: selected = min(selected + 10, last)
        case .pageUp, .halfUp: selected = max(selected - 10, 0)
        case .top: selected = 0
        case .bottom: selected = last
        default: return nil
        }
        return []
    }

    package mutating func follow(_ event: Event, _ context: DrawContext) -> [ScreenAction] {
        switch event {
        case .auditArrived(let newest):
            // The same record stays selected when newer ones come in above it.
            let kept = records.flatMap { $0.indices.contains(selected) && selected > 0 ? $0[selected].sequence : nil }
            records = newest
            selected = kept.flatMap { sequence in newest.firstIndex { $0.sequence == sequence } } ?? 0
            return []
        case .commandFinished, .linkChanged(.up): return [.effect(.audit(limit: Self.limit))]
        default: return []
        }
    }

    // MARK: picture

    package func draw(into frame: inout Frame, area: Rect, _ context: DrawContext) {
        let (x, width) = area.width >= 40 ? (area.x + 1, area.width - 2) : (area.x, area.width)
        let inside = Rect(x: x, y: area.y, width: width, height: area.height)
        guard !inside.isEmpty else { return }
        frame.put(heading(context), x: x, y: area.y, width: width)
        guard let records, !records.isEmpty else { return }
        let rest = inside.splitTop(1).rest
        let detail = details(of: records[min(selected, records.count - 1)], width: width)
        let below = rest.height >= 12 ? min(detail.count + 1, rest.height / 3) : 0
        let (top, bottom) = rest.splitTop(rest.height - below)
        let page = max(1, top.height - 1)
        let offset = max(0, min(selected - page / 2, records.count - page))
        frame.table(
            top, columns: Self.columns, rows: records.map(Self.row), selected: selected, offset: offset,
            header: top.height > 1)
        for (index, line) in detail.prefix(max(0, bottom.height - 1)).enumerated() {
            frame.put(line, x: bottom.x, y: bottom.y + 1 + index, width: width)
        }
    }

    private func heading(_ context: DrawContext) -> TextLine {
        if context.link != .up, records?.isEmpty ?? true {
            return TextLine("AUDIT ", .title) + TextLine("cannot be read: LINK LOST", .warning)
        }
        guard let records else { return TextLine("AUDIT ", .title) + TextLine("reading...", .moving) }
        if records.isEmpty {
            return TextLine("AUDIT ", .title) + TextLine("nothing has been asked of this plant yet", .dim)
        }
        var line = TextLine("AUDIT ", .title)
        line.add("\(records.count), newest first: ", .dim)
        for kind in Self.counted {
            let count = records.count { $0.kind == kind }
            if count > 0 {
                line.add(" \(count) \(kind.rawValue)", Self.role(of: kind) == .dim ? .text : Self.role(of: kind))
            }
        }
        return line
    }

    /// What the heading counts, in this order.
    private static let counted: [AuditRecord.Kind] = [
        .asked, .accepted, .waiting, .approved, .declined, .withdrawn, .lapsed, .refused, .failed, .verified, .aborted,
        .interrupted,
    ]

    private static let columns: [TableColumn] = [
        TableColumn("TIME", minimum: 9, ideal: 10, priority: 8),
        TableColumn("WHAT", minimum: 11, ideal: 12, priority: 9),
        TableColumn("MOVE", minimum: 6, ideal: 8, priority: 7),
        TableColumn("BY", minimum: 6, ideal: 12, priority: 6),
        TableColumn("NODE", minimum: 8, ideal: 12, priority: 3),
        TableColumn("STEP", minimum: 7, ideal: 11, priority: 4),
        TableColumn("TEXT", minimum: 36, ideal: 60, priority: 5, grows: true),
    ]

    private static func row(_ record: AuditRecord) -> TableRow {
        let role = role(of: record.kind)
        return TableRow([
            TableCell(SafeText(record.at.clock), .dim), TableCell(SafeText(record.kind.rawValue.uppercased()), role),
            TableCell(SafeText(record.decision?.description ?? "-")), TableCell(SafeText(record.by)),
            TableCell(SafeText(record.node?.name ?? "")), TableCell(SafeText(record.step?.rawValue ?? "")),
            TableCell(SafeText(record.text)),
        ])
    }

    private static func role(of kind: AuditRecord.Kind) -> Role {
        switch kind {
        case .failed, .interrupted: .alarm
        case .refused, .aborted, .held, .declined, .lapsed: .warning
        case .waiting: .moving
        case .verified: .good
        case .asked, .accepted, .released, .helm, .approved, .withdrawn: .text
        case .step: .dim
        }
    }

    private func details(of record: AuditRecord, width: Int) -> [TextLine] {
        var lines = TextLine.wrapped(record.text, head: "#\(record.sequence) ", width: width, headRole: .title)
        lines.append(TextLine("\(record.at.iso8601), \(record.by), \(record.mode.rawValue)", .dim))
        for (key, value) in record.details.sorted(by: { $0.key < $1.key }) {
            lines += TextLine.wrapped(value, head: "\(key): ", width: width)
        }
        lines.append(TextLine("hash \(record.hash)", .dim))
        return lines
    }
}
