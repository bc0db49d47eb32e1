// SPDX-License-Identifier: Apache-2.0

import Factory
import Planning

/// Abort, hold, release and speed.
extension CommandDesk {
    func abort(_ decision: DecisionID, by who: String) async -> CommandOutcome {
        switch ask(.abort(decision), MoveJournal.abort(of: decision), decision: decision, by: who) {
        case .failure(let refusal): return refusal.outcome
        case .success(let asked):
            if let objection = objection(toAborting: decision) { return end(asked, .refused, objection) }
            let outcome = end(asked, .accepted, abortWords(decision))
            guard outcome.verdict == .accepted else { return outcome }
            let isLater = kept(decision) > 0
            tell(.move, "\(decision) aborted by \(who)\(isLater ? "; it goes back when HOLD is released" : "")")
            await drive(decision, .abort(at: now))
            return outcome
        }
    }

    /// Takes effect at once, before anything is written: holding must not depend on a disk.
    func hold(by who: String, why: String? = nil) -> CommandOutcome {
        // Whoever holds means it from now on: a release that was asked before is not the answer to it.
        holds += 1
        if isHeld { return CommandOutcome(.hold, .accepted, "HOLD is on already: no step starts.") }
        isHeld = true
        for decision in moves.keys.sorted() where moves[decision]?.isOpen == true { _ = feed(.hold, to: decision) }
        let open = openMoves.count
        let reason = why.map { ": \($0)" } ?? ""
        let text = "HOLD by \(who)\(reason): running steps end, none starts; \(Words.count(open, "move")) under way."
        recordOrOwe([entry(.held, by: who, text, ["open_moves": String(open)])])
        tell(.hold, text)
        let late = trouble.map { " The audit hears of it later: \($0.text)" } ?? ""
        return CommandOutcome(.hold, .accepted, text + late)
    }

    /// - Parameter known: how many had held when the release was asked.
    func releaseHold(by who: String, after known: Int) async -> CommandOutcome {
        switch ask(.releaseHold, "release hold", by: who) {
        case .failure(let refusal): return refusal.outcome
        case .success(let asked):
            guard isHeld else { return end(asked, .refused, "HOLD is not on: there is nothing to release.") }
            guard holds == known else {
                return end(asked, .refused, "HOLD was asked for again meanwhile: it stays on; look, then release it.")
            }
            let released = entry(.released, by: who, "HOLD released by \(who).")
            let outcome = end(asked, .accepted, "HOLD is released: moves go on.", with: [released])
            guard outcome.verdict == .accepted else { return outcome }
            isHeld = false
            tell(.move, "HOLD released by \(who)")
            for decision in moves.keys.sorted() where moves[decision]?.isOpen == true {
                await drive(decision, .releaseHold)
            }
            return outcome
        }
    }

    func setSpeed(_ speed: Double, by who: String) async -> CommandOutcome {
        let words = "set speed \(Words.number(speed))"
        switch ask(.setSpeed(speed), words, by: who) {
        case .failure(let refusal): return refusal.outcome
        case .success(let asked):
            guard case .simulated = snapshot?.kind else {
                return end(asked, .refused, "Only a simulation has a speed: this plant is real.")
            }
            guard speed.isFinite, speed > 0 else {
                return end(asked, .refused, "The speed must be a number above 0, not \(speed).")
            }
            let answer = await call { actuator throws(ActuatorError) in try await actuator.setSpeed(speed) }
            switch answer {
            case .success(let set):
                let limit = set == speed ? "" : ", the \(set < speed ? "highest" : "lowest") there is"
                return end(
                    asked, .accepted,
                    "The speed is \(Words.number(set)) plant seconds a second\(limit); slower while a move runs.")
            case .failure(let error):
                return end(asked, error.kind == .refused ? .refused : .failed, "\(error.engine): \(error.text)")
            }
        }
    }

    private func objection(toAborting decision: DecisionID) -> String? {
        guard let move = moves[decision] else { return "There is no move \(decision)." }
        guard move.isOpen else { return "\(decision) has ended (\(move.status.phase.rawValue)): nothing to abort." }
        guard move.status.phase != .aborting, !move.machine.isAborted else {
            let later = isHeld ? ": it goes back when HOLD is released" : ""
            return "\(decision) is aborting already\(later)."
        }
        guard move.status.returnable == 0 else { return nil }
        return "Every unit of \(decision) under way has crossed LOSS: it goes on to where it is safe; "
            + "once it has arrived, A drafts the way back."
    }

    /// Units that HOLD keeps from going back: those that have begun a step.
    private func kept(_ decision: DecisionID) -> Int {
        guard isHeld else { return 0 }
        return moves[decision]?.status.units.count { !$0.pastLoss && !$0.isFinished && $0.step != nil } ?? 0
    }

    /// What a silent engine makes of an abort.
    private func unheard(_ decision: DecisionID) -> String {
        let silent = moves[decision]?.status.units.contains { !$0.isFinished && $0.unheard != nil }
        return silent == true ? " once \(actuator?.name ?? "the engine") answers" : ""
    }

    private func abortWords(_ decision: DecisionID) -> String {
        let move = moves[decision]?.status
        let past = move?.units.count { $0.pastLoss && !$0.isFinished } ?? 0
        let back = move?.returnable ?? 0
        let kept = kept(decision)
        let rest =
            past == 0 ? "nothing more is lost" : "\(past) past LOSS \(past == 1 ? "goes" : "go") on to where it is safe"
        let once = isHeld && past > 0 ? " once HOLD is released" : ""
        guard kept > 0 else {
            return
                "\(decision) aborts: \(Words.count(back, "unit")) \(back == 1 ? "goes" : "go") back\(unheard(decision)), \(rest)\(once)."
        }
        let others = back - kept
        let stay = others == 0 ? "" : "; \(others) that had not begun \(others == 1 ? "stays" : "stay")"
        return "\(decision) is to be aborted, and HOLD is on: when it is released \(Words.count(kept, "unit")) "
            + "\(kept == 1 ? "goes" : "go") back, \(rest)\(stay)."
    }
}
