// SPDX-License-Identifier: Apache-2.0

package import Factory
import SlurmText

/// Reads a Slurm cluster: nodes, partitions, reservations, jobs, and how its scheduler is. Changes nothing.
///
/// One request is under way at a time, and the next look waits the longer the slower the last one was: a controller that is
/// busy is not made busier. An observation waits for the look no longer than `patience`; what comes later is in the next one.
package actor SlurmObserver: Observer {
    private let settings: SlurmSettings
    private let elapsed: @Sendable () -> Double
    /// nil: not found yet; looked for again with each look.
    private var command: SlurmCommand?
    /// nil: nodes are read by commands as well.
    private let rest: SlurmRestReader?

    private var cluster: SlurmCluster?
    private var work: SlurmWork?
    /// Rows of the queue that could not be read.
    private var unread = 0
    private var picture: SlurmPicture?
    private var revision: UInt64 = 0
    /// When each was read, by the plant's clock.
    private var clusterAt: PlantTime?
    private var queueAt: PlantTime?
    /// Why the last look brought nothing; nil: it did. The queue's own beside it.
    private var failure: SlurmFailure?
    private var queueFailure: SlurmFailure?
    /// The slowest answer of the last look. Unit: s.
    private var slowest = 0.0
    /// Looks in a row that failed.
    private var failures = 0

    /// When the next looks may begin, and when the one under way did, by the monotonic clock. Unit: s.
    private var dueAt = -Double.infinity
    private var queueDueAt = -Double.infinity
    private var beganAt: Double?
    /// How long the controller, and who lists its jobs, is left alone after its last answer.
    private var relief: SlurmPause
    private var queueRelief: SlurmPause
    private var waiting: [AsyncStream<Never>.Continuation] = []
    private var drifts: [SlurmDrift] = []
    private var events: [FactoryEvent] = []
    private var nextEvent: UInt64 = 1

    /// A look that takes so long is worth a word before it ends. Unit: s.
    private static let silence = 1.2
    /// Longest time between two attempts on a controller that is away. Unit: s.
    private static let longestPause = 10.0

    /// - Parameter elapsed: monotonic seconds.
    package init(_ settings: SlurmSettings, elapsed: @escaping @Sendable () -> Double = ScrapeObserver.monotonic()) {
        self.settings = settings
        relief = SlurmPause(restraint: settings.restraint, interval: settings.interval.value)
        queueRelief = SlurmPause(restraint: settings.restraint, interval: settings.queueInterval.value)
        rest = settings.rest.map { SlurmRestReader($0, deadline: settings.deadline) }
        self.elapsed = elapsed
    }

    package func observe(at now: Double) async -> Observation {
        let start = elapsed()
        if beganAt == nil, start >= dueAt {
            beganAt = start
            Task {
                await look(now: now, start: start)
                ended()
            }
        }
        if beganAt != nil {
            let (stream, settled) = AsyncStream<Never>.makeStream()
            waiting.append(settled)
            let patience = Task { [settings] in
                // ignored because it is cancelled only when the look has ended, and then nobody waits.
                try? await Task.sleep(for: settings.patience)
                settled.finish()
            }
            for await _ in stream {}
            patience.cancel()
        }
        return observation(at: PlantTime(epoch: now + max(0, elapsed() - start)))
    }

    private func ended() {
        beganAt = nil
        for waiter in waiting { waiter.finish() }
        waiting = []
    }

    // MARK: Looking

    private func look(now: Double, start: Double) async {
        let wall: () -> PlantTime = { [elapsed] in PlantTime(epoch: now + max(0, elapsed() - start)) }
        do throws(SlurmFailure) {
            let reader: any SlurmReader
            if let rest { reader = rest } else { reader = SlurmCommandReader(command: try found()) }
            let seen = try await cluster(through: reader)
            took(seen, at: wall())
            if elapsed() >= queueDueAt { await lookAtQueue(wall) }
            paint()
            let pace = settings.interval.value
            relief.answered(in: slowest)
            dueAt = max(start + pace, elapsed() + relief.length)
        } catch {
            fail(error, at: wall())
            dueAt = start + min(Self.longestPause, settings.interval.value * Double(failures))
        }
    }

    private func found() throws(SlurmFailure) -> SlurmCommand {
        if let command { return command }
        var found = try SlurmCommand(
            configuration: settings.configuration, folder: settings.folder, variables: settings.variables)
        found.deadline = settings.deadline
        command = found
        return found
    }

    private func cluster(through reader: any SlurmReader) async throws(SlurmFailure) -> SlurmCluster {
        // Slurm waits as long for a controller that is not there as for one that hangs: who is silent is asked what it is.
        let question = Task { [doubt = settings.doubt] () -> Bool? in
            // ignored because it is cancelled only when the answer has come.
            guard (try? await Task.sleep(for: doubt)) != nil else { return nil }
            return await reader.isUp()
        }
        defer { question.cancel() }
        do throws(SlurmFailure) {
            return try await reader.cluster()
        } catch {
            guard error.kind == .hangs, await question.value == false else { throw error }
            throw SlurmFailure(.down, "does not answer: slurmctld is down or cannot be reached")
        }
    }

    private func lookAtQueue(_ wall: () -> PlantTime) async {
        do throws(SlurmFailure) {
            let began = elapsed()
            let reader = SlurmCommandReader(command: try found())
            // Nobody who submitted a job before now can know it.
            let mark = "m" + String(UInt64.random(in: 0...UInt64.max), radix: 36)
            let answer = try await reader.queue(mark: mark)
            let read = SlurmWork(parsing: answer.output, mark: mark, control: control, at: wall())
            (work, unread, queueAt, queueFailure) = (read, read.unread, wall(), nil)
            slowest = max(slowest, answer.elapsed)
            queueRelief.answered(in: answer.elapsed)
            queueDueAt = max(began + settings.queueInterval.value, elapsed() + queueRelief.length)
        } catch {
            queueFailure = error
            queueDueAt = elapsed() + settings.queueInterval.value
        }
    }

    private func took(_ seen: SlurmCluster, at now: PlantTime) {
        if failure != nil, clusterAt != nil { tell(.source, "slurm answers again", at: now) }
        if let old = cluster {
            let memory = settings.board?.memory
            for item in SlurmNews.items(from: old, to: seen, memory: memory, titles: titles(of: seen)) {
                tell(item.kind, item.text, node: item.node, at: now)
            }
        }
        settings.board?.see(seen.partitions)
        settings.board?.see(seen.nodes, at: now)
        lookForDrift(in: seen, at: now)
        (cluster, clusterAt, failure, failures) = (seen, now, nil, 0)
        slowest = seen.slowest
    }

    private func titles(of seen: SlurmCluster) -> SlurmTitles {
        SlurmNames(aliases: settings.aliases).titles(among: Set(seen.nodes.map(\.name)))
    }

    private func lookForDrift(in seen: SlurmCluster, at now: PlantTime) {
        let new = settings.board?.drift(seen.partitions, nodes: seen.nodes).map { $0.shown(titles(of: seen)) } ?? []
        if new != drifts, !new.isEmpty {
            tell(
                .page,
                "slurm's lists are not as tokenworks left them: \(SlurmDrift.words(new)); 'tokenworks drift' has "
                    + "what can be done, and nothing is done by itself", at: now)
        }
        drifts = new
    }

    private func paint() {
        guard let cluster, let clusterAt else { return }
        let new = SlurmPicture(
            cluster, work, control: control, writer: settings.board?.memory?.writer, at: clusterAt)
        if new.standing != picture?.standing { revision += 1 }
        picture = new
    }

    /// The operator's word on partitions, else a guess from their names.
    private var control: SlurmControl {
        settings.control ?? SlurmControl(guessing: cluster?.partitions.map(\.name) ?? [])
    }

    private func fail(_ error: SlurmFailure, at now: PlantTime) {
        if failure?.text != error.text { tell(clusterAt == nil ? .dead : .stale, "slurm \(error.text)", at: now) }
        failure = error
        failures += 1
        // Another installation may be there the next time.
        if error.kind == .noProgram || error.kind == .noConfiguration { command = nil }
    }

    private func tell(_ kind: FactoryEvent.Kind, _ text: String, node: String? = nil, at: PlantTime) {
        events.append(FactoryEvent(id: nextEvent, at: at, kind: kind, text: text, node: node.map { NodeID($0) }))
        nextEvent += 1
    }

    // MARK: Telling

    private func observation(at now: PlantTime) -> Observation {
        var observation = Observation(source: status(at: now), at: now, interval: pace, kind: .live)
        if let picture {
            observation.hosts = picture.hosts
            observation.pools = picture.pools
            observation.jobs = picture.jobs
            observation.queued = picture.queued
            observation.revision = AllocationRevision(revision)
            if let queueAt {
                let age = now - queueAt
                observation.training = picture.demand(at: now, age: age > settings.queueInterval * 2 ? age : nil)
            }
        }
        observation.origins = Self.origins
        observation.targets = [
            TargetHealth(
                name: "slurmctld", answeredAt: clusterAt, duration: clusterAt.map { _ in Seconds(slowest) }, bytes: 0,
                series: 0, problem: problem(at: now) ?? remark, isUp: problem(at: now) == nil)
        ]
        observation.events = events
        events = []
        return observation
    }

    /// As the slowness of the controller makes it: what is not older than that is fresh.
    private var pace: Seconds { max(settings.interval, Seconds(relief.length)) }

    /// Why there is no word now, without the name of who is silent; nil: there is.
    private func problem(at now: PlantTime) -> String? {
        if let beganAt, elapsed() - beganAt >= Self.silence {
            let words = Words.duration(Seconds(elapsed() - beganAt))
            return failure?.text ?? "has given no answer for \(words)"
        }
        return failure?.text ?? (clusterAt == nil ? "has not answered yet" : nil)
    }

    /// What is odd about a controller that answers.
    private var remark: String? {
        if let queueFailure { return "does not list its jobs: it \(queueFailure.text)" }
        if unread > 0 {
            return "lists \(Words.count(unread, "job")) that cannot be read: the queue is longer than shown"
        }
        if let remark = cluster?.remark { return remark }
        if !drifts.isEmpty {
            return "has other lists than tokenworks left: \(SlurmDrift.words(drifts)); see tokenworks drift"
        }
        if slowest >= settings.slow.value { return "is slow: an answer took \(Words.wait(Seconds(slowest)))" }
        if let cycle = cluster?.health?.lastCycle, cycle >= 5 {
            return "schedules slowly: one round took \(Words.wait(Seconds(cycle)))"
        }
        if settings.control == nil, let guess = picture?.control, !guess.training.isEmpty || !guess.inference.isEmpty {
            return "has partitions whose use is guessed from their names; confirm it under control: (docs/slurm.md)"
        }
        return nil
    }

    private func status(at now: PlantTime) -> SourceStatus {
        let reason = problem(at: now)
        var status = SourceStatus(
            name: "slurm", answeredAt: clusterAt, targets: 1, targetsUp: reason == nil ? 1 : 0,
            problem: (reason ?? remark).map { "slurm \($0)" })
        if let reason { status.dead = [DeadTarget(name: "slurm", reason: reason, lastSeen: clusterAt)] }
        if reason == nil, let remark { status.odd = [OddTarget(name: "slurm", remark: remark)] }
        return status
    }

    private static let origins = [
        Origin(
            product: "slurm", field: .cpu, series: "CPULoad, CPUTot",
            rule: "processes that want a processor over processors, at most 1"),
        Origin(
            product: "slurm", field: .memory, series: "AllocMem, RealMemory",
            rule: "the part that is allocated to jobs, used or not"),
    ]
}
