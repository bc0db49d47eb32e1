// SPDX-License-Identifier: Apache-2.0

import Factory

@testable import Wire

/// Snapshots with something in every column, and talks on them.
enum Sample {
    /// Every row of the table has written its cells, each other ones than its neighbours.
    static func filled(nodes: Int = 12, gpus: Int = 4) -> FactorySnapshot {
        var snapshot = FactorySnapshot(plant: "delhi", kind: .live, at: PlantTime(epoch: 1_767_571_200))
        snapshot.sources = (0..<2).map { SourceStatus(name: "s\($0)", answeredAt: nil, targets: 0, targetsUp: 0) }
        snapshot.pools = (0..<3).map { _ in PoolState(.spare) }
        snapshot.jobs = (0..<2).map { _ in
            JobState(
                id: JobID(""), name: "", owner: "", phase: .pending, nodes: 0, minNodes: 0, maxNodes: 0, gpusPerNode: 0,
                since: PlantTime(epoch: 0))
        }
        snapshot.nodes.ids = (0..<nodes).map { NodeID("n\($0)") }
        snapshot.nodes.gpus.starts = (0...nodes).map { Int32($0 * gpus) }
        for (number, row) in Tables.columns.enumerated() where !["node.ids", "gpus.starts"].contains(row.key) {
            guard row.name != "node.ids", row.name != "node.gpus.starts" else { continue }
            let count: Int =
                switch row.kind {
                case .plant: 1
                case .source: snapshot.sources.count
                case .pool: snapshot.pools.count
                case .job: snapshot.jobs.count
                case .node: nodes
                case .gpu: nodes * gpus
                }
            row.write(&snapshot, row.isWords ? .words(words(row, count)) : .codes(codes(row, number, count)), nil)
        }
        records(&snapshot)
        return snapshot
    }

    private static func codes(_ row: ColumnRow, _ number: Int, _ count: Int) -> [Int64] {
        if !row.dictionary.isEmpty { return (0..<count).map { Int64(($0 + 1) % row.dictionary.count) } }
        // Born true.
        if row.name == "pool.nodesAreKnown" { return Array(repeating: 0, count: count) }
        // An age: the time before the snapshot's.
        if row.followsTime { return (0..<count).map { Int64($0 % 2) } }
        return (0..<count).map { Int64(number * 1000 + $0 * 3 + 1) }
    }

    private static func words(_ row: ColumnRow, _ count: Int) -> [String] {
        switch row.name {
        case "pool.pool": (0..<count).map { $0 == 0 ? "training" : "inference/c\($0)" }
        case "job.phase": (0..<count).map { $0 == 0 ? "restarting" : "running" }
        case "job.kind": (0..<count).map { $0 == 0 ? "SFT" : "RL" }
        default: (0..<count).map { "=\(row.key) \($0)" }
        }
    }

    private static func records(_ snapshot: inout FactorySnapshot) {
        let at = snapshot.at
        snapshot.kind = .simulated(speed: 30, demandScale: 0.5, seed: .max)
        snapshot.mode = .manual
        snapshot.observeOnly = "because"
        snapshot.training = TrainingDemand(
            pendingJobs: 3, askedGPUs: 64, oldest: Seconds(5), oldestJob: "j", oldestReason: "Resources")
        snapshot.training?.serving = [
            ServingDemand(
                pool: .inference(ServingClass("a b")), pendingJobs: 2, running: 1, askedGPUs: nil, oldest: Seconds(4),
                oldestJob: "7_1", oldestReason: "Priority")
        ]
        snapshot.ledger = Ledger(counting: [.serving, .failed, .failed])
        snapshot.moves = [move(3, at), move(2, at)]
        snapshot.earlierMoves = [move(1, at)]
        snapshot.events = (0..<5).map { FactoryEvent(id: UInt64(9 - $0), at: at, kind: .page, text: "event \($0) ⚠") }
        snapshot.trends = [
            TrendKey(.decode, .inference(ServingClass("a b"))): Trend(step: Seconds(5), end: at, values: [1, .nan, 3]),
            TrendKey(.power): Trend(step: Seconds(5), end: at, values: [7]),
        ]
        snapshot.drill = "burst"
        snapshot.site = SiteID("india")
        var economy = Economy()
        economy.itPower = .stale(Watts(1e6), age: Seconds(3))
        economy.margin = .fresh(Dollars(-.infinity))
        economy.classes = [ClassEconomy(ServingClass("a b"))]
        snapshot.economy = economy
        var lifecycle = Lifecycle()
        var stage = LifecycleStage(.postTraining)
        stage.stock = TokenStock(tokens: 1e12)
        lifecycle.stages = [stage]
        snapshot.lifecycle = lifecycle
        snapshot.sites = [SiteState(SiteID("india"), at: at)]
        snapshot.sources[1].dead = [DeadTarget(name: "t", reason: "refused", lastSeen: at)]
        snapshot.sources[0].odd = [OddTarget(name: "o", remark: "odd")]
        snapshot.sources[1].hints = ["hint"]
        snapshot.pools[1].level = ServiceLevel(ttft: nil, itl: Seconds(0.05), target: Share(0.99))
        snapshot.pools[1].profile = profile
        snapshot.nodes.groups = [NodeGroup(name: "su01", range: 0..<snapshot.nodes.count)]
        snapshot.nodes.conditions = [3: NodeCondition(kind: .hot, text: "hot", since: at)]
        snapshot.nodes.host.bootedAt = [1: at]
        snapshot.nodes.host.oomKills = [1: 2]
        snapshot.nodes.gpus.lastXID = [5: 79]
        snapshot.nodes.gpus.models = [4: "H100"]
        var faults = GPUFaults()
        faults.uncorrectable = 2
        snapshot.nodes.gpus.faults = [5: faults]
        var host = HostFacts(name: "n1", address: "10.0.0.1", exporter: "dcgm", at: at)
        host.gpus = [GPUFacts(uuid: "GPU-1")]
        snapshot.provenance.set(hosts: [1: [host]], nodes: snapshot.nodes.count)
        snapshot.provenance.engines = [
            EngineFacts(model: "m", engine: "0", product: "vllm", target: "t", address: "a", at: at)
        ]
        snapshot.provenance.runs = [TrainingFacts(name: "r", target: "t", push: "", at: at)]
        snapshot.provenance.origins = [Origin(product: "vllm", field: .running, series: "s", rule: "r")]
        snapshot.provenance.targets = [
            TargetHealth(name: "t", answeredAt: nil, duration: nil, bytes: 1, series: 2, problem: nil, isUp: false)
        ]
    }

