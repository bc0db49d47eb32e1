// SPDX-License-Identifier: Apache-2.0

package import Factory

/// Polls exposition endpoints: node_exporter, dcgm-exporter, vLLM. Read-only.
///
/// A few targets are asked at once, and so are all of them for a single look. An observation waits for slow ones no longer
/// than `patience`; their pages are in a later observation, with their own time. Many targets are asked one after the
/// other, each at its own moment of the interval, and an observation says what has come since the last one. What a target
/// is is decided by the names on its page.
package actor ScrapeObserver: Observer {
    private var states: [TargetState] = []
    private var lastID = 0
    private var watch: TargetWatch?
    private let settings: ScrapeSettings
    private var fetcher: PageFetcher
    private let elapsed: @Sendable () -> Double
    private var rounds: [Int: Round] = [:]
    private var nextRound = 0
    private var events: [FactoryEvent] = []
    private var nextEvent: UInt64 = 1
    /// Bytes of the pages that are remembered.
    private var kept = 0
    private var evictions = EvictionNews()
    var remembered: Int { kept }
    /// Where each target stands in `states`, by its id.
    private var places: [Int: Int] = [:]
    /// Since when each request is under way, by the id of its target.
    private var asked: [Int: Double] = [:]
    /// When it was last told that a target's page is odd, by its id.
    private var toldOdd: [Int: Double] = [:]
    /// Whether no round of many targets has begun yet.
    private var isFirst = true
    /// When the last of the others began, by the monotonic clock.
    private var lastRound: Double?
    private let limits: @Sendable (Int) -> FileLimit
    private var limit: FileLimit
    /// Requests under way, and those that wait for one of them to end.
    private var underWay = 0
    private var queue: ArraySlice<Request> = []

    /// One target to be asked, and the clocks of the observation that it belongs to.
    private struct Request {
        var id: Int
        var now, start: Double
        /// nil: nobody waits for it.
        var round: Int?
    }

    /// The targets of one poll that have not ended yet, and how to say that they have.
    private struct Round {
        var open: Int
        var settled: AsyncStream<Never>.Continuation
    }

    /// A page that was not odd for so long is news when it is again. Unit: s.
    private static let oddPause = 600.0
    /// Longest time between two attempts on a dead target. Unit: s.
    private static let longestPause = 60.0

    /// - Parameters:
    ///   - targets: a target that stands there twice is polled once.
    ///   - source: where the targets were read from; its files are looked at with each poll.
    ///   - elapsed: monotonic seconds.
    ///   - limits: how many connections a number of targets may have.
    package init(
        targets: [ScrapeTarget], settings: ScrapeSettings = ScrapeSettings(), source: TargetSource? = nil,
        elapsed: @escaping @Sendable () -> Double = ScrapeObserver.monotonic(),
        limits: @escaping @Sendable (Int) -> FileLimit = { FileLimit(targets: $0) }
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
        self.limits = limits
        places = Self.places(of: states)
        limit = limits(states.count)
        fetcher.keepsOpen = limit.keepsOpen
    }

    private static func places(of states: [TargetState]) -> [Int: Int] {
        Dictionary(uniqueKeysWithValues: states.indices.map { (states[$0].id, $0) })
    }

    /// A clock that never goes back, from zero.
    package static func monotonic() -> @Sendable () -> Double {
        let start = ContinuousClock.now
        return { (ContinuousClock.now - start) / .seconds(1) }
    }

    package func observe(at now: Double) async -> Observation {
        let start = elapsed()
        followFiles(at: PlantTime(epoch: now))
        if isSpread {
            await spread(now: now, start: start)
        } else {
            await ask(states.indices.filter { states[$0].isDue() }, now: now, start: start)
        }
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
            places = Self.places(of: states)
            toldOdd = toldOdd.filter { places[$0.key] != nil }
            limit = limits(states.count)
            fetcher.keepsOpen = limit.keepsOpen
            let new = states.count { old[$0.target] == nil }
            let gone = before - (states.count - new)
            tell(.source, "the list of targets has changed: \(new) new, \(gone) gone, \(states.count) in all", at: at)
        }
    }

    // MARK: Polling

    /// Targets whose moments are so near to each other are asked together: waking up for each costs more than asking.
    private static let step = Duration.milliseconds(10)

    private var isSpread: Bool { states.count > PollSchedule.together && !settings.isSingleLook }

    /// Asks each target at its own moment of the interval that begins now. Nobody waits for a whole interval to see the first
    /// numbers: the first round is as fast as it can be without a burst.
    private func spread(now: Double, start: Double) async {
        // Whoever looks in between sees what there is.
        if let lastRound, start - lastRound < settings.interval.value / 2 { return }
        if !isFirst { lastRound = start }
        let span = isFirst ? PollSchedule.quickest(states.count, settings.interval) : settings.interval
        let slots = states.map { (at: span.value * PollSchedule.offset(of: $0.target.url), id: $0.id) }
            .sorted { $0.at < $1.at }
        let clock = ContinuousClock()
        let began = clock.now
        Task {
            for slot in slots {
                let moment = began + .seconds(slot.at)
                // ignored because nobody cancels it.
                if clock.now + Self.step < moment { try? await clock.sleep(until: moment) }
                // Only now: one that was asked late in the last interval may have answered in this one.
                guard let place = places[slot.id], states[place].isDue() else { continue }
                begin(Request(id: slot.id, now: now, start: start))
            }
        }
        guard isFirst else { return }
        isFirst = false
        // ignored because a wait that is cut short shows less and no worse.
        try? await clock.sleep(for: .seconds(min(span.value, PollSchedule.firstLook)))
    }

    private func ask(_ due: [Int], now: Double, start: Double) async {
        guard !due.isEmpty else { return }
        let number = nextRound
        nextRound += 1
        let (stream, settled) = AsyncStream<Never>.makeStream()
        rounds[number] = Round(open: due.count, settled: settled)
        for index in due { begin(Request(id: states[index].id, now: now, start: start, round: number)) }
        // Where not all can be asked at once the last ones begin later.
        let patience = settings.patience * (1 + due.count / limit.connections)
        let impatience = Task {
            // ignored because it is cancelled only when the round has settled, and then nobody waits.
            try? await Task.sleep(for: patience)
            settled.finish()
        }
        for await _ in stream {}
        impatience.cancel()
    }

    private func begin(_ request: Request) {
        if let place = places[request.id] { states[place].begin() }
        queue.append(request)
        askNext()
    }

    /// Asks who waits, as many as may be asked at once.
    private func askNext() {
        while underWay < limit.connections, let request = queue.popFirst() {
            guard let place = places[request.id] else {
                settle(request.round)
                continue
            }
            underWay += 1
            asked[request.id] = elapsed()
            let target = states[place].target
            let reader = states[place].reader
            // Not a child task: a slow target must not hold back the observation it began in. The deadline ends it.
            Task { [fetcher] in
                let result = await Self.page(of: target, by: fetcher, reader)
                underWay -= 1
                asked[request.id] = nil
                ended(request.id, result, now: request.now, start: request.start, round: request.round)
                askNext()
            }
        }
    }

    /// Off the actor: pages are read side by side.
    @concurrent private static func page(
        of target: ScrapeTarget, by fetcher: PageFetcher, _ reader: PageReader
    ) async -> Result<ScrapeAnswer, ScrapeFailure> {
        let start = fetcher.elapsed()
        return await fetcher.fetch(target).flatMap { body in
            let duration = Seconds(fetcher.elapsed() - start)
            return Result { () throws(ScrapeFailure) in
                ScrapeAnswer(
                    page: try reader.read(body.bytes, body.format), elapsed: body.elapsed,
                    duration: duration, bytes: body.bytes.count)
            }
        }
    }

    private func ended(
        _ id: Int, _ result: Result<ScrapeAnswer, ScrapeFailure>, now: Double, start: Double, round: Int?
    ) {
        defer { settle(round) }
        // It may have left the list meanwhile.
        guard let index = places[id] else { return }
        let name = states[index].target.name
        switch result {
        case .success(let answer):
            let at = PlantTime(epoch: now + answer.elapsed - start)
            let before = states[index].facts.hosts
            let others = kept - states[index].remembered
            let change = states[index].succeed(answer, at: at, room: settings.memoryLimit - others)
            kept = others + states[index].remembered
            if change == .returned { tell(.source, "\(name) answers again", at: at) }
            if let remark = states[index].remark { tellOdd(id, "\(name) \(remark)", at: at) }
            for news in MachineNews.of(states[index].facts.hosts, before: before) { tell(news.kind, news.text, at: at) }
            for text in evictions.take(states[index].facts.queues) { tell(.job, text, at: at) }
        case .failure(let failure):
            let at = PlantTime(epoch: now + elapsed() - start)
            let longest = Int(Self.longestPause / max(settings.interval.value, 0.1))
            kept -= states[index].remembered
            defer { kept += states[index].remembered }
            if states[index].fail(failure, at: at, longestPause: longest) == .died {
                let hasAnswered = states[index].hasAnswered
                let never = hasAnswered ? "" : ", and never gave a page"
                tell(hasAnswered ? .stale : .dead, "\(name) \(failure.text)\(never)", at: at)
            }
        }
    }

    /// A page that is odd at each second poll is no news each time.
    private func tellOdd(_ id: Int, _ text: String, at: PlantTime) {
        let now = elapsed()
        defer { toldOdd[id] = now }
        if let last = toldOdd[id], now - last < Self.oddPause { return }
        tell(.source, text, at: at)
    }

    private func settle(_ round: Int?) {
        guard let round else { return }
        rounds[round]?.open -= 1
        guard let ended = rounds[round], ended.open == 0 else { return }
        ended.settled.finish()
        rounds[round] = nil
    }

    // MARK: Telling

    private func observation(at now: PlantTime) -> Observation {
        // What was asked at its own moment is up to one interval old when it is told, and no less fresh.
        let interval = settings.interval * (isSpread ? 1.5 : 1)
        var observation = Observation(source: status(), at: now, interval: interval, kind: .live)
        observation.hosts = states.flatMap(\.facts.hosts) + unheard
        observation.engines = states.flatMap(\.facts.engines)
        observation.origins = Origin.each(of: states.lazy.map(\.origins))
        observation.targets = states.map(\.health)
        observation.queues = states.flatMap(\.facts.queues)
        observation.runs = states.flatMap(\.facts.runs)
        observation.events = events
        events = []
        return observation
    }

    /// The usual ports of node_exporter and dcgm-exporter.
    private static let machinePorts: Set<Int> = [9100, 9400]

    /// The machines that have not been heard of yet: those of targets on a port where machines speak of themselves.
    private var unheard: [HostFacts] {
        guard states.contains(where: { !$0.hasAnswered }) else { return [] }
        let known = states.filter { !$0.facts.hosts.isEmpty && $0.facts.engines.isEmpty }.map(\.target.port)
        let ports = Self.machinePorts.union(known)
        return states.compactMap { $0.unheard(ports) }
    }

    /// Of a page that came in time and takes longer than that to be read nobody has heard at the deadline.
    private func overdue(_ id: Int) -> String? {
        guard let since = asked[id], .seconds(elapsed() - since) > settings.deadline else { return nil }
        return ScrapeFailure.timeout(settings.deadline).text
    }

    private func status() -> SourceStatus {
        let dead = states.filter { !$0.isUp }.map { state in
            DeadTarget(
                name: state.target.name, reason: state.failure?.text ?? overdue(state.id) ?? "has not answered yet",
                lastSeen: state.lastSeen
            )
        }
        let failed = states.first { $0.failure != nil }.map { "\($0.target.name) \($0.failure?.text ?? "")" }
        let odd = states.compactMap { state in
            state.isUp ? state.remark.map { OddTarget(name: state.target.name, remark: $0) } : nil
        }
        // Of many targets some have not been asked yet: that is no problem while another is.
        let problem =
            failed ?? odd.first.map { "\($0.name) \($0.remark)" } ?? dead.first.map { "\($0.name) \($0.reason)" }
        var status = SourceStatus(
            name: "scrape", answeredAt: states.compactMap(\.lastSeen).max(), targets: states.count,
            targetsUp: states.count - dead.count, problem: problem, dead: dead)
        status.odd = odd
        return status
    }

    private func tell(_ kind: FactoryEvent.Kind, _ text: String, at: PlantTime) {
        events.append(FactoryEvent(id: nextEvent, at: at, kind: kind, text: text))
        nextEvent += 1
    }
}
