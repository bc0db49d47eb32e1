// SPDX-License-Identifier: Apache-2.0

import Backends
import Factory
import SlurmText
import Synchronization

/// Slurm's rules for nodes and partitions, as they were tried on a real one, in memory: for the hundreds of crashes that a
/// real one would take hours for. `test_slurm_moves.py` has the real one.
actor PaperSlurm: SlurmHand {
    private(set) var nodes: [String: SlurmNode] = [:]
    private(set) var lists: [String: [String]]
    private(set) var jobs: [SlurmJob] = []
    private(set) var written: [String] = []
    var isIncremental = false
    var now = 1000.0
    /// Calls until the next one fails; what is asked for is done all the same where `isDone`.
    var failsAfter: Int?
    var isDone = true

    init(_ lists: [String: [String]]) {
        self.lists = lists
        for name in lists.values.joined() { nodes[name] = SlurmNode(name: name, state: SlurmNodeState(.idle)) }
    }

    func set(_ change: @Sendable (isolated PaperSlurm) -> Void) { change(self) }

    /// Who looks waits for this.
    var gate: AsyncStream<Never>?

    /// The lists as they were, for looks that need not be fresh.
    var older: [String: [String]]?

    func look(at node: NodeID, for step: MoveStep, isFresh: Bool) async throws(ActuatorError) -> SlurmFacts {
        try count(false)
        if let gate { for await _ in gate {} }
        let lists = isFresh ? lists : older ?? lists
        let partitions = lists.keys.sorted().map { SlurmPartition(name: $0, nodes: Hostlist(lists[$0] ?? [])) }
        var facts = SlurmFacts(
            name: node.name, node: nodes[node.name], partitions: partitions,
            jobs: jobs.filter { $0.nodes.names.contains(node.name) }, reservations: [], now: now)
        if [.cordon, .join, .load].contains(step) { facts.marks = nodes.compactMapValues(\.mark) }
        return facts
    }

    func unrequeueable(_ jobs: [SlurmJob]) -> Set<String> { Set(jobs.filter { $0.name == "no-requeue" }.map(\.id)) }

    func write(_ write: SlurmWrite) throws(ActuatorError) {
        if try count(true) { apply(write) }
        if failsAfter == -1 {
            failsAfter = nil
            throw ActuatorError(.unreachable, engine: "slurm", text: "no answer")
        }
    }

    func apply(_ write: SlurmWrite) {
        written.append(write.line(isIncremental: isIncremental))
        switch write {
        case .drain(let node, let mark): drain(node, "\(mark)", by: "root")
        case .resume(let node):
            nodes[node]?.state.flags.remove(.drain)
            nodes[node]?.reason = nil
        case .add(let node, let partition, let list):
            lists[partition] = isIncremental ? (lists[partition] ?? []) + [node] : list.names
        case .remove(let node, let partition, let list):
            lists[partition] = isIncremental ? lists[partition]?.filter { $0 != node } : list.names
        case .signal: break
        case .requeue:
            // Slurm takes one number, and puts back all that it stands for.
            let number = write.arguments()[1]
            dead[number] = nil
            for job in jobs where job.id == number || job.id.hasPrefix("\(number)+") { end(job.id) }
        }
    }

    func drain(_ node: String, _ reason: String, by who: String) {
        nodes[node]?.state.flags.insert(.drain)
        nodes[node]?.reason = reason
        nodes[node]?.reasonOwner = who
    }

    func breaks(_ node: String) { nodes[node]?.state.base = .down }

    func setFlag(_ node: String, _ flag: SlurmNodeState.Flag, _ isOn: Bool) {
        if isOn { nodes[node]?.state.flags.insert(flag) } else { nodes[node]?.state.flags.remove(flag) }
    }

    func setList(_ partition: String, _ list: [String]) { lists[partition] = list }

    func run(_ id: String, on names: [String], name: String = "train", limit: Double = .infinity) {
        var job = SlurmJob(id: id, name: name, state: .running)
        job.user = "eve"
        job.nodes = Hostlist(names)
        job.limit = limit
        (job.start, job.end) = (now, now + min(limit, 1e9))
        jobs.append(job)
        for name in names { nodes[name]?.state.base = .allocated }
    }

    /// Jobs that have ended by themselves.
    private var dead: [String: SlurmJob] = [:]

    func die(_ id: String) {
        dead[id] = jobs.first { $0.id == id }
        end(id)
    }

    func ended(_ jobs: [String]) -> [SlurmJob] { jobs.compactMap { dead[$0] } }

    /// Its processes stay where they are; the node reads idle.
    func suspend(_ id: String) {
        for index in jobs.indices where jobs[index].id == id {
            jobs[index].state = .suspended
            for name in jobs[index].nodes.names { nodes[name]?.state.base = .idle }
        }
    }

    func setReason(_ node: String, _ reason: String, by who: String) {
        nodes[node]?.reason = reason
        nodes[node]?.reasonOwner = who
    }

    func end(_ id: String) {
        guard let job = jobs.first(where: { $0.id == id }) else { return }
        jobs.removeAll { $0.id == id }
        for name in job.nodes.names where !jobs.contains(where: { $0.nodes.names.contains(name) }) {
            nodes[name]?.state.base = .idle
        }
    }

    /// Whether a write is done: yes, unless this is the call that fails before it.
    @discardableResult
    private func count(_ isWrite: Bool) throws(ActuatorError) -> Bool {
        guard let left = failsAfter else { return true }
        failsAfter = left - 1
        guard left == 0 else { return true }
        if isWrite { return isDone }
        failsAfter = nil
        throw ActuatorError(.unreachable, engine: "slurm", text: "no answer")
    }
}

/// What an actuator keeps, in memory.
final class PaperMemory: SlurmMemoryKeeper {
    private let kept = Mutex<SlurmMemory?>(nil)
    var memory: SlurmMemory? { kept.withLock { $0 } }
    func load() -> SlurmMemory? { memory }
    func save(_ memory: SlurmMemory) { kept.withLock { $0 = memory } }
}
