// SPDX-License-Identifier: Apache-2.0

import Factory
import Planning
import Synchronization
import Testing

@testable import Control

/// A store in memory.
final class MemoryStore: PastStore {
    private let chapters = Mutex<[KeptChapter]>([])
    private let sentences = Mutex<[String]>([])

    var kept: [KeptChapter] { chapters.withLock { $0 } }
    func say(_ sentence: String) { sentences.withLock { $0.append(sentence) } }

    func keep(_ chapter: KeptChapter) {
        chapters.withLock { chapters in
            chapters.removeAll {
                $0.isOpen && $0.subject == chapter.subject && $0.grain == chapter.grain
                    && $0.chapter.times.first == chapter.chapter.times.first
            }
            chapters.append(chapter)
        }
    }

    func past(
        _ subject: KeptChapter.Subject, _ grain: KeptChapter.Grain, since: PlantTime, until: PlantTime
    ) async -> [KeptChapter] {
        kept.filter {
            let last = $0.chapter.times.last ?? 0
            return $0.subject == subject && $0.grain == grain && last >= since.epoch && last <= until.epoch
        }
    }

    func news() -> String? { sentences.withLock { $0.isEmpty ? nil : $0.removeFirst() } }
    func close() async {}
}

/// A source of two nodes with two GPUs each, whose numbers are functions of the time.
private struct TwoNodes: Observer {
    var names = ["a", "b"]

    func observe(at now: Double) async -> Observation {
        let at = PlantTime(epoch: now)
        var observation = Observation(
            source: SourceStatus(name: "two", answeredAt: at, targets: 2, targetsUp: 2), at: at, interval: Seconds(1),
            kind: .live)
        var table = NodeTable()
        table.ids = names.map(NodeID.init)
        table.states = names.map { _ in .training }
        table.since = names.map { _ in at }
        table.pools = names.map { _ in NodeTable.none }
        table.jobs = names.map { _ in -1 }
        table.heardAt = names.map { _ in at }
        table.groups = [NodeGroup(name: "", range: table.indices)]
        table.gpuUtilisation = Column([0.5, Float(now.truncatingRemainder(dividingBy: 100)) / 100])
        table.tensorActive = Column(count: 2)
        table.power = Column([1000, 2000])
        table.gpus.starts = [0, 2, 4]
        table.gpus.utilisation = Column([0.1, 0.2, 0.3, 0.4])
        observation.nodes = table
        return observation
    }
}

@Suite("The chronicle of a plant")
struct ChronicleTests {
    private static func plant(_ store: MemoryStore? = nil, remembers: Bool = true) -> LocalPlant {
        LocalPlant(
            name: "p", observers: [TwoNodes()], actuator: nil, observeOnly: "looked at", planner: Planner(),
            records: nil, remembers: remembers, store: store)
    }

    private static func run(_ plant: LocalPlant, _ seconds: ClosedRange<Int>) async {
        for second in seconds { await plant.tick(now: Double(second)) }
    }

    @Test("snapshots carry the past of what is looked at, and of nothing else")
    func followed() async throws {
        let plant = Self.plant()
        await Self.run(plant, 10_001...10_130)
        #expect(await plant.newest?.nodeTrends.isEmpty == true)
        let node = PastSubject(NodeID("b"))
        let before = await plant.newest?.sequence ?? 0
        await plant.follow([node])
        let newest = try #require(await plant.newest)
        #expect(newest.sequence == before + 1, "shown at once")
        #expect(Set(newest.nodeTrends.keys.map(\.subject)) == [node])
        let utilisation = try #require(newest.nodeTrends[NodeTrendKey(node, .gpuUtilisation, .recent)])
        #expect(utilisation.end == PlantTime(epoch: 10_130) && utilisation.values.count == 130)
        #expect(abs(utilisation.values[99] - 0) < 0.003 && abs(utilisation.values[129] - 0.3) < 0.003)
        let hour = try #require(newest.nodeTrends[NodeTrendKey(node, .gpuUtilisation, .hour)])
        #expect(hour.step == Seconds(10) && abs((hour.values.last ?? 0) - 0.255) < 0.003)
        #expect(newest.nodeTrends[NodeTrendKey(node, .tensorActive, .recent)] == nil, "nobody ever said it")
        await plant.follow([PastSubject(NodeID("a"), gpu: 1)])
        let gpu = await plant.newest?.nodeTrends[
            NodeTrendKey(PastSubject(NodeID("a"), gpu: 1), .gpuUtilisation, .recent)]
        #expect(gpu?.values.last.map { abs($0 - 0.2) < 0.003 } == true)
        await plant.look(at: PlantView(opened: [0]))
        #expect(await plant.newest?.nodeTrends.keys.allSatisfy { $0.subject == PastSubject(NodeID("a")) } == true)
    }

