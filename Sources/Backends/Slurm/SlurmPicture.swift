// SPDX-License-Identifier: Apache-2.0

import Factory
import SlurmText

/// What Slurm said, in the plant's own terms.
struct SlurmPicture: Sendable {
    private(set) var hosts: [HostFacts] = []
    private(set) var pools: [PoolState] = []
    let control: SlurmControl
    private(set) var gpusUsed: Int?
    private(set) var gpusInAll: Int?
    private let work: SlurmWork?
    private let writer: String?
    private let at: PlantTime

    /// - Parameters:
    ///   - work: nil: the queue has not been read yet.
    ///   - control: which partition is for what.
    ///   - writer: whose moves are told here; nil: nothing moves nodes, and all moves are alike.
    ///   - at: when the nodes were looked at.
    init(
        _ cluster: SlurmCluster, _ work: SlurmWork?, control: SlurmControl, writer: String? = nil, at: PlantTime
    ) {
        self.at = at
        self.writer = writer
        self.control = control
        self.work = work
        let shared = Dictionary(cluster.nodes.map { ($0.address ?? $0.name, 1) }, uniquingKeysWith: +)
        for node in cluster.nodes {
            hosts.append(
                host(node, work?.holders[node.name] ?? [], isAlone: shared[node.address ?? node.name] == 1, cluster))
        }
        gpusInAll = Self.sum(cluster.nodes.map(\.gpus))
        gpusUsed = Self.sum(cluster.nodes.map(\.gpusAllocated))
        addPools(cluster)
    }

    private static func sum(_ counts: [Int?]) -> Int? {
        let known = counts.compactMap(\.self)
        return known.count == counts.count ? known.reduce(0, +) : nil
    }

    // MARK: Nodes

    private func host(
        _ node: SlurmNode, _ holders: [HostAllocation.Holder], isAlone: Bool, _ cluster: SlurmCluster
    ) -> HostFacts {
        // An address that several have joins nothing.
        var facts = HostFacts(
            name: node.name, address: isAlone ? node.address ?? node.name : node.name, exporter: "slurm", at: at)
        if let load = node.cpuLoad, let cpus = node.cpus, cpus > 0 { facts.cpu = min(1, load / Double(cpus)) }
        // What the kernel has free says little: its caches take the rest.
        if let memory = node.memory, let allocated = node.memoryAllocated, memory > 0 {
            facts.memory = max(0, min(1, Double(allocated) / Double(memory)))
        }
        var allocation = HostAllocation(state: state(of: node), words: node.state.description)
        allocation.partitions = node.partitions
        let homes = node.partitions.filter { control.role(of: $0) != nil }
        allocation.home = homes.count == 1 ? homes[0] : nil
        allocation.features = node.features
        allocation.cpus = node.cpus
        allocation.pool = pool(of: node)
        allocation.holders = holders
        allocation.gpus = node.gpus
        allocation.gpusAllocated = node.gpusAllocated
        allocation.heldGPUs = node.gpusAllocated == 0 ? [] : node.gpuIndexes
        allocation.condition = condition(of: node, cluster)
        if node.state.flags.contains(.drain) || node.state.isDown {
            allocation.since = node.reasonAt.map(PlantTime.init(epoch:))
        }
        facts.allocation = allocation
        return facts
    }

    func pool(of node: SlurmNode) -> Pool? {
        switch control.role(of: node.partitions) {
        case .training: .training
        case .inference(let name): .inference(ServingClass(name))
        case nil: nil
        }
    }

    private func state(of node: SlurmNode) -> NodeState {
        let state = node.state
        if state.isDown { return .failed }
        // A drain of a move is on its way to somewhere; anybody else's node works until it is free, and then is out of use.
        if node.mark != nil { return state.hasWork ? .draining : .cordoned }
        if state.hasWork {
            switch control.role(of: node.partitions) {
            case .training: return .training
            case .inference: return .serving
            // Whose work it is, the operator has not said.
            case nil: return .unknown
            }
        }
        if state.takesWork { return .spare }
        return state.isHeard ? .out : .unknown
    }

