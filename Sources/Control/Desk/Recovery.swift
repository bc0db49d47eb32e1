// SPDX-License-Identifier: Apache-2.0

import Factory
import Planning

/// What becomes of moves that a former process left open.
///
/// The simulated plant died with its process, so its moves are closed as `interrupted`. On a real plant the units stand
/// where the engine left them: the move is taken up from its journal and held, and a person says whether it goes on (the
/// release of HOLD) or goes back (an abort before it). Each step is then given to the engine again, which looks where its
/// node stands before it writes anything.
extension CommandDesk {
    /// Once, with the first snapshot: only that says what kind of plant this is.
    func recover() {
        guard !hasRecovered, let snapshot, let past else { return }
        hasRecovered = true
        var held: [String] = []
        for left in past.leftOpen {
            guard let decision = left.started.decision else { continue }
            if past.isWritten {
                tell(.move, "\(left.name) is under way in the process that holds the audit\(left.what)")
                continue
            }
            let cut = "\(left.name) was cut by the end of its process\(left.what)"
            if case .simulated = snapshot.kind {
                tell(.move, cut)
                closeSimulated(left, decision)
            } else if let why = whyLeft(left) {
                tell(.move, "\(cut); \(why)")
                if left.obstacle != nil { tell(.page, AuditPast.warning(left)) }
                guard var move = left.status else { continue }
                move.phase = .interrupted
                move.left = why
                list(move)
            } else {
                tell(.move, cut)
                if let why = resume(left, decision) { held.append(why) }
            }
        }
        // Once for all of them: whoever reads why HOLD is on reads of each.
        if !held.isEmpty { _ = hold(by: "tokenworks", why: held.joined(separator: "; ")) }
    }

    private func closeSimulated(_ left: OpenMove, _ decision: DecisionID) {
        let why = "its simulated plant ended with its process"
        recordOrOwe([interruption(of: decision, by: left.started.by, why)])
        guard var move = left.status else { return }
        move.phase = .interrupted
        move.finishedAt = move.startedAt
        list(move)
    }

    /// Why a move of a real plant is not taken up, and what becomes of it; nil: it is.
    private func whyLeft(_ left: OpenMove) -> String? {
        if let obstacle = left.obstacle { return "nobody drives it: \(obstacle)" }
        guard actuator == nil || observeOnly != nil else { return nil }
        return "nobody drives it while this plant is only observed; "
            + "it is taken up, under HOLD, once tokenworks may act here"
    }

    /// Takes a move up; returns why HOLD is on for it, nil where no unit has a step to take any more.
    private func resume(_ left: OpenMove, _ decision: DecisionID) -> String? {
        guard let actuator, let status = left.status else { return nil }
        let holds = !status.units.allSatisfy(\.isFinished)
        let machine = MoveMachine(resuming: status, at: now, holds: holds) { actuator.commands(for: $0) }
        unsettled.insert(decision)
        moves[decision] = DeskMove(machine, watched: nil)
        return holds ? "\(left.name) was cut by the end of its process; \(Self.ways(of: status))" : nil
    }

    /// Shows a move among those of earlier runs.
    private func list(_ move: MoveStatus) {
        earlier.removeAll { $0.decision == move.decision }
        earlier.insert(move, at: 0)
    }

    /// What the release of HOLD does to a move that was taken up, and what else there is to say to it.
    private static func ways(of move: MoveStatus) -> String {
        guard move.phase == .aborting else {
            return "release HOLD and it goes on from where it stands, abort it first and it goes back"
        }
        let past = move.units.count { $0.pastLoss && !$0.isFinished }
        let rest =
            past == 0 ? "" : ", and \(Words.count(past, "unit")) past LOSS \(past == 1 ? "goes" : "go") on to the end"
        return "it is going back: release HOLD and it goes on going back\(rest)"
    }

    /// The plant ends: what still runs in a simulation is closed here, not left for the next start.
    package func close() {
        closeRoom()
        guard case .simulated = snapshot?.kind else { return }
        for move in openMoves.sorted(by: { $0.decision < $1.decision }) {
            moves[move.decision]?.stage = .closed
            moves[move.decision]?.ending = .interrupted
            recordOrOwe([interruption(of: move.decision, by: move.by, "its simulated plant was quit", move.units)])
        }
        for decision in moves.keys.sorted() {
            guard let move = moves[decision], case .unverified = move.stage else { continue }
            moves[decision]?.stage = .closed
            moves[decision]?.ending = .interrupted
            let why = "all its steps were taken, and its simulated plant was quit before they were verified"
            recordOrOwe([interruption(of: decision, by: move.status.by, why)])
        }
    }

    private func interruption(
        of decision: DecisionID, by who: String, _ why: String, _ units: [UnitMove] = []
    ) -> AuditEntry {
        var details = [AuditKey.moveEnd: MoveStatus.Phase.interrupted.rawValue]
        let arrived = units.filter { $0.phase == .done }.map(\.node.name)
        if !arrived.isEmpty { details[AuditKey.arrived] = arrived.joined(separator: ";") }
        return entry(
            .interrupted, by: "tokenworks", decision: decision, "\(decision) of \(who) is interrupted: \(why).",
            details)
    }
}
