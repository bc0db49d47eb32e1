// SPDX-License-Identifier: Apache-2.0

import Factory

/// A scheduler's partitions and the nodes in them, before a move and after it.
struct PartitionField {
    /// What an idle node still has.
    struct Room {
        var name: String
        var gpus: Int
        /// nil: not known.
        var cpus: Int?
        var features: [String]
        var isTouched = false

        func holds(_ gpus: Int, _ cpus: Int, _ wants: JobWants) -> Bool {
            // What cannot be judged is no room.
            gpus <= self.gpus && cpus <= self.cpus ?? .max && wants.isSatisfied(by: features) == true
                && !(wants.isExclusive && isTouched)
        }

        mutating func take(_ gpus: Int, _ cpus: Int, alone: Bool) {
            self.gpus = alone ? -1 : self.gpus - gpus
            self.cpus = self.cpus.map { $0 - cpus }
            isTouched = true
        }
    }

    private struct Node {
        var name: String
        var allocation: HostAllocation
        var isIdle: Bool
        /// The scheduler starts jobs on it, as soon as those that run there leave room.
        var isInUse: Bool { allocation.condition == nil && ![.failed, .out].contains(allocation.state) }
    }

    private var nodes: [Int: Node] = [:]
    private var before: [String: Set<Int>] = [:]
    private var after: [String: Set<Int>] = [:]

    init(_ snapshot: FactorySnapshot) {
        for index in snapshot.nodes.indices {
            guard let facts = snapshot.provenance.hosts(of: index).first(where: { $0.allocation != nil }),
                let allocation = facts.allocation
            else { continue }
            let isIdle = snapshot.nodes.states[index] == .spare && snapshot.nodes.conditions[index] == nil
            nodes[index] = Node(
                name: facts.name ?? snapshot.nodes.ids[index].name, allocation: allocation, isIdle: isIdle)
            for partition in allocation.partitions { before[partition, default: []].insert(index) }
        }
        after = before
    }

    /// The partitions that stand for a pool.
    func homes(of pool: Pool) -> Set<String> {
        if let serving = pool.servingClass { return [serving.name] }
        return Set(nodes.values.filter { $0.allocation.pool == pool }.compactMap(\.allocation.home))
    }

    /// - Parameter partitions: where it may come to be: in one of them.
    mutating func move(_ index: Int, to partitions: Set<String>) {
        guard let home = nodes[index]?.allocation.home else { return }
        after[home]?.remove(index)
        for partition in partitions { after[partition, default: []].insert(index) }
    }

    /// Nodes of a partition before the move.
    func size(of partition: String) -> Int { before[partition]?.count ?? 0 }

    /// The partitions that lose a node.
    var losing: [String] { before.filter { !$1.isSubset(of: after[$0] ?? []) }.keys.sorted() }

    /// The nodes on which nothing runs, or that come empty.
    ///
    /// - Parameter except: nodes that are not counted.
    func idle(in partition: String, after isAfter: Bool, except: Set<Int>) -> [Room] {
        let list = (isAfter ? after : before)[partition] ?? []
        return list.subtracting(except).sorted().compactMap { index in
            guard let node = nodes[index], node.isIdle || !(before[partition]?.contains(index) ?? false) else {
                return nil
            }
            return Room(
                name: node.name, gpus: node.allocation.gpus ?? 0, cpus: node.allocation.cpus,
                features: node.allocation.features ?? [])
        }
    }

    /// Why a job that is put back could not start again in a partition after the move: what could not start there at all, and
    /// what has too few nodes there that the scheduler uses now. nil: it could, as far as anybody knows.
    func obstacle(again job: JobState, in partition: String) -> String? {
        if let never = obstacle(job, in: partition, after: true) { return never }
        guard let places = after[partition], job.wants != nil else { return nil }
        let inUse = places.count { nodes[$0]?.isInUse ?? true }
        let size = max(1, job.minNodes)
        guard inUse < size else { return nil }
        return "has \(Words.count(size, "node")), \(partition) keeps \(places.count), \(inUse) of them in use"
    }

    /// Why a job could not start in a partition, even if nothing else ran there; nil: it could, as far as anybody knows.
    func obstacle(_ job: JobState, in partition: String, after isAfter: Bool = false) -> String? {
        guard let wants = job.wants else { return nil }
        let places = (isAfter ? after : before)[partition] ?? []
        let size = max(1, job.minNodes)
        guard places.count < size || !wants.nodes.isEmpty || wants.features != nil else { return nil }
        let list = places.compactMap { nodes[$0] }
        let names = wants.nodes.isEmpty ? [] : Set(list.map(\.name))
        let missing = wants.nodes.filter { !names.contains($0) }
        if !missing.isEmpty { return "asks for \(Words.names(missing)) by name (-w)" }
        let keeps = "\(partition) keeps \(list.count)"
        if list.count < size {
            return "\(job.phase == .pending ? "asks for" : "has") \(Words.count(size, "node")), \(keeps)"
        }
        guard wants.features != nil else { return nil }
        let fitting = list.count { wants.isSatisfied(by: $0.allocation.features ?? []) ?? true }
        guard fitting < size else { return nil }
        return "asks for \(Words.count(size, "node")) with \(wants.features ?? "") (-C), \(partition) keeps \(fitting)"
    }
}
