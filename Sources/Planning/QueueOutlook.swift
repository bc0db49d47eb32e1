// SPDX-License-Identifier: Apache-2.0

import Factory

/// What a move between partitions means for jobs that wait, or would have to start again: a careful estimate from what their
/// scheduler tells. Which job starts when, it alone decides.
struct QueueOutlook {
    private let snapshot: FactorySnapshot
    private let field: PartitionField
    /// Where the nodes go; nil: one of several partitions, and which one only the engine knows.
    private let receiver: String?
    private let asked: String
    private let moved: Set<Int>
    /// Jobs that have a line, or a place in one.
    private static let told = 4

    init(_ proposal: Proposal, on snapshot: FactorySnapshot) {
        self.snapshot = snapshot
        var field = PartitionField(snapshot)
        let places = Dictionary(
            snapshot.nodes.ids.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        var receivers: Set<String?> = []
        var moved: Set<Int> = []
        for taken in proposal.takes where taken.route != nil {
            let to = field.homes(of: taken.to ?? proposal.to)
            receivers.insert(to.count == 1 ? to.first : nil)
            for place in taken.nodes.compactMap({ places[$0] }) {
                moved.insert(place)
                field.move(place, to: to)
            }
        }
        receiver = receivers.count == 1 ? receivers.first.flatMap(\.self) : nil
        asked = proposal.to.shortName
        self.moved = moved
        self.field = field
    }

    // MARK: Those that could start

    /// `3 of 12 pending jobs in serve would fit: 101 (alice), ...`; empty where no scheduler speaks of what waits, and where it
    /// is not certain that nothing does.
    var starts: [String] {
        guard let receiver else { return [] }
        let waiting = listed(in: receiver)
        let queue = Queue(waiting, total: snapshot.queued[receiver])
        guard queue.total > 0 else { return snapshot.queued[receiver] == 0 ? ["no job waits in \(receiver)"] : [] }
        let judged = waiting.map { isJudged($0, in: receiver) }
        let now = fits(waiting, judged, on: field.idle(in: receiver, after: true, except: moved))
        let then = fits(waiting, judged, on: field.idle(in: receiver, after: true, except: []))
        let gained = waiting.indices.compactMap { index -> (JobState, Int)? in
            let more = then[index] - now[index]
            return more > 0 ? (waiting[index], more) : nil
        }
        let count = gained.reduce(0) { $0 + $1.1 }
        let names = gained.prefix(Self.told).map { job, tasks in
            let many = job.wants.map { $0.tasks > 1 } ?? false
            return "\(many ? "\(tasks) of " : "")\(job.id) (\(job.owner))"
        }
        var line = "\(count == 0 ? "none" : String(count)) of \(queue.words) in \(receiver) would fit"
        if !names.isEmpty {
            line += ": " + names.joined(separator: ", ")
            if gained.count > Self.told { line += " and \(gained.count - Self.told) more" }
        }
        let others = zip(waiting, judged).filter { !$0.1 }.map(\.0)
        return [line + Self.reasons(of: others) + "; an estimate, the scheduler decides"]
    }

    /// Whether a job waits for nodes, so that more of them may be what it needs: a partition that grows may reach the number
    /// that it asks for.
    private func isJudged(_ job: JobState, in partition: String) -> Bool {
        guard let wants = job.wants else { return false }
        return wants.waitsForNodes || (wants.isOutsideLimit && field.size(of: partition) < job.minNodes)
    }

    /// `; not judged: 3 Licenses, 1 Dependency`, the most frequent first, in the scheduler's words.
    private static func reasons(of jobs: [JobState]) -> String {
        guard !jobs.isEmpty else { return "" }
        var counts: [String: Int] = [:]
        for job in jobs { counts[job.wants?.reasonWord ?? "", default: 0] += job.wants?.tasks ?? 1 }
        let words = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.value) \($0.key)" }
        let more = words.count - told
        let rest = more > 0 ? " and \(Words.count(more, "more reason"))" : ""
        return "; not judged: \(words.prefix(told).joined(separator: ", "))\(rest)"
    }

