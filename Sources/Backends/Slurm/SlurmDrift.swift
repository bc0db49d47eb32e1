// SPDX-License-Identifier: Apache-2.0

package import SlurmText

/// A partition whose list is not as tokenworks last left it: `scontrol reconfigure` and a restart of slurmctld go back to
/// slurm.conf, and administrators act too.
package struct SlurmDrift: Sendable, Hashable {
    package var partition: String
    /// Nodes that were left in it and are not there.
    package var gone: [String]
    /// Nodes that are there and were not left in it.
    package var come: [String]
    /// Slurm has no such partition any more.
    package var isMissing = false

    /// - Parameters:
    ///   - intended: lists as they were last left, by partition; a partition that was never changed is in none.
    ///   - moving: nodes under way, which are where their move has them.
    package static func all(
        _ intended: [String: [String]], _ partitions: [SlurmPartition], moving: Set<String> = []
    ) -> [SlurmDrift] {
        let changed = partitions.compactMap { partition -> SlurmDrift? in
            guard let list = intended[partition.name] else { return nil }
            let left = Set(list).subtracting(moving)
            let now = Set(partition.nodes.names).subtracting(moving)
            guard left != now else { return nil }
            return SlurmDrift(
                partition: partition.name, gone: left.subtracting(now).sorted(), come: now.subtracting(left).sorted())
        }
        let missing = Set(intended.keys).subtracting(partitions.map(\.name)).sorted()
        return changed + missing.map { SlurmDrift(partition: $0, gone: [], come: [], isMissing: true) }
    }

    /// Slurm's lists in place of those that were left, of the partitions that were ever changed; one that is gone is forgotten.
    package static func adopted(
        _ partitions: [SlurmPartition], insteadOf intended: [String: [String]]
    ) -> [String: [String]] {
        let now = partitions.filter { intended[$0.name] != nil }.map { ($0.name, $0.nodes.names) }
        return Dictionary(now, uniquingKeysWith: { first, _ in first })
    }

    /// The same for sentences; lines of slurm.conf bear Slurm's names.
    func shown(_ titles: SlurmTitles) -> SlurmDrift {
        var shown = self
        (shown.gone, shown.come) = (gone.map(titles.title).sorted(), come.map(titles.title).sorted())
        return shown
    }

    /// `train has got node003 back, serve has lost node003`
    package static func words(_ drifts: [SlurmDrift]) -> String {
        drifts.flatMap { drift in
            [
                drift.isMissing ? "partition \(drift.partition) is gone" : nil,
                drift.come.isEmpty ? nil : "\(drift.partition) has got \(Hostlist.compressed(drift.come))",
                drift.gone.isEmpty ? nil : "\(drift.partition) has lost \(Hostlist.compressed(drift.gone))",
            ].compactMap { $0 }
        }.joined(separator: ", ")
    }

    /// The lines of slurm.conf that would make the lists as they were left permanent.
    package static func lines(_ intended: [String: [String]]) -> [String] {
        intended.keys.sorted().map { "PartitionName=\($0) Nodes=\(Hostlist.compressed(intended[$0] ?? []))" }
    }
}
