// SPDX-License-Identifier: Apache-2.0

import Factory
import SlurmText
import Synchronization

/// What whoever reads a cluster and whoever moves its nodes tell each other: the newest lists, and those that were left.
package final class SlurmBoard: Sendable {
    private let held = Mutex(Held())

    private struct Held {
        var partitions: [SlurmPartition] = []
        var memory: SlurmMemory?
        var isIncremental = false
        /// Nodes that are drained or down; nil: none has been looked at yet.
        var unwell: [String: SlurmNode]?
        /// Every node of the last look.
        var known: Set<String>?
        /// Decisions whose lists are kept though they are open no more.
        var ended: Set<Int> = []
        /// When the whole cluster was last looked at.
        var seenAt: PlantTime?
    }

    package init() {}

    func see(_ partitions: [SlurmPartition], isIncremental: Bool? = nil) {
        held.withLock { held in
            held.partitions = partitions
            held.isIncremental = isIncremental ?? held.isIncremental
        }
    }

    /// Which commands the server takes, before anything is moved: a plan that is only shown has to show those.
    package func learnVersion(of command: SlurmCommand) async {
        guard let version = SlurmVersion(parsing: await command.run(.scontrol, ["--version"]).text) else { return }
        held.withLock { $0.isIncremental = version.hasListChanges }
    }

    /// The whole cluster.
    func see(_ nodes: [SlurmNode], at now: PlantTime) {
        let unwell = nodes.filter(Self.isUnwell).map { ($0.name, $0) }
        held.withLock { held in
            held.unwell = Dictionary(unwell, uniquingKeysWith: { first, _ in first })
            held.known = Set(nodes.map(\.name))
            held.seenAt = now
        }
    }

    /// One node of it.
    func see(_ node: SlurmNode) {
        held.withLock { $0.unwell = ($0.unwell ?? [:]).merging([node.name: node]) { $1 }.filter { Self.isUnwell($1) } }
    }

    private static func isUnwell(_ node: SlurmNode) -> Bool { node.state.flags.contains(.drain) || node.state.isDown }

    /// What moves of ours have left; nil: nothing moves nodes here.
    var memory: SlurmMemory? { held.withLock { $0.memory } }

    func remember(_ memory: SlurmMemory) { held.withLock { $0.memory = memory } }

    /// Who moves has told which decisions are open. One that has lists was open before it had them: it is in `open` or it
    /// has ended, and none opens twice.
    func see(open: Set<DecisionID>) {
        held.withLock { held in
            held.ended = Set((held.memory?.expected ?? [:]).keys).subtracting(open.map(\.number))
        }
    }

    func forgetEnded() { held.withLock { $0.ended = [] } }

    /// Decisions that are open no more and are remembered all the same.
    var ended: Set<Int> { held.withLock { $0.ended } }

    var hasLists: Bool { held.withLock { !$0.partitions.isEmpty } }

    /// Every node that is in a list, or on its way from one to another.
    var nodes: Set<String> {
        held.withLock { held in
            Set(held.partitions.flatMap(\.nodes.names) + (held.memory.map { Array($0.journeys.keys) } ?? []))
        }
    }

    /// A move in command lines, on the newest lists.
    func script(_ control: SlurmControl) -> SlurmScript? {
        held.withLock { held in
            held.memory.map {
                SlurmScript(
                    control, partitions: held.partitions, unwell: held.unwell ?? [:], known: held.known, memory: $0,
                    isIncremental: held.isIncremental)
            }
        }
    }

    /// Nodes that are drained by a move of ours which is none of the open ones.
    func leftovers(_ control: SlurmControl, besides open: Set<DecisionID>) -> [SlurmLeftover] {
        marked(control).filter { $0.isOurs && !open.contains($0.mark.decision) }
    }

    /// Nodes that another tokenworks has held for so long that it may be gone. The one before this may have been
    /// that other: a state directory that is lost takes its word with it.
    func foreignLeftovers(_ control: SlurmControl) -> [SlurmLeftover] {
        guard let now = held.withLock({ $0.seenAt })?.epoch else { return [] }
        return marked(control).filter { !$0.isOurs && $0.isOld(at: now) }
    }

    /// Nodes that are drained by any tokenworks, also while its move is open.
    private func marked(_ control: SlurmControl) -> [SlurmLeftover] {
        held.withLock { held in
            guard let memory = held.memory, let unwell = held.unwell else { return [] }
            return SlurmLeftover.all(
                unwell.values, held.partitions, memory, control: control, isIncremental: held.isIncremental)
        }
    }

    /// Lists that are not as they were left.
    ///
    /// - Parameter nodes: as Slurm has them now; those that bear a mark are under way, and are where their move has them.
    func drift(_ partitions: [SlurmPartition], nodes: [SlurmNode]) -> [SlurmDrift] {
        guard let memory, !memory.intended.isEmpty else { return [] }
        let moving = nodes.filter { $0.mark?.writer == memory.writer }
        return SlurmDrift.all(memory.intended, partitions, moving: Set(moving.map(\.name)))
    }
}
