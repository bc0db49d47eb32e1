// SPDX-License-Identifier: Apache-2.0

import Factory
import Screen

/// Keys that look around on the main screen.
extension MainScreen {
    /// - Returns: nil for what is the same on every screen.
    mutating func receive(_ intent: Intent, _ context: DrawContext) -> [ScreenAction]? {
        switch intent {
        case .down, .up, .top, .bottom, .pageDown, .pageUp, .halfDown, .halfUp: go(intent, context)
        case .nextMatch: match(by: 1, context)
        case .previousMatch: match(by: -1, context)
        case .filter:
            focus = .nodes
            isFiltering = true
        case .sort:
            sort = sort.next
            order(context)
            return [.notice(Notice("nodes: \(sort.rawValue)"))]
        case .mark: mark(context)
        case .nextPanel: focus = focus.next(by: 1)
        case .previousPanel: focus = focus.next(by: -1)
        case .focusNodes: focus = .nodes
        case .focusQueue: focus = .queue
        case .focusTokens: focus = .tokens
        case .focusAllocation: focus = .allocation
        case .focusEvents: focus = .events
        case .open: return open(context)
        case .origin: return [.open(.origin(originSubject(context)))]
        case .back: back(context)
        case .quit where zoomed != nil: zoomed = nil
        default: return nil
        }
        if zoomed != nil, zoomed != focus { zoomed = focus }
        return []
    }

    private mutating func go(_ intent: Intent, _ context: DrawContext) {
        switch focus {
        case .events: goEvent(intent, context)
        case .nodes: goNode(intent, context)
        case .queue, .tokens, .allocation: break
        }
    }

    private mutating func goNode(_ intent: Intent, _ context: DrawContext) {
        let row = selectedRow(context) ?? (intent.movesBy(page: 1, count: 1) > 0 ? -1 : 0)
        let step = intent.movesBy(page: page(context), count: list.order.count)
        select(row: row + step, context)
    }

    private mutating func goEvent(_ intent: Intent, _ context: DrawContext) {
        let events = context.snapshot.events
        guard !events.isEmpty else { return }
        let row = events.firstIndex { $0.id == selectedEvent } ?? -1
        let next = row + intent.movesBy(page: 5, count: events.count)
        selectedEvent = events[max(0, min(events.count - 1, next))].id
    }

    /// Goes through the list and starts again at its other end.
    private mutating func match(by step: Int, _ context: DrawContext) {
        let count = list.order.count
        guard count > 0 else { return }
        let row = selectedRow(context) ?? (step > 0 ? -1 : 0)
        select(row: ((row + step) % count + count) % count, context)
    }

    private mutating func mark(_ context: DrawContext) {
        if selected == nil { select(row: 0, context) }
        guard let selected else { return }
        if marked.remove(selected) == nil { marked.insert(selected) }
        select(row: (selectedRow(context) ?? 0) + 1, context)
    }

    private mutating func open(_ context: DrawContext) -> [ScreenAction] {
        switch focus {
        case .nodes:
            if selected == nil { select(row: 0, context) }
            return selected.map { [.open(.node($0))] } ?? []
        case .allocation: return [.open(.moves)]
        case .events:
            let event = context.snapshot.events.first { $0.id == selectedEvent }
            if let node = event?.node, context.snapshot.nodes.ids.contains(node) { return [.open(.node(node))] }
        case .queue, .tokens: break
        }
        zoomed = zoomed == focus ? nil : focus
        return []
    }

    /// Of the panel that has the focus.
    private func originSubject(_ context: DrawContext) -> OriginSubject {
        switch focus {
        case .nodes: (selected ?? list.order.first.map { context.snapshot.nodes.ids[$0] }).map { .node($0) } ?? .sources
        case .queue, .tokens, .allocation: .classes
        case .events: .sources
        }
    }

    /// Esc takes back the last thing that narrows the view.
    private mutating func back(_ context: DrawContext) {
        if zoomed != nil {
            zoomed = nil
        } else if !filter.isEmpty {
            filter = ""
            order(context)
        } else if focus != .nodes {
            focus = .nodes
        } else {
            selected = nil
            offset = 0
            selectedEvent = nil
        }
    }
}

/// The filter's field.
extension MainScreen {
    /// As many letters as a filter takes.
    static let longestFilter = 60

    mutating func type(_ key: Key, _ context: DrawContext) {
        switch key {
        case .character(let scalar): append(String(Character(scalar)), context)
        case .backspace, .control("h"):
            if filter.isEmpty { isFiltering = false }
            filter = String(filter.dropLast())
            order(context)
        case .control("u"):
            filter = ""
            order(context)
        case .escape:
            isFiltering = false
            filter = ""
            order(context)
        case .enter, .tab: isFiltering = false
        case .down: match(by: 1, context)
        case .up: match(by: -1, context)
        default: break
        }
    }

    /// Takes the first line of pasted text.
    mutating func paste(_ text: String, _ context: DrawContext) {
        append(String(text.prefix { !$0.isNewline }), context)
    }

    private mutating func append(_ text: String, _ context: DrawContext) {
        filter = String((filter + text).prefix(Self.longestFilter))
        order(context)
    }
}

extension Intent {
    /// Rows that a look key goes, down positive; more than the list holds for its ends.
    func movesBy(page: Int, count: Int) -> Int {
        switch self {
        case .down: 1
        case .up: -1
        case .pageDown: max(1, page)
        case .pageUp: -max(1, page)
        case .halfDown: max(1, page / 2)
        case .halfUp: -max(1, page / 2)
        case .bottom: max(1, count)
        case .top: -max(1, count)
        default: 0
        }
    }
}
