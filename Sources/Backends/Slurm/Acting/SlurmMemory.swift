// SPDX-License-Identifier: Apache-2.0

package import Factory
package import SlurmText

/// What has to outlive the process, beside the journal and the marks that stand in Slurm itself.
package struct SlurmMemory: Codable, Sendable, Hashable {
    /// The word in every mark of this state directory.
    package var writer: String
    /// Lists of partitions as tokenworks last left them: what a reconfigure or a restart of Slurm reverts.
    package var intended: [String: [String]] = [:]
    /// The last way of each node: a start after a crash finds it here once the drain has been lifted, and a move back
    /// finds the partition that the node came from.
    package var journeys: [String: Journey] = [:]
    /// Lists as each decision found them when it began, with its own changes and those of other decisions of ours.
    package var expected: [Int: [String: [String]]] = [:]

    package struct Journey: Codable, Sendable, Hashable {
        package var decision: Int
        package var from: String
        package var to: String
    }

    /// Decisions whose lists are remembered.
    static let kept = 32

    package init(writer: String) { self.writer = writer }

    /// The lists of a decision as it has to find them.
    package func lists(of decision: DecisionID) -> [String: Hostlist] {
        (expected[decision.number] ?? [:]).mapValues { Hostlist($0) }
    }

    /// A decision has seen the two lists for the first time.
    package mutating func begin(_ decision: DecisionID, _ partitions: [SlurmPartition]) {
        for partition in partitions where expected[decision.number]?[partition.name] == nil {
            expected[decision.number, default: [:]][partition.name] = partition.nodes.names
        }
        for number in expected.keys.sorted().dropLast(Self.kept) { expected[number] = nil }
    }

    /// The last way of a node, as the mark that was its drain's reason.
    package func journey(of node: String) -> SlurmMark? {
        journeys[node].map { SlurmMark(DecisionID($0.decision), from: $0.from, to: $0.to, writer: writer) }
    }

    package mutating func start(_ node: String, _ mark: SlurmMark) {
        journeys[node] = Journey(decision: mark.decision.number, from: mark.from, to: mark.to)
    }

    /// A list has been written: what it is now, for all decisions that have seen it.
    package mutating func note(_ write: SlurmWrite) {
        switch write {
        case .add(let node, let partition, let list):
            intended[partition] = list.names
            for number in expected.keys {
                guard let seen = expected[number]?[partition], !seen.contains(node) else { continue }
                expected[number]?[partition] = seen + [node]
            }
        case .remove(let node, let partition, let list):
            intended[partition] = list.names
            for number in expected.keys { expected[number]?[partition]?.removeAll { $0 == node } }
        case .drain, .resume, .signal, .requeue: break
        }
    }
}
