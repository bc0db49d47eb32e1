// SPDX-License-Identifier: Apache-2.0

import Factory
import Planning

/// A move machine with a few units, and short ways to talk with it.
struct SampleMove {
    var machine: MoveMachine
    var now = PlantTime(epoch: 1000)

    /// - Parameter units: donor, wave and job of each unit; they are called n0, n1 and so on.
    init(
        _ units: [(Pool, Int, String?)], to: Pool = SamplePlant.thinkPool, rules: MoveRules = MoveRules(),
        spacing: Double = 0, route: MoveRoute? = nil
    ) {
        var status = MoveStatus(
            decision: DecisionID(4), by: "ops1", to: to, phase: .running, startedAt: now,
            units: units.enumerated().map { index, unit in
                var move = UnitMove(
                    node: NodeID("n\(index)"), from: unit.0, job: unit.2.map { JobID($0) }, wave: unit.1,
                    atStake: unit.2 == nil ? .zero : GPUHours(10))
                move.route = route
                return move
            }, reverses: nil, forecast: MoveForecast(ready: nil, readyP95: nil, lost: nil, waitAfter: nil))
        status.waveSpacing = Seconds(spacing)
        machine = MoveMachine(
            resuming: status, at: now, rules: rules, commands: { $0.map { "undo \($0.node) of \($0.from)" } })
    }

    /// Words of an action: `perform drain n0`, `ask drain n0`, `finished done`; notes are left out.
    static func words(_ actions: [MoveAction]) -> [String] {
        actions.compactMap { action in
            switch action {
            case .perform(let order): "perform \(order.step.rawValue) \(order.node)"
            case .ask(let order): "ask \(order.step.rawValue) \(order.node)"
            case .finished(let phase): "finished \(phase.rawValue)"
            case .note, .turnedBack, .ended: nil
            }
        }
    }

    mutating func send(_ event: MoveEvent) -> [String] { Self.words(machine.input(event)) }
    mutating func tick(_ seconds: Double = 1) -> [String] {
        now = now + Seconds(seconds)
        return send(.tick(at: now))
    }

    /// The present order of a unit.
    func order(_ unit: Int) -> StepOrder {
        machine.order(machine.status.units[unit].step ?? .serve, of: machine.status.units[unit])
    }

    /// The engine says that the present step of a unit is reached.
    mutating func reach(_ unit: Int) -> [String] { send(.progress(order(unit), .reached)) }

    /// Has a unit reach steps until it runs this one.
    mutating func run(_ unit: Int, until step: MoveStep) {
        for _ in 0..<20 where machine.status.units[unit].step != step { _ = reach(unit) }
    }

    func unit(_ index: Int) -> UnitMove { machine.status.units[index] }
    var phase: MoveStatus.Phase { machine.status.phase }
}
