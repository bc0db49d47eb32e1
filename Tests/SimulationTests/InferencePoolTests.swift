// SPDX-License-Identifier: Apache-2.0

import Factory
import Planning
import Testing

@testable import Simulation

struct InferencePoolTests {
    private static let chat = ServedClass.all[1]
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

    @Test(
        "below the capacity model's rate nothing waits; above it exactly the excess does", arguments: ["chat", "think"])
    func agreesWithCapacityModel(name: String) throws {
        let served = try #require(ServedClass.all.first { $0.serving.name == name })
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
        let served = Self.chat
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
        let pool = Self.pool(Self.chat, load: 2, seconds: 3600)
        #expect(pool.wait <= Self.chat.patience.value + 0.01)
        #expect(pool.totals.shed > 0)
        #expect(pool.isViolated)
        let totals = pool.totals
        let parts = totals.served + totals.shed + totals.waiting + totals.running
        #expect(abs(parts / totals.arrived - 1) < 1e-9)
    }

    @Test("a class without a node answers nobody and says so")
    func noNodes() {
        var pool = InferencePool(Self.chat, nodes: 1, demand: Self.demand)
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
        var pool = Self.pool(Self.chat, load: 0.6, seconds: 300)
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

    @Test("answers that grow past the cache are pre-empted, computed again, and none is lost")
    func preempts() {
        var pool = Self.pool(Self.chat, load: 0.9, seconds: 300)
        var long = pool.demand
        long.output *= 400
        for second in 301...360 { pool.advance(arrivals: long.rate, demand: long, at: second) }
        #expect((pool.poolState(floor: 1).preempted.known?.value ?? 0) > 0)
        #expect((pool.poolState(floor: 1).kvUse.known?.value ?? 0) <= 1)
        let totals = pool.totals
        let parts = totals.served + totals.shed + totals.waiting + totals.running
        #expect(abs(parts / totals.arrived - 1) < 1e-9)
    }

    @Test("a full cache hits less: what was to be reused has been forgotten")
    func cacheHits() {
        let calm = Self.pool(Self.chat, load: 0.2, seconds: 300)
        #expect(calm.cached == Self.chat.cached.value)
        var pool = calm
        var long = pool.demand
        long.output *= 60
        for second in 301...900 { pool.advance(arrivals: long.rate, demand: long, at: second) }
        #expect(pool.cached < calm.cached / 2, "\(pool.cached)")
    }

    @Test("a power cap slows the prefill and leaves the time per token of a lone sequence")
    func slowdown() {
        var pool = Self.pool(Self.chat, load: 0.5, seconds: 300)
        let (capacity, first) = (pool.capacity, pool.ttft95)
        pool.prefillSlowdown = 1.3
        let demand = pool.demand
        for second in 301...600 { pool.advance(arrivals: demand.rate, demand: demand, at: second) }
        #expect(pool.capacity < capacity && pool.capacity > capacity / 1.3)
        #expect(pool.ttft95 > first * 1.2)
    }

    @Test("percentiles are in order")
    func percentiles() {
        let state = Self.pool(Self.chat, load: 0.8, seconds: 300).poolState(floor: 1)
        let ttft = [state.ttft50, state.ttft95, state.ttft99].compactMap { $0.known?.value }
        let itl = [state.itl50, state.itl95, state.itl99].compactMap { $0.known?.value }
        #expect(ttft.count == 3 && ttft == ttft.sorted() && itl.count == 3 && itl == itl.sorted())
    }

    @Test("a long thought costs up to a hundred chats: GPU-seconds of the 99th percentile against the mean")
    func longThinking() throws {
        let think = try #require(ServedClass.all.first { $0.serving.name == "think" })
        // ServeGen reasoning: mean 1737 output tokens, p99 8 to 16 k; Azure conversation 176 on average.
        let long = think.output.length(mean: 1737, deviations: 2.326)
        #expect(long > 8000 && long < 16_000, "\(long)")
        func cost(_ served: ServedClass, _ input: Double, _ output: Double) -> Double {
            8 / served.nodeRate(ClassDemand(rate: 1, burstiness: 1, input: input, output: output))
        }
        let ratio = cost(think, 1506, long) / cost(Self.chat, 957, 176)
        #expect(ratio > 20 && ratio <= 100, "\(ratio)")
    }

    @Test("Little's law holds to 1 %: what runs is what enters times how long it stays")
    func little() {
        var pool = Self.pool(Self.chat, load: 0.7, seconds: 900)
        let before = pool.totals
        var held = 0.0
        let demand = pool.demand
        for second in 901...1500 {
            pool.advance(arrivals: demand.rate, demand: demand, at: second)
            held += pool.totals.running
        }
        let rate = (pool.totals.served - before.served) / 600
        let stay = pool.stay
        #expect(abs(held / 600 / (rate * stay) - 1) < 0.01, "\(held / 600) against \(rate * stay)")
    }

    @Test("random arrivals at a fixed load wait little at 80 % and much at 99 %, as a queue of one fast server does")
    func waits() {
        func meanWait(_ load: Double) -> Double {
            var dice = Dice(seed: 3, stream: 77)
            var pool = Self.pool(Self.chat, load: load, seconds: 60)
            let demand = pool.demand
            var sum = 0.0
            for second in 61...7200 {
                pool.advance(arrivals: dice.poisson(mean: demand.rate), demand: demand, at: second)
                sum += pool.wait
            }
            return sum / 7140
        }
        // M/D/1: rho / (2 mu (1 - rho)): at 400 requests/s the mean wait at 80 % is 5 ms, at 99 % 120 ms.
        let (calm, tight) = (meanWait(0.8), meanWait(0.99))
        #expect(calm < 0.02, "\(calm)")
        #expect(tight > 3 * calm && tight < 1, "\(tight)")
    }
}
