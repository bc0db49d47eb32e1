// SPDX-License-Identifier: Apache-2.0

/// What a job insists on, as its scheduler has it: whether it could start on other nodes.
package struct JobWants: Sendable, Hashable {
    /// Any of these will do.
    package var partitions: [String]
    /// Nodes that it names, by the scheduler's own names; empty: none.
    package var nodes: [String] = []
    /// An expression of features: `a100&nvlink`; nil: none.
    package var features: String?
    /// Why it waits, in the scheduler's word; empty: it does not, or nobody has looked yet.
    package var reason = ""
    /// Tasks of an array that are like it; as many of them may run at once as `throttle` says, nil: all.
    package var tasks = 1
    package var throttle: Int?
    /// Over all its nodes; nil: not known.
    package var gpus: Int?
    package var cpus: Int?
    /// It shares its nodes with nobody.
    package var isExclusive = false
    /// It waits for somebody's reservation.
    package var isReserved = false
    /// The scheduler would not put it back into the queue.
    package var isFixed = false

    package init(partitions: [String]) { self.partitions = partitions }

    /// Whether it waits for nodes and for nothing else.
    package var waitsForNodes: Bool { !isReserved && (reason == "Resources" || reason == "Priority") }

    /// Whether it is outside its partition's limits of nodes: it asks for more than the partition has, or may have of it.
    package var isOutsideLimit: Bool { !isReserved && reason == "PartitionNodeLimit" }

    /// What it waits for, in the scheduler's word without what that is about: `Licenses`, `ReqNodeNotAvail`.
    package var reasonWord: String {
        if isReserved { return "Reservation" }
        let word = reason.prefix { $0 != "," && $0 != " " && $0 != "(" }
        return word.isEmpty ? "no reason yet" : String(word)
    }

    /// Whether a node with these features will do; nil: the expression says more than which features a node has.
    package func isSatisfied(by given: [String]) -> Bool? {
        guard let features else { return true }
        guard !features.contains(where: { "[]()*".contains($0) }) else { return nil }
        return features.split(separator: "|").contains { term in
            term.split(whereSeparator: { $0 == "&" || $0 == "," }).allSatisfy { given.contains(String($0)) }
        }
    }
}

extension JobID {
    /// The number that stands for all parts of a job of several: `7` of `7+1`; they stop together.
    package var whole: Substring { name.prefix { $0 != "+" } }
}
