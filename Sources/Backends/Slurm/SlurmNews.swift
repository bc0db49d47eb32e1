// SPDX-License-Identifier: Apache-2.0

import Factory
import SlurmText

/// What changed between two looks at a cluster, in sentences.
struct SlurmNews {
    struct Item {
        var kind: FactoryEvent.Kind
        var text: String
        var node: String?
    }

    /// A cluster that restarts changes every node at once: more than this is one line.
    private static let limit = 12

    /// - Parameters:
    ///   - memory: what moves of ours have left; what they do is told by whoever carries them out.
    ///   - titles: the names that are shown.
    static func items(
        from old: SlurmCluster, to new: SlurmCluster, memory: SlurmMemory? = nil, titles: SlurmTitles = SlurmTitles()
    ) -> [Item] {
        let before = Dictionary(old.nodes.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        func isOurs(_ node: SlurmNode) -> Bool {
            guard let writer = memory?.writer else { return false }
            return node.mark?.writer == writer
        }
        var items = new.nodes.compactMap { node -> Item? in
            guard let was = before[node.name] else { return nil }
            if isOurs(was) || isOurs(node), was.state.isDown == node.state.isDown { return nil }
            return item(from: was, to: node, as: titles.title(node.name))
        }
        if items.count > limit {
            let more = items.count - limit
            items = items.prefix(limit) + [Item(kind: .change, text: "\(Words.count(more, "more node")) changed state")]
        }
        return items + lists(from: old, to: new, intended: memory?.intended ?? [:], titles)
    }

    private static func item(from old: SlurmNode, to new: SlurmNode, as name: String) -> Item? {
        let reason = new.reason.map { ": \($0.split(whereSeparator: \.isNewline).joined(separator: " "))" } ?? ""
        let owner = new.reasonOwner.map { " by \($0)" } ?? ""
        if new.state.isDown != old.state.isDown {
            return new.state.isDown
                ? Item(kind: .failed, text: "\(name) is down\(owner)\(reason)", node: name)
                : Item(kind: .repaired, text: "\(name) is up again", node: name)
        }
        let drain = SlurmNodeState.Flag.drain
        if new.state.flags.contains(drain) != old.state.flags.contains(drain) {
            return new.state.flags.contains(drain)
                ? Item(kind: .change, text: "\(name) drains\(owner)\(reason)", node: name)
                : Item(kind: .change, text: "\(name) takes work again", node: name)
        }
        return nil
    }

    private static func lists(
        from old: SlurmCluster, to new: SlurmCluster, intended: [String: [String]], _ titles: SlurmTitles
    ) -> [Item] {
        let before = Dictionary(old.partitions.map { ($0.name, $0.nodes) }, uniquingKeysWith: { first, _ in first })
        return new.partitions.compactMap { partition in
            guard let was = before[partition.name], was != partition.nodes,
                intended[partition.name].map({ Set($0) == Set(partition.nodes.names) }) != true
            else { return nil }
            let gone = Set(was.names).subtracting(partition.nodes.names)
            let come = Set(partition.nodes.names).subtracting(was.names)
            guard !gone.isEmpty || !come.isEmpty else { return nil }
            var words: [String] = []
            if !come.isEmpty { words.append("gains \(titles.list(come))") }
            if !gone.isEmpty { words.append("loses \(titles.list(gone))") }
            return Item(kind: .change, text: "partition \(partition.name) \(words.joined(separator: ", "))")
        }
    }
}
