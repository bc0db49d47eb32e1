// SPDX-License-Identifier: Apache-2.0

import Factory

/// Where nodes can come from: lots of like nodes, the cheapest first.
struct DonorGround {
    /// Nodes of one pool, and of one gang where they belong to one.
    struct Lot {
        var from: Pool
        var job: Int?
        var nodes: [Int]
        /// Most nodes of the lot that may be taken; shared by all lots of the same key.
        var limit = Int.max
        var limitKey: Int?
    }

    private let snapshot: FactorySnapshot
    private let settings: RailSettings
    /// Nodes a pool may give before its floor is reached.
    let allowance: [Pool: Int]
    private var free: [Pool: [Int]] = [:]
    private var gangs: [Int: [Int]] = [:]
    private var obstacles: [Pool: [String: Int]] = [:]

    init(_ snapshot: FactorySnapshot, _ settings: RailSettings, _ eligible: Eligibility) {
        self.snapshot = snapshot
        self.settings = settings
        var allowance: [Pool: Int] = [:]
        for state in snapshot.pools { allowance[state.pool] = max(0, state.nodes - settings.floor(of: state)) }
        self.allowance = allowance
        for index in snapshot.nodes.indices {
            guard let pool = snapshot.owner(of: index) else { continue }
            switch eligible.obstacle(index) {
            case .moving: obstacles[pool, default: [:]]["moving", default: 0] += 1
            case .coolingDown: obstacles[pool, default: [:]]["cooling down", default: 0] += 1
            case .abnormal, .busy, .silent: obstacles[pool, default: [:]]["not fit to move", default: 0] += 1
            case nil:
                free[pool, default: []].append(index)
                if pool == .training { gangs[snapshot.gang(of: index) ?? -1, default: []].append(index) }
            }
        }
    }

    /// The lots for a receiver, cheapest first: spares, elastic surplus, surplus of classes, then whole gangs by what they risk.
    func lots(for receiver: Pool, from donor: Pool?) -> [Lot] {
        var lots: [Lot] = []
        if receiver != .spare { lots += [Lot(from: .spare, nodes: free[.spare] ?? [])] }
        if receiver != .training { lots += [idle] + elastic }
        lots += classes(beyondSurplus: false, except: receiver)
        // Training asks nothing of itself, and who names a donor means it: there the rails judge what a surplus would forbid.
        if receiver == .training || donor?.servingClass != nil {
            lots += classes(beyondSurplus: true, except: receiver)
        }
        if receiver != .training { lots += wholeGangs }
        return lots.filter { $0.from != receiver && (donor == nil || $0.from == donor) }
    }

    /// Why there are fewer nodes than asked, in a sentence.
    func shortage(asked: Int, found: Int, for receiver: Pool, _ donor: Pool?) -> String {
        var parts: [String] = []
        for state in snapshot.pools where state.pool != receiver && (donor == nil || donor == state.pool) {
            let floor = settings.floor(of: state)
            let busy = obstacles[state.pool, default: [:]].sorted { $0.key < $1.key }
            let rest = busy.map { "\($0.value) \($0.key)" }
            guard state.nodes > 0 || !rest.isEmpty else { continue }
            let floorPart = "\(state.pool.shortName) has \(state.nodes), floor \(floor)"
            parts.append(([floorPart] + rest).joined(separator: ", "))
        }
        let reason = parts.isEmpty ? "no other pool has nodes" : parts.joined(separator: "; ")
        return found == 0 ? "no node can move: \(reason)" : "\(found) of \(asked) can move: \(reason)"
    }

    /// Nodes of training that no job has.
    private var idle: Lot {
        Lot(from: .training, nodes: (gangs[-1] ?? []).filter { snapshot.nodes.states[$0] == .spare })
    }

    private var elastic: [Lot] {
        let jobs = snapshot.jobs.indices.filter { index in
            let job = snapshot.jobs[index]
            return job.nodes > job.minNodes && gangs[index] != nil
        }
        // The youngest durable checkpoint first: what its failure would cost is least.
        let ages = jobs.map { index -> (Int, Double) in
            let job = snapshot.jobs[index]
            // Rollout workers lose nothing at all; who curates is missed as soon as the stock of clean data runs low.
            if job.kind == .curation { return (index, hasCleanData ? -1 : .infinity) }
            if job.givesFreely(1) { return (index, -2) }
            return (index, job.checkpointAt.map { (snapshot.at - $0).value } ?? .infinity)
        }
        return ages.sorted { ($0.1, $0.0) < ($1.1, $1.0) }.map { job, _ in
            let surplus = snapshot.jobs[job].nodes - snapshot.jobs[job].minNodes
            return Lot(from: .training, job: job, nodes: gangs[job] ?? [], limit: surplus, limitKey: job)
        }
    }

    /// Whether what is curated lasts for a while without those who curate.
    private var hasCleanData: Bool {
        let stock = snapshot.lifecycle?.stages.first { $0.kind == .curation }?.stock
        return (stock?.fill?.value ?? 0) > 0.5 && !snapshot.jobs.contains(where: \.isStarved)
    }

    private var wholeGangs: [Lot] {
        let risks = gangs.keys.map { job -> (Int, Double) in
            guard snapshot.jobs.indices.contains(job) else { return (job, .infinity) }
            return (job, snapshot.jobs[job].atRisk(at: snapshot.at)?.value ?? .greatestFiniteMagnitude)
        }
        return risks.sorted { ($0.1, $0.0) < ($1.1, $1.0) }.map { job, _ in
            Lot(from: .training, job: job >= 0 ? job : nil, nodes: gangs[job] ?? [])
        }
    }

    private func classes(beyondSurplus: Bool, except receiver: Pool) -> [Lot] {
        let slack = snapshot.classes.filter { $0.pool != receiver }.map { state in
            (state.pool, state.isHurt && !beyondSurplus ? 0 : Estimator(state, on: snapshot).surplus)
        }
        let sorted = slack.sorted { ($0.1 ?? Int.min, $1.0.shortName) > ($1.1 ?? Int.min, $0.0.shortName) }
        return sorted.compactMap { pool, surplus in
            // Those that serve nothing first, each kind in its order.
            let all = free[pool] ?? []
            let nodes =
                all.filter { snapshot.nodes.states[$0] == .spare } + all.filter { snapshot.nodes.states[$0] != .spare }
            if beyondSurplus { return Lot(from: pool, nodes: nodes) }
            guard let surplus, surplus > 0 else { return nil }
            // Keys below zero cannot be those of jobs.
            let key = -2 - (snapshot.pools.firstIndex { $0.pool == pool } ?? 0)
            return Lot(from: pool, nodes: nodes, limit: surplus, limitKey: key)
        }
    }
}

extension FactorySnapshot {
    /// The pool that a node's work belongs to; nil when no source says.
    func owner(of index: Int) -> Pool? {
        if index < nodes.pools.count, nodes.pools[index] != NodeTable.none, Int(nodes.pools[index]) < pools.count {
            return pools[Int(nodes.pools[index])].pool
        }
        guard index < nodes.states.count else { return nil }
        switch nodes.states[index] {
        case .spare: return .spare
        case .training, .checkpointing: return .training
        default: return nil
        }
    }

    /// Index of the job that a node works for.
    func gang(of index: Int) -> Int? {
        guard index < nodes.jobs.count, nodes.jobs[index] >= 0, Int(nodes.jobs[index]) < jobs.count else { return nil }
        return Int(nodes.jobs[index])
    }

    /// The job of an id.
    func job(_ id: JobID?) -> JobState? { id.flatMap { id in jobs.first { $0.id == id } } }
}
