// SPDX-License-Identifier: Apache-2.0

import Factory
package import SlurmText

/// Nodes that a drain of some tokenworks keeps out of work, with the lines that give them back.
package struct SlurmLeftover: Sendable, Hashable {
    /// The drain that they have in common.
    package var mark: SlurmMark
    package var nodes: [String]
    /// Whether it is of this state directory.
    package var isOurs: Bool
    /// What gives them back by hand, one after the other; of another tokenworks: none, for it may be at it.
    package var lines: [String]

    /// In the order of their decisions.
    ///
    /// - Parameter nodes: those that are drained or down, or more.
    package static func all(
        _ nodes: some Sequence<SlurmNode>, _ partitions: [SlurmPartition], _ memory: SlurmMemory,
        control: SlurmControl, isIncremental: Bool
    ) -> [SlurmLeftover] {
        var held: [SlurmMark: [SlurmNode]] = [:]
        for node in nodes where node.state.flags.contains(.drain) {
            if let mark = node.reason.flatMap({ SlurmMark(parsing: $0) }) { held[mark, default: []].append(node) }
        }
        let unwell = Dictionary(held.values.joined().map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        var script = SlurmScript(
            control, partitions: partitions, unwell: unwell, memory: memory, isIncremental: isIncremental)
        return held.keys.sorted { ($0.decision, "\($0)") < ($1.decision, "\($1)") }.map { mark in
            let names = (held[mark] ?? []).map(\.name).sorted()
            let isOurs = mark.writer == memory.writer
            let lines = isOurs ? names.flatMap { script.restore($0, mark) } : []
            return SlurmLeftover(mark: mark, nodes: names, isOurs: isOurs, lines: lines)
        }
    }

    /// The same, of a cluster that is looked at for it, with its partitions.
    package static func all(
        of command: SlurmCommand, _ memory: SlurmMemory, control: SlurmControl
    ) async throws(SlurmFailure) -> (partitions: [SlurmPartition], leftovers: [SlurmLeftover]) {
        let reader = SlurmCommandReader(command: command)
        let version = SlurmVersion(parsing: await command.run(.scontrol, ["--version"]).text)
        let partitions = try await reader.partitions()
        let leftovers = all(
            try await reader.nodes(), partitions, memory, control: control,
            isIncremental: version?.hasListChanges ?? false)
        return (partitions, leftovers)
    }
}
