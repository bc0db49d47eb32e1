// SPDX-License-Identifier: Apache-2.0

/// What a scheduler says of one host: what it is for, who has it, and what is the matter with it.
package struct HostAllocation: Sendable, Codable, Equatable {
    package struct Holder: Sendable, Codable, Equatable {
        package var job: JobID
        package var owner: String
        package init(job: JobID, owner: String) {
            self.job = job
            self.owner = owner
        }
    }

    package var state: NodeState
    /// The scheduler's own words: `IDLE+DRAIN`.
    package var words: String
    /// Since when, where the scheduler says.
    package var since: PlantTime?
    /// nil: its partitions are neither for training nor for inference, or for both.
    package var pool: Pool?
    package var partitions: [String] = []
    /// The one of them that makes it its pool's, which a move takes it out of; nil: none, or several.
    package var home: String?
    package var features: [String]?
    package var cpus: Int?
    /// The jobs that run on it; the one with most GPUs first.
    package var holders: [Holder] = []
    package var condition: NodeCondition?
    /// nil: not known.
    package var gpus: Int?
    package var gpusAllocated: Int?
    /// Which of them, by their place in the host; nil: the scheduler does not say.
    package var heldGPUs: Set<Int>?

    package init(state: NodeState, words: String) {
        self.state = state
        self.words = words
    }

    /// Who has a GPU, for people; nil: nobody, or nobody knows.
    func holder(of gpu: GPUFacts) -> (name: String, owner: String?)? {
        guard let gpusAllocated, gpusAllocated > 0, let first = holders.first else { return nil }
        guard gpusAllocated == gpus || heldGPUs.flatMap({ held in gpu.index.map(held.contains) }) == true else {
            return nil
        }
        return holders.count == 1 ? (first.job.name, first.owner) : ("\(holders.count) jobs", nil)
    }
}

/// Puts a scheduler's word on hosts into the table that exporters have filled.
struct AllocationFold {
    let pools: [PoolState]
    let jobs: [JobState]

    func apply(_ facts: [HostFacts], _ join: HostJoin, to nodes: inout NodeTable) {
        guard facts.contains(where: { $0.allocation != nil }) else { return }
        var numbers: [JobID: Int32] = [:]
        for (number, job) in jobs.enumerated() { numbers[job.id] = Int32(number) }
        for (host, machine) in join.hosts.enumerated() {
            guard let allocation = machine.facts.lazy.compactMap({ facts[$0].allocation }).first else { continue }
            // A broken machine stays one, whatever still runs on it.
            if nodes.states[host] != .failed { nodes.states[host] = allocation.state }
            if let since = allocation.since { nodes.since[host] = since }
            if let pool = allocation.pool, let place = pools.firstIndex(where: { $0.pool == pool }) {
                nodes.pools[host] = UInt8(exactly: place) ?? NodeTable.none
            }
            if let job = allocation.holders.lazy.compactMap({ numbers[$0.job] }).first { nodes.jobs[host] = job }
            guard let condition = allocation.condition else { continue }
            let other = nodes.conditions[host]
            if other.map({ condition.kind < $0.kind }) ?? true { nodes.conditions[host] = condition }
        }
    }
}
