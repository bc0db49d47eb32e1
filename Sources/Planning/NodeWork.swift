// SPDX-License-Identifier: Apache-2.0

import Factory

/// Which jobs have the nodes of a scheduler, each with what it would lose if it were put back.
struct NodeWork {
    let snapshot: FactorySnapshot
    private let places: [NodeID: Int]
    private let numbers: [JobID: Int]

    init(_ snapshot: FactorySnapshot) {
        self.snapshot = snapshot
        places = Dictionary(snapshot.nodes.ids.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        numbers = Dictionary(snapshot.jobs.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The jobs that stop when what is on some nodes is put back: those that have a part of them, and what belongs to these.
    ///
    /// - Parameter counted: jobs whose loss another part of the plan counts; those of the answer are added.
    func jobs(on taken: Taken, counted: inout Set<JobID>) -> [JobAtStake] {
        var holders = taken.job.map { [Holder(id: $0, owner: taken.owner)] } ?? []
        for node in taken.nodes { holders += self.holders(of: node).filter { !holders.contains($0) } }
        for mate in holders.flatMap({ mates(of: $0.id) }) where !holders.contains(where: { $0.id == mate.id }) {
            holders.append(mate)
        }
        var seen: Set<JobID> = []
        return holders.filter { seen.insert($0.id).inserted }.map { holder in
            var stake = stake(of: holder)
            if !counted.insert(holder.id).inserted { stake.lost = .zero }
            return stake
        }
    }

    /// Jobs on the nodes that a confirmed plan does not name, each with its node.
    func strays(of taken: Taken) -> [(job: JobID, owner: String, node: NodeID)] {
        let named = Set(taken.confirmed ?? [])
        return taken.nodes.flatMap { node in
            holders(of: node).filter { !named.contains($0.id) }.map { ($0.id, $0.owner, node) }
        }
    }

    /// What jobs that run would lose now, each counted once; nil: one of them is not known.
    func unsaved(_ jobs: [JobID], counted: inout Set<JobID>) -> GPUHours? {
        let known = jobs.compactMap { numbers[$0] }.map { snapshot.jobs[$0] }
        guard known.count == jobs.count else { return nil }
        return known.filter { counted.insert($0.id).inserted && $0.phase != .pending }.reduce(.zero) {
            $0 + unsaved($1)
        }
    }

    private struct Holder: Hashable {
        var id: JobID
        var owner: String
    }

    private func holders(of node: NodeID) -> [Holder] {
        guard let place = places[node] else { return [] }
        if let allocation = snapshot.allocation(of: place) {
            return allocation.holders.map { Holder(id: $0.job, owner: $0.owner) }
        }
        return snapshot.gang(of: place).map { [Holder(id: snapshot.jobs[$0].id, owner: snapshot.jobs[$0].owner)] } ?? []
    }

    /// The other parts of a job of several, wherever they run.
    private func mates(of id: JobID) -> [Holder] {
        guard id.whole.count < id.name.count else { return [] }
        return snapshot.jobs.filter { $0.phase != .pending && $0.id != id && $0.id.whole == id.whole }.map {
            Holder(id: $0.id, owner: $0.owner)
        }
    }

    private func stake(of holder: Holder) -> JobAtStake {
        guard let job = numbers[holder.id].map({ snapshot.jobs[$0] }) else {
            return JobAtStake(id: holder.id, name: "", owner: holder.owner)
        }
        return JobAtStake(
            id: job.id, name: job.name, owner: job.owner, account: job.account, nodes: job.nodes, lost: unsaved(job),
            savedAt: job.checkpointAt, ends: job.remaining.known.map { snapshot.at + $0 })
    }

    /// Where no source knows of a checkpoint, all that the job has done since it began.
    private func unsaved(_ job: JobState) -> GPUHours {
        job.atRisk(at: snapshot.at)
            ?? GPUHours(Double(job.nodes * job.gpusPerNode) * max(0, (snapshot.at - job.since).value) / 3600)
    }
}

extension FactorySnapshot {
    /// What a scheduler says of a node; nil: none speaks of it.
    func allocation(of index: Int) -> HostAllocation? {
        provenance.hosts(of: index).lazy.compactMap(\.allocation).first
    }
}
