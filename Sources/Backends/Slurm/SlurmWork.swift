// SPDX-License-Identifier: Apache-2.0

import Factory
import SlurmText

/// The queue in the plant's own terms: made once for each look at it, however often nodes are looked at meanwhile.
struct SlurmWork: Sendable {
    /// Those that run, then the first of those that wait: of all, and of each partition that is for something.
    private(set) var jobs: [JobState] = []
    /// Of the partitions that are not for inference.
    private(set) var training = SlurmDemand()
    /// Of the jobs that are for inference alone: each with the first of its partitions.
    private(set) var serving: [String: SlurmDemand]
    /// Tasks that wait in each partition that is for something; empty where rows could not be read, which may be such jobs.
    private(set) var queued: [String: Int]
    /// Rows that could not be read: the numbers are too low by them.
    private(set) var unread = 0
    /// Who has which node, most GPUs first.
    private(set) var holders: [String: [HostAllocation.Holder]] = [:]

    /// Jobs that wait and are listed one by one; the rest is counted.
    static let listed = 500
    /// Of each partition at least so many: a long queue for one must not hide who waits for another.
    static let listedEach = 200

    private let at: PlantTime

    /// - Parameters:
    ///   - output: what `squeue` said, asked with `mark`.
    ///   - at: when the queue was looked at.
    init(parsing output: [UInt8], mark: String, control: SlurmControl, at: PlantTime) {
        self.at = at
        var running: [SlurmJob] = []
        let partitions = Set(control.inference + control.training)
        queued = Dictionary(uniqueKeysWithValues: partitions.map { ($0, 0) })
        serving = Dictionary(uniqueKeysWithValues: Set(control.inference).map { ($0, SlurmDemand()) })
        var first = SlurmFirst(of: partitions)
        unread = SlurmQueue.read(output, mark: mark) { job in
            if job.isRunning { running.append(job) }
            if job.isPending { first.add(job) }
            count(job, control)
        }
        jobs = (running + first.jobs()).map { state(of: $0, grace: control.signal == nil ? 0 : control.grace) }
        // Rows that were not understood may be jobs that wait.
        if unread > 0 {
            queued = [:]
            forgetAsked()
        }
        holders = Self.holders(running)
    }

    private mutating func count(_ job: SlurmJob, _ control: SlurmControl) {
        if job.isCut { forgetAsked() }
        if job.isPending { for partition in job.partitions { queued[partition]? += job.tasks } }
        let isServing = !job.partitions.isEmpty && job.partitions.allSatisfy { control.inference.contains($0) }
        if isServing, let first = job.partitions.first {
            serving[first]?.count(job)
        } else {
            training.count(job)
        }
    }

    private mutating func forgetAsked() {
        training.forgetAsked()
        for partition in serving.keys { serving[partition]?.forgetAsked() }
    }

    /// - Parameter grace: how long a job gets to save its work before it is put back. Unit: s.
    private func state(of job: SlurmJob, grace: Double) -> JobState {
        let count = job.nodeCount ?? job.nodes.names.count
        let gpus = job.gpus ?? 0
        let since = (job.isRunning ? job.start : job.submitted).map(PlantTime.init(epoch:)) ?? at
        var state = JobState(
            id: JobID(job.id), name: Self.line(job.name), owner: job.user ?? "",
            phase: job.isRunning ? .running : .pending, nodes: job.isRunning ? max(count, job.nodes.names.count) : 0,
            minNodes: count, maxNodes: count, gpusPerNode: count > 0 ? (gpus + count - 1) / count : gpus, since: since)
        var why = job.isPending ? job.reason ?? "" : ""
        if job.isPending, let pinned = job.requiredNodes { why += " -w \(pinned)" }
        if job.isPending, let features = job.features { why += " -C \(features)" }
        if job.isPending, let start = job.start, start > at.epoch {
            why += ", starts in \(Words.age(Seconds(start - at.epoch)))"
        }
        state.reason = why
        state.account = job.account ?? ""
        if job.isRunning { state.checkpointTime = Seconds(grace) }
        state.wants = wants(of: job)
        if job.isRunning, let limit = job.limit, limit.isFinite, let used = job.used {
            state.remaining = .fresh(Seconds(max(0, limit - used)))
        }
        return state
    }

    private func wants(of job: SlurmJob) -> JobWants {
        var wants = JobWants(partitions: job.partitions)
        // ignored because a list that cannot be read names nodes that nobody knows: none of those that move.
        wants.nodes = job.requiredNodes.flatMap { (try? Hostlist(parsing: $0))?.names } ?? []
        wants.features = job.features
        wants.reason = job.isPending ? job.reason ?? "" : ""
        (wants.tasks, wants.throttle) = (job.tasks, job.throttle)
        (wants.gpus, wants.cpus) = (job.gpus, job.cpus)
        (wants.isExclusive, wants.isFixed) = (job.isExclusive, job.isFixed)
        wants.isReserved = job.reservation != nil
        return wants
    }

    /// A name may have lines in it.
    static func line(_ name: String) -> String {
        name.contains(where: \.isNewline) ? name.split(whereSeparator: \.isNewline).joined(separator: " ") : name
    }

    private static func holders(_ running: [SlurmJob]) -> [String: [HostAllocation.Holder]] {
        var holders: [String: [HostAllocation.Holder]] = [:]
        for job in running.sorted(by: { ($0.gpus ?? 0) > ($1.gpus ?? 0) }) {
            let holder = HostAllocation.Holder(job: JobID(job.id), owner: job.user ?? "")
            for name in job.nodes.names { holders[name, default: []].append(holder) }
        }
        return holders
    }
}

/// The first of the jobs that wait: of all of them, and of each partition.
private struct SlurmFirst {
    private var all = SlurmWaiting(limit: SlurmWork.listed)
    private var each: [String: SlurmWaiting]
    private var seen = 0

    init(of partitions: Set<String>) {
        each = Dictionary(uniqueKeysWithValues: partitions.map { ($0, SlurmWaiting(limit: SlurmWork.listedEach)) })
    }

    mutating func add(_ job: SlurmJob) {
        let item = SlurmWaiting.Item(job: job, place: seen)
        seen += 1
        all.add(item)
        for partition in job.partitions { each[partition]?.add(item) }
    }

    /// Each once, in the scheduler's order.
    mutating func jobs() -> [SlurmJob] {
        var items = all.first()
        var places = Set(items.map(\.place))
        for partition in each.keys {
            items += each[partition]?.first().filter { places.insert($0.place).inserted } ?? []
        }
        return items.sorted { $0.isBefore($1) }.map(\.job)
    }
}

/// The first of the jobs that wait, in the scheduler's order: what starts first is looked at first.
private struct SlurmWaiting {
    struct Item {
        var job: SlurmJob
        var place: Int

        func isBefore(_ other: Item) -> Bool {
            (other.job.priority ?? 0, job.submitted ?? 0, place) < (
                job.priority ?? 0, other.job.submitted ?? 0, other.place
            )
        }
    }

    private let limit: Int
    private var items: [Item] = []
    /// The last that is kept; what comes after it is none of the first.
    private var last: Item?

    init(limit: Int) { self.limit = limit }

    mutating func add(_ item: Item) {
        if let last, !item.isBefore(last) { return }
        items.append(item)
        if items.count >= limit * 2 { cut() }
    }

    mutating func first() -> [Item] {
        cut()
        return items
    }

    private mutating func cut() {
        items.sort { $0.isBefore($1) }
        guard items.count >= limit else { return }
        items.removeLast(items.count - limit)
        last = items.last
    }
}
