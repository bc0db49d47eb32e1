// SPDX-License-Identifier: Apache-2.0

package import Factory
import Planning

/// Polls the sources of a plant, each at its own pace.
///
/// A harvest waits for the sources it asks, but only as long as `patience` lasts; a source that is still at an earlier
/// poll is not asked again and not waited for, and what it said before stands meanwhile.
package actor Collector {
    /// What one poll brought.
    package struct Harvest: Sendable {
        /// The latest of every source that has ever answered, in the order of the configuration.
        package var observations: [Observation] = []
        /// What happened since the last harvest, source by source, each oldest first.
        package var events: [FactoryEvent] = []
        /// What sources remember of the time before they were asked.
        package var past: [TrendKey: Trend] = [:]
    }

    private struct Source {
        let observer: any Observer
        var latest: Observation?
        /// When the poll that is still under way began; nil: none is.
        var askedAt: Double?
        var news: [FactoryEvent] = []
        var past: [TrendKey: Trend] = [:]
    }

    /// Events a source may pile up between two harvests; the oldest go first.
    private static let newsLimit = FactorySnapshot.eventLimit

    private var sources: [Source]
    private let patience: @Sendable () async -> Void
    /// Sources that this harvest still waits for.
    private var awaited: Set<Int> = []
    private var waiter: CheckedContinuation<Void, Never>?
    private var round = 0

    /// - Parameter patience: returns when a harvest has waited long enough.
    package init(_ observers: [any Observer], patience: @escaping @Sendable () async -> Void = Collector.quarterSecond)
    {
        sources = observers.map { Source(observer: $0) }
        self.patience = patience
    }

    /// The usual patience: less than a person notices, more than a healthy source on the same host needs.
    @Sendable package static func quarterSecond() async {
        // ignored because a cancelled wait is over as well.
        try? await Task.sleep(for: .milliseconds(250))
    }

    /// Polls every source that is free and returns what is known then. One harvest at a time.
    ///
    /// - Parameter now: wall clock, seconds since 1970.
    package func harvest(at now: Double) async -> Harvest {
        round += 1
        let free = sources.indices.filter { sources[$0].askedAt == nil }
        awaited = Set(free)
        for index in free {
            sources[index].askedAt = now
            let observer = sources[index].observer
            Task {
                let observation = await Self.poll(observer, at: now)
                arrived(index, observation)
            }
        }
        await wait(round)
        return gather(at: now)
    }

    /// Off this actor: a source that computes long must not hold up the others.
    @concurrent private static func poll(_ observer: any Observer, at now: Double) async -> Observation {
        await observer.observe(at: now)
    }

    private func arrived(_ index: Int, _ observation: Observation) {
        sources[index].askedAt = nil
        sources[index].news += observation.events
        let surplus = sources[index].news.count - Self.newsLimit
        if surplus > 0 { sources[index].news.removeFirst(surplus) }
        var kept = observation
        (kept.events, kept.past) = ([], [:])
        if !observation.past.isEmpty { sources[index].past = observation.past }
        sources[index].latest = kept
        awaited.remove(index)
        if awaited.isEmpty { release(round) }
    }

    private func wait(_ waited: Int) async {
        guard !awaited.isEmpty else { return }
        let limit = Task {
            await patience()
            release(waited)
        }
        await withCheckedContinuation { waiter = $0 }
        limit.cancel()
    }

    private func release(_ waited: Int) {
        guard waited == round, let waiter else { return }
        self.waiter = nil
        awaited = []
        waiter.resume()
    }

    private func gather(at now: Double) -> Harvest {
        var harvest = Harvest()
        for index in sources.indices {
            harvest.events += sources[index].news
            sources[index].news = []
            // Two sources rarely remember the same; the first of the configuration has the word.
            harvest.past.merge(sources[index].past) { first, _ in first }
            sources[index].past = [:]
            guard var observation = sources[index].latest else { continue }
            if let askedAt = sources[index].askedAt, now > askedAt {
                observation.source.problem = "no answer for \(Words.duration(Seconds(now - askedAt))) to the last poll"
            }
            harvest.observations.append(observation)
        }
        return harvest
    }
}
