// SPDX-License-Identifier: Apache-2.0

package import Factory

/// A move before it is judged: what it takes, from where to where, and in which waves.
package struct Proposal: Sendable {
    package var decision: DecisionID
    package var to: Pool
    /// Nodes the operator asked for.
    package var asked: Int
    package var takes: [Taken]
    /// The move that it takes back.
    package var reverses: MoveStatus?
    /// Why it takes fewer nodes than asked, or why some of it cannot go; nil: it takes all.
    package var shortage: String?
    package var waves = WavePlan()

    package init(
        decision: DecisionID, to: Pool, asked: Int, takes: [Taken], reverses: MoveStatus? = nil, shortage: String? = nil
    ) {
        self.decision = decision
        self.to = to
        self.asked = asked
        self.takes = takes
        self.reverses = reverses
        self.shortage = shortage
    }

    package var nodes: [NodeID] { takes.flatMap(\.nodes) }
    package var units: Int { takes.reduce(0) { $0 + $1.nodes.count } }
    /// The pools that give, each once.
    package var donors: [Pool] { unique(takes.map(\.from)) }
    /// The pools that get, each once.
    package var receivers: [Pool] { unique(takes.map { $0.to ?? to }) }

    /// Nodes taken from a pool.
    package func taken(from pool: Pool) -> Int { takes.reduce(0) { $0 + ($1.from == pool ? $1.nodes.count : 0) } }

    /// Nodes that reach a pool.
    package func given(to pool: Pool) -> Int {
        takes.reduce(0) { $0 + (($1.to ?? to) == pool ? $1.nodes.count : 0) }
    }

    private func unique(_ pools: [Pool]) -> [Pool] {
        var seen: [Pool] = []
        for pool in pools where !seen.contains(pool) { seen.append(pool) }
        return seen
    }
}
