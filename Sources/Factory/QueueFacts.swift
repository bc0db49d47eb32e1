// SPDX-License-Identifier: Apache-2.0

/// What one scheduler's metrics say of its queue.
///
/// A nil is unknown, never zero.
package struct QueueFacts: Sendable, Equatable {
    /// `kueue`, `slurm`, `slurm exporter`.
    package var scheduler: String
    package var target: String
    package var at: PlantTime
    /// Jobs that wait and jobs that run.
    package var pending: Double?
    package var running: Double?
    package var gpusUsed: Double?
    /// What they may use: the quota, or all there are.
    package var gpusInAll: Double?
    /// Jobs that lost their place, so far.
    package var evicted: Double?
    /// How long those waited that were let in lately.
    package var wait: Buckets?
    /// Older than this they are stale: two polls of their own source. Set by `Fold`.
    package var staleAfter = Seconds(10)

    package init(scheduler: String, target: String, at: PlantTime) {
        self.scheduler = scheduler
        self.target = target
        self.at = at
    }

    /// What training asks for, over all schedulers; nil where none says how many wait.
    ///
    /// Slurm's own word counts before an exporter's on the same cluster.
    static func demand(_ facts: [QueueFacts], at now: PlantTime) -> TrainingDemand? {
        let isOwn = facts.contains { $0.scheduler == "slurm" }
        let counted = facts.filter { $0.scheduler != "slurm exporter" || !isOwn }.filter { $0.pending != nil }
        guard !counted.isEmpty else { return nil }
        func sum(_ path: KeyPath<QueueFacts, Double?>, of queues: [QueueFacts]) -> Int? {
            let known = queues.compactMap { $0[keyPath: path] }
            // The sum without one that does not say would be too low, and look certain.
            guard known.count == queues.count else { return nil }
            return Int(exactly: known.reduce(0, +).rounded())
        }
        guard let pending = sum(\.pending, of: counted) else { return nil }
        var demand = TrainingDemand(
            pendingJobs: pending, askedGPUs: nil, oldest: nil, oldestJob: "", oldestReason: "")
        demand.running = sum(\.running, of: counted)
        let sized = facts.filter { $0.gpusUsed != nil && $0.gpusInAll != nil }
        if !sized.isEmpty {
            demand.gpusUsed = sum(\.gpusUsed, of: sized)
            demand.gpusInAll = sum(\.gpusInAll, of: sized)
        }
        demand.wait = Buckets.sum(counted.compactMap(\.wait))?.quantile(0.95).map(Seconds.init)
        let old = counted.filter { now - $0.at > $0.staleAfter }.map { now - $0.at }
        demand.age = old.max()
        return demand
    }
}
