// SPDX-License-Identifier: Apache-2.0

package import Factory

/// Carries out one decision, unit by unit and wave by wave: events in, actions out, no I/O.
///
/// Everything that must survive a restart is in `status`. A step is performed once and the next only when the engine
/// says that it is reached; until then the machine asks at each tick. The only step that replaces a running one is
/// `.restore`, and only before LOSS or when a canary fails.
package struct MoveMachine: Sendable {
    /// How the move stands: what the screens show and the journal keeps.
    package internal(set) var status: MoveStatus
    let rules: MoveRules
    let typical: [PlannedStep]
    let commands: @Sendable ([StepOrder]) -> [String]
    private let places: [NodeID: Int]
    var clocks: [UnitClock]
    var now: PlantTime
    var holds = false
    var aborts = false
    var waveStartedAt: PlantTime?
    var saidFinished = false

    /// What the machine knows of a unit beside its status; a restart begins it anew.
    struct UnitClock: Sendable {
        /// Whether the engine was told of the step since this machine began.
        var performed = false
        /// When the step began.
        var since: PlantTime
        /// Whether somebody may have to give the node back by hand.
        var isLeft = false
    }

    /// A confirmed plan, before its first step.
    ///
    /// - Parameters:
    ///   - alone: why it begins without a second operator though it is above the limit.
    ///   - commands: the engine's command lines, for the undo of stuck and failed units.
    package init(
        _ preview: PlanPreview, by who: String, alone: String? = nil, at now: PlantTime, rules: MoveRules = MoveRules(),
        commands: @escaping @Sendable ([StepOrder]) -> [String] = { _ in [] }
    ) {
        var status = MoveStatus(
            decision: preview.decision, by: who, to: preview.to, phase: .running, startedAt: now,
            units: Self.units(of: preview), reverses: preview.draft.reverses, forecast: preview.forecast)
        status.waveSpacing = preview.waveSpacing
        status.alone = alone
        self.init(resuming: status, at: now, rules: rules, typical: preview.steps, commands: commands)
    }

    /// A move that a restart cut: its running steps are performed again, which engines take as one and the same.
    ///
    /// - Parameter holds: HOLD is on, whatever the move was at: one that went back stays one that goes back.
    package init(
        resuming status: MoveStatus, at now: PlantTime, holds: Bool = false, rules: MoveRules = MoveRules(),
        typical: [PlannedStep] = [],
        commands: @escaping @Sendable ([StepOrder]) -> [String] = { _ in [] }
    ) {
        self.status = status
        self.rules = rules
        self.typical = typical
        self.commands = commands
        self.now = now
        self.places = Dictionary(
            status.units.enumerated().map { ($1.node, $0) }, uniquingKeysWith: { first, _ in first })
        self.clocks = status.units.map { UnitClock(since: now, isLeft: $0.phase == .failed) }
        self.holds = holds || status.phase == .held
        self.aborts = status.phase == .aborting
        self.saidFinished = !status.isOpen
        // How long ago the wave began is not known any more: counting from now waits longer, never shorter.
        self.waveStartedAt = status.units.contains { $0.phase != .waiting } ? now : nil
        if holds, status.isOpen { self.status.phase = .held }
    }

    /// Takes one event and says what to do about it, in order.
    package mutating func input(_ event: MoveEvent) -> [MoveAction] {
        guard status.isOpen else { return [] }
        var actions: [MoveAction] = []
        switch event {
        case .start(let at), .tick(let at):
            now = max(now, at)
            watch(&actions)
        case .progress(let order, let progress):
            if let index = index(of: order) { progressed(index, progress, &actions) }
        case .unanswered(let order, let error):
            if let index = index(of: order) { unheard(index, error) }
        case .performFailed(let order, let error):
            if let index = index(of: order) { refused(index, error, &actions) }
        case .abort(let at):
            now = max(now, at)
            abort(&actions)
        case .hold:
            holds = true
        case .releaseHold:
            if holds { release(&actions) }
        }
        startWaves(&actions)
        settle(&actions)
        return actions
    }

    /// Whether it has been told to go back, also where HOLD keeps it from doing so.
    package var isAborted: Bool { aborts }

    /// What came of the move, once it has been measured; ignored while it runs.
    package mutating func recordOutcome(_ outcome: MoveForecast) {
        guard !status.isOpen else { return }
        status.outcome = outcome
    }

    /// The steps of a unit, in order.
    package func path(of unit: UnitMove) -> [MoveStep] {
        MoveStep.path(from: unit.from, to: unit.to ?? status.to, by: unit.route ?? .pools)
    }

    /// The order that has a unit take a step.
    package func order(_ step: MoveStep, of unit: UnitMove) -> StepOrder {
        StepOrder(
            decision: status.decision, node: unit.node, from: unit.from, to: unit.to ?? status.to, step: step,
            confirmed: unit.confirmed ?? unit.job.map { [$0] } ?? [])
    }

    private static func units(of preview: PlanPreview) -> [UnitMove] {
        var waveOf: [NodeID: Int] = [:]
        for (wave, nodes) in preview.waves.enumerated() {
            for node in nodes { waveOf[node] = wave }
        }
        func waves(_ takes: [Taken]) -> Double {
            Double(max(1, Set(takes.flatMap { $0.nodes.compactMap { waveOf[$0] } }).count))
        }
        // What the plan loses beyond what gangs give up is the restart of the gang that gets the nodes.
        let given = preview.takes.reduce(GPUHours.zero) { $0 + $1.lost }
        let joining = preview.takes.filter { ($0.to ?? preview.to) == .training }
        let joins = max(.zero, (preview.forecast.lost ?? given) - given) * (1 / waves(joining))
        let units = preview.takes.flatMap { taken -> [UnitMove] in
            let stake = (taken.to ?? preview.to) == .training ? joins : taken.lost * (1 / waves([taken]))
            return taken.nodes.map { node in
                var unit = UnitMove(
                    node: node, from: taken.from, job: taken.job, wave: waveOf[node] ?? 0, to: taken.to,
                    atStake: stake)
                unit.route = taken.route
                unit.confirmed = taken.confirmed
                return unit
            }
        }
        let waveOfUnit = units.map(\.wave)
        return units.indices.sorted { (waveOfUnit[$0], $0) < (waveOfUnit[$1], $1) }.map { units[$0] }
    }

    /// The unit that runs an order now; an answer to anything older finds none.
    private func index(of order: StepOrder) -> Int? {
        guard order.decision == status.decision, let place = places[order.node] else { return nil }
        let unit = status.units[place]
        guard unit.step == order.step else { return nil }
        return unit.phase == .running || (unit.phase == .aborting && order.step == .restore) ? place : nil
    }
}
