// SPDX-License-Identifier: Apache-2.0

import Factory
import TestSupport
import Testing

@testable import Wire

@Suite struct ChangeTests {
    /// What both sides must agree on, but for rounding.
    private func expectSame(_ pair: Pair, _ snapshot: FactorySnapshot, _ view: PlantView, _ seed: UInt64) throws {
        let received = try #require(pair.received, "FUZZ_SEED=\(seed)")
        let settled = SettledView(view, nodes: snapshot.nodes.count)
        for row in Tables.columns {
            let places = settled.places(row.reach, in: snapshot)
            let (is_, was) = (row.read(received, places), row.read(snapshot, places))
            guard row.band > 0, places == nil, case .codes(let left) = is_, case .codes(let right) = was else {
                #expect(is_ == was, "\(row.name) FUZZ_SEED=\(seed)")
                continue
            }
            let far = zip(left, right).contains { ($0 == 0) != ($1 == 0) || abs($0 - $1) > row.band }
            #expect(!far && left.count == right.count, "\(row.name) FUZZ_SEED=\(seed)")
        }
        #expect(received.moves == snapshot.moves)
        #expect(received.events == snapshot.events)
        #expect(received.nodes.conditions == snapshot.nodes.conditions)
        for (key, trend) in snapshot.trends {
            let other = received.trends[key]
            #expect(other?.end == trend.end && other?.step == trend.step)
            #expect(Column(other?.values ?? []) == Column(trend.values), "\(key.name) FUZZ_SEED=\(seed)")
        }
        #expect(received.trends.count == snapshot.trends.count)
    }

    @Test("after any changes of plant and view the client has what the daemon has")
    func random() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededGenerator(seed: seed)
        for _ in 0..<20 {
            var snapshot = Sample.filled()
            var view = PlantView()
            var pair = Pair(view: view)
            for _ in 0..<15 {
                snapshot.sequence += 1
                snapshot.at.epoch += 1
                change(&snapshot, &random)
                if Int.random(in: 0..<3, using: &random) == 0 {
                    view = PlantView(
                        overview: NodeQuantity.allCases.filter { _ in Bool.random(using: &random) },
                        nodes: (0..<5).map { _ in Int.random(in: -1...30, using: &random) },
                        opened: [Int.random(in: 0...20, using: &random)], origins: Bool.random(using: &random))
                    pair.toClient(.look(view))
                }
                pair.show(snapshot)
                // Once more, for places that were of another table.
                snapshot.sequence += 1
                pair.show(snapshot)
                #expect(pair.closed == nil)
                try expectSame(pair, snapshot, view, seed)
            }
        }
    }

    private func change(_ snapshot: inout FactorySnapshot, _ random: inout SeededGenerator) {
        let count = snapshot.nodes.count
        for _ in 0..<3 {
            let node = Int.random(in: 0..<count, using: &random)
            snapshot.nodes.power.values[node] =
                Bool.random(using: &random) ? .nan : Float.random(in: 0...9000, using: &random)
            snapshot.nodes.states[node] = NodeState.allCases.randomElement(using: &random) ?? .failed
            snapshot.nodes.heardAt[node] = snapshot.at + Seconds(-Double.random(in: 0...100, using: &random))
        }
        snapshot.nodes.conditions = [
            Int.random(in: 0..<count, using: &random): NodeCondition(kind: .hot, text: "x", since: snapshot.at)
        ]
        let event = FactoryEvent(
            id: snapshot.sequence + 100, at: snapshot.at, kind: .job, text: "e\(snapshot.sequence)")
        snapshot.events = Array(([event] + snapshot.events).prefix(8))
        if Bool.random(using: &random) { snapshot.moves = Array(snapshot.moves.shuffled(using: &random)) }
        for key in snapshot.trends.keys {
            guard var trend = snapshot.trends[key] else { continue }
            let more = Int.random(in: 0...3, using: &random)
            trend.values = Array((trend.values + (0..<more).map { Float($0) }).suffix(6))
            trend.end = trend.end + Seconds(5 * Double(more))
            snapshot.trends[key] = trend
        }
        switch Int.random(in: 0..<8, using: &random) {
        case 0: snapshot = shrunk(snapshot, to: Int.random(in: 1...14, using: &random))
        case 1: snapshot.pools.removeLast(snapshot.pools.count > 1 ? 1 : 0)
        case 2: snapshot.pools.append(PoolState(.inference(ServingClass("new\(snapshot.sequence)"))))
        case 3: snapshot.jobs = []
        case 4: snapshot.trends[TrendKey(.power)] = nil
        default: break
        }
    }

    /// Another plant of so many nodes, with the same moves and events.
    private func shrunk(_ snapshot: FactorySnapshot, to nodes: Int) -> FactorySnapshot {
        var other = Sample.filled(nodes: nodes)
        (other.sequence, other.at, other.events, other.moves) = (
            snapshot.sequence, snapshot.at, snapshot.events, snapshot.moves
        )
        other.trends = snapshot.trends
        return other
    }

    @Test("a change sends the change, not the table")
    func small() {
        var snapshot = Sample.filled(nodes: 2000)
        snapshot.nodes.power = Column((0..<2000).map { Float($0) })
        var pair = Pair()
        pair.show(snapshot)
        let whole = pair.sentBytes
        snapshot.sequence += 1
        snapshot.nodes.power.values[77] = 5000
        pair.show(snapshot)
        pair.sentBytes = 0
        snapshot.sequence += 1
        snapshot.nodes.power.values[78] = 5000
        pair.show(snapshot)
        #expect(pair.sentBytes < 80, "\(pair.sentBytes) of \(whole)")
        #expect(pair.received?.nodes.power[78] == 5000)
    }

    @Test("what nobody looks at is missing, and a value that stays within its band is not sent")
    func unlooked() {
        var snapshot = Sample.filled()
        snapshot.nodes.power = Column((0..<12).map { _ in 1000 })
        var pair = Pair()
        pair.show(snapshot)
        #expect(pair.received?.nodes.power[3] == 1000)
        #expect(pair.received?.nodes.temperature[3] == nil)
        #expect(pair.received?.nodes.gpus.power[3] == nil)
        snapshot = snapshot.next
        snapshot.nodes.power.values[3] = 1030
        pair.show(snapshot)
        #expect(pair.received?.nodes.power[3] == 1000)
        pair.toClient(.look(PlantView(overview: [], nodes: [3])))
        #expect(pair.received?.nodes.power[3] == 1030, "to a watt where it is looked at")
        #expect(pair.received?.nodes.temperature[3] != nil)
        #expect(pair.received?.nodes.power[4] == nil)
    }
}
