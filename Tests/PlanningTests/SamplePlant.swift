// SPDX-License-Identifier: Apache-2.0

import Factory
import Planning

/// A small plant to plan on: training, two classes and spares, everything fresh and well.
struct SamplePlant {
    var training = 32
    var chat = 14
    var think = 14
    var spare = 4
    var now = PlantTime(epoch: 1_000_000)
    /// Arrivals over what the class's nodes serve.
    var chatLoad = 0.6
    var thinkLoad = 0.9
    var changed: (inout FactorySnapshot) -> Void = { _ in }

    static let chatPool = Pool.inference(ServingClass("chat"))
    static let thinkPool = Pool.inference(ServingClass("think"))

    var total: Int { training + chat + think + spare }

    var snapshot: FactorySnapshot {
        var snapshot = FactorySnapshot(
            plant: "sample", kind: .simulated(speed: 30, demandScale: 1, seed: 1), at: now)
        snapshot.mode = .manual
        snapshot.revision = AllocationRevision(7)
        snapshot.sources = [SourceStatus(name: "sim", answeredAt: now, targets: 1, targetsUp: 1)]
        snapshot.jobs = jobs
        snapshot.pools = [
            serving(Self.chatPool, nodes: chat, input: 928, output: 141, load: chatLoad, .llama70BOnH100),
            serving(Self.thinkPool, nodes: think, input: 1250, output: 1400, load: thinkLoad, .llama70BThinkingOnH100),
            plain(.training, nodes: training, floor: 4), plain(.spare, nodes: spare, floor: 1),
        ]
        snapshot.nodes = table
        snapshot.ledger = Ledger(counting: snapshot.nodes.states)
        snapshot.trained = .fresh(TokensPerSecond(100_000))
        for state in snapshot.classes {
            guard let rate = state.arrivals.known else { continue }
            snapshot.demand[state.pool] = Trend(
                step: Seconds(10), end: now, values: Array(repeating: Float(rate.value), count: 360))
        }
        changed(&snapshot)
        return snapshot
    }

    /// Elastic rl-r3 (oldest checkpoint), elastic sft-v2 (youngest), rigid pre-l4.
    var jobs: [JobState] {
        let sizes = training >= 32 ? [16, 8, training - 24] : [training]
        let names = ["rl-r3", "sft-v2", "pre-l4"]
        let ages = [1500.0, 300, 900]
        return sizes.enumerated().map { index, size in
            var job = JobState(
                id: JobID("\(71_000 + index)"), name: names[index], owner: "nlp\(index)", phase: .running,
                nodes: size, minNodes: index < 2 ? size / 2 : size, maxNodes: index < 2 ? size * 5 / 4 : size,
                gpusPerNode: 8, since: now + Seconds(-4000))
            job.checkpointAt = now + Seconds(-ages[index])
            job.checkpointTime = Seconds(20)
            job.restartTime = Seconds(300)
            job.trained = .fresh(TokensPerSecond(100_000 * Double(size) / Double(max(1, training))))
            job.remaining = .fresh(Seconds(36_000))
            return job
        }
    }

    private func plain(_ pool: Pool, nodes: Int, floor: Int) -> PoolState {
        var state = PoolState(pool)
        state.nodes = nodes
        state.floor = min(floor, nodes)
        return state
    }

    private func serving(
        _ pool: Pool, nodes: Int, input: Double, output: Double, load: Double, _ profile: ServingProfile
    ) -> PoolState {
        var state = plain(pool, nodes: nodes, floor: nodes / 2)
        let level = ServiceLevel(ttft: Seconds(10), itl: Seconds(0.05), target: Share(0.95))
        let perNode = CapacityModel(profile).maxRate(input: input, output: output, level: level).value
        state.level = level
        state.profile = profile
        state.gpus = nodes * 8
        state.capacity = .fresh(RequestsPerSecond(perNode * Double(nodes)))
        state.arrivals = .fresh(RequestsPerSecond(perNode * Double(nodes) * load))
        state.inputTokens = .fresh(Count(input))
        state.outputTokens = .fresh(Count(output))
        state.cachedShare = .fresh(.zero)
        state.waiting = .fresh(.zero)
        state.wait = .fresh(.zero)
        state.queueTrend = .fresh(.zero)
        state.burn = .fresh(Count(0.2))
        state.itl95 = .fresh(Seconds(0.04))
        state.ttft95 = .fresh(Seconds(0.3))
        state.decode = .fresh(TokensPerSecond(perNode * Double(nodes) * load * output))
        return state
    }

    private var table: NodeTable {
        var table = NodeTable()
        let runs: [(Int, NodeState, UInt8)] = [
            (training, .training, 2), (chat, .serving, 0), (think, .serving, 1), (spare, .spare, 3),
        ]
        for (count, state, pool) in runs {
            for _ in 0..<count {
                table.ids.append(NodeID("n\(table.ids.count)"))
                table.states.append(state)
                table.pools.append(pool)
                table.jobs.append(-1)
            }
        }
        var next = 0
        for (index, job) in jobs.enumerated() {
            for node in next..<next + job.nodes where node < training { table.jobs[node] = Int32(index) }
            next += job.nodes
        }
        table.since = Array(repeating: now, count: total)
        table.heardAt = Array(repeating: now, count: total)
        table.power = Column(Array(repeating: 5000, count: total))
        table.powerLimit = Column(Array(repeating: 10_200, count: total))
        table.groups = [NodeGroup(name: "su01", range: 0..<total)]
        return table
    }

    /// The plan of a draft; nil when there can be none.
    func plan(
        _ draft: Draft, rails: RailSettings = RailSettings(), as decision: Int = 9, routes: [MoveRoute] = [.pools]
    ) -> PlanPreview? {
        let answer = Planner(rails: rails).preview(draft, as: DecisionID(decision), on: snapshot, routes: routes) {
            $0.map { order in "\(order.step.rawValue) \(order.node)" }
        }
        guard case .preview(let preview) = answer else { return nil }
        return preview
    }

    /// Why there can be no plan of a draft; nil when there is one.
    func impossible(_ draft: Draft) -> String? {
        guard
            case .impossible(let text) = Planner().preview(
                draft, as: DecisionID(9), on: snapshot, commands: { _ in [] })
        else { return nil }
        return text
    }

    /// A finished move of some nodes, for the past of a plant.
    func past(
        _ number: Int, _ nodes: [Int], from: Pool, to: Pool, finished ago: Double, measured: Bool = true,
        phase: MoveStatus.Phase = .done
    ) -> MoveStatus {
        let units = nodes.map { UnitMove(node: NodeID("n\($0)"), from: from, job: nil, phase: .done, step: .serve) }
        var move = MoveStatus(
            decision: DecisionID(number), by: "ops1", to: to, phase: phase, startedAt: now + Seconds(-ago - 200),
            units: units, reverses: nil,
            forecast: MoveForecast(ready: Seconds(130), readyP95: Seconds(200), lost: .zero, waitAfter: nil))
        move.finishedAt = now + Seconds(-ago)
        if measured { move.outcome = MoveForecast(ready: Seconds(150), readyP95: nil, lost: .zero, waitAfter: nil) }
        return move
    }
}
