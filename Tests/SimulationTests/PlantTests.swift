// SPDX-License-Identifier: Apache-2.0

import Factory
import Testing

@testable import Simulation

/// Short ways to a plant for tests.
enum Plants {
    static func plant(nodes: Int = 64, seed: UInt64 = SimulationSettings.standardSeed) -> SimulatedPlant {
        SimulatedPlant(SimulationSettings(nodes: nodes, seed: seed), traffic: .generated(seed: seed))
    }

    /// The standard plant, of whose chat twice as much is asked after half an hour, for an hour.
    static func busy(_ factor: Double = 2.2) -> SimulatedPlant {
        var settings = SimulationSettings()
        settings.drill = Drill(
            name: "busy", about: "",
            events: [.init(at: 1980, .demand(ServingClass("chat"), factor: factor, over: 300, lasting: 3600))])
        return SimulatedPlant(settings, traffic: .generated(seed: settings.seed))
    }
}

extension SimulatedPlant {
    mutating func pass(_ seconds: Double) { advance(to: now + Seconds(seconds)) }
}

struct PlantTests {
    /// Everything of an observation, to the bit.
    private static func print(_ observation: Observation) -> String {
        let nodes = observation.nodes
        let conditions = nodes.conditions.sorted { $0.key < $1.key }
        let columns = [
            nodes.power, nodes.temperature, nodes.gpus.power, nodes.gpus.tensorActive, nodes.gpus.temperature,
        ]
        let bits = columns.map { $0.values.map(\.bitPattern) }
        return "\(nodes.states) \(nodes.since) \(nodes.pools) \(nodes.jobs) \(conditions) \(bits) \(observation.pools)"
            + "\(observation.jobs) \(observation.events) \(observation.trained) \(observation.at)"
    }

    @Test("the same seed and the same advances give the same plant, however the way is cut into pieces")
    func determinism() {
        var one = Plants.plant(seed: 9)
        var two = Plants.plant(seed: 9)
        var other = Plants.plant(seed: 10)
        one.pass(20_000)
        other.pass(20_000)
        for _ in 0..<200 { two.pass(100) }
        let first = Self.print(one.observe())
        #expect(first == Self.print(two.observe()))
        #expect(first != Self.print(other.observe()))
    }

    @Test("looking changes nothing but the list of news")
    func looking() {
        var seen = Plants.plant(seed: 4)
        var unseen = Plants.plant(seed: 4)
        var news: [FactoryEvent] = []
        for _ in 0..<100 {
            seen.pass(200)
            news += seen.observe().events
        }
        unseen.pass(20_000)
        var left = seen.observe()
        var right = unseen.observe()
        #expect(news == right.events)
        #expect(news.map(\.id) == Array(1...UInt64(news.count)))
        left.events = []
        right.events = []
        #expect(Self.print(left) == Self.print(right))
    }

    @Test(
        "the ledger always sums, tables fit together, and every request is accounted for",
        arguments: [1, 2, 3, 4, 5, 8, 33, 64, 500])
    func sums(nodes: Int) {
        var plant = Plants.plant(nodes: nodes, seed: UInt64(nodes))
        for _ in 0..<16 {
            let observation = plant.observe()
            check(observation, nodes: nodes)
            for serving in plant.classes {
                let totals = plant.totals(of: serving) ?? RequestTotals()
                let parts = totals.served + totals.shed + totals.waiting + totals.running
                #expect(abs(parts - totals.arrived) <= 1e-9 * totals.arrived + 1e-6)
            }
            plant.pass(900)
        }
    }

