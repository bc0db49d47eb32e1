// SPDX-License-Identifier: Apache-2.0

package import Factory

/// The last order a node got, and how it stands.
struct UnitOrder: Sendable {
    let order: StepOrder
    /// When its time is over; infinite while it waits for a gang.
    var until: Double
    /// nil while it runs.
    var outcome: StepProgress?
    var endedAt = 0.0
    /// Whether the node itself has failed.
    var isDead = false
    /// The job that the unit left on its way.
    var home: JobID?

    /// Whether the unit has arrived somewhere: nothing more is to come of its move.
    var isOver: Bool {
        switch outcome {
        case .none, .running: return false
        // A node whose canary failed still has to go back, unless it has failed itself.
        case .failed: return order.step != .canary || isDead
        case .reached:
            switch order.step {
            case .serve, .restart, .park, .restore: return true
            default: return false
            }
        }
    }
}

extension SimulatedPlant {
    /// A unit that got no further order for so long is no longer on its way: whoever ordered has gone.
    private static let forgotten = 900.0

    /// Whether an order's unit is between two pools.
    package var isMoving: Bool {
        !ordered.isEmpty
            || orders.values.contains { !$0.isOver && ($0.outcome == nil || clock - $0.endedAt < Self.forgotten) }
    }

    /// Whether an order holds the node.
    func isOrdered(_ node: Int) -> Bool { orders[node].map { !$0.isOver } ?? false }

    /// Starts a step; the same order again changes nothing. Returns why not, in a sentence, when it refuses.
    package mutating func begin(_ order: StepOrder) -> String? {
        guard let node = names.index(of: order.node) else { return "There is no node \(order.node)." }
        if orders[node]?.order == order { return nil }
        if let refusal = refusal(of: order, node: node) { return refusal }
        var unit = UnitOrder(order: order, until: clock, home: orders[node].flatMap { $0.isOver ? nil : $0.home })
        ordered.removeAll { $0 == node }
        start(&unit, on: node)
        orders[node] = unit
        ordered.append(node)
        return nil
    }

    /// How the step of an order stands.
    package func progress(of order: StepOrder) -> StepProgress {
        guard let node = names.index(of: order.node), let unit = orders[node], unit.order == order else {
            return .failed("\(order.node) has no such step running.")
        }
        if let outcome = unit.outcome { return outcome }
        var end = unit.until
        if !end.isFinite, gangOf[node] >= 0 { end = gangs[Int(gangOf[node])].phaseEnds }
        return .running(remaining: end.isFinite ? Seconds(max(0, end - clock)) : nil)
    }

    private func refusal(of order: StepOrder, node: Int) -> String? {
        let name = order.node
        if states[node] == .failed { return "\(name) has failed: \(breakage.failure(of: node)?.text ?? "no answer")." }
        for pool in [order.from, order.to] where index(of: pool) == nil { return "This plant has no pool \(pool)." }
        let current = orders[node].flatMap { $0.isOver ? nil : $0 }
        if let current, current.order.decision != order.decision {
            // A step that nobody followed up must not hold its node for ever.
            guard current.outcome != nil, clock - current.endedAt >= Self.forgotten else {
                return "\(name) is being moved by \(current.order.decision)."
            }
        }
        if order.step == .restore { return restoreRefusal(of: order, node: node, current: current) }
        let path = MoveStep.path(from: order.from, to: order.to)
        guard let place = path.firstIndex(of: order.step) else {
            return "\(order.step.rawValue) is no step from \(order.from) to \(order.to)."
        }
        guard place > 0 else {
            if let current, current.order.decision == order.decision { return "\(name) is already on its way." }
            return isAtRest(node, in: order.from) ? nil : "\(name) is \(whereabouts(node)), not in \(order.from)."
        }
        guard let current, current.order.step == path[place - 1], current.order.to == order.to,
            current.order.from == order.from
        else { return "\(name) has to \(path[place - 1].rawValue) before it can \(order.step.rawValue)." }
        return current.outcome == .reached ? nil : "\(name) is still at \(current.order.step.rawValue)."
    }

    private func restoreRefusal(of order: StepOrder, node: Int, current: UnitOrder?) -> String? {
        if current != nil || isAtRest(node, in: order.from) { return nil }
        return "\(order.node) is \(whereabouts(node)) and on no way back to \(order.from)."
    }

    /// Whether a node works, or waits, in a pool.
    func isAtRest(_ node: Int, in pool: Pool) -> Bool {
        guard index(of: pool) == Int(poolOf[node]) else { return false }
        switch pool {
        case .inference: return states[node] == .serving
        case .spare: return states[node] == .spare
        case .training: return states[node] == .training || states[node] == .checkpointing
        }
    }

    private func whereabouts(_ node: Int) -> String { "\(states[node].rawValue) in \(pool(at: Int(poolOf[node])))" }

    func index(of pool: Pool) -> Int? {
        switch pool {
        case .inference(let serving): inference.firstIndex { $0.served.serving == serving }
        case .training: trainingPool
        case .spare: sparePool
        }
    }

    func pool(at index: Int) -> Pool {
        if index < inference.count { return .inference(inference[index].served.serving) }
        return index == trainingPool ? .training : .spare
    }

    mutating func failOrder(of node: Int, because text: String) {
        guard let unit = orders[node], !unit.isOver else { return }
        close(node, .failed("\(names.ids[node]) has failed: \(text)."))
        orders[node]?.isDead = true
        ordered.removeAll { $0 == node }
    }

    /// Ends a node's running step.
    mutating func close(_ node: Int, _ outcome: StepProgress) {
        let now = clock
        orders[node]?.outcome = outcome
        orders[node]?.endedAt = now
    }
}
