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
        guard !hasRecovered, let snapshot, let records else { return }
        hasRecovered = true
        for started in records.leftOpen {
            guard let decision = started.decision else { continue }
            if case .simulated = snapshot.kind {
                recordOrOwe([interruption(of: decision, by: started.by, "its simulated plant ended with its process")])
            }
            let move = MoveJournal.start(started)
            let what = move.map {
                let donors = $0.donors.map(\.shortName).joined(separator: " + ")
                return ": \(Words.count($0.units.count, "node")) \(donors) -> \($0.to.shortName)"
            }
            tell(.move, "\(decision) of \(started.by) was cut by the end of its process\(what ?? "")")
            guard case .simulated = snapshot.kind else {
                resume(decision, started.by)
                continue
            }
            guard var move else { continue }
            move.phase = .interrupted
            move.finishedAt = move.startedAt
            earlier.removeAll { $0.decision == decision }
            earlier.insert(move, at: 0)
        }
    }

    private func resume(_ decision: DecisionID, _ who: String) {
        guard let actuator, observeOnly == nil,
            var status = records?.openMoves.first(where: { $0.decision == decision })
        else { return }
        status.phase = .held
        let machine = MoveMachine(resuming: status, at: now) { actuator.commands(for: $0) }
        unsettled.insert(decision)
        moves[decision] = DeskMove(machine, watched: nil)
        _ = hold(
            by: "tokenworks",
            why: "\(decision) of \(who) was cut by the end of its process; release HOLD and it goes on from where it "
                + "stands, abort it first and it goes back")
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
