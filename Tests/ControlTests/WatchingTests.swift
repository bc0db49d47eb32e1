// SPDX-License-Identifier: Apache-2.0

import Factory
import Synchronization
import Testing

@testable import Control

/// A gate that a test opens.
actor Gate {
    private var isOpen = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    func pass() async {
        if isOpen { return }
        await withCheckedContinuation { waiting.append($0) }
    }

    func open() {
        isOpen = true
        for waiter in waiting { waiter.resume() }
        waiting = []
    }
}

/// A source that counts its polls and may stand at a gate.
final class CountingObserver: Observer {
    private let name: String
    private let gate: Gate?
    private let firstAtGate: Int
    private let polls = Mutex(0)

    /// - Parameter firstAtGate: the first poll that stands at the gate.
    init(_ name: String, gate: Gate? = nil, firstAtGate: Int = 1) {
        self.name = name
        self.gate = gate
        self.firstAtGate = firstAtGate
    }

    var count: Int { polls.withLock { $0 } }

    func observe(at now: Double) async -> Observation {
        let count = polls.withLock { count in
            count += 1
            return count
        }
        if count >= firstAtGate { await gate?.pass() }
        let at = PlantTime(epoch: now)
        var observation = Observation(
            source: SourceStatus(name: name, answeredAt: at, targets: 1, targetsUp: 1), at: at, interval: Seconds(1),
            kind: .live)
        observation.events = [FactoryEvent(id: 1, at: at, kind: .change, text: "\(name) \(count)")]
        return observation
    }
}

@Suite struct CollectorTests {
    @Test("a source that hangs delays no other, keeps its last answer, and is not asked again meanwhile")
    func slow() async {
        let gate = Gate()
        let (fast, slow) = (CountingObserver("fast"), CountingObserver("slow", gate: gate))
        let collector = Collector([slow, fast]) { await Task.yield() }
        var events: [String] = []
        var now = 0.0
        // The harvest waits a yield long: how many rounds the scheduler needs is its own affair.
        while fast.count < 3 && now < 100_000 {
            now += 1
            events += await collector.harvest(at: now).events.map(\.text)
        }
        #expect(fast.count == 3 && slow.count == 1)
        #expect(!events.contains { $0.hasPrefix("slow") })
        await gate.open()
        while !events.contains("slow 1") && now < 200_000 {
            now += 1
            events += await collector.harvest(at: now).events.map(\.text)
        }
        #expect(events.count { $0 == "slow 1" } == 1)
        #expect(events.contains("fast 1") && events.contains("fast 2"))
    }

    @Test("sources that answer are all in the harvest, in the order of the configuration, however short the patience")
    func complete() async {
        let sources = (0..<20).map { CountingObserver("s\($0)") }
        let forever = Gate()
        let collector = Collector(sources) { await forever.pass() }
        let harvest = await collector.harvest(at: 5)
        #expect(harvest.observations.map(\.source.name) == (0..<20).map { "s\($0)" })
        #expect(harvest.events.count == 20)
        await forever.open()
    }

    @Test("a source that is late keeps its last answer and says for how long it has been silent")
    func late() async throws {
        let gate = Gate()
        let collector = Collector([CountingObserver("s", gate: gate, firstAtGate: 2)]) { await Task.yield() }
        var now = 0.0
        var harvest = Collector.Harvest()
        while harvest.observations.isEmpty {
            now += 1
            harvest = await collector.harvest(at: now)
        }
        #expect(harvest.observations[0].source.problem == nil)
        let answered = harvest.observations[0].at
        // The next poll hangs; the one after finds it hanging.
        _ = await collector.harvest(at: now + 1)
        harvest = await collector.harvest(at: now + 8)
        #expect(harvest.observations[0].source.problem == "no answer for 7 s to the last poll")
        #expect(harvest.observations[0].at == answered)
        await gate.open()
    }