    @Test("a plant that remembers nothing carries nothing")
    func silent() async {
        let plant = Self.plant(remembers: false)
        await Self.run(plant, 1...5)
        await plant.follow([PastSubject(NodeID("b"))])
        #expect(await plant.newest?.nodeTrends.isEmpty == true)
    }

    @Test("another run begins with what was kept: the graphs of nodes, and the trends of the plant")
    func restart() async throws {
        let store = MemoryStore()
        let first = Self.plant(store)
        // Two chapters, and an open one that is kept every ten seconds: then it is killed.
        await Self.run(first, 10_001...10_145)
        let second = Self.plant(store)
        await Self.run(second, 10_201...10_203)
        let node = PastSubject(NodeID("b"))
        await second.follow([node])
        let newest = try #require(await second.newest)
        let trend = try #require(newest.nodeTrends[NodeTrendKey(node, .gpuUtilisation, .recent)])
        #expect(trend.values.count == 203)
        let known = trend.values.map { !$0.isNaN }
        #expect(known[0] && known[139], "what was kept of the first run")
        #expect(!known[150] && !known[195], "nobody knows of the time between")
        #expect(known[202])
        let power = try #require(newest.trends[TrendKey(.power)])
        #expect(power.values.count(where: { $0 == 3000 || abs($0 - 3000) < 12 }) >= 25, "\(power.values)")
        #expect(power.values.contains { $0.isNaN })
    }

    @Test("a clock that is set back a little costs no memory; one that was far ahead begins anew")
    func clock() async {
        let plant = Self.plant()
        await Self.run(plant, 10_001...10_050)
        await plant.follow([PastSubject(NodeID("b"))])
        let key = NodeTrendKey(PastSubject(NodeID("b")), .power, .recent)
        await Self.run(plant, 10_020...10_052)
        #expect(await plant.newest?.nodeTrends[key]?.values.count == 52)
        await Self.run(plant, 5001...5003)
        #expect(await plant.newest?.nodeTrends[key]?.values.count == 3)
    }

    @Test("what goes wrong with the store is said once, as an event")
    func news() async {
        let store = MemoryStore()
        let plant = Self.plant(store)
        store.say("the disk is full")
        await Self.run(plant, 1...3)
        let events = await plant.newest?.events.filter { $0.text == "the disk is full" } ?? []
        #expect(events.count == 1)
    }

    @Test("nodes that come and go keep their own past, and tracks of the gone are cleared away")
    func churn() {
        var chronicle = NodeChronicle()
        var snapshot = FactorySnapshot(plant: "p", kind: .live, at: PlantTime(epoch: 0))
        for second in 1...200 {
            snapshot.at = PlantTime(epoch: Double(second))
            let names = second <= 100 ? (0..<100).map { "old\($0)" } + ["stays"] : ["stays", "new"]
            snapshot.nodes = NodeTable()
            snapshot.nodes.ids = names.map(NodeID.init)
            snapshot.nodes.heardAt = names.map { _ in snapshot.at }
            snapshot.nodes.gpuUtilisation = Column(names.map { $0 == "stays" ? 0.75 : 0.25 })
            snapshot.nodes.gpus.starts = (0...names.count).map { Int32($0) }
            snapshot.nodes.gpus.power = Column(names.map { $0 == "stays" ? 700 : 100 })
            _ = chronicle.take(snapshot, speed: 1)
        }
        #expect(chronicle.names == ["stays", "new"])
        let stays = PastSubject(NodeID("stays"))
        let trends = chronicle.trends(of: stays, speed: 1, hold: Seconds(2), at: snapshot.at)
        #expect(trends[NodeTrendKey(stays, .gpuUtilisation, .recent)]?.values == Array(repeating: 0.75, count: 200))
        let gpu = PastSubject(NodeID("stays"), gpu: 0)
        let power = chronicle.trends(of: gpu, speed: 1, hold: Seconds(2), at: snapshot.at)[
            NodeTrendKey(gpu, .power, .recent)]
        #expect(power?.values.allSatisfy { abs($0 - 700) < 6 } == true && power?.values.count == 200)
    }
}
