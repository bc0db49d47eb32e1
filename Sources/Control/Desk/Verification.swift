// SPDX-License-Identifier: Apache-2.0

import Factory
import Planning

/// After a move: is it so, and was it as promised?
extension CommandDesk {
    /// The machine says that the move has ended.
    func finish(_ decision: DecisionID, _ phase: MoveStatus.Phase) {
        guard let move = moves[decision], move.stage == .running else { return }
        if phase == .done {
            moves[decision]?.stage = .unverified(since: now)
            return
        }
        let lost = MoveForecast(ready: nil, readyP95: nil, lost: move.status.lost, waitAfter: nil)
        let problem = move.status.units.first { $0.problem != nil }?.problem.map { ": \($0)" } ?? ""
        let text = "\(decision) \(phase.rawValue), \(Self.tally(move.status))\(problem)"
        close(decision, phase == .aborted ? .aborted : .failed, phase, lost, text)
        tell(phase == .failed ? .failed : .move, text)
    }

    /// Looks whether the units of every finished move are where they were sent, and measures what came of it.
    func verifyMoves() {
        for decision in unsettled.sorted() {
            if case .unverified(let since) = moves[decision]?.stage { verify(decision, since: since) }
            takeWait(decision)
            guard let move = moves[decision], move.stage != .closed || move.owesWait else {
                unsettled.remove(decision)
                continue
            }
        }
    }

    /// Forgets moves that ended more than a day ago.
    func pruneMoves() {
        guard moves.count > Self.finishedLimit || now - prunedAt > Seconds(600) else { return }
        prunedAt = now
        let old = shownMoves.enumerated().filter { index, move in
            guard let finished = move.finishedAt, moves[move.decision]?.stage == .closed else { return false }
            return index >= Self.finishedLimit || now - finished > Seconds(86_400)
        }
        for (_, move) in old { moves[move.decision] = nil }
    }

    /// Open moves first, newest first; then the finished ones, newest first.
    var shownMoves: [MoveStatus] {
        if let shown { return shown }
        let all = moves.keys.sorted(by: >).compactMap { moves[$0]?.status }
        let list = all.filter(\.isOpen) + all.filter { !$0.isOpen }
        shown = list
        return list
    }

    private func verify(_ decision: DecisionID, since: PlantTime) {
        // The snapshot in which the last step was reached may be older than the step.
        guard let snapshot, snapshot.at > since, let move = moves[decision] else { return }
        let astray = move.status.units.filter { !Self.works($0, in: $0.to ?? move.status.to, snapshot) }
        // What nobody has heard of is not known to be elsewhere: the time to be found begins with the next word.
        guard astray.isEmpty || astray.contains(where: { Self.isHeard($0.node, in: snapshot) }) else {
            moves[decision]?.stage = .unverified(since: snapshot.at)
            return
        }
        let measured = MoveForecast(
            ready: move.status.finishedAt.map { $0 - move.status.startedAt }, readyP95: nil, lost: move.status.lost,
            waitAfter: nil)
        if astray.isEmpty {
            let text = "\(decision) done, \(Self.tally(move.status)): \(Self.compare(measured, move.status.forecast))"
            close(decision, .verified, .done, measured, text)
            tell(.move, text)
        } else if snapshot.at - since > Self.verifyWithin {
            let names = Words.names(astray.map(\.node.name))
            let text = "\(decision) took its last step, yet no source shows \(names) in \(move.status.to)"
            moves[decision]?.ending = .failed
            close(
                decision, .failed, .failed,
                MoveForecast(ready: nil, readyP95: nil, lost: move.status.lost, waitAfter: nil), text)
            tell(.page, text)
            _ = hold(by: "tokenworks", why: "\(decision) could not be verified")
        }
    }

