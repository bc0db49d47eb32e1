// SPDX-License-Identifier: Apache-2.0

package import Factory

/// Which nodes a decision may take, and why not the others.
package struct Eligibility: Sendable {
    /// Why a node stays where it is.
    package enum Obstacle: Sendable, Hashable {
        case moving(DecisionID)
        /// Until when it rests after its last move.
        case coolingDown(PlantTime)
        /// What is wrong with it, in a word.
        case abnormal(String)
        /// It is in a state that no decision takes from.
        case busy(NodeState)
        /// Nobody has heard of it for too long.
        case silent(Seconds)

        /// In a few words, after the node's name.
        package var text: String {
            switch self {
            case .moving(let decision): "moves with \(decision)"
            case .coolingDown(let end): "rests until \(end.clock)"
            case .abnormal(let word): "is \(word)"
            case .busy(let state): "is \(state.label)"
            case .silent(let age): "was last heard of \(Words.ago(age)) ago"
            }
        }
    }

    private let snapshot: FactorySnapshot
    private let polls: Double
    private var moving: [NodeID: DecisionID] = [:]
    private var resting: [NodeID: PlantTime] = [:]

    /// - Parameter reverses: the decision that is taken back, whose own units need no rest.
    package init(_ snapshot: FactorySnapshot, _ settings: RailSettings, reverses: DecisionID? = nil) {
        self.snapshot = snapshot
        polls = settings.stalePolls / 2
        for move in snapshot.moves {
            for unit in move.units where move.isOpen && !unit.isFinished { moving[unit.node] = move.decision }
            guard let finished = move.finishedAt, move.decision != reverses else { continue }
            let end = finished + settings.cooldown
            guard end > snapshot.at else { continue }
            for unit in move.units where unit.step != nil { resting[unit.node] = max(end, resting[unit.node] ?? end) }
        }
    }

    /// Why the node of an index may not move; nil when it may.
    package func obstacle(_ index: Int) -> Obstacle? {
        let table = snapshot.nodes
        guard table.indices.contains(index) else { return .busy(.unknown) }
        if let decision = moving[table.ids[index]] { return .moving(decision) }
        if let condition = table.conditions[index], condition.kind != .idleHeld {
            return .abnormal(condition.kind.label)
        }
        let state = index < table.states.count ? table.states[index] : .unknown
        switch state {
        case .serving, .training, .checkpointing, .spare: break
        default: return .busy(state)
        }
        if index < table.heardAt.count, snapshot.at - table.heardAt[index] > snapshot.staleAfter(of: index) * polls {
            return .silent(snapshot.at - table.heardAt[index])
        }
        return resting[table.ids[index]].map(Obstacle.coolingDown)
    }
}

extension RailSettings {
    /// The age from which data of a plant is stale.
    package func staleAfter(_ snapshot: FactorySnapshot) -> Seconds { snapshot.staleAfter * (stalePolls / 2) }
}
