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
    /// When the last of them was drained, as Slurm has it. Unit: s since 1970.
    package var drainedAt: Double?
    /// What gives them back by hand, one after the other; of another tokenworks: none, for it may be at it.
    package var lines: [String]

    /// A move of another tokenworks has its time before it is taken for one that was left. Unit: s.
    private static let patience = 600.0

    /// Whether its last node was drained so long ago that whoever did it may be gone; where Slurm does not say when, it was.
    func isOld(at now: Double) -> Bool { drainedAt.map { now - $0 > Self.patience } ?? true }

    /// The same for sentences; the lines bear Slurm's names.
    func shown(_ titles: SlurmTitles) -> SlurmLeftover {
        var shown = self
        shown.nodes = nodes.map(titles.title)
        return shown
    }

    /// What is said of nodes of another tokenworks: no lines, for it may be at it.
    var foreignSentence: String {
        let (verb, them) = nodes.count == 1 ? ("is", "it") : ("are", "them")
        return
            "\(Words.names(nodes)) \(verb) still drained by \(mark.decision), \(mark.from) -> \(mark.to), of another "
            + "tokenworks (\(mark.writer)), which may be at it: 'tokenworks drift' names \(them)"
    }

    /// In the order of their decisions.
    ///
    /// - Parameters:
    ///   - nodes: those that are drained or down, or more.
    ///   - memory: nil: nothing is remembered, and no drain is known for ours.
    package static func all(
        _ nodes: some Sequence<SlurmNode>, _ partitions: [SlurmPartition], _ memory: SlurmMemory?,
        control: SlurmControl, isIncremental: Bool
    ) -> [SlurmLeftover] {
        var held: [SlurmMark: [SlurmNode]] = [:]
        for node in nodes {
            if let mark = node.mark { held[mark, default: []].append(node) }
        }
        let unwell = Dictionary(held.values.joined().map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        var script = memory.map {
            SlurmScript(control, partitions: partitions, unwell: unwell, memory: $0, isIncremental: isIncremental)
        }
        return held.keys.sorted { ($0.decision, "\($0)") < ($1.decision, "\($1)") }.map { mark in
            let drained = held[mark] ?? []
            let names = drained.map(\.name).sorted()
            let isOurs = mark.writer == memory?.writer
            let lines = isOurs ? names.flatMap { script?.restore($0, mark) ?? [] } : []
            return SlurmLeftover(
                mark: mark, nodes: names, isOurs: isOurs, drainedAt: drained.compactMap(\.reasonAt).max(), lines: lines)
        }
    }

    /// The same, of a cluster that is looked at for it, with its partitions.
    package static func all(
        of command: SlurmCommand, _ memory: SlurmMemory?, control: SlurmControl
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
