// SPDX-License-Identifier: Apache-2.0

import Factory
import SlurmText

/// A move as an administrator would type it, one unit after the other: the lists of the second know of the first.
struct SlurmScript {
    private let control: SlurmControl
    private let places: SlurmPlaces
    private let memory: SlurmMemory
    private let isIncremental: Bool
    private var lists: [String: [String]]
    private let unwell: [String: SlurmNode]
    private let known: Set<String>?
    /// Lines about jobs that stand above already.
    private var said: Set<String> = []

    /// - Parameters:
    ///   - unwell: every node that is drained or down.
    ///   - known: every node that Slurm has; nil: nobody has looked.
    init(
        _ control: SlurmControl, partitions: [SlurmPartition], unwell: [String: SlurmNode] = [:],
        known: Set<String>? = nil, memory: SlurmMemory, isIncremental: Bool
    ) {
        self.unwell = unwell
        self.known = known
        self.control = control
        self.memory = memory
        self.isIncremental = isIncremental
        places = SlurmPlaces(control, memory)
        lists = Dictionary(partitions.map { ($0.name, $0.nodes.names) }, uniquingKeysWith: { first, _ in first })
    }

    mutating func lines(for order: StepOrder) -> [String] {
        guard let mark = mark(for: order) else { return [] }
        let node = order.node.name
        switch order.step {
        case .cordon: return [line(.drain(node: node, mark))]
        case .drain:
            return ["squeue -w \(node)  # until it lists nothing, and scontrol show node \(node) says IDLE+DRAIN"]
        case .checkpoint:
            guard let signal = control.signal else { return [] }
            let grace = Int(control.grace)
            return told(order) { .signal(job: $0, name: signal) }.map { "\($0)  # then \(grace) s" }
        case .release: return told(order) { .requeue(job: $0) }.map { "\($0)  # LOSS" }
        case .join, .load: return move(node, from: mark.from, to: mark.to)
        case .restart, .serve: return [line(.resume(node: node))]
        case .restore: return restore(node, mark)
        case .unload, .warm, .canary, .park: return []
        }
    }

    /// A line for each job that the plan names, once: it stops on all its nodes.
    private mutating func told(_ order: StepOrder, _ write: (String) -> SlurmWrite) -> [String] {
        let new = order.confirmed.map { line(write($0.name)) }.filter { !said.contains($0) }
        said.formUnion(new)
        return new
    }

    private func mark(for order: StepOrder) -> SlurmMark? {
        let node = order.node.name
        if let mark = memory.journey(of: node), mark.decision == order.decision { return mark }
        let from = places.partitions(of: order.from).first { lists[$0]?.contains(node) ?? false }
        guard let from = from ?? places.partitions(of: order.from).first,
            let to = places.destination(of: node, in: order.to)
        else { return nil }
        return SlurmMark(order.decision, from: from, to: to, writer: memory.writer)
    }

    /// Back into the one list and out of the other, under a drain; then only what is ours is lifted.
    mutating func restore(_ node: String, _ mark: SlurmMark) -> [String] {
        var lists = move(node, from: mark.to, to: mark.from)
        if !lists.isEmpty {
            // Jobs of the two partitions must not meet on it. Of a node that is not drained nobody knows what begins there
            // before the lines are typed.
            if unwell[node]?.state.hasWork ?? true {
                lists.insert("squeue -w \(node)  # until it lists nothing", at: 0)
            }
            if unwell[node] == nil { lists.insert(line(.drain(node: node, mark)), at: 0) }
        }
        // In both partitions it would get the jobs of both.
        if self.lists[mark.to]?.contains(node) == true {
            return lists + [
                "# \(node) is the last node of \(mark.to): give \(mark.to) another one first, then take it out"
            ]
        }
        if let known, !known.contains(node) {
            return ["# Slurm does not know \(node): once it does, resume it if its reason is still '\(mark)'"]
        }
        guard let found = unwell[node] else {
            // It is not drained: where its lists are right there is nothing to undo.
            return lists.isEmpty ? [] : lists + [line(.resume(node: node))]
        }
        if found.state.isDown { return lists + ["# \(node) is \(found.state): repair it before it is resumed"] }
        guard found.mark == mark else {
            let who = found.reasonOwner ?? "somebody"
            return lists + ["# \(node) is drained by \(who): '\(found.reason ?? "no reason given")': theirs to resume"]
        }
        return lists + [line(.resume(node: node))]
    }

    private mutating func move(_ node: String, from: String, to: String) -> [String] {
        var lines: [String] = []
        if let list = lists[from], list.contains(node) {
            let rest = list.filter { $0 != node }
            // No line that would empty a partition is ever shown: somebody would type it.
            if !rest.isEmpty {
                lists[from] = rest
                lines.append(line(.remove(node: node, partition: from, list: Hostlist(rest))))
            }
        }
        if let list = lists[to], !list.contains(node) {
            lists[to] = list + [node]
            lines.append(line(.add(node: node, partition: to, list: Hostlist(list + [node]))))
        }
        return lines
    }

    private func line(_ write: SlurmWrite) -> String { write.line(isIncremental: isIncremental) }
}
