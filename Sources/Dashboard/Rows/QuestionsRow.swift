// SPDX-License-Identifier: Apache-2.0

import Factory
import Screen

/// Row 2: the five questions of the first five seconds, in cells that never move.
struct QuestionsRow {
    private let snapshot: FactorySnapshot
    private let watched: PoolState?
    private let conditions: NodeConditions
    private let isLinkLost: Bool

    init(_ context: DrawContext, _ main: MainScreen) {
        snapshot = context.snapshot
        watched =
            main.history.watched.flatMap { context.snapshot.pool(.inference($0)) } ?? context.snapshot.worstClass
        conditions = main.conditions
        isLinkLost = context.link != .up
    }

    private struct Cell {
        let name: String
        /// Columns of a hundred.
        let share: Int
        /// From long to short: the first that fits is shown.
        let answers: [TextLine]
    }

    private var cells: [Cell] {
        [
            Cell(name: "USERS", share: 22, answers: [users, usersShort(digits: 1), usersShort(digits: 0)]),
            Cell(name: "TREND", share: 20, answers: [trend(of: "q "), trend(of: "")]),
            Cell(name: "WHERE", share: 17, answers: [place(2), place(1), place(0)]),
            Cell(name: "MOVING", share: 21, answers: [moving(isShort: false), moving(isShort: true)]),
            Cell(name: "TRUST", share: 20, answers: [trust(isShort: false), trust(isShort: true)]),
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
        // The question gives way before the answer is cut: its cell says which it is.
        let lines = cell.answers.map { TextLine(cell.name + " ", .dim) + $0 } + cell.answers
        guard let line = lines.first(where: { $0.width <= room }) ?? lines.last else { return }
        frame.put(line, x: x, y: y, width: room)
    }

    /// (1) Are users hurt, which class, since when.
    private var users: TextLine {
        guard let worst = watched, worst.isHurt, let since = worst.hurtSince else {
            return elsewhere.map { usersThere($0, digits: 1, namesClass: true) } ?? usersShort(digits: 1)
        }
        let share = worst.attainment.known.map { " \(Self.percent($0, digits: 1)) ok" } ?? " hurt"
        return TextLine("\(worst.pool.shortName)\(share) \(Words.age(max(.zero, snapshot.at - since)))!", .alarm)
    }

    private func usersShort(digits: Int) -> TextLine {
        guard let worst = watched else { return TextLine("-", .dim) }
        if !worst.isHurt, let site = elsewhere { return usersThere(site, digits: 0, namesClass: digits > 0) }
        if !worst.isHurt, let failing = failing(isShort: digits == 0) { return failing }
        let share = worst.attainment.known.map { " " + Self.percent($0, digits: digits) }
        if worst.isHurt { return TextLine(worst.pool.shortName + (share.map { $0 + " ok!" } ?? " hurt!"), .alarm) }
        // No alarm any more, and not well yet.
        if let now = worst.attainment.known, let target = worst.level?.target, now < target {
            return TextLine("low" + (share ?? ""), .warning)
        }
        // The one place that says it: whether users are hurt cannot be told of a class that was promised nothing.
        guard snapshot.classes.contains(where: { $0.level != nil }) else {
            return TextLine(digits > 0 ? "no level set" : "no level", .dim)
        }
        return share.map { TextLine("ok" + $0, .status) } ?? TextLine("-", .dim)
    }

    /// The class that fails most of its requests; nil: none does.
    private func failing(isShort: Bool) -> TextLine? {
        let worst = snapshot.classes.filter(\.isFailing).max {
            ($0.failedShare.known ?? .zero) < ($1.failedShare.known ?? .zero)
        }
        guard let worst, let text = Figures.failing(worst) else { return nil }
        let whole = TextLine("\(worst.pool.shortName) \(text)", .alarm)
        // A model's name may fill the cell, which is this wide at 80 columns; its row of the queue has it too.
        return isShort && whole.width > 16 ? TextLine(text, .alarm) : whole
    }

    /// The site that is worst off, where it is not the one that is looked at.
    private var elsewhere: SiteState? {
        let hurt = snapshot.sites.filter { $0.isHurt && $0.site != snapshot.site }
        return hurt.min { ($0.attainment.known?.value ?? 0) < ($1.attainment.known?.value ?? 0) }
    }

    private func usersThere(_ site: SiteState, digits: Int, namesClass: Bool) -> TextLine {
        let share = site.attainment.known.map { " " + Self.percent($0, digits: digits) } ?? ""
        let name = namesClass ? "\(site.site) \(site.worstClass?.name ?? "")" : site.site.name
        return TextLine("\(name)\(share)\(share.isEmpty ? "" : " ok")!", .alarm)
    }

    /// Rounded down: only a perfect 100 % reads so.
    private static func percent(_ share: Share, digits: Int) -> String {
        let scale = digits == 0 ? 100.0 : 1000.0
        return Words.fixed((share.value * scale + 1e-6).rounded(.down) / scale * 100, digits) + "%"
    }

    /// (2) Is it getting worse.
    private func trend(of name: String) -> TextLine {
        guard let pool = watched, let growth = pool.queueTrend.known else { return TextLine("-", .dim) }
        // Row 2 speaks of the worst site; the trend is this site's, and says so.
        let name = pool.isHurt || elsewhere == nil ? name : name.isEmpty ? "" : "here "
        if let away = Figures.turnedAway(pool) { return TextLine(name + away, .warning) }
        let text = Figures.growth(growth.value, of: pool.waiting.known?.value ?? 0)
        if text == "flat" { return TextLine("flat", .status) }
        return TextLine(name + text, pool.isHurt && growth.value > 0 ? .warning : .status)
    }

    /// (3) Where: the classes that are hurt, then the groups of nodes that have most that is abnormal.
    private func place(_ groups: Int) -> TextLine {
        let here = snapshot.classes.filter(\.isHurt).map(\.pool.shortName)
        let away = snapshot.sites.filter { $0.isHurt && $0.site != snapshot.site }.map(\.site.name)
        let capped = snapshot.economy?.isCapped == true ? ["power cap"] : []
        let hurt = here + away
        let counted = snapshot.nodes.groups.map { ($0.name, conditions.abnormal($0.range)) }
        let worst = counted.filter { $0.1 > 0 }.sorted { $0.1 == $1.1 ? $0.0 < $1.0 : $0.1 > $1.1 }
        // What is wrong in another site is not wrong in this one's groups.
        let rest = here.isEmpty && !away.isEmpty ? 0 : hurt.isEmpty ? max(1, groups) : groups
        let names = hurt.prefix(max(1, groups)) + (capped + worst.map(\.0)).prefix(rest)
        if names.isEmpty {
            return snapshot.nodes.count == 0 ? TextLine("-", .dim) : TextLine("none", .status)
        }
        let isAlarm = !here.isEmpty || !away.isEmpty
        return TextLine(names.joined(separator: " "), isAlarm ? .alarm : capped.isEmpty ? .status : .warning)
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
        if isLinkLost { return TextLine(isShort ? "lost!" : "link lost!", .alarm) }
        let targets = snapshot.sources.reduce(0) { $0 + $1.targets }
        let up = snapshot.sources.reduce(0) { $0 + $1.targetsUp }
        guard targets > 0 else { return TextLine("-", .dim) }
        var line = TextLine()
        if up < targets { line.add("\(up)/\(targets)\(isShort ? "" : " up")!", .warning) }
        if conditions.silent > 0, !isShort || up == targets {
            line.add((up < targets ? " " : "") + "\(conditions.silent) stale!", .stale)
        }
        if line.width > 0 { return line }
        return TextLine(isShort ? "ok" : "ok, \(Words.count(targets, "target"))", .status)
    }
}
