// SPDX-License-Identifier: Apache-2.0

import Factory
import Screen

/// A move in one line: who, from where to where, how far, how long still, and whether aborting is free.
struct MoveLine {
    let line: TextLine
    let short: TextLine

    /// Every open move; without one, the last that ended, or that nothing moves.
    static func lines(_ context: DrawContext, width: Int) -> [MoveLine] {
        let open = context.openMoves
        if !open.isEmpty {
            return open.map { move in
                MoveLine(move, MoveWaits(move, on: context.snapshot), isAlone: open.count == 1, width: width)
            }
        }
        if let last = context.snapshot.moves.first { return [MoveLine(ended: last)] }
        let text = TextLine("nothing moves", .dim)
        return [MoveLine(line: text, short: text)]
    }

    private init(line: TextLine, short: TextLine) {
        self.line = line
        self.short = short
    }

    private init(_ move: MoveStatus, _ waits: MoveWaits, isAlone: Bool, width: Int) {
        let left = MoveRow.left(of: move).map { " \(Words.span($0)) left" } ?? ""
        // Where it waits for people's jobs: for whose, as exactly as there is room for; until when says what is left.
        let brief = waits.brief.map { " \($0)" }
        let forms = brief + [left]
        let lines = forms.map { Self.long(move, time: $0) }
        let shorts = (isAlone ? forms : [left]).map { Self.short(move, time: $0) }
        line = lines.first { $0.width <= width } ?? lines[lines.count - 1]
        short = shorts.first { $0.width <= width } ?? shorts[shorts.count - 1]
    }

    private static func long(_ move: MoveStatus, time: String) -> TextLine {
        let abort =
            move.abortIsFree
            ? "abort is free"
            : move.returnable > 0 ? "A brings \(move.returnable) back free" : "past LOSS: A drafts the way back"
        var line = TextLine("\(move.decision)", .moving)
        line.add(" \(move.by) \(move.startedAt.shortClock)Z \(donors(of: move)) -> \(move.to.description)")
        line.add(", \(Words.count(move.units.count, "node")), \(move.done) done")
        line.add(", \(step(of: move))\(time)", .moving)
        line.add(", \(abort)")
        return line + silence(of: move) + stuck(in: move)
    }

    private static func short(_ move: MoveStatus, time: String) -> TextLine {
        var line = TextLine("\(move.decision)", .moving)
        line.add(" \(donors(of: move))->\(HeatPicture.short(move.to)) \(move.units.count) ")
        line.add("\(step(of: move))\(time)", .moving)
        let silence = silence(of: move)
        if move.abortIsFree, silence.width == 0 { line.add(", abort free") }
        return line + silence + stuck(in: move)
    }

    private static func donors(of move: MoveStatus) -> String {
        move.donors.map { HeatPicture.short($0) }.joined(separator: "+")
    }

    /// What its slowest unit does, and how the move stands where it does not just run.
    private static func step(of move: MoveStatus) -> String {
        let slowest = move.units.filter { !$0.isFinished }.max { $0.remaining?.value ?? -1 < $1.remaining?.value ?? -1 }
        return (slowest?.stepWord ?? "WAITING")
            + (move.phase == .running ? "" : " \(move.phase.rawValue.uppercased())")
    }

    /// Since when the engine says nothing of it.
    private static func silence(of move: MoveStatus) -> TextLine {
        let since = move.units.filter { !$0.isFinished }.compactMap(\.unheard?.since).min()
        return since.map { TextLine(", no word since \($0.shortClock)", .stale) } ?? TextLine()
    }

    private static func stuck(in move: MoveStatus) -> TextLine {
        let problems = move.units.count { $0.problem != nil }
        return problems > 0 ? TextLine(", \(problems) stuck!", .alarm) : TextLine()
    }

