// SPDX-License-Identifier: Apache-2.0

import Factory
import Planning
import Synchronization

@testable import Control

/// A plant small enough to see through: 40 nodes of 8 GPUs whose steps take as long as they are told.
///
/// It is source and engine at once, its clock is the wall clock, and it can be told to fail.
actor TinyPlant: Observer, Actuator {
    nonisolated let name = "tiny"
    nonisolated let lastDecision: Int
    nonisolated let routes: [MoveRoute]
    private var nodes: [NodeID: Pool] = [:]
    private var states: [NodeID: NodeState] = [:]
    private var running: [NodeID: (order: StepOrder, since: Double)] = [:]
    private var revision: UInt64 = 1
    private(set) var now = 0.0
    private let live: Bool
    private let witness: @Sendable (StepOrder) -> Void

    private(set) var performed: [StepOrder] = []
    private(set) var speed = 1.0
    var stepTime = 10.0
    var wait = 3.0
    /// The next calls of the engine fail like this, one each.
    var failures: [ActuatorError] = []
    /// Steps that never work.
    var broken: [MoveStep: String] = [:]
    /// Where units really end; nil: where they were sent.
    var astray: Pool?
    /// Since when nobody speaks of any node; nil: somebody does.
    var silentSince: Double?
    var gate: Gate?
    /// The nodes that it still holds for decisions.
    nonisolated let held = Mutex<[DecisionID: [NodeID]]>([:])

    static let chat = Pool.inference(ServingClass("chat"))
    static let think = Pool.inference(ServingClass("think"))

    /// - Parameter witness: hears of every order the engine takes, before it takes it.
    init(
        live: Bool = false, lastDecision: Int = 0, routes: [MoveRoute] = [.pools],
        witness: @escaping @Sendable (StepOrder) -> Void = { _ in }
    ) {
        self.live = live
        self.routes = routes
        self.lastDecision = lastDecision
        self.witness = witness
        for index in 0..<40 {
            let id = NodeID("n" + (index < 10 ? "0" : "") + "\(index)")
            nodes[id] = index < 20 ? .training : index < 26 ? Self.chat : index < 32 ? Self.think : .spare
            states[id] = index < 20 ? .training : index < 32 ? .serving : .spare
        }
    }

    /// Patience without end: a harvest waits for every source. Cancelled once it has them.
    @Sendable static func forever() async {
        for await _ in AsyncStream<Never>.makeStream().stream {}
    }

    func set(_ change: @Sendable (isolated TinyPlant) -> Void) { change(self) }

    func pool(of node: NodeID) -> Pool? { nodes[node] }

    func perform(_ order: StepOrder) async throws(ActuatorError) {
        witness(order)
        performed.append(order)
        await gate?.pass()
        if !failures.isEmpty { throw failures.removeFirst() }
        running[order.node] = (order, now)
        states[order.node] = order.step.state
        revision += 1
    }

    func progress(of order: StepOrder) throws(ActuatorError) -> StepProgress {
        if let words = broken[order.step] { return .failed(words) }
        guard let step = running[order.node], step.order == order else { return .failed("unknown order") }
        guard now - step.since >= stepTime else { return .running(remaining: Seconds(stepTime - now + step.since)) }
        if order.step == .restore {
            settle(order.node, in: order.from)
        } else if MoveStep.path(from: order.from, to: order.to).last == order.step {
            settle(order.node, in: astray ?? order.to)
        }
        return .reached
    }

    nonisolated func commands(for orders: [StepOrder]) -> [String] {
        orders.map { "tiny \($0.step.rawValue) \($0.node)" }
    }

    nonisolated func leftovers(besides open: Set<DecisionID>) -> [HeldNodes] {
        held.withLock {
            $0.filter { !open.contains($0.key) }.sorted { $0.key < $1.key }.map {
                HeldNodes($0.value, for: $0.key, "\($0.key) still holds a node")
            }
        }
    }

    func setSpeed(_ speed: Double) throws(ActuatorError) -> Double {
        if !failures.isEmpty { throw failures.removeFirst() }
        self.speed = min(speed, 3600)
        return self.speed
    }

    func observe(at wall: Double) -> Observation {
        now = wall
        let at = PlantTime(epoch: now)
        var seen = Observation(
            source: SourceStatus(name: "tiny", answeredAt: at, targets: 1, targetsUp: 1), at: at, interval: Seconds(1),
            kind: live ? .live : .simulated(speed: speed, demandScale: 1, seed: 1))
        seen.revision = AllocationRevision(revision)
        seen.pools = [Self.chat, Self.think, .training, .spare].map { pool in
            var state = PoolState(pool)
            state.nodes = nodes.count { $0.value == pool && running[$0.key] == nil }
            state.gpus = state.nodes * 8
            if pool.servingClass != nil { state.wait = .fresh(Seconds(wait)) }
            return state
        }
        seen.nodes = table(seen.pools.map(\.pool))
        return seen
    }

    /// Somebody puts a node somewhere by hand.
    func give(_ node: NodeID, to pool: Pool) { settle(node, in: pool) }

    private func settle(_ node: NodeID, in pool: Pool) {
        nodes[node] = pool
        states[node] = pool == .training ? .training : pool == .spare ? .spare : .serving
        running[node] = nil
        revision += 1
    }

    private func table(_ pools: [Pool]) -> NodeTable {
        var table = NodeTable()
        table.ids = nodes.keys.sorted()
        table.groups = [NodeGroup(name: "su01", range: table.ids.indices)]
        table.states = table.ids.map { states[$0] ?? .unknown }
        table.since = table.ids.map { _ in PlantTime(epoch: 0) }
        table.pools = table.ids.map { id in UInt8(nodes[id].flatMap { pools.firstIndex(of: $0) } ?? 255) }
        table.jobs = table.ids.map { _ in -1 }
        table.gpuUtilisation = Column(table.ids.map { _ in 0.5 })
        table.heardAt = table.ids.map { _ in PlantTime(epoch: min(now, silentSince ?? now)) }
        return table
    }
}

