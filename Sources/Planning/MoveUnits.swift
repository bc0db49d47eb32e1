// SPDX-License-Identifier: Apache-2.0

import Factory

/// What happens to one unit.
extension MoveMachine {
    /// Asks about each running step, tells the engine of those it has not heard of, and names the stuck ones.
    mutating func watch(_ actions: inout [MoveAction]) {
        for index in status.units.indices {
            let unit = status.units[index]
            guard unit.phase == .running || unit.phase == .aborting, let step = unit.step else { continue }
            if unit.phase == .aborting, step != .restore {
                if !holds { take(.restore, index, &actions) }
                continue
            }
            if clocks[index].performed {
                actions.append(.ask(order(step, of: unit)))
            } else {
                clocks[index].performed = true
                actions.append(.perform(order(step, of: unit)))
            }
            callStuck(index, step, &actions)
        }
        refreshUndo()
    }

    /// Has a unit take a step.
    mutating func take(_ step: MoveStep, _ index: Int, _ actions: inout [MoveAction]) {
        calm(index)
        if step.mark == .loss { crossLoss(index, &actions) }
        if step == .restart { countJoin(index) }
        status.units[index].step = step
        status.units[index].phase = step == .restore ? .aborting : .running
        status.units[index].remaining = nil
        clocks[index].since = now
        clocks[index].performed = true
        actions.append(.perform(order(step, of: status.units[index])))
    }

    /// Hears how the running step of a unit stands.
    mutating func progressed(_ index: Int, _ progress: StepProgress, _ actions: inout [MoveAction]) {
        status.units[index].unheard = nil
        switch progress {
        case .running(let remaining): status.units[index].remaining = remaining
        case .reached: reached(index, &actions)
        case .failed(let words): failed(index, words, &actions)
        }
    }

    /// The engine does not answer: how long the step still takes is not known any more.
    mutating func unheard(_ index: Int, _ error: ActuatorError) {
        status.units[index].remaining = nil
        let since = status.units[index].unheard?.since ?? now
        status.units[index].unheard = UnitMove.Unheard(since: since, why: error.text)
    }

    /// The engine did not accept a step.
    mutating func refused(_ index: Int, _ error: ActuatorError, _ actions: inout [MoveAction]) {
        switch error.kind {
        case .unreachable:
            // Orders are idempotent: the next tick tells the engine again.
            clocks[index].performed = false
            // What the desk itself holds back is no silence.
            if error.engine != "desk" { unheard(index, error) }
        case .refused:
            status.units[index].unheard = nil
            let unit = status.units[index]
            // Before the first step nothing has been done; later the node is out of work, and goes back while it can.
            guard !unit.pastLoss, unit.step != .restore, unit.step != path(of: unit).first else {
                let step = unit.step?.rawValue ?? "step"
                end(index, .failed, problem: "\(error.engine) refuses \(step): \(error.text)", &actions)
                return
            }
            failed(index, "\(error.engine) refuses it: \(error.text)", &actions)
        }
    }

    /// Goes on with a unit whose step is done.
    mutating func advance(_ index: Int, _ actions: inout [MoveAction]) {
        let unit = status.units[index]
        guard let next = following(unit) else {
            end(index, .done, problem: nil, &actions)
            return
        }
        guard !holds else {
            status.units[index].phase = .held
            return
        }
        take(next, index, &actions)
    }

    /// The step after the unit's own; nil at the end of its path.
    func following(_ unit: UnitMove) -> MoveStep? {
        let path = path(of: unit)
        guard let step = unit.step else { return path.first }
        guard let place = path.firstIndex(of: step), place + 1 < path.count else { return nil }
        return path[place + 1]
    }

    /// Ends a unit, and says so where it did not arrive.
    mutating func end(_ index: Int, _ phase: UnitMove.Phase, problem: String?, _ actions: inout [MoveAction]) {
        calm(index)
        status.units[index].phase = phase
        status.units[index].remaining = nil
        status.units[index].unheard = nil
        if let problem {
            let before = status.units[index].problem.map { "\($0); " } ?? ""
            status.units[index].problem = before + problem
        }
        let unit = status.units[index]
        guard phase == .failed else {
            // Where an engine outlives the process, so does what has ended; a simulation's moves end with it.
            if unit.route != nil { actions.append(.ended(unit.node, phase, Self.ending(unit, status.to))) }
            return
        }
        actions.append(.ended(unit.node, phase, "\(unit.node) failed: \(unit.problem ?? "no reason given")"))
        if unit.step != .restore || problem != nil { offerUndo(index) }
    }

