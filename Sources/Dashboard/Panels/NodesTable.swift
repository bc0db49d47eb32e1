// SPDX-License-Identifier: Apache-2.0

import Factory
import Screen

/// The list of the Nodes panel: what is abnormal first, with its reason; then what each normal node does.
struct NodesTable {
    private let view: MainView
    private let width: Int
    private let conditions: NodeConditions
    private let decisions: [NodeID: DecisionID]
    private let metrics: [NodeMetric]

    init(view: MainView, width: Int) {
        self.view = view
        self.width = width
        conditions = view.main.conditions
        var decisions: [NodeID: DecisionID] = [:]
        for move in view.context.openMoves {
            for unit in move.units where !unit.isFinished { decisions[unit.node] = move.decision }
        }
        self.decisions = decisions
        metrics = NodeMetric.of(view.context.held, width: width)
    }

    func draw(into frame: inout Frame, parts: NodesParts) {
        let order = view.main.list.order
        let hasHead = parts.divider != nil
        let selected = view.main.selectedRow(view.context)
        let offset = TableScroll.offset(
            view.main.offset, selected: selected, count: order.count, page: parts.listRows)
        let shown = order.dropFirst(offset).prefix(parts.listRows)
        let area = parts.list
        frame.table(
            area, columns: columns(hasHead: hasHead), rows: shown.map { row($0, hasHead: hasHead) },
            selected: selected.map { $0 - offset }, header: hasHead)
        let line = countLine(shown: Array(shown))
        frame.put(line, x: area.x, y: parts.countLine, width: area.width)
    }

    private func columns(hasHead: Bool) -> [TableColumn] {
        // Of all names, not of those on the screen: the columns stay where they are.
        let longest = view.context.snapshot.nodes.ids.lazy.map { $0.name.utf8.count }.max() ?? 4
        let name = max(8, min(longest, width / 4)) + 1
        let numbers = metrics.map {
            TableColumn(SafeText($0.title), minimum: $0.width, priority: $0.priority, align: .right)
        }
        let since = view.context.snapshot.nodes.isOlder.contains(true) ? 6 : 5
        return [
            TableColumn(" NODE", minimum: name, priority: 10),
            TableColumn("STATE", minimum: 9, priority: 9),
            TableColumn("JOB/POOL", minimum: 8, ideal: width > 110 ? 12 : 8, priority: 7),
        ] + (hasOwners ? [TableColumn("WHO", minimum: 6, ideal: width > 110 ? 10 : 6, priority: 6)] : [])
            + (hasHead ? numbers : []) + [
                TableColumn("WHY", minimum: why(beside: name + since), ideal: 14, priority: 8, grows: true),
                TableColumn("SINCE", minimum: since, priority: 5),
            ]
    }

    /// Columns of the reasons. Load and memory of hosts say less than what is wrong with one: they go where a reason needs it.
    ///
    /// - Parameter beside: columns of name and time.
    private func why(beside: Int) -> Int {
        guard view.context.held.heatQuantity.isOfHosts else { return 12 }
        let longest = view.context.snapshot.nodes.conditions.values.lazy.map { SafeText($0.text).width }.max() ?? 0
        let others = beside + 9 + 8 + (hasOwners ? 7 : 0) + 4
        return max(12, min(longest, width - others))
    }

