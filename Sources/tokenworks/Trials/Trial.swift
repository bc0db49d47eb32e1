// SPDX-License-Identifier: Apache-2.0

import Control
import Factory
import Planning
import Simulation

/// One policy on one simulated plant, without a terminal: the same planner, rails, desk and move machine as an operator's.
struct Trial {
    let settings: SimulationSettings
    let traffic: Traffic
    /// Plant seconds it lasts.
    let length: Double
    let rails: RailSettings

    /// How often a policy is asked, and how often moves under way are driven. Unit: plant seconds.
    static let decisionStep = 60.0
    static let moveStep = 10.0
    /// How often a line is written.
    static let reportStep = 600.0

    private static let who = Operator(name: "policy", mayAct: true)

    /// A trial as it runs.
    private struct Run {
        let plant: TrialPlant
        let desk: CommandDesk
        var fold: Fold
        var history = History()
        var tally = MoveTally()
        var snapshot: FactorySnapshot
    }

    /// - Parameter write: takes one line of JSON at a time; nil: none is made.
    func run(_ policy: any Policy, write: ((TrialLine) throws -> Void)? = nil) async throws -> TrialResult {
        let plant = TrialPlant(settings, traffic: traffic)
        guard !(policy is StaticPolicy) || write != nil else {
            // Nothing is decided and nobody looks.
            await plant.advance(to: length, since: settings.start)
            return await result(of: policy.name, plant, MoveTally())
        }
        let desk = CommandDesk(
            actuator: plant, records: .forgetting(plant: "trial"), planner: Planner(rails: rails),
            observeOnly: nil)
        var run = Run(
            plant: plant, desk: desk, fold: Fold(plant: "trial"),
            snapshot: FactorySnapshot(
                plant: "trial", kind: .simulated(speed: 1, demandScale: 1, seed: settings.seed), at: settings.start))
        var policy = policy
        var time = 0.0
        while time < length {
            let step = run.snapshot.moves.contains(where: \.isOpen) ? Self.moveStep : Self.decisionStep
            // On the grid of the coarser steps, however the finer ones came and went.
            time = min(length, ((time / step).rounded(.down) + 1) * step)
            await look(&run, at: time)
            if time.truncatingRemainder(dividingBy: Self.decisionStep) == 0 {
                for draft in policy.decide(run.snapshot) { try await ask(draft, &run, write) }
            }
            for move in run.tally.take(run.snapshot.moves) { try write?(.move(TrialLine.Move(move))) }
            if time.truncatingRemainder(dividingBy: Self.reportStep) == 0 {
                try write?(.interval(TrialLine.Interval(run.snapshot)))
            }
        }
        return await result(of: policy.name, plant, run.tally)
    }

    private func look(_ run: inout Run, at time: Double) async {
        var snapshot = run.fold.fold([await run.plant.observe(at: time, since: settings.start)])
        for index in snapshot.pools.indices { snapshot.pools[index].floor = rails.floor(of: snapshot.pools[index]) }
        // The planner reads demand by the minute: between two decisions the last one will do.
        let decides = time.truncatingRemainder(dividingBy: Self.decisionStep) == 0
        if decides { run.history.add(snapshot) }
        snapshot.demand = decides ? run.history.demand() : run.snapshot.demand
        let report = await run.desk.tick(snapshot)
        snapshot.mode = report.mode
        snapshot.moves = report.moves
        run.snapshot = snapshot
    }

    /// Plans what the policy wants, or half of it, or a node: the most that the rails let through.
    private func ask(_ draft: Draft, _ run: inout Run, _ write: ((TrialLine) throws -> Void)?) async throws {
        var draft = draft
        guard !Self.isBusy(draft, run.snapshot) else { return }
        while true {
            guard case .preview(let preview) = await run.desk.plan(draft, by: Self.who) else { return }
            if let confirmation = Self.confirmation(of: preview.tier) {
                let outcome = await run.desk.perform(
                    .submit(preview.decision, at: preview.revision, confirmation), by: Self.who)
                guard outcome.verdict == .accepted else { return }
                let report = await run.desk.report()
                run.snapshot.moves = report.moves
                return
            }
            guard draft.nodes > 1 else {
                run.tally.refused += 1
                return
            }
            draft.nodes /= 2
        }
    }

    /// Whether a move under way has its pools: rail 6 would refuse it, at any number of nodes.
    private static func isBusy(_ draft: Draft, _ snapshot: FactorySnapshot) -> Bool {
        let named = [draft.to, draft.from].compactMap { $0 }.filter { $0 != .spare }
        return snapshot.moves.contains { move in
            move.isOpen && (named.contains(move.to) || move.donors.contains(where: named.contains))
        }
    }

    private static func confirmation(of tier: ConfirmationTier) -> Confirmation? {
        switch tier {
        case .yes: .yes
        case .typeName(let name): .name(name)
        case .reason: .reason("decided by a policy in a trial")
        case .refused: nil
        }
    }

    private func result(of policy: String, _ plant: TrialPlant, _ tally: MoveTally) async -> TrialResult {
        TrialResult(
            policy: policy, settings: settings, demandScale: await plant.demandScale, books: await plant.books,
            lost: await plant.lost, moves: tally, traffic: traffic, length: length)
    }
}

/// The moves of a trial, counted once each when they have ended.
struct MoveTally: Sendable {
    private(set) var moves = 0
    private(set) var nodes = 0
    private(set) var failed = 0
    /// Drafts that no rail let through, not even for one node.
    var refused = 0
    private var seconds = 0.0
    private var counted: Set<DecisionID> = []

    /// - Returns: the moves that have ended since the last call.
    mutating func take(_ statuses: [MoveStatus]) -> [MoveStatus] {
        var new: [MoveStatus] = []
        for status in statuses where !status.isOpen && !counted.contains(status.decision) {
            guard status.phase != .done || status.outcome != nil else { continue }
            counted.insert(status.decision)
            new.append(status)
            moves += 1
            nodes += status.done
            guard status.phase == .done, let end = status.finishedAt else {
                failed += 1
                continue
            }
            seconds += (end - status.startedAt).value
        }
        return new
    }

    /// Mean time from the decision to the last node at work; nil without a move.
    var lead: Seconds? { moves > failed ? Seconds(seconds / Double(moves - failed)) : nil }
}