    /// The jobs that wait in a partition, as far as they are listed.
    private func listed(in partition: String) -> [JobState] {
        snapshot.jobs.filter { $0.phase == .pending && $0.wants?.partitions.contains(partition) == true }
    }

    /// How many wait, and how many of these are looked at; each task is one.
    private struct Queue {
        var listed: Int
        var total: Int

        init(_ jobs: [JobState], total: Int?) {
            listed = jobs.reduce(0) { $0 + ($1.wants?.tasks ?? 1) }
            self.total = max(listed, total ?? 0)
        }

        /// `12 pending jobs`, `the first 200 of 900 pending jobs`
        var words: String { "\(listed < total ? "the first \(listed) of " : "")\(Words.count(total, "pending job"))" }
    }

    /// How many tasks of each job find room, in the scheduler's order, each given what the ones before it leave.
    private func fits(_ jobs: [JobState], _ judged: [Bool], on idle: [PartitionField.Room]) -> [Int] {
        var rooms = idle
        return zip(jobs, judged).map { job, isJudged in
            guard isJudged, let wants = job.wants, let gpus = wants.gpus else { return 0 }
            let count = max(1, job.minNodes)
            let each = (gpus: (gpus + count - 1) / count, cpus: ((wants.cpus ?? 1) + count - 1) / count)
            var started = 0
            while started < min(wants.tasks, wants.throttle ?? .max) {
                let fitting = rooms.indices.filter { rooms[$0].holds(each.gpus, each.cpus, wants) }
                let named = fitting.filter { wants.nodes.contains(rooms[$0].name) }
                guard fitting.count >= count, named.count == wants.nodes.count, named.count <= count else { break }
                let rest = fitting.filter { !wants.nodes.contains(rooms[$0].name) }
                for index in named + rest.prefix(count - named.count) {
                    rooms[index].take(each.gpus, each.cpus, alone: wants.isExclusive)
                }
                started += 1
            }
            return started
        }
    }

    // MARK: Those that could not

    /// Jobs that could start today and could not after the move, each with why: pinned to the nodes by name or feature, or
    /// larger than what their partition keeps. Where not all that wait are listed, that is said.
    ///
    /// - Parameter others: jobs that have lines of their own.
    func pins(without others: Set<JobID>) -> [String] {
        guard !moved.isEmpty else { return [] }
        var lines: [String] = []
        for job in snapshot.jobs where !others.contains(job.id) {
            guard let wants = job.wants,
                let home = wants.partitions.first(where: { field.obstacle(job, in: $0) == nil }),
                wants.partitions.allSatisfy({ field.obstacle(job, in: $0, after: true) != nil }),
                let why = field.obstacle(job, in: home, after: true)
            else { continue }
            let then =
                job.phase == .pending ? "it could not start after the move" : "it runs, and could not start again"
            lines.append("job \(job.id) of \(job.owner) \(why): \(then)")
        }
        let more = lines.count - Self.told
        return lines.prefix(Self.told)
            + (more > 0 ? ["and \(Words.count(more, "more job")) could not start any more"] : []) + unseen
    }

    /// Why a job that runs could not start again after the move, if it is put back; nil: it could, as far as anybody knows.
    func obstacle(again id: JobID) -> String? {
        guard let job = snapshot.job(id), let partitions = job.wants?.partitions else { return nil }
        let obstacles = partitions.map { field.obstacle(again: job, in: $0) }
        return obstacles.contains(nil) ? nil : obstacles.first.flatMap(\.self)
    }

    /// Of which queues only the first jobs were looked at.
    private var unseen: [String] {
        field.losing.compactMap { partition in
            let queue = Queue(listed(in: partition), total: snapshot.queued[partition])
            guard queue.listed < queue.total else { return nil }
            return
                "only \(queue.words) in \(partition) were looked at: of the others some may not be able to start after the move"
        }
    }
}