    private static func ending(_ unit: UnitMove, _ receiver: Pool) -> String {
        unit.phase == .done
            ? "\(unit.node) has arrived in \(unit.to ?? receiver)" : "\(unit.node) is back in \(unit.from)"
    }

    private mutating func reached(_ index: Int, _ actions: inout [MoveAction]) {
        calm(index)
        status.units[index].remaining = nil
        guard status.units[index].step == .restore else {
            advance(index, &actions)
            return
        }
        let unit = status.units[index]
        guard let problem = unit.problem else {
            end(index, .aborted, problem: nil, &actions)
            return
        }
        status.units[index].problem = "\(problem); back in \(unit.from)"
        end(index, .failed, problem: nil, &actions)
    }

    /// A step went wrong. What can be put back without a loss is put back; nothing else happens by itself.
    private mutating func failed(_ index: Int, _ words: String, _ actions: inout [MoveAction]) {
        let unit = status.units[index]
        let step = unit.step?.rawValue ?? "step"
        let mayRestore = unit.step != .restore && (!unit.pastLoss || unit.step == .canary)
        guard mayRestore else {
            end(index, .failed, problem: "\(step) failed: \(words)", &actions)
            return
        }
        calm(index)
        let problem = "\(step) failed: \(words)"
        status.units[index].problem = problem
        status.units[index].phase = .aborting
        let text = "\(unit.node): \(problem); it goes back to \(unit.from)"
        actions.append(.turnedBack(unit.node, problem: problem, text))
        if !holds { take(.restore, index, &actions) }
    }

    /// Counts what the unit's gang loses, once per gang and wave.
    private mutating func crossLoss(_ index: Int, _ actions: inout [MoveAction]) {
        let unit = status.units[index]
        guard !unit.pastLoss else { return }
        let isFirst = !status.units.contains { $0.pastLoss && $0.job == unit.job && $0.wave == unit.wave }
        if unit.job != nil, isFirst { status.lost = status.lost + unit.atStake }
        status.units[index].pastLoss = true
        actions.append(.note("\(unit.node) crosses LOSS"))
    }

    /// Counts what the gang loses that a unit joins, once a wave.
    private mutating func countJoin(_ index: Int) {
        let unit = status.units[index]
        let isFirst = !status.units.contains { $0.wave == unit.wave && $0.step == .restart }
        if isFirst { status.lost = status.lost + unit.atStake }
    }

    private mutating func callStuck(_ index: Int, _ step: MoveStep, _ actions: inout [MoveAction]) {
        let unit = status.units[index]
        guard unit.problem == nil else { return }
        let usual = typical.first { $0.step == step && $0.from == unit.from }?.typical
        let spent = now - clocks[index].since
        guard spent > rules.limit(typical: usual) else { return }
        let expected = usual.map { ", expected \(Words.duration($0))" } ?? ""
        status.units[index].problem = "\(Self.stuck) in \(step.rawValue) for \(Words.duration(spent))\(expected)"
        offerUndo(index)
        actions.append(.note("\(unit.node) is \(status.units[index].problem ?? Self.stuck)"))
    }

    /// Takes back what was said of a stuck unit that moves again.
    private mutating func calm(_ index: Int) {
        let unit = status.units[index]
        guard let problem = unit.problem, problem.hasPrefix(Self.stuck) else { return }
        status.units[index].problem = nil
        clocks[index].isLeft = false
        refreshUndo()
    }

    private mutating func offerUndo(_ index: Int) {
        clocks[index].isLeft = true
        refreshUndo()
    }

    /// What would give back all the units that are left somewhere, in this order: the lines of one know of those before it,
    /// and all of how the engine stands now.
    package mutating func refreshUndo() {
        let left = status.units.indices.filter { clocks[$0].isLeft }
        status.undo = left.isEmpty ? [] : commands(left.map { order(.restore, of: status.units[$0]) })
    }

    /// How the problem of a stuck unit begins; it goes away when the unit moves again.
    private static var stuck: String { "stuck" }
}