    @Test("no source at all is an empty harvest")
    func none() async {
        #expect(await Collector([]).harvest(at: 1).observations.isEmpty)
    }
}

@Suite struct HistoryTests {
    private func snapshot(at epoch: Double, speed: Double, waiting: Double?) -> FactorySnapshot {
        var snapshot = FactorySnapshot(
            plant: "p", kind: .simulated(speed: speed, demandScale: 1, seed: 1), at: PlantTime(epoch: epoch))
        var pool = PoolState(.inference(ServingClass("chat")))
        pool.waiting = Reading(waiting.map(Count.init))
        snapshot.pools = [pool, PoolState(.training)]
        return snapshot
    }

    private let key = TrendKey(.waiting, .inference(ServingClass("chat")))

    @Test("a past that a source remembers stands before what was seen, whenever it comes", arguments: [0, 1, 7])
    func past(_ late: Int) throws {
        var history = History()
        let begin = 1_000_000.0
        let values: [Float] = (0..<40).map { $0 == 20 ? .nan : Float($0) }
        let past = Trend(step: Seconds(15), end: PlantTime(epoch: begin), values: values)
        var trends: [TrendKey: Trend] = [:]
        for tick in 0...10 {
            var now = snapshot(at: begin + Double(tick) * 5, speed: 1, waiting: 100)
            now.kind = .live
            if tick == late { history.begin(with: [key: past, TrendKey(.decode): past], at: now.at) }
            trends = history.take(now)
        }
        let trend = try #require(trends[key])
        #expect(trend.step == Seconds(5) && trend.end == PlantTime(epoch: begin + 50))
        #expect(trend.values.suffix(10).allSatisfy { $0 == 100 })
        // Each of its values is held for the step that it ends.
        #expect(Array(trend.values.dropLast(10).suffix(6)) == [38, 38, 38, 39, 39, 39])
        #expect(trend.values.count == 130 && trend.values[60].isNaN && trend.values[63] == 21)
        // Nobody has said anything of this since: its past stays, and the time since is unknown.
        let other = try #require(trends[TrendKey(.decode)])
        #expect(other.end == trend.end && other.values[other.values.count - 11] == 39)
        #expect(other.values.suffix(10).allSatisfy { $0.isNaN })
    }

    @Test(
        "a live clock that is set back a little costs no graph, and no moment is drawn twice", arguments: [0.4, 3, 60])
    func setBack(by step: Double) throws {
        var history = History()
        func take(_ epoch: Double, _ waiting: Double) -> Trend? {
            var now = snapshot(at: 1e6 + epoch, speed: 1, waiting: waiting)
            now.kind = .live
            return history.take(now)[key]
        }
        for second in 0...100 { _ = take(Double(second), 7) }
        let before = try #require(take(101, 7))
        #expect(before.values.count == 20)
        let after = try #require(take(102 - step, 9))
        #expect(after == before, "nothing is lost, and nothing said of a time that has been")
        var last = after
        for second in 1...120 {
            let next = try #require(take(102 - step + Double(second), 9))
            #expect(next.end >= last.end && next.values.count >= last.values.count)
            last = next
        }
        #expect(last.end == PlantTime(epoch: 1e6 + ((222 - step) / 5).rounded(.down) * 5))
        #expect(last.values.prefix(20) == before.values.prefix(20) && last.values.last == 9)
        // Far back is another time, of which nothing is known; so is any step back of a simulation.
        #expect(take(-500, 1) == nil)
        var simulated = History()
        for second in 0...100 { _ = simulated.take(snapshot(at: 1e6 + Double(second), speed: 1, waiting: 7)) }
        #expect(simulated.take(snapshot(at: 1e6 + 99, speed: 1, waiting: 7))[key] == nil)
    }

