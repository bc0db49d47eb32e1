// SPDX-License-Identifier: Apache-2.0

import Dashboard
import Factory
import Screen

/// Hand-built plants for the tests: the same call gives the same snapshot, and no clock or chance is in it.
struct SampleFactory {
    /// 2026-11-25T14:06:12Z.
    static let now = PlantTime(epoch: 1_795_615_572)
    static let you = Operator(name: "ops1", mayAct: true)
    static let viewer = Operator(name: "guest", mayAct: false)

    var nodes = 64
    var perGroup = 16
    /// Nodes of each part, in the order of the table; the rest trains.
    var think = 14
    var chat = 16
    var bulk = 0
    var spare = 3
    var kind = PlantKind.simulated(speed: 30, demandScale: 0.128, seed: 7)
    var plant = "demo"
    var isHurt = true
    var isTroubled = true
    var isMoving = true

    /// 64 simulated nodes with a bit of everything.
    static func simulated() -> FactorySnapshot { SampleFactory().snapshot() }

    /// 64 simulated nodes on a good day: nothing is abnormal and nothing moves.
    static func calm() -> FactorySnapshot {
        var sample = SampleFactory()
        (sample.isHurt, sample.isTroubled, sample.isMoving) = (false, false, false)
        return sample.snapshot()
    }

    /// The plant of SCREENS.md: 500 nodes behind real sources.
    static func large() -> FactorySnapshot {
        var sample = SampleFactory()
        (sample.nodes, sample.perGroup) = (500, 32)
        (sample.think, sample.chat, sample.bulk, sample.spare) = (62, 96, 28, 12)
        (sample.kind, sample.plant) = (.live, "par1")
        var snapshot = sample.snapshot()
        snapshot.mode = .manual
        snapshot.staleAfter = Seconds(30)
        return snapshot
    }

    /// What two node exporters and one vLLM page say: no GPUs, no jobs, no states.
    static func hosts() -> FactorySnapshot {
        var snapshot = FactorySnapshot(plant: "lab", kind: .live, at: now)
        snapshot.sequence = 1
        snapshot.observeOnly = "no control: is configured, so nothing can act"
        snapshot.sources = [
            SourceStatus(
                name: "scrape", answeredAt: now + Seconds(-3), targets: 3, targetsUp: 2,
                problem: "10.0.0.3:9100 connection refused",
                dead: [DeadTarget(name: "10.0.0.3:9100", reason: "connection refused", lastSeen: now + Seconds(-95))])
        ]
        var table = NodeTable()
        table.ids = ["10.0.0.1:9100", "10.0.0.2:9100", "10.0.0.3:9100"].map { NodeID($0) }
        table.groups = [NodeGroup(name: "scrape", range: 0..<3)]
        table.states = [.unknown, .unknown, .unknown]
        table.since = Array(repeating: now + Seconds(-600), count: 3)
        table.pools = Array(repeating: NodeTable.none, count: 3)
        table.jobs = [-1, -1, -1]
        table.heardAt = [now + Seconds(-3), now + Seconds(-3), now + Seconds(-95)]
        table.cpu = Column([0.07, 0.93, .nan])
        table.memory = Column([0.31, 0.74, .nan])
        table.conditions[2] = NodeCondition(
            kind: .stale, text: "connection refused", since: now + Seconds(-95))
        snapshot.nodes = table
        var pool = PoolState(.inference(ServingClass("Qwen/Qwen2.5-0.5B")))
        pool.waiting = .fresh(Count(4))
        pool.running = .fresh(Count(17))
        pool.decode = .fresh(TokensPerSecond(1843))
        pool.kvUse = .fresh(Share(0.42))
        snapshot.pools = [pool]
        snapshot.ledger = Ledger(counting: table.states)
        return snapshot
    }

    /// A live plant of which no source has said anything yet.
    static func empty() -> FactorySnapshot { FactorySnapshot(plant: "par1", kind: .live, at: now) }

    static func options(_ snapshot: FactorySnapshot, you: Operator = you, glyphs: Glyphs = .braille) -> DashboardOptions
    {
        DashboardOptions(
            plant: snapshot.plant, kind: snapshot.kind, you: you, glyphs: glyphs, themes: ["default", "mono"])
    }

    /// A dashboard that has seen the snapshot.
    static func dashboard(
        _ snapshot: FactorySnapshot, you: Operator = you, glyphs: Glyphs = .braille, width: Int = 120, height: Int = 36
    ) -> DashboardState {
        var state = DashboardState(options: options(snapshot, you: you, glyphs: glyphs))
        _ = state.update(.input(.resized(width: width, height: height), at: 0))
        _ = state.update(.snapshotArrived(snapshot))
        return state
    }

    func snapshot() -> FactorySnapshot {
        var snapshot = FactorySnapshot(plant: plant, kind: kind, at: Self.now)
        snapshot.sequence = 100
        snapshot.mode = .manual
        snapshot.staleAfter = Seconds(30)
        snapshot.revision = AllocationRevision(12)
        snapshot.sources = sources
        snapshot.jobs = SampleJobs(sample: self).jobs
        snapshot.nodes = SampleNodes(sample: self).table
        let servingPools = SamplePools(sample: self)
        snapshot.pools = servingPools.pools
        snapshot.training = TrainingDemand(
            pendingJobs: 37, askedGPUs: 1168, oldest: Seconds(18_720), oldestJob: "nlp1-eval",
            oldestReason: "Resources")
        snapshot.trained = .fresh(TokensPerSecond(840_000 * Double(nodes) / 500))
        snapshot.mfu = .fresh(Share(0.38))
        snapshot.ledger = Ledger(counting: snapshot.nodes.states)
        snapshot.moves = isMoving ? SampleMoves(sample: self).moves : []
        snapshot.events = SampleMoves(sample: self).events
        snapshot.trends = servingPools.trends
        return snapshot
    }

    private var sources: [SourceStatus] {
        guard kind == .live else {
            return [SourceStatus(name: "sim", answeredAt: Self.now, targets: 1, targetsUp: 1)]
        }
        var sources = [
            SourceStatus(name: "slurm", answeredAt: Self.now + Seconds(-3), targets: 1, targetsUp: 1),
            SourceStatus(name: "k8s", answeredAt: Self.now + Seconds(-1), targets: 1, targetsUp: 1),
            SourceStatus(
                name: "prom", answeredAt: Self.now + Seconds(-15), targets: 1188, targetsUp: 1186,
                problem: "su02-n30:9400 timeout",
                dead: [
                    DeadTarget(name: "su02-n30:9400", reason: "timeout", lastSeen: Self.now + Seconds(-64)),
                    DeadTarget(name: "su03-n04:9400", reason: "refused", lastSeen: nil),
                ]),
        ]
        // Polled every fifteen seconds.
        sources[2].staleAfter = Seconds(30)
        return sources
    }

    /// A number in 0..<1 that depends on nothing but its place.
    static func wobble(_ index: Int, _ salt: Int = 0) -> Double {
        var bits = UInt64(truncatingIfNeeded: index &* 2_654_435_761 &+ salt &* 40_503 &+ 12_345)
        bits ^= bits >> 13
        bits = bits &* 0x9E37_79B9_7F4A_7C15
        bits ^= bits >> 31
        return Double(bits >> 11) / Double(UInt64(1) << 53)
    }
}
