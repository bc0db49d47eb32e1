// SPDX-License-Identifier: Apache-2.0

package import Factory
import SlurmText

/// Slurm's own names of nodes that the operator's table (`names:`) shows under others.
struct SlurmNames: Sendable {
    private let aliases: [String: String]
    private let shown: Set<String>

    /// - Parameter aliases: from every other name to the one that is shown.
    init(aliases: [String: String]) {
        self.aliases = aliases
        shown = Set(aliases.values)
    }

    /// Whether the table speaks of a node at all.
    func mayDiffer(_ node: NodeID) -> Bool { shown.contains(node.name) }

    /// From Slurm's names to those that are shown: for sentences, while commands carry Slurm's.
    ///
    /// - Parameter known: names that Slurm has.
    func titles(among known: @autoclosure () -> Set<String>) -> SlurmTitles {
        guard !aliases.isEmpty else { return SlurmTitles() }
        return SlurmTitles(HostNames(known(), aliases: aliases))
    }

    /// Slurm's names of a node: one, but for a table that gives two of its nodes the same.
    ///
    /// - Parameter known: names that Slurm has.
    func own(_ node: NodeID, among known: Set<String>) -> [NodeID] {
        guard mayDiffer(node) else { return [node] }
        let names = HostNames(known, aliases: aliases)
        let own = known.filter { names.title(of: names.canonical($0)) == node.name }
        return own.isEmpty ? [node] : own.sorted().map { NodeID($0) }
    }
}

/// The names under which nodes of Slurm are shown.
package struct SlurmTitles: Sendable {
    /// nil: under their own.
    private let names: HostNames?

    package init(_ names: HostNames? = nil) { self.names = names }

    package func title(_ own: String) -> String { names.flatMap { $0.title(of: $0.canonical(own)) } ?? own }

    /// As Slurm writes lists.
    func list(_ own: some Sequence<String>) -> String { Hostlist.compressed(own.map(title).sorted()) }
}