    @Test(
        "columns are at least five wall seconds apart and evenly spaced at any speed",
        arguments: [(1.0, 5.0), (5, 40), (30, 160), (600, 5120), (1e9, 10240)])
    func step(_ speed: Double, _ step: Double) throws {
        var history = History()
        var trends: [TrendKey: Trend] = [:]
        for tick in 0...(Int(step / speed) + 1) * 20 {
            trends = history.take(snapshot(at: 1e6 + Double(tick) * speed, speed: speed, waiting: 7))
        }
        let trend = try #require(trends[key])
        #expect(trend.step == Seconds(step))
        #expect(trend.end.epoch.truncatingRemainder(dividingBy: step) == 0)
        #expect(trend.values.count >= 2 && trend.values.allSatisfy { $0 == 7 })
    }

    @Test("demand for plans comes in steps of about a minute at any speed", arguments: [1.0, 30, 600])
    func demand(_ speed: Double) throws {
        var history = History()
        let pool = Pool.inference(ServingClass("chat"))
        for tick in 0...Int(1200 / speed) {
            var now = snapshot(at: 1e6 + Double(tick) * speed, speed: speed, waiting: nil)
            now.pools[0].arrivals = .fresh(RequestsPerSecond(9))
            history.add(now)
        }
        let trend = try #require(history.demand()[pool])
        #expect(trend.step == Seconds(40) && trend.values.count >= 14 && trend.values.allSatisfy { $0 == 9 })
        #expect(history.demand().count == 1)
    }

    @Test("a column is the mean over its time, and unknown where nobody knew")
    func mean() throws {
        var history = History(HistorySettings(finest: Seconds(10), levels: 1, columns: 100))
        var trends: [TrendKey: Trend] = [:]
        for second in 0...40 {
            let waiting: Double? = second <= 10 ? 2 : second <= 15 ? 4 : second <= 20 ? 8 : second <= 30 ? nil : 1
            trends = history.take(snapshot(at: Double(second), speed: 1, waiting: waiting))
        }
        let values = try #require(trends[key]).values
        #expect(values[0] == 2 && values[1] == 6 && values[2].isNaN && values[3] == 1)
    }

    @Test("a change of speed keeps the whole past, evenly spaced at the new step")
    func speedChange() throws {
        var history = History()
        var trends: [TrendKey: Trend] = [:]
        var at = 0.0
        for speed in [30.0, 5, 30] {
            for _ in 0..<400 {
                at += speed
                trends = history.take(snapshot(at: at, speed: speed, waiting: 3))
            }
            let trend = try #require(trends[key])
            #expect(abs(Double(trend.values.count) - at / trend.step.value) <= 2, "at speed \(speed)")
            #expect(trend.values.allSatisfy { $0 == 3 })
        }
    }

    @Test("memory is bounded, whatever the length of the run and the leaps of the clock")
    func bounded() {
        let settings = HistorySettings(finest: Seconds(5), levels: 3, columns: 50)
        var history = History(settings)
        var at = 0.0
        for tick in 0..<5000 {
            at += tick % 100 == 0 ? 1e7 : 5
            _ = history.take(snapshot(at: at, speed: 1, waiting: 3))
        }
        // The chat class, the plant's sum: two series of waiting requests.
        #expect(history.stored <= 2 * 3 * 50)
        #expect(history.take(snapshot(at: at, speed: 1, waiting: 3)).values.allSatisfy { $0.values.count <= 50 })
    }

    @Test("a clock that goes back starts a new history")
    func back() {
        var history = History()
        for second in 0..<100 { _ = history.take(snapshot(at: 1000 + Double(second), speed: 1, waiting: 3)) }
        #expect(history.take(snapshot(at: 10, speed: 1, waiting: 3)).isEmpty)
    }

