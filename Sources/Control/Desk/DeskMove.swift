// SPDX-License-Identifier: Apache-2.0

import Factory
import Planning

/// A submitted decision at the desk: its machine, and what the desk still owes it.
struct DeskMove: Sendable {
    enum Stage: Sendable, Hashable {
        case running
        /// Every unit has taken its last step; the next snapshots must show it.
        case unverified(since: PlantTime)
        /// Recorded as ended.
        case closed
    }

    var machine: MoveMachine
    var stage = Stage.running
    /// The class whose wait the plan promised.
    let watched: Pool?
    /// Whether the wait ten minutes on has been taken, or never will be.
    var hasWait = false
    /// How the desk ended it, where that is not what the machine says.
    var ending: MoveStatus.Phase?
    /// Nodes that the engine still keeps out of work for it, where it has ended.
    var holds: [NodeID]?
    /// The last order of each unit that the audit has.
    var recorded: [NodeID: StepOrder] = [:]
    /// The units as the events last told of them.
    var told: [UnitMove]

    init(_ machine: MoveMachine, watched: Pool?) {
        self.machine = machine
        self.watched = watched
        self.told = machine.status.units
    }

    var status: MoveStatus {
        var status = machine.status
        if let ending { status.phase = ending }
        status.holds = holds
        return status
    }

    /// Whether the wait that was promised is still to be measured.
    var owesWait: Bool { !hasWait && stage == .closed && status.phase == .done && status.outcome != nil }

    var isOpen: Bool { stage == .running && machine.status.isOpen }

    /// What the units have done since the last call, one sentence for all that did the same.
    mutating func news() -> [(kind: FactoryEvent.Kind, text: String, node: NodeID?)] {
        var groups: [(kind: FactoryEvent.Kind, words: String, nodes: [NodeID])] = []
        for (old, new) in zip(told, machine.status.units) where old != new {
            guard let (kind, words) = Self.change(from: old, to: new, machine.status) else { continue }
            if let index = groups.firstIndex(where: { $0.words == words }) {
                groups[index].nodes.append(new.node)
            } else {
                groups.append((kind, words, [new.node]))
            }
        }
        told = machine.status.units
        return groups.map { group in
            let names = Words.names(group.nodes.map(\.name))
            let node = group.nodes.count == 1 ? group.nodes.first : nil
            return (group.kind, "\(machine.status.decision) \(names): \(group.words)", node)
        }
    }

    private static func change(
        from old: UnitMove, to new: UnitMove, _ move: MoveStatus
    ) -> (FactoryEvent.Kind, String)? {
        switch new.phase {
        case .failed where old.phase != .failed: return (.failed, new.problem ?? "failed")
        case .aborted where old.phase != .aborted:
            return (.move, new.step == nil ? "stays in \(new.from)" : "back in \(new.from)")
        case .held where old.phase != .held: return (.move, "held after \(new.step?.rawValue ?? "nothing")")
        case .running, .aborting:
            // Steps are for the moves screen and the audit: a line for each would push the alarms off the main one.
            if new.pastLoss, !old.pastLoss {
                let jobs = new.route == .requeue ? (new.confirmed ?? []).map { "job \($0)" } : []
                let verb = jobs.count == 1 ? "goes" : "go"
                return (
                    .move, jobs.isEmpty ? "past LOSS" : "past LOSS, \(Words.names(jobs)) \(verb) back into the queue"
                )
            }
            if let problem = new.problem, old.problem == nil { return (.failed, problem) }
            return nil
        case .waiting, .held, .done, .failed, .aborted: return nil
        }
    }
}
