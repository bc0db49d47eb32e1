// SPDX-License-Identifier: Apache-2.0

import Factory
import Screen

/// Everything about one move, in lines.
struct MoveDetail {
    let move: MoveStatus
    let snapshot: FactorySnapshot
    let width: Int

    init(_ move: MoveStatus, on snapshot: FactorySnapshot, width: Int) {
        self.move = move
        self.snapshot = snapshot
        self.width = width
    }

    func lines() -> [TextLine] {
        let waits = MoveWaits(move, on: snapshot).lines(limit: 4, width: width)
        var lines = [heading] + abort + kept + forecast + waits + [TextLine()]
        lines.append(unitHead)
        lines += move.units.sorted { rank($0) < rank($1) }.flatMap(line)
        if !move.undo.isEmpty {
            lines += [TextLine(), TextLine("BY HAND, if a node stays stuck:", .title)]
            lines += move.undo.flatMap { TextLine.wrapped($0, head: "  ", width: width) }
        }
        return lines
    }

    private var heading: TextLine {
        let end = move.finishedAt ?? snapshot.at
        var line = TextLine("\(move.decision) ", .title)
        line.add(
            "\(move.left == nil ? move.phase.rawValue : "left open"), \(Words.count(move.units.count, "node")) \(MoveRow.way(of: move)), "
        )
        line.add("by \(move.by) at \(move.startedAt.clock), \(Words.span(end - move.startedAt))", .dim)
        return line
    }

    /// What it has left out of work.
    private var kept: [TextLine] {
        guard let nodes = move.holds else { return [] }
        let them = nodes.count == 1 ? "it" : "them"
        let way =
            move.undo.isEmpty
            ? "'tokenworks drift' says what gives \(them) back" : "the lines BY HAND give \(them) back"
        return TextLine.wrapped(
            "has ended and still keeps \(Words.names(nodes.map(\.name))) out of work: \(way)",
            head: "! ", width: width, headRole: .alarm, role: .alarm)
    }

    private var abort: [TextLine] {
        if let left = move.left {
            return TextLine.wrapped(left, head: "! ", width: width, headRole: .warning, role: .warning)
        }
        if snapshot.reversible(move.decision) == nil {
            return [TextLine("of an earlier run, whose simulated plant is gone: there is nothing to take back", .dim)]
        }
        guard move.isOpen else {
            return move.done == 0 ? [] : [TextLine("A", .key) + TextLine(": plans the way back; nothing is sent", .dim)]
        }
        let past = move.units.count { $0.pastLoss }
        let text =
            past == 0
            ? ": abort is free, no node has crossed LOSS"
            : ": \(past) of \(move.units.count) past LOSS: those finish"
                + (move.returnable > 0
                    ? ", the others go back free" : "; going back is a plan of its own")
        return [TextLine("A", .key) + TextLine(text, past == 0 ? .dim : .warning)]
    }

    // MARK: promised and happened

    private var forecast: [TextLine] {
        let promised = move.forecast
        var line = TextLine("FORECAST ", .title)
        line.add("ready +\(Words.span(promised.ready)) (p95 +\(Words.span(promised.readyP95)))")
        line.add(", loses \(promised.lost.map { Words.work($0) } ?? "-")")
        line.add(", wait after 10 min \(promised.waitAfter.map { Words.wait($0) } ?? "-")")
        guard let outcome = move.outcome else {
            let lost =
                TextLine("SO FAR   ", .title)
                + TextLine(
                    "+\(Words.span((move.finishedAt ?? snapshot.at) - move.startedAt)), lost \(Words.work(move.lost))")
            return [line, lost]
        }
        var happened = TextLine("OUTCOME  ", .title)
        happened.add("ready \(outcome.ready.map { "+" + Words.span($0) } ?? "-")")
        happened.add(late(outcome, promised))
        happened.add(", lost \(outcome.lost.map { Words.work($0) } ?? "-")", more(outcome.lost, promised.lost))
        happened.add(
            ", wait \(outcome.waitAfter.map { Words.wait($0) } ?? "-")", more(outcome.waitAfter, promised.waitAfter))
        return [line, happened]
    }

    private func late(_ outcome: MoveForecast, _ promised: MoveForecast) -> TextLine {
        guard let ready = outcome.ready, let typical = promised.ready else { return TextLine() }
        if let late = promised.readyP95, ready > late { return TextLine(" LATER than p95!", .alarm) }
        let gap = ready - typical
        return TextLine(" (\(Words.span(Seconds(abs(gap.value)))) \(gap > .zero ? "late" : "early"))", .dim)
    }

    /// A loss or a wait that is clearly more than promised.
    private func more<M: Measure>(_ happened: M?, _ promised: M?) -> Role {
        guard let happened, let promised else { return .text }
        return happened.value > promised.value * 1.25 + 0.5 ? .warning : .text
    }

    // MARK: units

    private static let stops = [2, 14, 26, 37, 46, 54, 59]

    private var unitHead: TextLine {
        var line = TextLine()
        for (column, name) in zip(Self.stops, ["NODE", "FROM", "STEP", "PHASE", "LEFT", "WAVE", "LOSS"]) {
            line.tab(to: column)
            line.add(name, .dim)
        }
        return line
    }

    /// With a problem first, then what runs, then what waits, then what is over.
    private func rank(_ unit: UnitMove) -> (Int, Int) {
        if unit.problem != nil { return (0, unit.wave) }
        switch unit.phase {
        case .failed: return (0, unit.wave)
        case .held, .aborting: return (1, unit.wave)
        case .running: return (2, unit.wave)
        case .waiting: return (3, unit.wave)
        case .done, .aborted: return (4, unit.wave)
        }
    }

    private func line(_ unit: UnitMove) -> [TextLine] {
        let isBad = unit.problem != nil || unit.phase == .failed
        let cells: [(String, Role)] = [
            (unit.node.name, isBad ? .alarm : .text), (unit.job?.name ?? unit.from.shortName, .text),
            (unit.stepWord ?? "-", .text),
            (unit.phase.rawValue, isBad ? .alarm : unit.isFinished ? .dim : .moving),
            (unit.remaining.map { Words.span($0) } ?? "-", .text), ("\(unit.wave + 1)", .dim),
            (unit.pastLoss ? "past" : "before", unit.pastLoss ? .warning : .dim),
        ]
        var line = TextLine()
        for (index, cell) in cells.enumerated() {
            line.tab(to: Self.stops[index])
            let room = index + 1 < Self.stops.count ? Self.stops[index + 1] - Self.stops[index] - 1 : 12
            line.add(SafeText(cell.0).clipped(to: room).string, cell.1)
        }
        var lines = [line]
        if let silence = unit.unheard {
            let text =
                "no word of it since \(silence.since.clock): \(silence.why); it is looked at again before anything else"
            lines += TextLine.wrapped(text, head: "    ~ ", width: width, headRole: .stale, role: .stale)
        }
        guard let problem = unit.problem else { return lines }
        return lines + TextLine.wrapped(problem, head: "    ! ", width: width, headRole: .alarm, role: .alarm)
    }
}

extension UnitMove {
    /// What the running step does, or the last one taken has done; nil before the first.
    var stepWord: String? {
        guard let step else { return nil }
        if step == .restore { return isFinished ? "BACK" : "GOES BACK" }
        guard route != nil, !isFinished else { return step.state.label }
        // A scheduler loads and starts nothing: it changes its lists and lifts the drain.
        return switch step {
        case .join, .load: "RELIST"
        case .restart, .serve: "RESUME"
        default: step.state.label
        }
    }
}
