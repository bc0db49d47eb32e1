// SPDX-License-Identifier: Apache-2.0

package import SlurmText

/// What one look at nodes, partitions and the controller's health brings.
struct SlurmCluster: Sendable {
    var nodes: [SlurmNode] = []
    var partitions: [SlurmPartition] = []
    var reservations: [SlurmReservation] = []
    /// nil: the controller does not say.
    var health: SlurmHealth?
    /// The slowest of its answers. Unit: s.
    var slowest = 0.0
    /// Processor time of the children. Unit: s.
    var processor = 0.0
    /// What is odd about the way it was read, to go on after the cluster's name; nil: nothing.
    var remark: String?
}

/// A way to look at a cluster: one request at a time.
protocol SlurmReader: Sendable {
    func cluster() async throws(SlurmFailure) -> SlurmCluster
    /// Whether the controller is there at all, at once; nil: it does not say so either.
    func isUp() async -> Bool?
}

/// Reads through Slurm's own commands.
package struct SlurmCommandReader: SlurmReader {
    let command: SlurmCommand

    package init(command: SlurmCommand) { self.command = command }

    /// The partitions and their lists, and nothing else.
    package func partitions() async throws(SlurmFailure) -> [SlurmPartition] {
        var cluster = SlurmCluster()
        return try await lists(&cluster)
    }

    /// The nodes, and nothing else.
    func nodes() async throws(SlurmFailure) -> [SlurmNode] {
        var cluster = SlurmCluster()
        return SlurmNode.nodes(in: try await ask(.scontrol, Self.allNodes, &cluster))
    }

    private static let allNodes = ["-a", "-d", "-o", "show", "node"]

    private func lists(_ cluster: inout SlurmCluster) async throws(SlurmFailure) -> [SlurmPartition] {
        let text = try await ask(.scontrol, ["-a", "-o", "show", "partition"], &cluster)
        do throws(HostlistError) {
            return try SlurmPartition.partitions(in: text)
        } catch {
            throw SlurmFailure(.garbled, "answers what cannot be read: \(error)")
        }
    }

    func cluster() async throws(SlurmFailure) -> SlurmCluster {
        var cluster = SlurmCluster()
        let nodes = try await ask(.scontrol, Self.allNodes, &cluster)
        cluster.nodes = SlurmNode.nodes(in: nodes)
        cluster.partitions = try await lists(&cluster)
        let reservations = try await ask(.scontrol, ["-o", "show", "reservation"], &cluster)
        do throws(HostlistError) {
            cluster.reservations = try SlurmReservation.reservations(in: reservations)
        } catch {
            throw SlurmFailure(.garbled, "answers what cannot be read: \(error)")
        }
        guard !cluster.nodes.isEmpty || nodes.contains("No nodes in the system") else {
            throw SlurmFailure(.garbled, "answers what cannot be read: scontrol show node names no node")
        }
        cluster.health = SlurmHealth(parsing: try await ask(.sdiag, [], &cluster))
        return cluster
    }

    private func ask(
        _ program: SlurmCommand.Program, _ arguments: [String], _ cluster: inout SlurmCluster
    ) async throws(SlurmFailure) -> String {
        let reply = await command.run(program, arguments)
        cluster.slowest = max(cluster.slowest, reply.elapsed)
        cluster.processor += reply.processor
        guard reply.isGood else { throw SlurmFailure(reply, program: program) }
        return reply.text
    }

    func isUp() async -> Bool? {
        // It has nothing to look up: a controller that is there answers in a moment.
        let reply = await command.run(.scontrol, ["ping"], deadline: command.deadline * 0.35)
        if case .exited = reply.ending {
            if reply.text.contains("is UP") { return true }
            if reply.text.contains("is DOWN") { return false }
        }
        return nil
    }

    /// The queue as it was said, and what it took.
    ///
    /// - Parameter mark: see `SlurmQueue`, which reads it.
    func queue(mark: String) async throws(SlurmFailure) -> (output: [UInt8], elapsed: Double) {
        let reply = await command.run(.squeue, SlurmQueue.arguments(mark: mark))
        guard reply.isGood else { throw SlurmFailure(reply, program: .squeue) }
        return (reply.output, reply.elapsed)
    }
}
