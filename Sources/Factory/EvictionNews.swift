// SPDX-License-Identifier: Apache-2.0

/// Jobs that lost their place, as news: the first at once, and those of the next minute together.
package struct EvictionNews: Sendable {
    private struct Told: Sendable {
        var evicted: Double
        /// nil: nothing has been told yet.
        var at: PlantTime?
    }

    private var told: [String: Told] = [:]
    /// A queue that pre-empts does so all day.
    private static let span = Seconds(60)

    package init() {}

    /// `kueue has evicted 2 workloads`.
    package mutating func take(_ queues: [QueueFacts]) -> [String] {
        queues.compactMap { queue in
            guard let evicted = queue.evicted else { return nil }
            let key = "\(queue.scheduler) \(queue.target)"
            // A count that fell is another one: the scheduler has begun anew.
            guard let last = told[key], evicted >= last.evicted else {
                told[key] = Told(evicted: evicted, at: told[key]?.at)
                return nil
            }
            let count = evicted - last.evicted
            if count == 0 { return nil }
            if let at = last.at, queue.at - at < Self.span { return nil }
            told[key] = Told(evicted: evicted, at: queue.at)
            let since = last.at.map { " since \($0.shortClock)" } ?? ""
            return "\(queue.scheduler) has evicted \(Words.fixed(count, 0)) workload\(count == 1 ? "" : "s")\(since)"
        }
    }
}
