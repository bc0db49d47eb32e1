// SPDX-License-Identifier: Apache-2.0

package import Factory

/// What most autoscalers do: a class that uses too much of its capacity gets some nodes more, one that has used little for
/// a while gives some back to training.
package struct ThresholdPolicy: Policy {
    package let name = "threshold"
    /// Parts of capacity in use: above the first a class gets nodes; it gives some when what stays would have been below the
    /// second for `patience`.
    private let high = 0.75
    private let low = 0.6
    private let patience = Seconds(1200)
    /// Of a class's nodes, how many move at once.
    private let share = 0.2
    private var memories: [ServingClass: LoadMemory] = [:]

    package init() {}

    package mutating func decide(_ snapshot: FactorySnapshot) -> [Draft] {
        var up: [(urgency: Double, draft: Draft)] = []
        var down: [Draft] = []
        for pool in snapshot.classes {
            guard let serving = pool.pool.servingClass, let rate = pool.arrivals.known?.value,
                let capacity = pool.capacity.known?.value
            else { continue }
            var memory = memories[serving] ?? LoadMemory(over: patience)
            memory.take(rate, at: snapshot.at)
            memories[serving] = memory
            let step = max(1, Int((Double(pool.nodes) * share).rounded()))
            let load = capacity > 0 ? rate / capacity : .infinity
            let isLate = pool.level?.ttft.map { limit in (pool.ttft95.known ?? .zero) > limit } ?? false
            if load > high || isLate || pool.isHurt {
                up.append((isLate || pool.isHurt ? 1000 + load : load, Draft(to: pool.pool, nodes: step)))
            } else if memory.age(at: snapshot.at) >= patience * 0.9, pool.nodes > step,
                // What stays must not be asked for nodes again at once.
                memory.highest(of: patience, at: snapshot.at)
                    < low * capacity * Double(pool.nodes - step) / Double(pool.nodes)
            {
                down.append(Draft(to: .training, from: pool.pool, nodes: step))
            }
        }
        return up.sorted { $0.urgency > $1.urgency }.map(\.draft) + down
    }
}