    private func row(_ node: Int, hasHead: Bool) -> TableRow {
        let table = view.context.snapshot.nodes
        let condition = conditions[node]
        let role = condition.map { Self.role($0.kind) } ?? .text
        let mark = view.main.marked.contains(table.ids[node]) ? "*" : " "
        let isMoving = condition?.kind == .moving
        let state = condition.flatMap { isMoving ? nil : $0.kind.label } ?? table.states[node].label
        let since = condition?.since ?? table.since[node]
        let isOlder = condition?.isOlder ?? table.isOlder[safe: node] == true
        let now = view.context.snapshot.at
        let numbers = metrics.map { TableCell(SafeText($0.text(node)), condition?.kind == .stale ? .stale : .text) }
        return TableRow(
            [
                TableCell(SafeText(mark + table.ids[node].name)),
                TableCell(SafeText(state), condition == nil ? .dim : role),
                TableCell(SafeText(place(node))),
            ]
                + (hasOwners
                    ? [TableCell(SafeText(who(node)), decisions[table.ids[node]] == nil ? .text : .moving)] : [])
                + (hasHead ? numbers : []) + [
                    why(node, condition, hasHead: hasHead),
                    TableCell(SafeText(isOlder ? "<" + Self.since(since, at: now) : Self.since(since, at: now)), .dim),
                ])
    }

    /// Whether anybody is behind a node: a live plant whose source names no owners has room for better.
    private var hasOwners: Bool {
        !decisions.isEmpty || view.context.snapshot.jobs.contains { !$0.owner.isEmpty }
    }

    /// The time of day; of what began before today, how long ago.
    private static func since(_ since: PlantTime, at now: PlantTime) -> String {
        (since.epoch / 86_400).rounded(.down) == (now.epoch / 86_400).rounded(.down)
            ? since.shortClock : hours(max(0, (now - since).value) / 3600)
    }

    private static func hours(_ hours: Double) -> String {
        hours < 48 ? "\(max(1, Int(hours)))h" : hours < 2400 ? "\(Int(hours / 24))d" : ">99d"
    }

    /// The job that holds the node, or the pool it is in.
    private func place(_ node: Int) -> String {
        let snapshot = view.context.snapshot
        if let job = snapshot.nodes.jobs[safe: node].flatMap({ snapshot.jobs[safe: Int($0)] }) { return job.id.name }
        return snapshot.nodes.pools[safe: node].flatMap { snapshot.pools[safe: Int($0)] }?.pool.shortName ?? "-"
    }

    /// The decision that moves the node, or the owner of its job.
    private func who(_ node: Int) -> String {
        let snapshot = view.context.snapshot
        if let decision = decisions[snapshot.nodes.ids[node]] { return decision.description }
        return snapshot.nodes.jobs[safe: node].flatMap { snapshot.jobs[safe: Int($0)] }?.owner ?? "-"
    }

    private func why(_ node: Int, _ condition: NodeCondition?, hasHead: Bool) -> TableCell {
        if let condition { return TableCell(SafeText(condition.text), Self.role(condition.kind)) }
        // Without a head the numbers carry their names themselves.
        guard !hasHead else { return "" }
        let known = metrics.compactMap { $0.named(node) }
        return TableCell(SafeText(known.joined(separator: "  ")), .text)
    }

    private func countLine(shown: [Int]) -> TextLine {
        let list = view.main.list
        let kinds = shown.map { conditions.kind($0) }
        let hidden = list.abnormal - kinds.count { $0 != nil && $0 != .moving }
        let hiddenMoving = list.moving - kinds.count { $0 == .moving }
        let normal = list.order.count - list.abnormal - list.moving
        var row = RankedRow(separator: " | ")
        var counts = TextLine()
        if hidden > 0 { counts.add("\(hidden) more abnormal, ", .warning) }
        if hiddenMoving > 0 { counts.add("\(hiddenMoving) more moving, ", .moving) }
        counts.add("\(normal) normal", .dim)
        row.add(counts, rank: 1)
        if !view.main.filter.isEmpty {
            row.add(
                "/\(view.main.filter): \(list.order.count) of \(view.context.snapshot.nodes.count)", .field, rank: 2)
        }
        if !view.main.marked.isEmpty { row.add("\(view.main.marked.count) marked *", .key, rank: 3) }
        return row.fitted(width)
    }

    static func role(_ kind: NodeCondition.Kind) -> Role {
        switch kind {
        case .failed, .stuck: .alarm
        case .suspect, .hot, .slow, .idleHeld: .warning
        case .stale: .stale
        case .moving: .moving
        }
    }
}
