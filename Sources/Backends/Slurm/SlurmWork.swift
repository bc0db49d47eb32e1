// SPDX-License-Identifier: Apache-2.0

import Factory
import SlurmText

/// The queue in the plant's own terms: made once for each look at it, however often nodes are looked at meanwhile.
struct SlurmWork: Sendable {
    /// Those that run, then the first of those that wait.
    private(set) var jobs: [JobState] = []
    /// Of the partitions that are not for inference.
    private(set) var pending = 0
    private(set) var running = 0
    /// nil: of one that waits it is not known.
    private(set) var asked: Int? = 0
    private(set) var oldest: SlurmJob?
    /// Who has which node, most GPUs first.
    let holders: [String: [HostAllocation.Holder]]

    /// Jobs that wait and are listed one by one; the rest is counted.
    static let listed = 500

    private let at: PlantTime

    /// - Parameter at: when the queue was looked at.
    init(_ queue: SlurmQueue, control: SlurmControl, at: PlantTime) {
        self.at = at
        holders = Self.holders(queue)
        take(queue, control)
    }

    private mutating func take(_ queue: SlurmQueue, _ control: SlurmControl) {
        var waiting: [(priority: Int, submitted: Double, place: Int)] = []
        for (place, job) in queue.jobs.enumerated() {
            if job.isRunning { jobs.append(state(of: job)) }
            let isInference = !job.partitions.isEmpty && job.partitions.allSatisfy { control.inference.contains($0) }
            if job.isPending { waiting.append((job.priority ?? 0, job.submitted ?? 0, place)) }
            guard !isInference else { continue }
            if job.isRunning { running += 1 }
            guard job.isPending else { continue }
            pending += job.tasks
            asked = asked.flatMap { sum in job.gpus.map { sum + $0 * job.tasks } }
            if let submitted = job.submitted, submitted < oldest?.submitted ?? .infinity { oldest = job }
        }
        // The scheduler's order: what starts first is looked at first.
        waiting.sort { ($1.priority, $0.submitted, $0.place) < ($0.priority, $1.submitted, $1.place) }
        jobs += waiting.prefix(Self.listed).map { state(of: queue.jobs[$0.place]) }
        // Rows that were not understood may be jobs that wait.
        if queue.unread > 0 || queue.jobs.contains(where: \.isCut) { asked = nil }
    }

    private func state(of job: SlurmJob) -> JobState {
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
        if job.isRunning, let limit = job.limit, limit.isFinite, let used = job.used {
            state.remaining = .fresh(Seconds(max(0, limit - used)))
        }
        return state
    }

    /// A name may have lines in it.
    static func line(_ name: String) -> String {
        name.contains(where: \.isNewline) ? name.split(whereSeparator: \.isNewline).joined(separator: " ") : name
    }

    /// Who has which node, most GPUs first.
    private static func holders(_ queue: SlurmQueue) -> [String: [HostAllocation.Holder]] {
        var holders: [String: [HostAllocation.Holder]] = [:]
        let running = queue.jobs.filter(\.isRunning)
        for job in running.sorted(by: { ($0.gpus ?? 0) > ($1.gpus ?? 0) }) {
            let holder = HostAllocation.Holder(job: JobID(job.id), owner: job.user ?? "")
            for name in job.nodes.names { holders[name, default: []].append(holder) }
        }
        return holders
    }
}
