// SPDX-License-Identifier: Apache-2.0

import Factory
import Screen

/// Row 2: the five questions of the first five seconds, in cells that never move.
struct QuestionsRow {
    private let snapshot: FactorySnapshot
    private let watched: PoolState?
    private let conditions: NodeConditions

    init(_ context: DrawContext, watched: ServingClass?) {
        snapshot = context.snapshot
        self.watched = watched.flatMap { context.snapshot.pool(.inference($0)) } ?? context.snapshot.worstClass
        conditions = NodeConditions(context.snapshot)
    }

    private struct Cell {
        let name: String
        /// Columns of a hundred.
        let share: Int
        let answer: TextLine
        /// For where the answer does not fit.
        let short: TextLine
    }

    private var cells: [Cell] {
        [
            Cell(name: "USERS", share: 22, answer: users, short: usersShort),
            Cell(name: "TREND", share: 17, answer: trend, short: trend),
            Cell(name: "WHERE", share: 18, answer: place(2), short: place(1)),
            Cell(name: "MOVING", share: 23, answer: moving(isShort: false), short: moving(isShort: true)),
            Cell(name: "TRUST", share: 20, answer: trust(isShort: false), short: trust(isShort: true)),
        ]
    }

    func draw(into frame: inout Frame, y: Int, width: Int) {
        var x = 0
        for (index, cell) in cells.enumerated() {
            let end = index == cells.count - 1 ? width : x + width * cell.share / 100
            if index > 0 { frame.put("|", x: x, y: y, role: .border) }
            draw(cell, into: &frame, x: x + 1, y: y, room: end - x - 1)
            x = end
        }
    }

    /// The questions below each other, two to a row where two fit: for terminals below 80 columns.
    func drawStacked(into frame: inout Frame, y: Int, width: Int, rows: Int) {
        let perRow = width >= 44 ? 2 : 1
        for (index, cell) in cells.prefix(rows * perRow).enumerated() {
            let x = index % perRow * (width / 2)
            draw(cell, into: &frame, x: x, y: y + index / perRow, room: perRow == 2 ? width / 2 - 1 : width)
        }
    }

    private func draw(_ cell: Cell, into frame: inout Frame, x: Int, y: Int, room: Int) {
        let named = TextLine(cell.name + " ", .dim) + cell.answer
        let line = named.width <= room ? named : TextLine(cell.name + " ", .dim) + cell.short
        frame.put(line, x: x, y: y, width: room)
    }

    /// (1) Are users hurt, which class, since when.
    private var users: TextLine {
        guard let worst = watched, let share = worst.attainment.known else { return usersShort }
        var line = TextLine(worst.pool.shortName, worst.isHurt ? .alarm : .status)
        line.add(" \(Words.fixed(share.value * 100, 1))% ok", worst.isHurt ? .alarm : .status)
        if let since = worst.hurtSince { line.add(" \(Words.age(max(.zero, snapshot.at - since)))!", .alarm) }
        return line
    }

    private var usersShort: TextLine {
        guard let worst = watched else { return TextLine("-", .dim) }
        let share = worst.attainment.known.map { " \(Words.fixed($0.value * 100, 0))%" } ?? ""
        if worst.isHurt { return TextLine(worst.pool.shortName + share + "!", .alarm) }
        return share.isEmpty ? TextLine("-", .dim) : TextLine("ok" + share, .status)
    }

    /// (2) Is it getting worse.
    private var trend: TextLine {
        guard let pool = watched, let growth = pool.queueTrend.known else { return TextLine("-", .dim) }
        let text = Figures.growth(growth.value, of: pool.waiting.known?.value ?? 0)
        if text == "flat" { return TextLine("flat", .status) }
        return TextLine("q " + text, pool.isHurt && growth.value > 0 ? .warning : .status)
    }

    /// (3) Where: the classes that are hurt, then the groups of nodes that have most that is abnormal.
    private func place(_ groups: Int) -> TextLine {
        let hurt = snapshot.classes.filter(\.isHurt).map(\.pool.shortName)
        let counted = snapshot.nodes.groups.map { group in
            (group.name, group.range.count { conditions[$0].map { $0.kind != .moving } ?? false })
        }
        let worst = counted.filter { $0.1 > 0 }.sorted { $0.1 == $1.1 ? $0.0 < $1.0 : $0.1 > $1.1 }
        let names = hurt.prefix(groups) + worst.prefix(groups).map(\.0)
        if names.isEmpty {
            return snapshot.nodes.count == 0 ? TextLine("-", .dim) : TextLine("nowhere", .status)
        }
        return TextLine(names.joined(separator: " "), hurt.isEmpty ? .status : .alarm)
    }

    /// (4) What is moving.
    private func moving(isShort: Bool) -> TextLine {
        let open = snapshot.moves.filter(\.isOpen)
        guard let first = open.first else { return TextLine("none", .status) }
        var line = TextLine("\(first.units.count)", .moving)
        if !isShort, let from = first.donors.first {
            line.add(" \(HeatPicture.short(from))>\(HeatPicture.short(first.to))", .moving)
        }
        line.add(" \(first.decision)", .moving)
        if open.count > 1 { line.add(" +\(open.count - 1)", .moving) }
        return line
    }

    /// (5) Can I believe it: targets that answer, nodes that are silent.
    private func trust(isShort: Bool) -> TextLine {
        let targets = snapshot.sources.reduce(0) { $0 + $1.targets }
        let up = snapshot.sources.reduce(0) { $0 + $1.targetsUp }
        let silent = snapshot.nodes.indices.count { conditions[$0]?.kind == .stale }
        guard targets > 0 else { return TextLine("-", .dim) }
        var line = TextLine(
            isShort ? "\(up)/\(targets)" : "\(up)/\(targets) targets", up < targets ? .warning : .status)
        if up < targets { line.add("!", .warning) }
        if silent > 0 { line.add(isShort ? " \(silent)?" : ", \(silent) stale", .stale) }
        return line
    }
}
