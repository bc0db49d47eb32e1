// SPDX-License-Identifier: Apache-2.0

package import Factory

/// Polls exposition endpoints: node_exporter, dcgm-exporter, vLLM. Read-only.
///
/// All targets are asked at once. An observation waits for slow ones no longer than `patience`; their pages are in a
/// later observation, with their own time. What a target is is decided by the names on its page.
package actor ScrapeObserver: Observer {
    private var states: [TargetState] = []
    private var lastID = 0
    private var watch: TargetWatch?
    private let settings: ScrapeSettings
    private let fetcher: PageFetcher
    private let elapsed: @Sendable () -> Double
    private var rounds: [Int: Round] = [:]
    private var nextRound = 0
    private var events: [FactoryEvent] = []
    private var nextEvent: UInt64 = 1
    /// Bytes of the pages that are remembered.
    private var kept = 0

    /// The targets of one poll that have not ended yet, and how to say that they have.
    private struct Round {
        var open: Int
        var settled: AsyncStream<Never>.Continuation
    }

    /// Longest time between two attempts on a dead target. Unit: s.
    private static let longestPause = 60.0

    /// - Parameters:
    ///   - targets: a target that stands there twice is polled once.
    ///   - source: where the targets were read from; its files are looked at with each poll.
    ///   - elapsed: monotonic seconds.
    package init(
        targets: [ScrapeTarget], settings: ScrapeSettings = ScrapeSettings(), source: TargetSource? = nil,
        elapsed: @escaping @Sendable () -> Double = ScrapeObserver.monotonic()
    ) {
        self.settings = settings
        self.elapsed = elapsed
        watch = source.map(TargetWatch.init)
        fetcher = PageFetcher(settings: settings, elapsed: elapsed)
        var known: Set<ScrapeTarget> = []
        for target in targets where known.insert(target).inserted {
            states.append(TargetState(target, id: lastID))
            lastID += 1
        }
    }

    /// A clock that never goes back, from zero.
    package static func monotonic() -> @Sendable () -> Double {
        let start = ContinuousClock.now
        return { (ContinuousClock.now - start) / .seconds(1) }
    }

    package func observe(at now: Double) async -> Observation {
        let start = elapsed()
        followFiles(at: PlantTime(epoch: now))
        let due = states.indices.filter { states[$0].isDue() }
        await ask(due, now: now, start: start)
        return observation(at: PlantTime(epoch: now + max(0, elapsed() - start)))
    }

    /// Takes over a list that has changed. What stays on it keeps its past; a list that cannot be read changes nothing.
    private func followFiles(at: PlantTime) {
        switch watch?.news() {
        case nil: break
        case .failure(let error): tell(.source, "targets stay as they are: \(error)", at: at)
        case .success(let targets):
            let old = Dictionary(states.map { ($0.target, $0) }, uniquingKeysWith: { first, _ in first })
            var known: Set<ScrapeTarget> = []
            let before = states.count
            states = targets.filter { known.insert($0).inserted }.map { target in
                if let state = old[target] { return state }
                lastID += 1
                return TargetState(target, id: lastID)
            }
            kept = states.reduce(0) { $0 + $1.remembered }
            let new = states.count { old[$0.target] == nil }
            let gone = before - (states.count - new)
            tell(.source, "the list of targets has changed: \(new) new, \(gone) gone, \(states.count) in all", at: at)
        }
    }

    // MARK: Polling

    private func ask(_ due: [Int], now: Double, start: Double) async {
        guard !due.isEmpty else { return }
        let number = nextRound
        nextRound += 1
        let (stream, settled) = AsyncStream<Never>.makeStream()
        rounds[number] = Round(open: due.count, settled: settled)
        for index in due {
            states[index].begin()
            let target = states[index].target
            let id = states[index].id
            let reader = states[index].reader
            let room = settings.memoryLimit - kept + states[index].remembered
            // Not a child task: a slow target must not hold back the observation it began in. The deadline ends it.
            Task { [fetcher] in
                let result = await Self.page(of: target, by: fetcher, reader, room: room)
                ended(id, result, now: now, start: start, round: number)
            }
        }
        let patience = Task { [settings] in
            // ignored because it is cancelled only when the round has settled, and then nobody waits.
            try? await Task.sleep(for: settings.patience)
            settled.finish()
        }
        for await _ in stream {}
        patience.cancel()
    }

    /// Off the actor: pages are read side by side.
    @concurrent private static func page(
        of target: ScrapeTarget, by fetcher: PageFetcher, _ reader: PageReader, room: Int
    ) async -> Result<ScrapeAnswer, ScrapeFailure> {
        let start = fetcher.elapsed()
        return await fetcher.fetch(target).flatMap { body in
            let duration = Seconds(fetcher.elapsed() - start)
            return Result { () throws(ScrapeFailure) in
                ScrapeAnswer(
                    page: try reader.read(body.bytes, body.format, room: room), elapsed: body.elapsed,
                    duration: duration, bytes: body.bytes.count)
            }
        }
    }

    private func ended(
        _ id: Int, _ result: Result<ScrapeAnswer, ScrapeFailure>, now: Double, start: Double, round: Int
    ) {
        defer { settle(round) }
        // It may have left the list meanwhile.
        guard let index = states.firstIndex(where: { $0.id == id }) else { return }
        let name = states[index].target.name
        switch result {
        case .success(let answer):
            let at = PlantTime(epoch: now + answer.elapsed - start)
            let before = states[index].facts.hosts
            let queues = states[index].facts.queues
            let others = kept - states[index].remembered
            let change = states[index].succeed(answer, at: at)
            kept = others + states[index].remembered
            if change == .returned { tell(.source, "\(name) answers again", at: at) }
            for news in MachineNews.of(states[index].facts.hosts, before: before) { tell(news.kind, news.text, at: at) }
            for text in QueueFacts.news(states[index].facts.queues, before: queues) { tell(.job, text, at: at) }
        case .failure(let failure):
            let at = PlantTime(epoch: now + elapsed() - start)
            let longest = Int(Self.longestPause / max(settings.interval.value, 0.1))
            if states[index].fail(failure, longestPause: longest) == .died {
                tell(.stale, "\(name) \(failure.text)", at: at)
            }
        }
    }

    private func settle(_ round: Int) {
        rounds[round]?.open -= 1
        guard let ended = rounds[round], ended.open == 0 else { return }
        ended.settled.finish()
        rounds[round] = nil
    }

    // MARK: Telling

    private func observation(at now: PlantTime) -> Observation {
        var observation = Observation(source: status(), at: now, interval: settings.interval, kind: .live)
        observation.hosts = states.flatMap(\.facts.hosts)
        observation.engines = states.flatMap(\.facts.engines)
        observation.origins = Origin.each(of: states.lazy.map(\.origins))
        observation.targets = states.map(\.health)
        observation.queues = states.flatMap(\.facts.queues)
        observation.runs = states.flatMap(\.facts.runs)
        observation.events = events
        events = []
        return observation
    }

    private func status() -> SourceStatus {
        let dead = states.filter { !$0.isUp }.map { state in
            DeadTarget(
                name: state.target.name, reason: state.failure?.text ?? "has not answered yet", lastSeen: state.lastSeen
            )
        }
        let odd = states.first { $0.isUp && $0.remark != nil }
        let problem =
            dead.first.map { "\($0.name) \($0.reason)" } ?? odd.map { "\($0.target.name) \($0.remark ?? "")" }
        return SourceStatus(
            name: "scrape", answeredAt: states.compactMap(\.lastSeen).max(), targets: states.count,
            targetsUp: states.count - dead.count, problem: problem, dead: dead)
    }

    private func tell(_ kind: FactoryEvent.Kind, _ text: String, at: PlantTime) {
        events.append(FactoryEvent(id: nextEvent, at: at, kind: kind, text: text))
        nextEvent += 1
    }
}
