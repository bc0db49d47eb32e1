// SPDX-License-Identifier: Apache-2.0

package import Factory

/// Asks a Prometheus-compatible server instead of the targets that it scrapes. Read-only.
///
/// The server's raw samples are put together again as the pages that they came from, and those are read as if they had been
/// scraped here: quirks, rates, percentiles and ages are the same. One round of questions is under way at a time; an
/// observation waits for it no longer than `patience`, and what comes later is in the next one.
package actor PrometheusObserver: Observer {
    let settings: PrometheusSettings
    let client: PrometheusClient
    let manager: PrometheusClient?
    let elapsed: @Sendable () -> Double

    /// What the server has of the catalogue; nil before it has said.
    var names: PrometheusNames?
    var targets: [TargetKey: PrometheusTarget] = [:]
    /// Series of each target, and the time between two of its scrapes as the server counts them. Unit: s.
    var counts: [TargetKey: Int] = [:]
    var paces: [TargetKey: Double] = [:]
    /// Targets that gave something a while ago: only those of them that the server still tries are of interest.
    var earlier: Set<TargetKey> = []
    /// Targets beyond the limit.
    var leftOut = 0
    /// When names and targets were looked for last, by the monotonic clock. Unit: s.
    var namedAt: Double?
    var foundAt: Double?
    /// What the server's clock is ahead of this host's. Unit: s.
    var offset = 0.0
    /// The server's clock at the last question that it answered. Unit: s.
    var serverNow = 0.0
    /// Falls when the server refuses what is too much for it, and rises again.
    var seriesPerQuery: Int
    var answeredAt: PlantTime?
    /// Why the server gave nothing in the last round; nil: it did.
    var failure: ScrapeFailure?
    /// What was odd about the last round, and about the one under way.
    var remark: String?
    var oddity: String?
    var book = AlertBook()
    var evictions = EvictionNews()

    private var round: Task<Void, Never>?
    private var waiting: [AsyncStream<Never>.Continuation] = []
    private var events: [FactoryEvent] = []
    private var nextEvent: UInt64 = 1
    var pastTask: Task<Void, Never>?
    var past: [TrendKey: Trend] = [:]

    /// - Parameter elapsed: monotonic seconds.
    package init(
        _ settings: PrometheusSettings, elapsed: @escaping @Sendable () -> Double = ScrapeObserver.monotonic()
    ) {
        self.settings = settings
        self.elapsed = elapsed
        let fetcher = PageFetcher(settings: settings.limits, elapsed: elapsed)
        client = PrometheusClient(server: settings.server, fetcher: fetcher)
        manager = settings.alertmanager.map { PrometheusClient(server: $0, fetcher: fetcher) }
        seriesPerQuery = settings.seriesPerQuery
    }

    package func observe(at now: Double) async -> Observation {
        let start = elapsed()
        if round == nil {
            round = Task {
                await ask(now: now, start: start)
                ended()
            }
        }
        let (stream, settled) = AsyncStream<Never>.makeStream()
        waiting.append(settled)
        let patience = Task { [settings] in
            // ignored because it is cancelled only when the round has ended, and then nobody waits.
            try? await Task.sleep(for: settings.patience)
            settled.finish()
        }
        for await _ in stream {}
        patience.cancel()
        return observation(at: PlantTime(epoch: now + max(0, elapsed() - start)))
    }

    private func ended() {
        round = nil
        for waiter in waiting { waiter.finish() }
        waiting = []
    }

    // MARK: Telling

    func tell(_ kind: FactoryEvent.Kind, _ text: String, node: String? = nil, at: PlantTime) {
        events.append(FactoryEvent(id: nextEvent, at: at, kind: kind, text: text, node: node.map { NodeID($0) }))
        nextEvent += 1
    }

    private func observation(at now: PlantTime) -> Observation {
        let ordered = targets.sorted { ($0.key.instance, $0.key.job) < ($1.key.instance, $1.key.job) }.map(\.value)
        var observation = Observation(
            source: status(ordered, at: now), at: now, interval: settings.interval, kind: .live)
        observation.hosts = ordered.flatMap(\.facts.hosts)
        observation.engines = ordered.flatMap(\.facts.engines)
        observation.queues = ordered.flatMap(\.facts.queues)
        observation.runs = ordered.flatMap(\.facts.runs)
        observation.origins = Origin.each(of: ordered.lazy.map(\.origins))
        observation.targets = ordered.map { $0.health(at: now) }
        observation.events = events
        observation.past = past
        (events, past) = ([], [:])
        return observation
    }

    private func status(_ ordered: [PrometheusTarget], at now: PlantTime) -> SourceStatus {
        let server = settings.server.name
        var dead = ordered.compactMap { target in
            target.complaint(at: now).map { DeadTarget(name: target.name, reason: $0, lastSeen: target.lastSeen) }
        }
        var up = ordered.count - dead.count
        var problem = dead.first.map { "\($0.name) \($0.reason)" } ?? remark.map { "\(server) \($0)" }
        // Without the server nobody knows how its targets are.
        if let reason = failure?.text ?? (ordered.isEmpty ? silence : nil) {
            dead = [DeadTarget(name: server, reason: reason, lastSeen: answeredAt)]
            problem = "\(server) \(reason)"
            up = 0
        }
        return SourceStatus(
            name: "prometheus", answeredAt: answeredAt, targets: max(ordered.count, dead.count), targetsUp: up,
            problem: problem, dead: dead)
    }

    /// Why there are no targets at all.
    private var silence: String {
        guard answeredAt != nil, let names else { return "has not answered yet" }
        return names.isEmpty
            ? "has no metric that is known (docs/live.md has the list)" : "has no target that gives something known now"
    }
}
