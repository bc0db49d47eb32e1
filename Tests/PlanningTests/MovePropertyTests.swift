// SPDX-License-Identifier: Apache-2.0

import Factory
import Planning
import TestSupport
import Testing

@Suite("Move machine, whatever happens")
struct MovePropertyTests {
    /// An engine that remembers what each node was told, and complains of what must not be.
    private struct Engine {
        var running: [NodeID: StepOrder] = [:]
        var reached: [NodeID: [MoveStep]] = [:]
        /// Nodes whose canary failed: these may go back past LOSS.
        var rejected: Set<NodeID> = []
        var complaints: [String] = []
        var hold = false

        mutating func take(_ actions: [MoveAction]) {
            for case .perform(let order) in actions { perform(order) }
        }

        private mutating func perform(_ order: StepOrder) {
            if running[order.node] == order { return }
            if hold { complaints.append("\(order.step) of \(order.node) begins under HOLD") }
            if order.step == .restore {
                let isPastLoss = reached[order.node, default: []].contains { $0.mark == .loss }
                if isPastLoss, !rejected.contains(order.node) { complaints.append("\(order.node) goes back past LOSS") }
            } else {
                if running[order.node] != nil { complaints.append("\(order.node) takes two steps at once") }
                let path = MoveStep.path(from: order.from, to: order.to)
                let done = reached[order.node, default: []]
                if done.count >= path.count || path[done.count] != order.step {
                    complaints.append("\(order.node) skips to \(order.step) after \(done)")
                }
            }
            running[order.node] = order
        }

        /// The step of a node comes to its end.
        mutating func finish(_ node: NodeID) -> StepOrder? {
            guard let order = running.removeValue(forKey: node) else { return nil }
            if order.step != .restore { reached[node, default: []].append(order.step) }
            return order
        }
    }

    @Test("no step is skipped, none runs beside another, and it always ends", arguments: 1...200 as ClosedRange<UInt64>)
    func random(seed: UInt64) {
        var dice = SeededGenerator(seed: seed)
        let pools = [Pool.training, SamplePlant.chatPool, .spare]
        let count = Int.random(in: 1...6, using: &dice)
        let units = (0..<count).map { (pools[Int.random(in: 0..<3, using: &dice)], $0 / 2, Optional("job")) }
        var rules = MoveRules()
        rules.goOnAfterFailure = Bool.random(using: &dice)
        var move = SampleMove(units, rules: rules, spacing: 30)
        var engine = Engine()
        var finished = 0
        func hear(_ actions: [MoveAction], _ engine: inout Engine) {
            engine.take(actions)
            finished += actions.count { if case .finished = $0 { true } else { false } }
        }
        hear(move.machine.input(.start(at: move.now)), &engine)
        for round in 0..<600 where move.machine.status.isOpen {
            // The storm passes: in the end everything works and nobody holds.
            let calm = round > 300
            move.now = move.now + Seconds(Double.random(in: 0...40, using: &dice))
            let event = Self.event(calm, move, &engine, &dice)
            if case .hold = event { engine.hold = true }
            if case .releaseHold = event { engine.hold = false }
            hear(move.machine.input(event), &engine)
            if !calm, Int.random(in: 0..<40, using: &dice) == 0 {
                move.machine = MoveMachine(resuming: move.machine.status, at: move.now, rules: rules)
                hear(move.machine.input(.start(at: move.now)), &engine)
            }
        }
        #expect(engine.complaints == [], "seed \(seed)")
        #expect(!move.machine.status.isOpen, "seed \(seed): \(move.machine.status.units)")
        #expect(finished == 1, "seed \(seed)")
        for unit in move.machine.status.units where unit.phase == .done {
            #expect(engine.reached[unit.node] == move.machine.path(of: unit), "seed \(seed)")
        }
    }

    private static func event(
        _ calm: Bool, _ move: SampleMove, _ engine: inout Engine, _ dice: inout SeededGenerator
    ) -> MoveEvent {
        let node = NodeID("n\(Int.random(in: 0..<move.machine.status.units.count, using: &dice))")
        switch Int.random(in: 0..<(calm ? 8 : 20), using: &dice) {
        case 0, 1: return .tick(at: move.now)
        case 2: return .releaseHold
        case 3...7, 8, 9, 10:
            guard let order = engine.finish(node) else { return .tick(at: move.now) }
            return .progress(order, .reached)
        case 11, 12: return .hold
        case 13: return .abort(at: move.now)
        case 14, 15:
            guard let order = engine.running.removeValue(forKey: node) else { return .tick(at: move.now) }
            if order.step == .canary { engine.rejected.insert(node) }
            return .progress(order, .failed("random"))
        case 16:
            guard let order = engine.running.removeValue(forKey: node) else { return .tick(at: move.now) }
            return .performFailed(order, ActuatorError(.refused, engine: "random", text: "no"))
        case 17:
            guard let order = engine.running[node] else { return .tick(at: move.now) }
            return .performFailed(order, ActuatorError(.unreachable, engine: "random", text: "away"))
        default:
            // Late and wrong answers.
            let step = MoveStep.allCases[Int.random(in: 0..<MoveStep.allCases.count, using: &dice)]
            let order = StepOrder(decision: DecisionID(4), node: node, from: .spare, to: .training, step: step)
            guard step != engine.running[node]?.step else { return .tick(at: move.now) }
            return .progress(order, .reached)
        }
    }
}