    private init(ended move: MoveStatus) {
        let at = move.finishedAt.map { $0.shortClock + "Z" } ?? "-"
        let part = move.phase == .done || move.done == 0 ? "" : "\(move.done) of "
        let what = "\(part)\(Words.count(move.units.count, "node")) -> \(move.to.description)"
        var line = TextLine("nothing moves; last \(move.decision) \(move.by) \(what)", .dim)
        line.add(" \(move.phase.rawValue) \(at)", move.phase == .failed ? .warning : .dim)
        if let took = move.outcome?.ready, let said = move.forecast.ready {
            line.add(", took \(Words.span(took)), forecast \(Words.span(said))", .dim)
        }
        self.init(line: line, short: TextLine("last \(move.decision) \(move.phase.rawValue) \(at)", .dim))
    }
}

/// What no decision may go below, beside what there is.
enum FloorsLine {
    static func line(_ snapshot: FactorySnapshot, width: Int) -> TextLine {
        var row = RankedRow(separator: " | ")
        var floors = TextLine("nodes/floor: ", .dim)
        for (index, pool) in snapshot.pools.enumerated() {
            if index > 0 { floors.add("  ") }
            floors.add(pool.pool.shortName + " ", .dim)
            // A class that only an exporter speaks of has nodes, but nobody has said how many.
            let isKnown = snapshot.ledger.isKnown && pool.nodesAreKnown
            let nodes = isKnown ? (pool.parts.contains(.nodes) ? ">" : "") + String(pool.nodes) : "-"
            let isBelow = isKnown && !pool.parts.contains(.nodes) && pool.nodes < pool.floor
            floors.add(nodes + (pool.floor > 0 ? "/\(pool.floor)" : ""), isBelow ? .warning : .text)
            if isBelow { floors.add("!", .warning) }
        }
        if snapshot.pools.isEmpty { floors.add("-", .dim) }
        row.add(floors, rank: 1)
        let risks = snapshot.jobs.compactMap { $0.atRisk(at: snapshot.at) }
        if !risks.isEmpty {
            row.add("at risk \(Words.work(risks.reduce(.zero, +)))", .dim, rank: 2)
        }
        return row.fitted(width)
    }
}

/// The cheapest help for the class that needs it: spares first, then gangs that can shrink. From facts alone; the plan has the prices.
enum ReliefLine {
    private static let opens = "r opens the plan (nothing is sent)"

    static func line(_ context: DrawContext, width: Int) -> TextLine {
        var row = RankedRow(separator: " | ")
        row.add(hint(context), rank: 1)
        if context.snapshot.observeOnly == nil { row.add(opens, .dim, rank: 2) }
        return row.fitted(width)
    }

    static func short(_ context: DrawContext) -> TextLine {
        if context.snapshot.observeOnly != nil { return TextLine("nothing can act", .dim) }
        guard let hurt = context.snapshot.worstClass, hurt.isHurt else { return TextLine("r plan", .dim) }
        let spare = spares(context.snapshot)
        return TextLine(spare > 0 ? "relief \(spare) spare, 0 GPU-h" : "relief: r plan")
    }

    private static func hint(_ context: DrawContext) -> TextLine {
        let snapshot = context.snapshot
        if let reason = snapshot.observeOnly { return TextLine("observe only: " + reason, .dim) }
        guard let worst = snapshot.worstClass else { return TextLine("relief: no class is known", .dim) }
        guard worst.isHurt || snapshot.classes.contains(where: { $0.level != nil }) else {
            return TextLine("no class was promised a level", .dim)
        }
        guard worst.isHurt else { return TextLine("every class is within its level", .dim) }
        var line = TextLine("relief for ", .dim)
        line.add("\(worst.pool.shortName)", .alarm)
        line.add(", cheapest first: ", .dim)
        let spare = spares(snapshot)
        let surplus = snapshot.jobs.filter { $0.phase == .running && $0.nodes > $0.minNodes }
        var ways = spare > 0 ? ["\(spare) spare, 0 GPU-h"] : []
        if !surplus.isEmpty {
            let nodes = surplus.reduce(0) { $0 + $1.nodes - $1.minNodes }
            ways.append("\(nodes) of elastic gangs")
        }
        line.add(ways.isEmpty ? "none without loss" : ways.joined(separator: "; "))
        return line
    }

    /// Spares above their floor.
    private static func spares(_ snapshot: FactorySnapshot) -> Int {
        snapshot.pool(.spare).map { max(0, $0.nodes - $0.floor) } ?? 0
    }
}
