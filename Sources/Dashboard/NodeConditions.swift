// SPDX-License-Identifier: Apache-2.0

package import Factory

/// What is not normal with each node of a snapshot: what the sources said, and what state and age say by themselves.
///
/// Made once per snapshot: a frame of ten thousand nodes asks it many times.
package struct NodeConditions: Sendable {
    /// By node; nil for a normal one.
    private let kinds: [NodeCondition.Kind?]
    private let snapshot: FactorySnapshot
    /// What is said above the nodes where none was heard of lately: all that stands there is of then.
    let blind: String?

    package init(_ snapshot: FactorySnapshot) {
        self.snapshot = snapshot
        let nodes = snapshot.nodes
        kinds = nodes.indices.map { node in
            if let said = nodes.conditions[node] { return said.kind }
            let state = nodes.states[safe: node] ?? .unknown
            if state == .failed { return .failed }
            if let heard = nodes.heardAt[safe: node], snapshot.at - heard > snapshot.staleAfter(of: node) {
                return .stale
            }
            return state.ledger.allocation == .inTransit ? .moving : nil
        }
        let newest = nodes.heardAt.indices.max { nodes.heardAt[$0] < nodes.heardAt[$1] }
        let last = newest.map { nodes.heardAt[$0] } ?? snapshot.at
        // Where the one that was heard of last is silent, all are, whatever else was said of some.
        let isBlind = newest.map { last.epoch > 0 && snapshot.at - last > snapshot.staleAfter(of: $0) } ?? false
        blind = isBlind ? "ALL AS OF \(last.clock), \(Words.age(snapshot.at - last)) ago!" : nil
    }

    package func kind(_ node: Int) -> NodeCondition.Kind? { kinds[safe: node] ?? nil }

    /// The condition with its reason and its beginning.
    package subscript(node: Int) -> NodeCondition? {
        guard let kind = kind(node) else { return nil }
        let nodes = snapshot.nodes
        let since = nodes.since[safe: node] ?? snapshot.at
        guard kind == .stale, blind != nil else {
            let last = kind == .stale ? nodes.heardAt[safe: node] ?? since : since
            return nodes.conditions[node]
                ?? NodeCondition(kind: kind, text: kind == .stale ? "silent" : "", since: last)
        }
        // Why is the same for all, and said above them; what each was is still the best that is known.
        let was = "was \((nodes.states[safe: node] ?? .unknown).label)"
        return NodeCondition(kind: .stale, text: was, since: nodes.heardAt[safe: node] ?? since)
    }

    /// Nodes of a range with something wrong; a node on the move is not wrong.
    func abnormal(_ range: Range<Int>) -> Int {
        range.clamped(to: kinds.indices).count { kinds[$0] != nil && kinds[$0] != .moving }
    }

    /// Nodes that nobody has heard of lately.
    var silent: Int { kinds.count { $0 == .stale } }

    /// Kinds that any node has.
    var present: Set<NodeCondition.Kind> { Set(kinds.compactMap(\.self)) }

    /// Worse kinds first; within a kind the newest first; else in the order of the table.
    func isWorse(_ left: Int, than right: Int) -> Bool {
        guard let a = self[left], let b = self[right] else { return left < right }
        if a.kind != b.kind { return a.kind < b.kind }
        return a.since == b.since ? left < right : a.since > b.since
    }
}