    @Test("every row of the table has a trend for the plant, joined as it says", arguments: Quantity.table)
    func table(_ row: Quantity.Row) throws {
        var first = PoolState(.inference(ServingClass("a")))
        var second = PoolState(.inference(ServingClass("b")))
        for (value, path) in [(1.0, 0), (3.0, 1)] {
            var pool = path == 0 ? first : second
            pool.decode = .fresh(TokensPerSecond(value))
            pool.prefill = .fresh(TokensPerSecond(value))
            pool.waiting = .fresh(Count(value))
            pool.wait = .fresh(Seconds(value))
            pool.arrivals = .fresh(RequestsPerSecond(value))
            pool.ttft95 = .fresh(Seconds(value))
            pool.itl95 = .fresh(Seconds(value))
            pool.kvUse = .fresh(Share(value / 4))
            if path == 0 { first = pool } else { second = pool }
        }
        var snapshot = FactorySnapshot(plant: "p", kind: .live, at: PlantTime(epoch: 5))
        snapshot.pools = [first, second]
        snapshot.trained = .fresh(TokensPerSecond(9))
        snapshot.nodes.power = Column([1, .nan, 2])
        snapshot.nodes.gpuUtilisation = Column([0.5, 1])
        snapshot.ledger = Ledger(counting: [.serving, .training, .training])
        snapshot.training = TrainingDemand(pendingJobs: 1, askedGPUs: 8, oldest: nil, oldestJob: "", oldestReason: "")
        let expected: Float =
            switch row.quantity {
            case .decode, .prefill, .waiting, .arrivals: 4
            case .wait, .ttft95, .itl95, .power: 3
            case .kvUse: 0.5
            case .trained: 9
            case .utilisation: 0.75
            case .trainingNodes: 2
            case .inferenceNodes: 1
            case .pendingGPUs: 8
            }
        #expect(Samples.all(of: snapshot)[TrendKey(row.quantity)] == expected)
    }
}

@Suite struct EventLogTests {
    private func event(_ kind: FactoryEvent.Kind, _ at: Double, _ text: String = "x") -> FactoryEvent {
        FactoryEvent(id: 1, at: PlantTime(epoch: at), kind: kind, text: text)
    }

    @Test("a fault that two sources see is one event; the same fault later is another")
    func echo() {
        var log = EventLog()
        func event(_ kind: FactoryEvent.Kind, _ text: String, at second: Double) -> FactoryEvent {
            FactoryEvent(id: 0, at: PlantTime(epoch: second), kind: kind, text: text)
        }
        log.add([event(.failed, "n1 XID 79 gpu3", at: 100)])
        log.add([event(.failed, "n1 XID 79 gpu3", at: 92), event(.failed, "n2 XID 79 gpu3", at: 93)])
        #expect(log.newestFirst.count == 2)
        log.add([event(.failed, "n1 XID 79 gpu3", at: 140)])
        #expect(log.newestFirst.count == 3)
        // Who falls silent twice has done so twice.
        log.add([event(.stale, "n1 no answer", at: 141)])
        log.add([event(.stale, "n1 no answer", at: 145)])
        #expect(log.newestFirst.count == 5)
    }

    @Test("events of all sources come newest first, with numbers of their own")
    func order() {
        var log = EventLog()
        log.add([event(.move, 10, "b"), event(.job, 5, "a")])
        log.add([event(.job, 7, "late"), event(.job, 20, "c")])
        #expect(log.newestFirst.map(\.text) == ["c", "b", "late", "a"])
        #expect(Set(log.newestFirst.map(\.id)).count == 4)
    }

    @Test("only the first alarm of a chain is first out; a quiet time ends the chain; a hold is no alarm")
    func firstOut() {
        var log = EventLog()
        log.add([
            event(.change, 0), event(.hold, 1), event(.queue, 10), event(.slo, 20), event(.page, 610),
            event(.failed, 1211), event(.page, 1212),
        ])
        #expect(log.newestFirst.filter(\.isFirstOut).map(\.at.epoch) == [1211, 10])
    }

    @Test("the log is bounded")
    func bounded() {
        var log = EventLog()
        for at in 0..<2000 { log.add([event(.job, Double(at))]) }
        #expect(log.newestFirst.count == FactorySnapshot.eventLimit && log.newestFirst.first?.at.epoch == 1999)
    }
}
