// SPDX-License-Identifier: Apache-2.0

import Factory

/// Small plants with known numbers.
enum SampleSnapshot {
    static let at = PlantTime(epoch: 1_767_571_200)

    /// Twelve nodes of a simulation, every line of the ledger at least once.
    static var simulated: FactorySnapshot {
        var snapshot = plant(
            .simulated(speed: 30, demandScale: 1, seed: 1),
            states: [
                .serving, .serving, .draining, .loading, .warming, .canary, .training, .checkpointing, .restarting,
                .spare, .spare, .failed,
            ])
        snapshot.revision = AllocationRevision(42)
        snapshot.training = TrainingDemand(
            pendingJobs: 5, askedGPUs: 168, oldest: nil, oldestJob: "", oldestReason: "")
        snapshot.pools = [
            serving("chat", waiting: 3, prefill: 1200.5, decode: 800.25),
            serving("think", waiting: 4, prefill: 100, decode: 50), PoolState(.training), PoolState(.spare),
        ]
        return snapshot
    }

    /// Hosts that only exporters describe, and one that does not answer.
    static var hosts: FactorySnapshot {
        var snapshot = plant(.live, states: [.unknown, .unknown, .unknown])
        snapshot.sources = [
            SourceStatus(
                name: "scrape", answeredAt: at, targets: 4, targetsUp: 3,
                dead: [DeadTarget(name: "http://b/", reason: "refused\u{1B}[31m", lastSeen: nil)])
        ]
        return snapshot
    }

    static func plant(_ kind: PlantKind, states: [NodeState]) -> FactorySnapshot {
        var snapshot = FactorySnapshot(plant: "p", kind: kind, at: at)
        snapshot.nodes.ids = states.indices.map { NodeID("n\($0)") }
        snapshot.nodes.states = states
        snapshot.ledger = Ledger(counting: states)
        return snapshot
    }

    static func serving(_ name: String, waiting: Double, prefill: Double, decode: Double) -> PoolState {
        var pool = PoolState(.inference(ServingClass(name)))
        pool.waiting = .fresh(Count(waiting))
        pool.prefill = .fresh(TokensPerSecond(prefill))
        pool.decode = .fresh(TokensPerSecond(decode))
        return pool
    }
}
