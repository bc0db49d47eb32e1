// SPDX-License-Identifier: Apache-2.0

package import Screen

/// The keys, made from the keymap: of the screen below first, then of the others.
package struct HelpScreen: OverlayScreen {
    package let subject: ScreenKind
    private var scroll = 0

    package init(of subject: ScreenKind) { self.subject = subject }

    package var kind: ScreenKind { .help }

    package mutating func receive(_ intent: Intent, _ context: DrawContext) -> [ScreenAction]? {
        let page = max(1, context.height - 4)
        let last = max(0, lines(context, width: max(20, context.width - 2)).count - page)
        switch intent {
        case .down: scroll = min(scroll + 1, last)
        case .up: scroll = max(scroll - 1, 0)
        case .pageDown: scroll = min(scroll + page, last)
        case .pageUp: scroll = max(scroll - page, 0)
        case .halfDown: scroll = min(scroll + page / 2, last)
        case .halfUp: scroll = max(scroll - page / 2, 0)
        case .top: scroll = 0
        case .bottom: scroll = last
        default: return nil
        }
        return []
    }

    package func draw(into frame: inout Frame, area: Rect, _ context: DrawContext) {
        let (x, width) = area.width >= 40 ? (area.x + 1, area.width - 2) : (area.x, area.width)
        guard area.height > 0 else { return }
        let lines = lines(context, width: width)
        let rows = area.height - 1
        let first = max(0, min(scroll, lines.count - rows))
        let last = min(lines.count, first + rows)
        let more = lines.count > rows ? "  \(first + 1)-\(last) of \(lines.count), j k" : ""
        frame.put(
            TextLine("KEYS of the \(subject.rawValue) screen", .title) + TextLine(more, .dim), x: x, y: area.y,
            width: width)
        for (row, line) in lines.dropFirst(first).prefix(rows).enumerated() {
            frame.put(line, x: x, y: area.y + 1 + row, width: width)
        }
    }

    // MARK: lines

    private enum Group: String, CaseIterable {
        case act = "Act: only H acts at once, all else asks first"
        case pages = "The whole plant"
        case simulation = "Simulation"
        case look = "Look"

        init(_ row: KeyBinding) {
            switch row.intent {
            case .faster, .slower: self = .simulation
            case .moves, .audit, .jobs, .lifecycle, .economics, .sites: self = .pages
            case .moreNodes, .fewerNodes, .nextDonor, .previousDonor, .nextReceiver, .previousReceiver,
                .cheapestWay, .submit, .plan, .abort, .hold, .towardsInference, .towardsTraining, .yes, .no:
                self = .act
            default: self = row.dangerous || row.screens == [.plan] ? .act : .look
            }
        }
    }

    private func lines(_ context: DrawContext, width: Int) -> [TextLine] {
        let rows = Keymap.rows(on: subject)
        var lines = block(rows, context, width: width)
        for other in ScreenKind.allCases where other != subject && other != .help {
            // Only what the other screens have besides: the common keys are said once.
            let own = Keymap.rows(on: other).filter { row in
                !rows.contains { $0.intent == row.intent && $0.label == row.label }
            }
            guard !own.isEmpty else { continue }
            lines += [TextLine(), TextLine("On the \(other.rawValue) screen besides", .title)]
            lines += own.flatMap { line($0, context, width: width) }
        }
        return lines
    }

    /// The groups one under the other, what acts first; where there is room, what looks beside the others.
    private func block(_ rows: [KeyBinding], _ context: DrawContext, width: Int) -> [TextLine] {
        let isWide = width >= 110
        let column = isWide ? width / 2 - 1 : width
        let groups = Group.allCases.map { group in
            let members = rows.filter { Group($0) == group }
            let lines = members.flatMap { line($0, context, width: column) }
            return members.isEmpty ? [] : [TextLine(group.rawValue, .title)] + lines + [TextLine()]
        }
        guard isWide else { return Array(groups.joined().dropLast()) }
        let left = Array(groups.dropLast().joined())
        let right = groups[groups.count - 1]
        return (0..<max(left.count, right.count)).map { row in
            var line = row < left.count ? left[row] : TextLine()
            guard row < right.count else { return line }
            line.tab(to: column + 2)
            return line + right[row]
        }
    }

    private func line(_ row: KeyBinding, _ context: DrawContext, width: Int) -> [TextLine] {
        let column = width >= 60 ? 16 : width >= 50 ? 12 : 9
        let label = SafeText("  \(row.label)").padded(to: column).string + " "
        let why = row.whyDisabled(context)
        let text = why.map { "\(row.help). Off now: \($0)" } ?? row.help
        return TextLine.wrapped(text, head: label, width: width, headRole: .key, role: why == nil ? .text : .dim)
    }
}