    static var profile: ServingProfile {
        ServingProfile(
            name: "70B", gpusPerNode: 8, baseITL: Seconds(0.01), itlPerSequence: Seconds(0.001),
            itlPerKVToken: Seconds(1e-8), prefillRate: TokensPerSecond(1e5), prefillFloor: Seconds(0.02),
            prefillPerToken: Seconds(1e-5), prefillPerTokenSquared: 1e-10, kvTokens: 1e6, maxSequences: 256,
            loadTime: Seconds(120), warmTime: Seconds(30), drainTime: Seconds(60))
    }

    static func move(_ number: Int, _ at: PlantTime) -> MoveStatus {
        MoveStatus(
            decision: DecisionID(number), by: "eve", to: .inference(ServingClass("a b")), phase: .running,
            startedAt: at,
            units: [UnitMove(node: NodeID("n1"), from: .training, job: JobID("7"), step: .drain)], reverses: nil,
            forecast: MoveForecast(ready: Seconds(1), readyP95: nil, lost: GPUHours(2), waitAfter: nil))
    }

    /// A view of everything there is.
    static func everything(_ nodes: Int = 12) -> PlantView {
        PlantView(
            overview: NodeQuantity.allCases, nodes: Array(0..<nodes), opened: Array(0..<min(4, nodes)), origins: true)
    }

    /// What `dump` prints, without the addresses of storage.
    static func text(_ value: some Any) -> String {
        var text = ""
        dump(value, to: &text)
        return text
    }
}

/// A daemon and a client that hear each other at once.
struct Pair {
    var server: ServerTalk
    var client: ClientTalk
    var shelves = RecordShelves()
    var now = 0.0
    var received: FactorySnapshot?
    var sentBytes = 0
    var asked: [ServerTalk.Action] = []
    var told: [ClientTalk.Action] = []
    var closed: String?

    init(view: PlantView = PlantView(), mayAct: Bool = true, wants: String = "") {
        server = ServerTalk(
            host: .init(build: "test", plant: "delhi", kind: .live, started: 1),
            peer: Operator(name: "eve", mayAct: mayAct),
            at: 0)
        client = ClientTalk(view: view, at: 0)
        let hello = client.hello(build: "test", wants: wants, session: "1", program: "attach")
        toServer(.bytes(hello))
    }

    mutating func toServer(_ input: ServerTalk.Input) {
        for action in server.input(input, at: now, &shelves) {
            switch action {
            case .send(let bytes):
                sentBytes += bytes.count
                toClient(.bytes(bytes))
            case .close(let why): closed = closed ?? why
            default: asked.append(action)
            }
        }
    }

    mutating func toClient(_ input: ClientTalk.Input) {
        for action in client.input(input, at: now) {
            switch action {
            case .send(let bytes): toServer(.bytes(bytes))
            case .snapshot(let snapshot): received = snapshot
            case .close(let why, _): closed = closed ?? why
            default: told.append(action)
            }
        }
    }

    /// A second passes, and the plant is like this.
    mutating func show(_ snapshot: FactorySnapshot) {
        now += 1
        toServer(.snapshot(snapshot))
    }
}
