// SPDX-License-Identifier: Apache-2.0

package import Factory
package import SlurmText

/// Slurm by its own commands.
package actor SlurmCommandHand: SlurmHand {
    private let command: SlurmCommand
    private let clock: @Sendable () -> Double
    private let mark: @Sendable () -> String
    /// nil: not asked yet.
    private var version: SlurmVersion?
    private var nodes: [NodeID: Seen<SlurmNode?>] = [:]
    private var partitions: Seen<[SlurmPartition]>?
    /// Of all nodes that were lately asked about: `squeue` has the whole queue sent for one node as for many.
    private var queue: Seen<[SlurmJob]>?
    private var asked: [String: ContinuousClock.Instant] = [:]
    /// Whether a job could begin again from its script; it is asked once for each.
    private var scripts: [String: Bool] = [:]

    private struct Seen<Value: Sendable> {
        var value: Value
        var at: ContinuousClock.Instant
        /// Units that wait are asked about twice a second; Slurm is not.
        var isRecent: Bool { isWithin(.milliseconds(1500)) }

        func isWithin(_ age: Duration) -> Bool { ContinuousClock.now - at < age }
    }

    /// How old the queue may be for a unit whose node says that it works on: as the observer, a drain of a day asks for it
    /// no more often.
    private static let queueAge = Duration.seconds(6)

    /// - Parameters:
    ///   - clock: seconds since 1970.
    ///   - mark: letters and digits that nobody could know before, anew at each call.
    package init(
        _ command: SlurmCommand, clock: @escaping @Sendable () -> Double, mark: @escaping @Sendable () -> String
    ) {
        self.command = command
        self.clock = clock
        self.mark = mark
    }

    package var isIncremental: Bool { version?.hasListChanges ?? false }

    package func look(
        at node: NodeID, for step: MoveStep, isFresh: Bool
    ) async throws(ActuatorError) -> SlurmFacts {
        if version == nil { version = SlurmVersion(parsing: try await ask(.scontrol, ["--version"])) }
        if isFresh { forget() }
        let known = try await self.node(node)
        let partitions = try await self.lists()
        let reservations = step == .cordon ? try await ask(.scontrol, ["-o", "show", "reservation"]) : ""
        // A node whose only jobs are suspended reads IDLE: whoever waits for it to be empty has to ask the queue.
        let asksQueue = known?.state.hasWork == true || known != nil && step != .cordon
        // Who only waits for people's jobs may wait for an older list, while the node itself says that they go on.
        let waits = (step == .drain || step == .restore) && known?.state.hasWork == true
        let jobs = asksQueue ? try await jobs(on: node.name, within: waits ? Self.queueAge : .milliseconds(1500)) : []
        // `n[1-2]|tokenworks:d-7 train->serve k3f9`: why nodes are out of use.
        let drains =
            [.cordon, .join, .load].contains(step) ? try await ask(.sinfo, ["-a", "-h", "-R", "-o", "%N|%E"]) : ""
        do throws(HostlistError) {
            var facts = SlurmFacts(
                name: node.name, node: known, partitions: partitions, jobs: jobs,
                reservations: try SlurmReservation.reservations(in: reservations), now: clock())
            facts.marks = try SlurmMark.marks(in: drains)
            return facts
        } catch {
            throw failure(SlurmFailure(.garbled, "answers what cannot be read: \(error)"))
        }
    }

    private func forget() {
        nodes = [:]
        partitions = nil
        queue = nil
    }

    private func node(_ node: NodeID) async throws(ActuatorError) -> SlurmNode? {
        if let seen = nodes[node], seen.isRecent { return seen.value }
        let shown = try await answer(.scontrol, ["-a", "-d", "-o", "show", "node", node.name])
        let known = shown.isGood ? SlurmNode.nodes(in: shown.text).first { $0.name == node.name } : nil
        // A node that Slurm does not know is an answer; a controller that does not answer is none.
        if known == nil, !shown.complaints.contains("not found"), !shown.text.contains("not found") {
            throw failure(SlurmFailure(shown, program: .scontrol))
        }
        nodes[node] = Seen(value: known, at: .now)
        return known
    }

    private func lists() async throws(ActuatorError) -> [SlurmPartition] {
        if let partitions, partitions.isRecent { return partitions.value }
        do throws(SlurmFailure) {
            let read = try await SlurmCommandReader(command: command).partitions()
            partitions = Seen(value: read, at: .now)
            return read
        } catch {
            throw failure(error)
        }
    }

    package func unrequeueable(_ jobs: [SlurmJob]) async throws(ActuatorError) -> Set<String> {
        var fixed: Set<String> = []
        for job in jobs where job.isRunning {
            if let known = scripts[job.id] {
                if !known { fixed.insert(job.id) }
                continue
            }
            let reply = try await answer(.scontrol, ["-o", "show", "job", job.id])
            // A job that has just ended is unknown, and in nobody's way.
            guard reply.isGood else { continue }
            // What was not begun by sbatch has no script that could begin again.
            let record = SlurmRecord(line: reply.text)
            let canReturn = record["Requeue"] != "0" && record["BatchFlag"] != "0"
            if !canReturn { fixed.insert(job.id) }
            if scripts.count > 10_000 { scripts = [:] }
            scripts[job.id] = canReturn
        }
        return fixed
    }

    package func ended(_ jobs: [String]) async throws(ActuatorError) -> [SlurmJob] {
        var ended: [SlurmJob] = []
        for job in jobs {
            let reply = try await answer(.scontrol, ["-o", "show", "job", job])
            // Slurm forgets jobs (`MinJobAge`): to put back one that it does not know would be refused.
            guard reply.isGood else { continue }
            let record = SlurmRecord(line: reply.text)
            guard let state = record["JobState"], state != "CANCELLED" else { continue }
            var job = SlurmJob(id: job, name: "", state: SlurmJob.State(rawValue: state) ?? .other)
            job.start = record["StartTime"].flatMap(SlurmTime.moment)
            if !job.isRunning, !job.isPending { ended.append(job) }
        }
        return ended
    }

    package func write(_ write: SlurmWrite) async throws(ActuatorError) {
        defer { forget() }
        let reply = await command.run(write.program, write.arguments(isIncremental: isIncremental))
        guard !reply.isGood else { return }
        throw failure(SlurmFailure(reply, program: write.program))
    }

    private func jobs(on node: String, within age: Duration) async throws(ActuatorError) -> [SlurmJob] {
        let now = ContinuousClock.now
        let isListed = asked.updateValue(now, forKey: node) != nil
        if isListed, let queue, queue.isWithin(age) { return queue.value.filter { $0.nodes.names.contains(node) } }
        asked = asked.filter { now - $0.value < Self.queueAge * 2 }
        let names = Hostlist.compressed(asked.keys.sorted())
        let mark = mark()
        let reply = await command.run(.squeue, SlurmQueue.arguments(mark: mark) + ["-w", names])
        guard reply.isGood else { throw failure(SlurmFailure(reply, program: .squeue)) }
        let read = SlurmQueue(parsing: reply.output, mark: mark)
        guard read.unread == 0 else {
            throw failure(
                SlurmFailure(.garbled, "answers what cannot be read: \(read.unread) rows of squeue -w \(names)"))
        }
        queue = Seen(value: read.jobs, at: .now)
        return read.jobs.filter { $0.nodes.names.contains(node) }
    }

    /// An answer of any kind; throws where none came.
    private func answer(
        _ program: SlurmCommand.Program, _ arguments: [String]
    ) async throws(ActuatorError) -> SlurmCommand.Reply {
        let reply = await command.run(program, arguments)
        if case .exited = reply.ending, reply.isGood || SlurmFailure.reading(reply.complaints) == nil { return reply }
        throw failure(SlurmFailure(reply, program: program))
    }

    private func ask(_ program: SlurmCommand.Program, _ arguments: [String]) async throws(ActuatorError) -> String {
        let reply = await command.run(program, arguments)
        guard reply.isGood else { throw failure(SlurmFailure(reply, program: program)) }
        return reply.text
    }

    private func failure(_ failure: SlurmFailure) -> ActuatorError {
        let kind: ActuatorError.Kind =
            switch failure.kind {
            case .denied, .refused, .noProgram: .refused
            case .noConfiguration, .down, .hangs, .munge, .credential, .token, .cut, .garbled, .tooLarge: .unreachable
            }
        return ActuatorError(kind, engine: "slurm", text: "Slurm \(failure.text)")
    }
}

/// `slurm 22.05.8`, `slurm-wlm 24.11.5-4`
struct SlurmVersion: Sendable, Hashable, Comparable {
    var year: Int
    var month: Int

    init(year: Int, month: Int) { (self.year, self.month) = (year, month) }

    init?(parsing text: String) {
        for word in text.split(whereSeparator: { $0 == " " || $0 == "\n" }) {
            let parts = word.split(separator: ".")
            if parts.count >= 2, let year = Int(parts[0]), let month = Int(parts[1]) {
                self.init(year: year, month: month)
                return
            }
        }
        return nil
    }

    /// `Nodes+=` and `Nodes-=` came with 23.11.
    var hasListChanges: Bool { self >= SlurmVersion(year: 23, month: 11) }

    static func < (left: Self, right: Self) -> Bool { (left.year, left.month) < (right.year, right.month) }
}
