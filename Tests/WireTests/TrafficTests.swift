// SPDX-License-Identifier: Apache-2.0

import Factory
import TestSupport
import Testing

@testable import Wire

@Suite struct TrafficTests {
    /// 10,000 nodes of eight GPUs.
    private static func plant() -> FactorySnapshot {
        let count = 10_000
        var snapshot = FactorySnapshot(plant: "large", kind: .live, at: PlantTime(epoch: 1_767_571_200))
        snapshot.nodes.ids = (0..<count).map { NodeID("su\($0 / 100)-n\($0 % 100)") }
        snapshot.nodes.groups = (0..<100).map { NodeGroup(name: "su\($0)", range: $0 * 100..<$0 * 100 + 100) }
        snapshot.nodes.states = Array(repeating: .serving, count: count)
        snapshot.nodes.since = Array(repeating: snapshot.at, count: count)
        snapshot.nodes.heardAt = Array(repeating: snapshot.at, count: count)
        snapshot.nodes.pools = (0..<count).map { UInt8($0 / 2000) }
        snapshot.nodes.jobs = Array(repeating: -1, count: count)
        for quantity in NodeQuantity.allCases {
            snapshot.nodes[keyPath: quantity.column] = Column((0..<count).map { _ in 0.5 })
        }
        snapshot.nodes.power = Column((0..<count).map { Float(5000 + $0 % 500) })
        snapshot.nodes.powerLimit = Column((0..<count).map { _ in 10_200 })
        snapshot.nodes.gpus.starts = (0...count).map { Int32($0 * 8) }
        snapshot.nodes.gpus.power = Column((0..<8 * count).map { _ in 650 })
        snapshot.nodes.gpus.utilisation = Column((0..<8 * count).map { _ in 0.9 })
        snapshot.nodes.gpus.temperature = Column((0..<8 * count).map { _ in 60 })
        snapshot.pools =
            (0..<5).map { PoolState(.inference(ServingClass("class\($0)"))) } + [
                PoolState(.training), PoolState(.spare),
            ]
        for quantity in [Quantity.decode, .prefill, .waiting, .wait, .arrivals, .ttft95, .itl95, .kvUse] {
            for pool in snapshot.pools.prefix(5) {
                snapshot.trends[TrendKey(quantity, pool.pool)] = Trend(
                    step: Seconds(5), end: snapshot.at, values: Array(repeating: 1.5, count: 480))
            }
        }
        snapshot.economy = Economy()
        return snapshot
    }

    /// A second on: a tenth of all nodes and GPUs has other values, all classes do.
    private static func step(_ snapshot: inout FactorySnapshot, _ random: inout SeededGenerator) {
        snapshot.sequence += 1
        snapshot.at = snapshot.at + Seconds(1)
        snapshot.nodes.heardAt = Array(repeating: snapshot.at, count: snapshot.nodes.count)
        for node in snapshot.nodes.indices where Int.random(in: 0..<10, using: &random) == 0 {
            for quantity in NodeQuantity.allCases where quantity != .powerLimit {
                snapshot.nodes[keyPath: quantity.column].values[node] = Float.random(in: 0...1, using: &random)
            }
            snapshot.nodes.power.values[node] = Float.random(in: 3000...9000, using: &random)
            for gpu in node * 8..<node * 8 + 8 {
                snapshot.nodes.gpus.power.values[gpu] = Float.random(in: 300...700, using: &random)
            }
        }
        for index in snapshot.pools.indices.prefix(5) {
            for path: WritableKeyPath<PoolState, Reading<TokensPerSecond>> in [\.decode, \.prefill, \.goodput] {
                snapshot.pools[index][keyPath: path] = .fresh(
                    TokensPerSecond(Double.random(in: 0...1e6, using: &random)))
            }
            for path: WritableKeyPath<PoolState, Reading<Seconds>> in [
                \.wait, \.oldest, \.ttft95, \.itl95, \.ttft50, \.ttft99, \.itl50, \.itl99, \.e2e95, \.queued95,
            ] {
                snapshot.pools[index][keyPath: path] = .fresh(Seconds(Double.random(in: 0...10, using: &random)))
            }
            snapshot.pools[index].waiting = .fresh(Count(Double.random(in: 0...1e4, using: &random)))
            snapshot.pools[index].running = .fresh(Count(Double.random(in: 0...1e4, using: &random)))
            snapshot.pools[index].arrivals = .fresh(RequestsPerSecond(Double.random(in: 0...1e3, using: &random)))
        }
        snapshot.economy?.itPower = .fresh(Watts(Double.random(in: 0...1e8, using: &random)))
        snapshot.economy?.revenue = .fresh(Dollars(Double.random(in: 0...1e8, using: &random)))
        // Five seconds are a column of the graphs.
        if snapshot.sequence % 5 == 0 {
            for (key, trend) in snapshot.trends {
                snapshot.trends[key] = Trend(
                    step: trend.step, end: snapshot.at,
                    values: trend.values.dropFirst() + [Float.random(in: 0...1e4, using: &random)])
            }
        }
    }

    @Test(
        "10,000 nodes of eight GPUs, a tenth changing each second, are at most 20 kB/s for one who looks at 200 of them"
    )
    func budget() throws {
        var random = SeededGenerator(seed: 1)
        var snapshot = Self.plant()
        let view = PlantView(overview: [.power, .powerLimit], nodes: Array(0..<200), opened: [7])
        var pair = Pair(view: view)
        let clock = ContinuousClock()
        let first = clock.measure { pair.show(snapshot) }
        print("first picture \(pair.sentBytes) bytes, daemon and client together \(first)")
        #expect(pair.sentBytes < 600_000)
        snapshot.sequence += 1
        pair.show(snapshot)
        pair.sentBytes = 0
        let seconds = 20
        var spent = Duration.zero
        for _ in 0..<seconds {
            Self.step(&snapshot, &random)
            spent += clock.measure { pair.show(snapshot) }
        }
        print("\(pair.sentBytes / seconds) bytes/s, daemon and client together \(spent / seconds) an update")
        #expect(pair.sentBytes / seconds <= 20_000)
        #expect(pair.received?.sequence == snapshot.sequence)
        let node = try #require(pair.received?.nodes.power[150])
        #expect(abs(node - (snapshot.nodes.power[150] ?? 0)) <= 40)
    }
}
