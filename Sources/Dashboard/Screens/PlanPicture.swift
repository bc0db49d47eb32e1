// SPDX-License-Identifier: Apache-2.0

import Factory
package import Screen

extension PlanScreen {
    package func draw(into frame: inout Frame, area: Rect, _ context: DrawContext) {
        guard !area.isEmpty else { return }
        let (x, width) = area.width >= 40 ? (area.x + 1, area.width - 2) : (area.x, area.width)
        // The mark of dropped lines stands at the end of the same row.
        frame.put(heading(width: width >= 44 ? width - 16 : width), x: x, y: area.y, width: width)
        let foot = footRows(context, area: area, width: width)
        let top = area.y + 1
        let bottom = area.maxY - foot.count
        drawBody(into: &frame, area: Rect(x: x, y: top, width: width, height: bottom - top), context)
        for (index, line) in foot.dropLast().enumerated() where bottom + index > area.y {
            frame.put(line, x: x, y: bottom + index, width: width)
        }
        guard area.height > 1 else { return }
        confirmation(context, area: area, width: width).draw(into: &frame, x: x, y: area.maxY - 1, width: width)
    }

    // MARK: heading

    /// `PLAN d-12 draft 3  +16 nodes -> inference/think`, shorter where it must be.
    private func heading(width: Int) -> TextLine {
        let forms = [(true, true), (false, true), (false, false)].map { heading(long: $0.0, draft: $0.1) }
        return forms.first { $0.width <= width } ?? briefHeading
    }

    private func heading(long: Bool, draft showsDraft: Bool) -> TextLine {
        let name = { (pool: Pool) in long ? pool.description : pool.shortName }
        var line = TextLine("PLAN ", .title)
        if let preview, !isWaiting { line.add("\(preview.decision) ", .title) }
        if showsDraft { line.add("draft \(edition) ", .dim) }
        if let reverses = draft.reverses { line.add(" UNDOES \(reverses) ", .warning) }
        let target = receivers.isEmpty ? "the worst class" : receivers.map(name).joined(separator: " + ")
        line.add(" +\(Words.count(draft.nodes, "node")) \(draft.from.map { name($0) + " " } ?? "")-> \(target)", .title)
        return line + stage
    }

    /// Where the nodes go: one pool, or on the way back of a move with several donors each of them.
    private var receivers: [Pool] {
        var pools: [Pool] = []
        if draft.reverses != nil {
            for case let pool? in preview?.takes.map(\.to) ?? [] where !pools.contains(pool) { pools.append(pool) }
        }
        return pools.isEmpty ? [draft.to ?? preview?.to].compactMap(\.self) : pools
    }

    private var briefHeading: TextLine {
        let target = receivers.isEmpty ? "worst" : receivers.map(\.shortName).joined(separator: "+")
        return TextLine("\(draft.reverses.map { "UNDO \($0)" } ?? "PLAN") +\(draft.nodes) -> \(target)", .title) + stage
    }

    private var stage: TextLine {
        switch pricing {
        case .waiting: TextLine("  planning...", .moving)
        case .submitted: TextLine("  ASKED", .moving)
        case .impossible: TextLine("  NO PLAN", .warning)
        case .priced: TextLine()
        }
    }

    private var isWaiting: Bool {
        if case .waiting = pricing { true } else { false }
    }

    // MARK: body

    private func drawBody(into frame: inout Frame, area: Rect, _ context: DrawContext) {
        guard !area.isEmpty else { return }
        switch pricing {
        case .impossible(let sentence):
            let lines = TextLine.wrapped(sentence, head: "", width: area.width, role: .warning)
            draw([TextLine()] + lines, into: &frame, area: area)
        case .waiting(nil):
            draw([TextLine(), TextLine("planning... nothing has been sent", .dim)], into: &frame, area: area)
        case .waiting(let preview?):
            drawPage(preview, into: &frame, area: area, context)
            // Numbers of another draft: they must not look like this one's.
            frame.tint(area, role: .stale)
        case .priced(let preview), .submitted(let preview):
            drawPage(preview, into: &frame, area: area, context)
        }
    }

    private func drawPage(_ preview: PlanPreview, into frame: inout Frame, area: Rect, _ context: DrawContext) {
        switch page {
        case .overview: drawOverview(preview, into: &frame, area: area, context)
        case .verdicts:
            let lines = RailTally(preview.verdicts).page(width: area.width)
            drawScrolled(lines, title: "guard rails, the worst first", key: "v", into: &frame, area: area)
        case .commands:
            let lines = ShellLines.wrapped(preview.commands, width: area.width)
            drawScrolled(
                lines.map { TextLine($0) }, title: "what the engine would be told", key: "c", into: &frame, area: area)
        }
    }

    private func drawOverview(_ preview: PlanPreview, into frame: inout Frame, area: Rect, _ context: DrawContext) {
        let lines = PlanSections(preview, on: context.snapshot, width: area.width).lines()
        if scroll > 0 {
            let all = lines.map(\.line)
            let first = min(scroll, max(0, all.count - area.height))
            mark("\(first + 1)-\(min(all.count, first + area.height)) of \(all.count): k", on: &frame, above: area)
            return draw(Array(all.dropFirst(first)), into: &frame, area: area)
        }
        let (kept, dropped) = RankedLine.fitted(lines, rows: area.height)
        draw(kept, into: &frame, area: area)
        if dropped > 0 { mark("+\(Words.count(dropped, "line")): j", on: &frame, above: area) }
    }

