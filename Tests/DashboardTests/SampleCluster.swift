// SPDX-License-Identifier: Apache-2.0

import Factory

/// What a Slurm cluster says of itself, without telemetry: 16 nodes, of which ten train and six serve, and its queue.
struct SampleCluster {
    static let serve = Pool.inference(ServingClass("serve"))
    private static let now = SampleFactory.now

    /// Jobs that wait for the serving partition.
    var waiting = 2
    /// node001 drains for a move, and waits for the gang on it.
    var isMoving = true

    static func snapshot() -> FactorySnapshot { SampleCluster().snapshot() }

    func snapshot() -> FactorySnapshot {
        var observation = Observation(
            source: SourceStatus(name: "slurm", answeredAt: Self.now, targets: 1, targetsUp: 1), at: Self.now,
            interval: Seconds(3), kind: .live)
        observation.hosts = (1...16).map(host)
        observation.pools = [pool(Self.serve, 5), pool(.training, 9)]
        observation.jobs = jobs
        var demand = TrainingDemand(
            pendingJobs: 3, askedGPUs: 40, oldest: Seconds(8000), oldestJob: "4821_7", oldestReason: "Resources")
        demand.running = 1
        demand.serving = [
            ServingDemand(
                pool: Self.serve, pendingJobs: waiting, running: 1, askedGPUs: waiting * 8, oldest: Seconds(700),
                oldestJob: "4830", oldestReason: "Priority")
        ]
        observation.training = demand
        observation.revision = AllocationRevision(4)
        var fold = Fold(plant: "rig")
        var snapshot = fold.fold([observation])
        snapshot.mode = .manual
        if isMoving { snapshot.moves = [move] }
        return snapshot
    }

    private func pool(_ pool: Pool, _ nodes: Int) -> PoolState {
        var state = PoolState(pool)
        (state.nodes, state.gpus, state.floor) = (nodes, nodes * 8, 1)
        return state
    }

    private func host(_ number: Int) -> HostFacts {
        let name = "node0\(number < 10 ? "0" : "")\(number)"
        var facts = HostFacts(name: name, address: name, exporter: "slurm", at: Self.now)
        (facts.cpu, facts.memory) = (number <= 4 ? 0.82 : 0.01, 0.25)
        let works = number <= 4 || number == 11
        let trains = number <= 10
        var allocation = HostAllocation(
            state: works ? (trains ? .training : .serving) : .spare, words: works ? "ALLOCATED" : "IDLE")
        allocation.pool = trains ? .training : Self.serve
        allocation.partitions = [trains ? "train" : "serve"]
        (allocation.gpus, allocation.gpusAllocated) = (8, works ? (trains ? 8 : 4) : 0)
        if works {
            let (job, owner) = trains ? ("4711", "eve") : ("4712", "bob")
            allocation.holders = [HostAllocation.Holder(job: JobID(job), owner: owner)]
        }
        if number == 11 { allocation.heldGPUs = [0, 1, 2, 5] }
        if isMoving, number == 1 {
            (allocation.state, allocation.words) = (.draining, "ALLOCATED+DRAIN")
            allocation.condition = NodeCondition(
                kind: .moving, text: "draining for d-12, train -> serve", since: Self.now + Seconds(-60))
        }
        if number == 12 {
            (allocation.state, allocation.words) = (.out, "IDLE+DRAIN")
            allocation.condition = NodeCondition(
                kind: .suspect, text: "drained by root: bad fan on psu 2", since: Self.now + Seconds(-9000))
        }
        facts.allocation = allocation
        return facts
    }

    private var jobs: [JobState] {
        var gang = job("4711", "pretrain-7b", "eve", nodes: 4)
        gang.remaining = .fresh(Seconds(11_700))
        var server = job("4712", "vllm-chat", "bob", nodes: 1)
        server.remaining = .missing
        return [gang, server]
            + [
                ("4821_[7-8]", "sweep", "mallory", "Resources, starts in 1h10m"),
                ("4822", "ablation", "eve", "QOSMaxGRESPerUser"), ("4830", "vllm-code", "bob", "Priority"),
                ("4831", "vllm-big", "bob", "ReqNodeNotAvail -w node012 -C h100"),
            ].map { id, name, owner, why in
                var job = job(id, name, owner, nodes: 1, isPending: true)
                job.reason = why
                return job
            }
    }

    private func job(_ id: String, _ name: String, _ owner: String, nodes: Int, isPending: Bool = false) -> JobState {
        JobState(
            id: JobID(id), name: name, owner: owner, phase: isPending ? .pending : .running,
            nodes: isPending ? 0 : nodes,
            minNodes: nodes, maxNodes: nodes, gpusPerNode: 8, since: Self.now + Seconds(-700))
    }

    private var move: MoveStatus {
        var unit = UnitMove(
            node: NodeID("node001"), from: .training, job: JobID("4711"), phase: .running, step: .drain,
            remaining: Seconds(11_700))
        unit.route = .drain
        return MoveStatus(
            decision: DecisionID(12), by: "ops1", to: Self.serve, phase: .running, startedAt: Self.now + Seconds(-60),
            units: [unit], reverses: nil,
            forecast: MoveForecast(ready: Seconds(11_800), readyP95: nil, lost: GPUHours(0), waitAfter: nil))
    }
}
