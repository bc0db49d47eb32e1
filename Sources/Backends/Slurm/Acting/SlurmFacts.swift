// SPDX-License-Identifier: Apache-2.0

package import SlurmText

/// What Slurm says at one moment of one node, as far as a step of a move needs it.
package struct SlurmFacts: Sendable {
    package var name: String
    /// nil: Slurm does not know it.
    package var node: SlurmNode?
    /// Every partition, with its list.
    package var partitions: [SlurmPartition]
    /// Jobs that hold any part of the node.
    package var jobs: [SlurmJob]
    package var reservations: [SlurmReservation]
    /// Those of `jobs` that Slurm would not put back into its queue.
    package var unrequeueable: Set<String> = []
    /// Jobs that were told to save and have ended in that very run.
    package var ended: Set<String> = []
    /// Every drain of a tokenworks in the cluster, by node; only for whoever is about to begin or to change a list.
    package var marks: [String: SlurmMark] = [:]
    /// Unit: s since 1970.
    package var now: Double

    package init(
        name: String, node: SlurmNode?, partitions: [SlurmPartition], jobs: [SlurmJob],
        reservations: [SlurmReservation], now: Double
    ) {
        self.name = name
        self.node = node
        self.partitions = partitions
        self.jobs = jobs
        self.reservations = reservations
        self.now = now
    }

    package func partition(_ name: String) -> SlurmPartition? { partitions.first { $0.name == name } }

    /// The partitions that the node is in.
    var places: [String] { partitions.filter { $0.nodes.names.contains(name) }.map(\.name) }

    /// Jobs that hold any part of the node; it may read IDLE all the same, where they are suspended.
    var running: [SlurmJob] { jobs.filter(\.isRunning) }

    var isBusy: Bool { node?.state.hasWork == true || !running.isEmpty }

    func has(_ partition: String) -> Bool { has(partition, name) }

    func has(_ partition: String, _ node: String) -> Bool {
        self.partition(partition)?.nodes.names.contains(node) ?? false
    }

    /// The mark of the drain, where it is one of tokenworks.
    var mark: SlurmMark? { node?.mark }

    /// `root: 'bad gpu'`
    var drainer: String {
        let who = node?.reasonOwner ?? "somebody"
        return "\(who): '\(node?.reason ?? "no reason given")'"
    }

    /// Until the last job that runs there reaches its limit; nil: one of them has none, or does not say.
    var untilFree: Double? {
        var longest = 0.0
        for job in running {
            // Its limit stands still as long as it does.
            guard job.state != .suspended, let limit = job.limit, limit.isFinite, let end = job.end else { return nil }
            longest = max(longest, end - now)
        }
        return longest
    }
}