    /// At the end of the heading's row, so that the mark itself takes no line from the plan.
    private func mark(_ text: String, on frame: inout Frame, above area: Rect) {
        guard area.width >= 44 else { return }
        let mark = SafeText(text)
        frame.put(mark, x: area.maxX - mark.width, y: area.y - 1, role: .dim)
    }

    private func drawScrolled(_ lines: [TextLine], title: String, key: String, into frame: inout Frame, area: Rect) {
        let rows = area.height - 1
        let first = min(scroll, max(0, lines.count - rows))
        let last = min(lines.count, first + rows)
        let range = lines.count > rows ? "  \(first + 1)-\(last) of \(lines.count), j k" : ""
        frame.put(
            TextLine(title, .title) + TextLine("\(range)  (\(key): back to the plan)", .dim), x: area.x, y: area.y,
            width: area.width)
        let rest = Rect(x: area.x, y: area.y + 1, width: area.width, height: rows)
        draw(Array(lines.dropFirst(first)), into: &frame, area: rest)
    }

    private func draw(_ lines: [TextLine], into frame: inout Frame, area: Rect) {
        for (row, line) in lines.prefix(area.height).enumerated() {
            frame.put(line, x: area.x, y: area.y + row, width: area.width)
        }
    }

    // MARK: foot

    /// Remark, choices and the confirmation's own row, which is last.
    private func footRows(_ context: DrawContext, area: Rect, width: Int) -> [TextLine] {
        var rows: [TextLine] = []
        if let remark, area.height >= 3 {
            let lines = TextLine.wrapped(
                remark.text, head: "! ", width: width, headRole: remark.role, role: remark.role)
            rows += lines.prefix(area.height >= 12 ? 3 : 1)
        }
        if let why = whyClosedAbove(context, rows: area.height, width: width) {
            rows += TextLine.wrapped(why, head: "! ", width: width, headRole: .warning, role: .warning).prefix(3)
        }
        if area.height >= 10, width >= 44 {
            if area.height >= 22 { rows.append(TextLine()) }
            rows.append(choices(width: width))
        }
        return rows + (area.height > 1 ? [TextLine()] : [])
    }

    /// Why nothing can be confirmed, where the row of the confirmation is too short for the sentence.
    private func whyClosedAbove(_ context: DrawContext, rows: Int, width: Int) -> String? {
        guard rows >= 10, case .priced(let preview) = pricing,
            case .closed(let why) = ConfirmationGate(preview, context),
            failedAbove(preview, why, rows: rows, width: width) == nil
        else {
            return nil
        }
        return SafeText(why).width > width - 33 ? why : nil
    }

    /// The rail that closes the plan, where its sentence stands among the rails on the same page: once is enough.
    private func failedAbove(_ preview: PlanPreview, _ why: String, rows: Int, width: Int) -> RailVerdict? {
        guard page == .overview, scroll == 0, rows >= 10, width >= 44 else { return nil }
        return preview.verdicts.first { $0.verdict == .fail && why.contains($0.text) }
    }

    /// In full where it fits, in the shortest words where it does not.
    private func choices(width: Int) -> TextLine {
        let forms = [(true, true), (false, true), (false, false)].map { choices(isLong: $0.0, showsWay: $0.1) }
        return forms.first { $0.width <= width } ?? forms[2]
    }

    private func choices(isLong: Bool, showsWay: Bool) -> TextLine {
        func name(_ pool: Pool) -> String { isLong ? pool.description : pool.shortName }
        var line = TextLine("from ", .dim)
        line.add(draft.from.map(name) ?? (isLong ? "planner's choice" : "any"))
        line.add(" Up Down", .key)
        line.add("  to ", .dim)
        line.add((draft.to ?? preview?.to).map(name) ?? (isLong ? "worst class" : "worst"))
        line.add(" Left Right", .key)
        if let cheaper = preview?.cheaperWay {
            line.add("  ")
            line.add("b", .key)
            line.add(" \(showsWay ? cheaper.title : cheaper.route?.rawValue ?? cheaper.title)")
        }
        return line
    }

    private func confirmation(_ context: DrawContext, area: Rect, width: Int) -> ConfirmationRow {
        let state: ConfirmationRow.State =
            switch pricing {
            case .waiting: .planning
            case .impossible: .closed("no plan, nothing to confirm")
            case .submitted: .submitted
            case .priced where whyClosedAbove(context, rows: area.height, width: width) != nil:
                .closed("cannot be confirmed: see above")
            case .priced(let preview): gate(preview, context, rows: area.height, width: width)
            }
        return ConfirmationRow(state: state, field: field)
    }

    private func gate(
        _ preview: PlanPreview, _ context: DrawContext, rows: Int, width: Int
    ) -> ConfirmationRow.State {
        let gate = ConfirmationGate(preview, context)
        if case .closed(let why) = gate, let failed = failedAbove(preview, why, rows: rows, width: width) {
            return .closed("cannot be confirmed: rail \(failed.rail) fails, \(failed.name)")
        }
        return .gate(gate, units: preview.units)
    }
}
