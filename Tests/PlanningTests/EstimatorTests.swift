// SPDX-License-Identifier: Apache-2.0

import Factory
import Planning
import Testing

@Suite("Estimator")
struct EstimatorTests {
    private func estimator(
        load: Double, waiting: Double = 0, _ change: (inout PoolState) -> Void = { _ in }
    ) -> Estimator {
        var plant = SamplePlant()
        plant.thinkLoad = load
        let snapshot = plant.snapshot
        var state = snapshot.pools[1]
        // Round numbers: 10 nodes serve 10 requests/s each, a limit of 10 s without any prefill.
        state.nodes = 10
        state.capacity = .fresh(RequestsPerSecond(100))
        state.arrivals = .fresh(RequestsPerSecond(100 * load))
        state.waiting = .fresh(Count(waiting))
        state.profile = nil
        change(&state)
        return Estimator(state, on: snapshot)
    }

    struct Case: Sendable {
        var load: Double
        var waiting: Double
        var changes: [Estimator.Change] = []
        /// nil: it has no length.
        var waitAt10: Double?
        var growing = false
        var overLimit: OverLimit
    }

    @Test(
        "the queue is a straight line between changes",
        arguments: [
            Case(load: 0.5, waiting: 0, waitAt10: 0, overLimit: .never),
            // 110/s on 100/s: 6,000 wait after ten minutes, 60 s of work.
            Case(load: 1.1, waiting: 0, waitAt10: 60, growing: true, overLimit: .forEver),
            // 2,000 wait, 20/s are worked off: below 10 s of work (1,000) after 50 s.
            Case(load: 0.8, waiting: 2000, waitAt10: 0, overLimit: .until(Seconds(50))),
            // Nothing is gained on 2,000.
            Case(load: 1, waiting: 2000, waitAt10: 20, overLimit: .forEver),
            // Two nodes come at 90 s, when 900 wait: under the limit, and it is worked off at 10/s.
            Case(
                load: 1.1, waiting: 0, changes: [.init(at: Seconds(90), nodes: 2)], waitAt10: 0, overLimit: .never),
            // 3,000 wait at 300 s; 120/s serve: below 1,200 after another 180 s.
            Case(
                load: 1.1, waiting: 0, changes: [.init(at: Seconds(300), nodes: 2)], waitAt10: 0,
                overLimit: .until(Seconds(480))),
            // All nodes leave: nobody is ever served.
            Case(
                load: 0.5, waiting: 0, changes: [.init(at: .zero, nodes: -10)], waitAt10: nil, growing: true,
                overLimit: .forEver),
            // Half leave for ten minutes and come back.
            Case(
                load: 0.6, waiting: 0,
                changes: [.init(at: .zero, nodes: -5), .init(at: Seconds(500), nodes: 5)], waitAt10: 10,
                overLimit: .until(Seconds(600))),
        ])
    func line(_ wanted: Case) {
        let outlook = estimator(load: wanted.load, waiting: wanted.waiting).outlook(wanted.changes)
        let wait = outlook.waitAt10.known?.value
        #expect((wait == nil) == (wanted.waitAt10 == nil))
        if let wait, let expected = wanted.waitAt10 { #expect(abs(wait - expected) < 1e-6) }
        #expect(outlook.growing == wanted.growing)
        if case .until(let end) = outlook.overLimit, case .until(let expected) = wanted.overLimit {
            #expect(abs(end.value - expected.value) < 1e-6)
        } else {
            #expect(outlook.overLimit == wanted.overLimit)
        }
    }

    @Test("a wait ends where patience does: beyond it users go, and the number says how many")
    func patience() throws {
        // 130/s on 100/s: 30/s more wait each second, until 30 s of work do.
        let full = estimator(load: 1.3, waiting: 3000) { $0.patience = Seconds(30) }
        let nothing = full.outlook([])
        #expect(nothing.waitAt10 == .fresh(Seconds(30)) && !nothing.growing)
        #expect(abs(nothing.turnedAway.value - 30) < 1e-9 && nothing.overLimit == .forEver)
        // One node more: 20/s still find nobody. Four: 3,000 are worked off at 10/s, 1,400 after 160 s are 10 s of work.
        #expect(abs(full.outlook([.init(at: .zero, nodes: 1)]).turnedAway.value - 20) < 1e-9)
        let four = full.outlook([.init(at: .zero, nodes: 4)])
        #expect(four.turnedAway == .zero && four.overLimit == .until(Seconds(160)))
        // Nobody serves: whoever comes waits as long as patience lasts.
        #expect(full.outlook([.init(at: .zero, nodes: -10)]).waitAt10 == .fresh(Seconds(30)))
        // Where nobody says what patience is, users that go say that it is what they wait now.
        let seen = estimator(load: 1.3, waiting: 2000) {
            $0.turnedAway = .fresh(RequestsPerSecond(5))
            $0.wait = .fresh(Seconds(20))
        }
        #expect(seen.outlook([]).waitAt10 == .fresh(Seconds(20)))
    }

    @Test(
        "arrivals that climb go on so for five minutes; a step and a wobble are no climb",
        arguments: [
            ([60, 62, 64, 66, 68, 70], 2),
            ([60, 62, 64, 66, 68, 69], 1.5),
            ([60, 60, 60, 80, 80, 80], 0),
            ([60, 63, 58, 61, 64, 60], 0),
            ([70, 68, 66, 64, 62, 60], 0),
            ([60, 60.1, 60.2, 60.3, 60.4, 60.5], 0),
            ([60, .nan, 64, 66, 68, 70], 0),
        ] as [([Float], Double)])
    func rise(means: [Float], perMinute: Double) throws {
        var snapshot = SamplePlant().snapshot
        snapshot.pools[1].arrivals = .fresh(RequestsPerSecond(70))
        snapshot.demand[SamplePlant.thinkPool] = Trend(
            step: Seconds(60), end: snapshot.at, values: means)
        let estimator = Estimator(snapshot.pools[1], on: snapshot)
        #expect(abs(estimator.rise * 60 - perMinute) < 1e-4)
        let demand = try #require(estimator.demand.known?.value)
        if perMinute > 0 { #expect(abs(demand - 70 - 5 * perMinute) < 1e-3) }
    }

    @Test("a climb makes the queue that a flat forecast does not see")
    func climb() throws {
        var snapshot = SamplePlant().snapshot
        snapshot.demand[SamplePlant.thinkPool] = Trend(
            step: Seconds(60), end: snapshot.at, values: [65, 70, 75, 80, 85, 90])
        var state = snapshot.pools[1]
        (state.nodes, state.profile) = (10, nil)
        state.capacity = .fresh(RequestsPerSecond(100))
        state.arrivals = .fresh(RequestsPerSecond(90))
        state.waiting = .fresh(Count(0))
        let outlook = Estimator(state, on: snapshot).outlook([])
        // 92.5/s in the first minute, 5/s more each: (2.5 + 7.5 + 12.5)/s too many from the third to the fifth, then 15.
        let wait = try #require(outlook.waitAt10.known?.value)
        #expect(abs(wait - (60 * 22.5 + 300 * 15) / 100) < 1e-6)
        #expect(outlook.growing && outlook.overLimit == .forEver)
    }

    @Test("more nodes never wait longer", arguments: [0, 1, 2, 5, 20])
    func monotone(nodes: Int) throws {
        let estimator = estimator(load: 1.3, waiting: 500)
        let fewer = estimator.outlook([.init(at: Seconds(130), nodes: nodes)])
        let more = estimator.outlook([.init(at: Seconds(130), nodes: nodes + 1)])
        #expect(try #require(more.waitAt10.known) <= (try #require(fewer.waitAt10.known)))
        #expect(try #require(more.serves.known) > (try #require(fewer.serves.known)))
    }

    @Test("what is not known stays missing", arguments: [0, 1, 2])
    func missing(which: Int) {
        let outlook = estimator(load: 0.5) { state in
            switch which {
            case 0: state.arrivals = .missing
            case 1: state.capacity = .missing
            default: (state.waiting, state.wait) = (.missing, .missing)
            }
        }.outlook([])
        #expect(outlook.waitAt10 == .missing)
        #expect(outlook.overLimit == .unknown)
        #expect((outlook.serves == .missing) == (which == 1))
    }

    @Test("without a capacity the model prices a node from profile and lengths")
    func modelled() throws {
        var state = SamplePlant().snapshot.pools[0]
        let said = Estimator(state, on: SamplePlant().snapshot).perNode
        state.capacity = .missing
        let modelled = Estimator(state, on: SamplePlant().snapshot).perNode
        #expect(abs(try #require(said) - (try #require(modelled))) < 1e-6)
    }

    @Test(
        "numbers that cannot be are not reckoned with",
        arguments: [Double.nan, .infinity, -.infinity, -5, 1e300, 1e-300, 0])
    func absurd(value: Double) throws {
        var plant = SamplePlant()
        plant.changed = { snapshot in
            for index in 0..<2 {
                snapshot.pools[index].arrivals = .fresh(RequestsPerSecond(value))
                snapshot.pools[index].capacity = .fresh(RequestsPerSecond(value))
                snapshot.pools[index].waiting = .fresh(Count(value))
                snapshot.pools[index].wait = .fresh(Seconds(value))
                snapshot.pools[index].inputTokens = .fresh(Count(value))
                snapshot.pools[index].outputTokens = .fresh(Count(value))
                snapshot.pools[index].queueTrend = .fresh(Count(value))
                snapshot.demand[snapshot.pools[index].pool]?.values = [Float](
                    repeating: Float(value), count: 360)
            }
            snapshot.jobs[0].restartTime = Seconds(value)
            snapshot.jobs[0].remaining = .fresh(Seconds(value))
        }
        for to in [SamplePlant.thinkPool, .training, .spare] {
            let plan = try #require(plant.plan(Draft(to: to, nodes: 14)))
            #expect(plan.ways.count == 3)
            #expect(plan.ways.allSatisfy { $0.waitAt10.known?.value.isFinite ?? true })
        }
    }

    @Test("a class without a promise is never over its limit")
    func bulk() {
        let outlook = estimator(load: 1.5) { $0.level?.ttft = nil }.outlook([])
        #expect(outlook.overLimit == .never)
    }

    @Test(
        "demand at p95 is of one-minute means of the last hour, and never less than now",
        arguments: [
            // 60 minutes at 10, the last three at 30: the 57th of 60 is still 10.
            (Array(repeating: Float(10), count: 57) + [30, 30, 30], 5.0, 10.0),
            (Array(repeating: Float(10), count: 56) + [30, 30, 30, 30], 5, 30),
            (Array(repeating: Float(10), count: 60), 50, 50),
            // Older than an hour does not count; unknown values neither.
            (Array(repeating: Float(90), count: 60) + Array(repeating: 10, count: 60), 5, 10),
            ([.nan, .nan, 10, 10, .nan, 20], 5, 20),
        ])
    func demand(values: [Float], now: Double, expected: Double) throws {
        var snapshot = SamplePlant().snapshot
        snapshot.pools[0].arrivals = .fresh(RequestsPerSecond(now))
        snapshot.demand[SamplePlant.chatPool] = Trend(
            step: Seconds(60), end: snapshot.at, values: values)
        #expect(Estimator(snapshot.pools[0], on: snapshot).demand.known?.value == (values.count < 10 ? nil : expected))
    }

    @Test("bursts within a minute are no demand")
    func bursts() {
        var snapshot = SamplePlant().snapshot
        snapshot.pools[0].arrivals = .missing
        let values = (0..<360).map { Float($0 % 6 == 0 ? 60 : 0) }
        snapshot.demand[SamplePlant.chatPool] = Trend(
            step: Seconds(10), end: snapshot.at, values: values)
        #expect(Estimator(snapshot.pools[0], on: snapshot).demand.known?.value == 10)
    }
}