extension FactorySnapshot {
    /// Has a scheduler say which jobs have the first nodes of training.
    mutating func schedule(_ names: [String], on count: Int) {
        jobs = names.map {
            JobState(
                id: JobID($0), name: "job-" + $0, owner: "zoe", phase: .running, nodes: count, minNodes: count,
                maxNodes: count, gpusPerNode: 8, since: at)
        }
        var words: [Int: [HostFacts]] = [:]
        for index in 0..<count {
            nodes.jobs[index] = 0
            var allocation = HostAllocation(state: .training, words: "")
            allocation.pool = .training
            allocation.holders = jobs.map { .init(job: $0.id, owner: $0.owner) }
            var facts = HostFacts(name: nodes.ids[index].name, address: "", exporter: "slurm", at: at)
            facts.allocation = allocation
            words[index] = [facts]
        }
        provenance.set(hosts: words, nodes: nodes.count)
    }
}

/// A plant with its desk, its clock in the test's hand.
struct Rig {
    let tiny: TinyPlant
    let records: PlantRecords
    let plant: LocalPlant
    let ops = Operator(name: "ops", mayAct: true)

    init(
        _ tiny: TinyPlant = TinyPlant(), records: PlantRecords = .inMemory(plant: "tiny", wall: { 1 }),
        observeOnly: String? = nil, remembers: Bool = false, at: Double = 1000,
        enginePatience: @escaping @Sendable () async -> Void = TinyPlant.forever
    ) async {
        self.tiny = tiny
        self.records = records
        plant = LocalPlant(
            name: "tiny", observers: [tiny], actuator: tiny, observeOnly: observeOnly, planner: Planner(),
            records: records, remembers: remembers, wall: { 1 }, patience: TinyPlant.forever,
            enginePatience: enginePatience)
        await plant.tick(now: at)
    }

    var snapshot: FactorySnapshot {
        get async { await plant.newest ?? FactorySnapshot(plant: "", kind: .live, at: .init(epoch: 0)) }
    }

    /// Ticks of five seconds, so many.
    func pass(_ ticks: Int) async {
        for _ in 0..<ticks { await plant.tick(now: await snapshot.at.epoch + 5) }
    }

    func plan(_ draft: Draft) async -> PlanPreview? {
        if case .preview(let preview) = await plant.plan(draft, by: ops) { preview } else { nil }
    }

    func submit(_ preview: PlanPreview, _ confirmation: Confirmation? = nil) async -> CommandOutcome {
        let right: Confirmation =
            switch preview.tier {
            case .yes, .refused: .yes
            case .typeName(let name): .name(name)
            case .reason: .reason("the night is quiet")
            }
        return await perform(.submit(preview.decision, at: preview.revision, confirmation ?? right))
    }

    func perform(_ command: PlantCommand) async -> CommandOutcome { await plant.perform(command, by: ops) }

    /// The records, oldest first.
    var kinds: [AuditRecord.Kind] { records.newest(1000).reversed().map(\.kind) }
}