    /// The wait that the plan promised, once its ten minutes have passed.
    private func takeWait(_ decision: DecisionID) {
        guard let snapshot, let move = moves[decision], move.owesWait, var outcome = move.status.outcome,
            snapshot.at - move.status.startedAt >= Self.waitAfter
        else { return }
        moves[decision]?.hasWait = true
        guard let watched = move.watched, case .fresh(let wait)? = snapshot.pool(watched)?.wait else { return }
        outcome.waitAfter = wait
        moves[decision]?.machine.recordOutcome(outcome)
        let promised = move.status.forecast.waitAfter.map(Words.duration) ?? "-"
        let text =
            "\(decision) ten minutes on: \(watched) waits \(Words.duration(wait)), promised \(promised)"
            + Self.stillHurt(snapshot.pool(watched))
        recordOrOwe([entry(.verified, by: "tokenworks", decision: decision, text, MoveJournal.numbers(of: outcome))])
        tell(.move, text)
    }

    private func close(
        _ decision: DecisionID, _ kind: AuditRecord.Kind, _ phase: MoveStatus.Phase, _ outcome: MoveForecast,
        _ text: String
    ) {
        moves[decision]?.stage = .closed
        moves[decision]?.machine.recordOutcome(outcome)
        var details = MoveJournal.numbers(of: outcome)
        details[AuditKey.moveEnd] = phase.rawValue
        if phase != .done, let units = moves[decision]?.status.units {
            details[AuditKey.arrived] = units.filter { $0.phase == .done }.map(\.node.name).joined(separator: ";")
        }
        recordOrOwe([entry(kind, by: "tokenworks", decision: decision, text, details)])
    }

    /// A wait as promised may be the wait after which users go.
    private static func stillHurt(_ state: PoolState?) -> String {
        guard let state, state.isHurt else { return "" }
        let away = state.turnedAway.known.flatMap { $0.value >= 0.5 ? ", \(Words.rate($0)) turned away" : nil }
        return "; its level is still missed\(away ?? ""): not enough"
    }

    /// Whether the newest snapshot shows the unit at work in its pool.
    private static func works(_ unit: UnitMove, in pool: Pool, _ snapshot: FactorySnapshot) -> Bool {
        let nodes = snapshot.nodes
        guard let index = nodes.ids.firstIndex(of: unit.node), index < nodes.states.count, index < nodes.pools.count
        else { return false }
        let place = Int(nodes.pools[index])
        guard place < snapshot.pools.count, snapshot.pools[place].pool == pool else { return false }
        // A scheduler that has got the node may have nothing for it yet.
        if unit.route != nil, nodes.states[index] == .spare { return true }
        // A gang that still restarts has the node; that it trains again is the gang's own affair.
        return switch pool {
        case .inference: nodes.states[index] == .serving
        case .training: [.training, .checkpointing, .restarting].contains(nodes.states[index])
        case .spare: nodes.states[index] == .spare
        }
    }

    /// Whether a source has spoken of the node lately; one that is gone from all of them counts as heard.
    private static func isHeard(_ node: NodeID, in snapshot: FactorySnapshot) -> Bool {
        guard let index = snapshot.nodes.ids.firstIndex(of: node), index < snapshot.nodes.heardAt.count else {
            return true
        }
        return snapshot.at - snapshot.nodes.heardAt[index] <= snapshot.staleAfter(of: index)
    }

    private static func tally(_ move: MoveStatus) -> String {
        "\(move.done) of \(Words.count(move.units.count, "unit"))"
    }

    /// `ready 2:14, promised 2:10; lost 28 GPU-h, promised 28 GPU-h`
    private static func compare(_ measured: MoveForecast, _ promised: MoveForecast) -> String {
        func span(_ span: Seconds?) -> String { span.map(Words.duration) ?? "-" }
        func hours(_ hours: GPUHours?) -> String { hours.map(Words.work) ?? "-" }
        return "ready \(span(measured.ready)), promised \(span(promised.ready)); "
            + "lost \(hours(measured.lost)), promised \(hours(promised.lost))"
    }
}
