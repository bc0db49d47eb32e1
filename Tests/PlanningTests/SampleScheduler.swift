// SPDX-License-Identifier: Apache-2.0

import Factory

/// What a scheduler says of the sample plant.
extension SamplePlant {
    static let routes: [MoveRoute] = [.drain, .requeue]

    /// Without a pool of spares; nodes 0 and 8 of training are idle.
    static var scheduled: SamplePlant {
        var plant = SamplePlant(spare: 0)
        plant.changed = { snapshot in
            snapshot.pools.removeAll { $0.pool == .spare }
            for node in [0, 8] { (snapshot.nodes.states[node], snapshot.nodes.jobs[node]) = (.spare, -1) }
        }
        return plant
    }

    /// Some jobs more, which wait in the scheduler's order.
    static func wait(_ jobs: [(String, Int, JobWants)], _ snapshot: inout FactorySnapshot) {
        for (id, nodes, wants) in jobs {
            var job = JobState(
                id: JobID(id), name: "w", owner: "eve", phase: .pending, nodes: 0, minNodes: nodes, maxNodes: nodes,
                gpusPerNode: 8, since: snapshot.at)
            job.wants = wants
            snapshot.jobs.append(job)
        }
    }

    static func wants(
        _ partition: String, gpus: Int?, reason: String = "Resources", _ change: (inout JobWants) -> Void = { _ in }
    ) -> JobWants {
        var wants = JobWants(partitions: [partition])
        (wants.gpus, wants.reason, wants.cpus) = (gpus, reason, 1)
        change(&wants)
        return wants
    }

    /// Has a scheduler say what it would of the plant: each node in its pool's partition, with its job.
    static func describe(
        _ snapshot: inout FactorySnapshot, _ change: (Int, inout HostAllocation) -> Void = { _, _ in }
    ) {
        var words: [Int: [HostFacts]] = [:]
        for index in snapshot.nodes.indices {
            var allocation = HostAllocation(state: snapshot.nodes.states[index], words: "")
            let pool = snapshot.pools[min(Int(snapshot.nodes.pools[index]), snapshot.pools.count - 1)].pool
            allocation.pool = pool
            allocation.home = pool.servingClass?.name ?? "train"
            allocation.partitions = [allocation.home ?? ""]
            (allocation.gpus, allocation.cpus, allocation.features) = (8, 64, [])
            let job = snapshot.nodes.jobs[index]
            if job >= 0 {
                allocation.holders = [.init(job: snapshot.jobs[Int(job)].id, owner: snapshot.jobs[Int(job)].owner)]
            }
            change(index, &allocation)
            var facts = HostFacts(
                name: snapshot.nodes.ids[index].name, address: "", exporter: "slurm", at: snapshot.at)
            facts.allocation = allocation
            words[index] = [facts]
        }
        snapshot.provenance.set(hosts: words, nodes: snapshot.nodes.count)
        snapshot.queued = ["train": 0, "think": 0]
        for job in snapshot.jobs where job.phase == .pending {
            for partition in job.wants?.partitions ?? [] { snapshot.queued[partition]? += job.wants?.tasks ?? 1 }
        }
    }
}
