// SPDX-License-Identifier: Apache-2.0

/// What one look at a live class cannot say: whether it keeps what it was promised, since when it does not, and how its
/// queue grows.
struct ClassWatch: Sendable {
    /// By the class's name, in the words of its engines.
    private let levels: [String: ServiceLevel]
    private var past: [ServingClass: Past] = [:]

    private struct Past: Sendable {
        var missedSince: PlantTime?
        var metSince: PlantTime?
        var hurtSince: PlantTime?
        /// What waited, oldest first, over `trendSpan`.
        var queue: [(at: PlantTime, waiting: Double)] = []
    }

    /// A miss must last so long before it counts, and the end of one so long before it does: the simulation's delays.
    private static let onDelay = Seconds(60)
    private static let offDelay = Seconds(180)
    /// A queue's growth is told over this span, and over no less than the shorter one.
    private static let trendSpan = Seconds(120)
    private static let shortestTrend = Seconds(30)

    init(levels: [String: ServiceLevel]) { self.levels = levels }

    /// Forgets classes that are gone.
    mutating func keep(_ classes: Set<ServingClass>) { past = past.filter { classes.contains($0.key) } }

    /// Adds to a class what was promised and how that is kept.
    ///
    /// - Parameters:
    ///   - ttft: how long first tokens took, over all engines that say what users wait.
    ///   - itl: the same of the time between two tokens.
    mutating func judge(
        _ pool: inout PoolState, _ serving: ServingClass, ttft: Reading<Buckets>, itl: Reading<Buckets>,
        at now: PlantTime
    ) {
        var before = past[serving] ?? Past()
        pool.queueTrend = Self.trend(pool.waiting, &before, at: now)
        if let level = levels[serving.name] {
            pool.level = level
            pool.attainment = Self.attainment(level, ttft, itl)
            let budget = 1 - level.target.value
            if budget > 0 { pool.burn = pool.attainment.map { Count((1 - $0.value) / budget) } }
            advance(&before, level, pool.attainment, at: now)
            pool.hurtSince = before.hurtSince
        }
        past[serving] = before
    }

    /// The worse of what is promised: a histogram of each tells no more of requests that meet both.
    private static func attainment(
        _ level: ServiceLevel, _ ttft: Reading<Buckets>, _ itl: Reading<Buckets>
    ) -> Reading<Share> {
        var promises = [(itl, level.itl)]
        if let limit = level.ttft { promises.append((ttft, limit)) }
        var worst = 1.0
        var oldest: Seconds?
        for (reading, limit) in promises {
            // Half a promise that is kept is not known to be kept.
            guard let share = reading.known?.share(upTo: limit.value) else { return .missing }
            worst = min(worst, share)
            if case .stale(_, let age) = reading { oldest = max(oldest ?? age, age) }
        }
        return oldest.map { .stale(Share(worst), age: $0) } ?? .fresh(Share(worst))
    }

    private func advance(
        _ past: inout Past, _ level: ServiceLevel, _ attainment: Reading<Share>, at now: PlantTime
    ) {
        // What is old or unknown says neither that it is missed nor that it is met.
        guard case .fresh(let share) = attainment else {
            (past.missedSince, past.metSince) = (nil, nil)
            return
        }
        if share < level.target {
            past.metSince = nil
            let since = past.missedSince ?? now
            past.missedSince = since
            if past.hurtSince == nil, now - since >= Self.onDelay { past.hurtSince = since }
        } else {
            past.missedSince = nil
            let since = past.metSince ?? now
            past.metSince = since
            if now - since >= Self.offDelay { past.hurtSince = nil }
        }
    }

    /// Requests per minute; missing until the queue has been seen for a while.
    private static func trend(_ waiting: Reading<Count>, _ past: inout Past, at now: PlantTime) -> Reading<Count> {
        guard case .fresh(let count) = waiting else {
            past.queue = []
            return .missing
        }
        if past.queue.last.map({ $0.at < now }) ?? true { past.queue.append((now, count.value)) }
        past.queue.removeAll { now - $0.at > trendSpan }
        guard let first = past.queue.first, now - first.at >= shortestTrend else { return .missing }
        return .fresh(Count((count.value - first.waiting) / (now - first.at).value * 60))
    }
}