    private func check(_ observation: Observation, nodes: Int) {
        let table = observation.nodes
        let ledger = Ledger(counting: table.states)
        #expect(ledger.total == nodes)
        #expect(ledger[LedgerState.unknown] == 0)
        #expect(table.count == nodes)
        #expect(table.groups.map(\.range.count).reduce(0, +) == nodes)
        #expect(table.power.count == nodes)
        #expect(table.gpus.power.count == nodes * 8)
        #expect(table.gpus.range(of: nodes - 1).upperBound == nodes * 8)
        for pool in observation.pools { #expect(pool.nodes >= 0 && pool.floor >= 0) }
        let serving = observation.pools.filter { $0.pool.servingClass != nil }.map(\.nodes).reduce(0, +)
        #expect(serving == ledger[.serving])
        #expect(observation.pools.first { $0.pool == .training }?.nodes == ledger[LedgerState.training])
        #expect(observation.pools.first { $0.pool == .spare }?.nodes == ledger[LedgerState.spare])
        for (index, job) in observation.jobs.enumerated() {
            #expect(table.jobs.count { $0 == Int32(index) } == job.nodes)
        }
        for node in table.indices {
            let power = table.power[node]
            #expect(table.states[node] == .failed ? power == nil : (3000...10_200).contains(power ?? 0))
        }
    }

    @Test(
        "small plants are legal: classes and training get a node each before anything is spare",
        arguments: [
            (1, ["chat": 1], 0, 0), (2, ["chat": 1], 1, 0), (3, ["chat": 1, "think": 1], 1, 0),
            (4, ["chat": 1, "think": 1], 1, 1),
        ])
    func smallPlants(nodes: Int, serving: [String: Int], training: Int, spare: Int) {
        var plant = Plants.plant(nodes: nodes)
        let pools = plant.observe().pools
        var found: [String: Int] = [:]
        for pool in pools { if let serving = pool.pool.servingClass { found[serving.name] = pool.nodes } }
        #expect(found == serving)
        #expect(pools.suffix(2).map(\.nodes) == [training, spare])
        #expect(plant.leftOut == (serving.count == 1 ? ["bulk", "image", "think"] : ["bulk", "image"]))
    }

    @Test("the opening at 64 nodes is calm, with spares over the floor, half of training elastic, and others asking")
    func opening() {
        var plant = Plants.plant()
        plant.pass(600)
        let observation = plant.observe()
        let pools = observation.pools
        #expect(pools.map(\.pool.shortName) == ["bulk", "chat", "image", "think", "training", "spare"])
        #expect(pools.allSatisfy { !$0.isHurt })
        #expect(pools[1].attainment.known?.value ?? 0 > 0.99)
        #expect(pools[5].nodes == 3 && pools[5].floor == 1)
        #expect(pools[4].nodes > pools[4].floor)
        let elastic = observation.jobs.filter(\.isElastic).map(\.nodes).reduce(0, +)
        #expect(elastic * 2 >= pools[4].nodes)
        #expect(observation.training?.pendingJobs ?? 0 > 0)
        #expect(observation.trained.known?.value ?? 0 > 1e5)
        #expect(Set(observation.jobs.map(\.name)).count == observation.jobs.count)
        #expect(observation.nodes.conditions.values.contains { $0.kind == .idleHeld })
    }

    @Test("the standard plant is calm for an hour; a burst pages once, with the first of the chain marked")
    func trouble() {
        var calm = Plants.plant()
        calm.pass(3600)
        #expect(calm.observe().events.allSatisfy { !$0.kind.isAbnormal })
        var plant = Plants.busy()
        plant.pass(3600)
        let events = plant.observe().events
        #expect(events.count { $0.kind == .page } == 1)
        #expect(events.first { $0.kind.isAbnormal }?.isFirstOut == true)
        #expect(events.count { $0.isFirstOut } == 1)
    }

    @Test("a trace that starts again says so")
    func lap() throws {
        let text =
            "t_s,chat_rps,chat_idc,chat_in,chat_out,think_rps,think_idc,think_in,think_out\n0,9,1,9,99,9,1,9,99\n"
        let traffic = Traffic(try TraceRows(parsing: Array(text.utf8)), name: "t.csv")
        var plant = SimulatedPlant(SimulationSettings(), traffic: traffic)
        plant.pass(601)
        let news = plant.observe().events.filter { $0.kind == .source }
        #expect(news.map(\.text) == ["trace t.csv has ended and starts again (lap 2)"])
    }
}
