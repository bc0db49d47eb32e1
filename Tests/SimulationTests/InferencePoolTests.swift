// SPDX-License-Identifier: Apache-2.0

import Factory
import Planning
import Testing

@testable import Simulation

struct InferencePoolTests {
    private static let demand = ClassDemand(rate: 0, burstiness: 1, input: 928, output: 141)

    /// A pool after some seconds of a steady demand, as a share of what the capacity model says it can serve.
    private static func pool(_ served: ServedClass, load: Double, seconds: Int, nodes: Int = 10) -> InferencePool {
        var demand = Self.demand
        if served.serving.name == "think" { demand = ClassDemand(rate: 0, burstiness: 1, input: 1250, output: 1400) }
        let most = served.nodeRate(demand) * Double(nodes)
        demand.rate = most * load
        var pool = InferencePool(served, nodes: nodes, demand: demand)
        for second in 1...seconds { pool.advance(arrivals: demand.rate, demand: demand, at: second) }
        return pool
    }

    @Test("below the capacity model's rate nothing waits; above it exactly the excess does", arguments: [0, 1])
    func agreesWithCapacityModel(index: Int) {
        let served = ServedClass.all[index]
        let calm = Self.pool(served, load: 0.95, seconds: 1200)
        #expect(calm.wait < 0.05)
        #expect(calm.itl < served.level.itl.value)
        #expect(calm.attainment ?? 0 > 0.99)
        let before = Self.pool(served, load: 1.05, seconds: 400)
        let after = Self.pool(served, load: 1.05, seconds: 500)
        let servedRate = after.demand.rate - (after.queue - before.queue) / 100
        #expect(abs(servedRate / after.capacity - 1) < 0.03, "\(servedRate)/s of \(after.capacity)/s")
        #expect(after.itl <= served.level.itl.value * 1.03)
    }

    @Test(
        "a settled pool has the batch and the token time of the capacity model's steady state",
        arguments: [0.3, 0.6, 0.9])
    func settles(load: Double) throws {
        let served = ServedClass.all[0]
        let pool = Self.pool(served, load: load, seconds: 900)
        let state = try #require(
            served.model.steadyState(
                rate: RequestsPerSecond(pool.demand.rate / 10), input: pool.demand.input, output: pool.demand.output,
                cached: served.cached))
        #expect(abs(pool.itl / state.itl.value - 1) < 0.05)
        #expect(abs(pool.batch / 10 / state.batch - 1) < 0.12, "\(pool.batch / 10) against \(state.batch)")
    }

    @Test("an endless overload sheds instead of growing for ever, and every request is accounted for")
    func sheds() {
        let pool = Self.pool(ServedClass.all[0], load: 2, seconds: 3600)
        #expect(pool.wait <= ServedClass.all[0].patience.value + 0.01)
        #expect(pool.totals.shed > 0)
        #expect(pool.isViolated)
        let totals = pool.totals
        let parts = totals.served + totals.shed + totals.waiting + totals.running
        #expect(abs(parts / totals.arrived - 1) < 1e-9)
    }

    @Test("a class without a node answers nobody and says so")
    func noNodes() {
        var pool = InferencePool(ServedClass.all[0], nodes: 1, demand: Self.demand)
        var demand = Self.demand
        demand.rate = 10
        _ = pool.loseNode()
        for second in 1...600 { pool.advance(arrivals: 10, demand: demand, at: second) }
        let state = pool.poolState(floor: 1)
        #expect(state.nodes == 0)
        #expect(state.itl95 == .missing)
        #expect(state.decode.known?.value ?? 1 < 0.01)
        #expect(pool.totals.shed > 0)
        #expect(state.attainment.known?.value == 0)
    }

    @Test("draining a node lets its answers finish; cutting it asks for them again")
    func drains() {
        var pool = Self.pool(ServedClass.all[0], load: 0.6, seconds: 300)
        let batch = pool.batch
        pool.beginDrain()
        #expect(pool.nodes == 9)
        #expect(abs(pool.leaving - batch / 10) < 1e-6)
        let demand = pool.demand
        for second in 301...400 { pool.advance(arrivals: demand.rate, demand: demand, at: second) }
        #expect(pool.leaving < 0.01 * batch)
        let queue = pool.queue
        #expect(pool.cutDrainer() < 0.01 * batch)
        #expect(pool.queue >= queue)
        #expect(pool.drainers == 0)
    }
}
