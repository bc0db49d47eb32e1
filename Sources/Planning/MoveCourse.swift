// SPDX-License-Identifier: Apache-2.0

import Factory

/// What happens to the move as a whole: waves, hold, abort, end.
extension MoveMachine {
    /// Starts the next wave once the one before has ended and its spacing has passed.
    mutating func startWaves(_ actions: inout [MoveAction]) {
        guard !holds, !aborts else { return }
        // Units without a step to take end at once, and so may their whole wave: hence a loop.
        while let wave = status.units.filter({ $0.phase == .waiting }).map(\.wave).min() {
            guard !status.units.contains(where: { $0.wave < wave && !$0.isFinished }) else { return }
            if !rules.goOnAfterFailure, let failed = status.units.first(where: { $0.phase == .failed }) {
                giveUp("not started: \(failed.node) failed", &actions)
                return
            }
            if let last = waveStartedAt, wave > 0, now - last < status.waveSpacing { return }
            begin(wave, &actions)
        }
    }

    /// Free before LOSS: units that wait stay, units before LOSS go back; the rest goes on to where it is safe.
    mutating func abort(_ actions: inout [MoveAction]) {
        guard !aborts else { return }
        aborts = true
        var goOn = 0
        let stay = status.units.filter { $0.phase == .waiting }.map(\.node)
        for index in status.units.indices {
            let unit = status.units[index]
            switch unit.phase {
            case .waiting: status.units[index].phase = .aborted
            case .running, .held:
                if unit.pastLoss {
                    goOn += 1
                } else {
                    sendBack(index, &actions)
                }
            case .done, .failed, .aborting, .aborted: break
            }
        }
        let rest =
            goOn == 0 ? "" : "; \(Words.count(goOn, "unit")) past LOSS \(goOn == 1 ? "goes" : "go") on to the end"
        let later = holds && !status.units.allSatisfy(\.isFinished) ? ", once HOLD is released" : ""
        let begun = stay.isEmpty ? "" : "; not started: \(Words.ranges(stay))"
        actions.append(.note("\(status.decision) is aborted\(rest)\(later)\(begun)"))
    }

    /// Lets the units go on that HOLD kept.
    mutating func release(_ actions: inout [MoveAction]) {
        holds = false
        for index in status.units.indices {
            let unit = status.units[index]
            if unit.phase == .held {
                advance(index, &actions)
            } else if unit.phase == .aborting, unit.step != .restore {
                take(.restore, index, &actions)
            }
        }
    }

    /// Brings the phase of the move up to date, and says once that it has ended.
    mutating func settle(_ actions: inout [MoveAction]) {
        guard status.units.allSatisfy(\.isFinished) else {
            status.phase = holds ? .held : aborts ? .aborting : .running
            return
        }
        let failed = status.units.contains { $0.phase == .failed }
        let aborted = status.units.contains { $0.phase == .aborted }
        status.phase = failed ? .failed : aborted ? .aborted : .done
        status.finishedAt = now
        guard !saidFinished else { return }
        saidFinished = true
        actions.append(.finished(status.phase))
    }

    private mutating func begin(_ wave: Int, _ actions: inout [MoveAction]) {
        waveStartedAt = now
        let waves = (status.units.map(\.wave).max() ?? 0) + 1
        if waves > 1 { actions.append(.note("\(status.decision): wave \(wave + 1) of \(waves) starts")) }
        for index in status.units.indices where status.units[index].wave == wave {
            if status.units[index].phase == .waiting { advance(index, &actions) }
        }
    }

    private mutating func sendBack(_ index: Int, _ actions: inout [MoveAction]) {
        if status.units[index].step == nil {
            status.units[index].phase = .aborted
            return
        }
        status.units[index].phase = .aborting
        if !holds { take(.restore, index, &actions) }
    }

    /// Each is said: whoever reads the journal must find the end of every unit.
    private mutating func giveUp(_ reason: String, _ actions: inout [MoveAction]) {
        for index in status.units.indices where status.units[index].phase == .waiting {
            status.units[index].phase = .aborted
            status.units[index].problem = reason
            let unit = status.units[index]
            actions.append(.ended(unit.node, .aborted, "\(unit.node) stays in \(unit.from), \(reason)"))
        }
    }
}
