// SPDX-License-Identifier: Apache-2.0

package import Factory

/// Each class has the nodes that its highest demand of the last half hour needs, and a margin.
package struct ProportionalPolicy: Policy {
    package let name = "proportional"
    /// What a class has over what it needs.
    private let margin = 1.2
    private let window = Seconds(1800)
    private var memories: [ServingClass: LoadMemory] = [:]

    package init() {}

    package mutating func decide(_ snapshot: FactorySnapshot) -> [Draft] {
        var up: [(urgency: Double, draft: Draft)] = []
        var down: [(surplus: Int, draft: Draft)] = []
        for pool in snapshot.classes {
            guard let serving = pool.pool.servingClass, let rate = pool.arrivals.known?.value,
                let capacity = pool.capacity.known?.value, capacity > 0, pool.nodes > 0
            else { continue }
            var memory = memories[serving] ?? LoadMemory(over: window)
            memory.take(rate, at: snapshot.at)
            memories[serving] = memory
            let perNode = capacity / Double(pool.nodes)
            let recent = memory.highest(of: window, at: snapshot.at)
            // A queue is work as well: it is to be gone in ten minutes.
            let queue = (pool.waiting.known?.value ?? 0) / 600
            let target = max(1, Int((max(recent, rate + queue) * margin / perNode).rounded(.up)))
            if target > pool.nodes {
                up.append((Double(target) / Double(pool.nodes), Draft(to: pool.pool, nodes: target - pool.nodes)))
            } else if target < pool.nodes, memory.age(at: snapshot.at) >= window * 0.9 {
                down.append((pool.nodes - target, Draft(to: .training, from: pool.pool, nodes: pool.nodes - target)))
            }
        }
        return up.sorted { $0.urgency > $1.urgency }.map(\.draft)
            + down.sorted { $0.surplus > $1.surplus }.map(\.draft)
    }
}