    private func condition(of node: SlurmNode, _ cluster: SlurmCluster) -> NodeCondition? {
        let state = node.state
        let since = node.reasonAt.map(PlantTime.init(epoch:)) ?? at
        let owner = node.reasonOwner.map { " by \($0)" } ?? ""
        let reason = node.reason.map { ": \(SlurmWork.line($0))" } ?? ""
        if state.isDown {
            return NodeCondition(
                kind: .failed, text: "\(state.base == .down ? "down" : "failed")\(reason)\(owner)", since: since)
        }
        if state.flags.contains(.drain) {
            let word = state.hasWork ? "draining" : "drained"
            guard let mark = node.mark else {
                return NodeCondition(kind: .suspect, text: "\(word)\(owner)\(reason)", since: since)
            }
            let words = "\(word) for \(mark.decision), \(mark.from) -> \(mark.to)"
            guard let writer, writer != mark.writer else {
                return NodeCondition(kind: .moving, text: words, since: since)
            }
            // Whether that one is at it, nobody here can tell: somebody has to look.
            return NodeCondition(
                kind: .suspect, text: "\(words), by another tokenworks (\(mark.writer))", since: since)
        }
        if state.flags.contains(.notResponding) {
            return NodeCondition(kind: .suspect, text: "does not respond to slurmctld", since: at)
        }
        if state.flags.contains(.maintenance) {
            let names = cluster.reservations.filter { $0.nodes.names.contains(node.name) && $0.isActive(at: at.epoch) }
            let words = names.first.map { ", reservation \($0.name)" } ?? ""
            return NodeCondition(kind: .suspect, text: "in maintenance\(words)", since: at)
        }
        let power: Set<SlurmNodeState.Flag> = [
            .poweredDown, .poweringDown, .poweringUp, .powerDown, .rebootIssued, .rebootRequested,
        ]
        if let flag = state.flags.intersection(power).map(\.rawValue).min() {
            let words = flag.lowercased().split(separator: "_").joined(separator: " ")
            return NodeCondition(kind: .suspect, text: words, since: at)
        }
        return nil
    }

    // MARK: Pools

    private mutating func addPools(_ cluster: SlurmCluster) {
        let present = Set(cluster.partitions.map(\.name))
        let serving = Set(control.inference).intersection(present).sorted()
        var wanted = serving.map { Pool.inference(ServingClass($0)) }
        if !present.isDisjoint(with: control.training) { wanted.append(.training) }
        for pool in wanted {
            var state = PoolState(pool)
            let mine = hosts.compactMap(\.allocation).filter { $0.pool == pool }
            let standing = mine.filter { [.serving, .training, .spare].contains($0.state) }
            state.nodes = standing.count
            state.gpus = Self.sum(standing.map(\.gpus)) ?? 0
            pools.append(state)
        }
    }

    var jobs: [JobState] { work?.jobs ?? [] }
    var queued: [String: Int] { work?.queued ?? [:] }

    /// What training asks for; nil before the queue has been read.
    ///
    /// - Parameter age: how old the queue is; nil: fresh.
    func demand(at now: PlantTime, age: Seconds?) -> TrainingDemand? {
        guard let work else { return nil }
        var demand = TrainingDemand(
            pendingJobs: work.training.pending, askedGPUs: work.training.asked, oldest: work.training.wait(at: now),
            oldestJob: work.training.oldest?.id ?? "", oldestReason: work.training.oldest?.reason ?? "")
        demand.running = work.training.running
        // As the pools are: without partitions that this cluster does not have.
        demand.serving = pools.compactMap { state in
            state.pool.servingClass.flatMap { work.serving[$0.name] }.map { serving in
                ServingDemand(
                    pool: state.pool, pendingJobs: serving.pending, running: serving.running, askedGPUs: serving.asked,
                    oldest: serving.wait(at: now), oldestJob: serving.oldest?.id ?? "",
                    oldestReason: serving.oldest?.reason ?? "")
            }
        }
        (demand.gpusUsed, demand.gpusInAll) = (gpusUsed, gpusInAll)
        demand.age = age
        return demand
    }

    /// Which node belongs where and is at work: what a plan is made on.
    var standing: [String] {
        hosts.map { facts in
            let allocation = facts.allocation
            let isStanding = [.serving, .training, .spare].contains(allocation?.state)
            return "\(facts.name ?? "") \(allocation?.pool?.description ?? "-") \(isStanding)"
        }
    }
}
