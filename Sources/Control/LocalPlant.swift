// SPDX-License-Identifier: Apache-2.0

package import Factory
package import Planning

/// A plant in this process: sources on one side, the desk on the other, snapshots out.
package actor LocalPlant: HostedPlant {
    private let name: String
    private let collector: Collector
    private let desk: CommandDesk
    package nonisolated let wall: @Sendable () -> Double
    private let enginePatience: @Sendable () async -> Void
    private let rails: RailSettings
    private var fold: Fold
    private var history: History
    /// nil: nothing of nodes is remembered.
    private var chronicle: Chronicle?
    private let store: (any PastStore)?
    private var hasBegun = false
    /// Whose past the snapshots carry.
    private var followed: Set<PastSubject> = []
    private var events = EventLog()
    private var sequence: UInt64 = 0
    private var latest: FactorySnapshot?
    /// What the desk said last: a command's report may overtake a tick's.
    private var desked: CommandDesk.Report?
    private var readers: [AsyncStream<FactorySnapshot>.Continuation] = []
    private var turnstile = Turnstile()
    private var isDriving = false
    /// Nobody waits for the desk's present drive any more.
    private var isLate = false
    private var hasEnded = false

    /// - Parameters:
    ///   - observeOnly: why nothing can act, in a sentence; nil where an actuator and records are given.
    ///   - records: nil: nothing acts.
    ///   - past: what the audit tells of earlier runs, where nothing writes it.
    ///   - remembers: whether the past of every node is kept in memory.
    ///   - store: where the past is kept for the next run; nil: nowhere.
    ///   - wall: seconds since 1970, for `run`.
    ///   - steady: seconds of a clock that nobody sets.
    ///   - aliases: the operator's table of host names, from every other name to the one that is shown.
    ///   - levels: what the classes of a live plant were promised, by name.
    ///   - patience: returns when a harvest has waited long enough for a slow source.
    ///   - enginePatience: returns when a tick has waited long enough for a slow engine.
    package init(
        name: String, observers: [any Observer], actuator: (any Actuator)?, observeOnly: String?, planner: Planner,
        records: PlantRecords?, past: AuditPast? = nil, aliases: [String: String] = [:],
        levels: [String: ServiceLevel] = [:], history: HistorySettings = HistorySettings(),
        remembers: Bool = false, store: (any PastStore)? = nil,
        wall: @escaping @Sendable () -> Double = WallClock.now,
        steady: @escaping @Sendable () -> Double = SteadyClock.now,
        patience: @escaping @Sendable () async -> Void = Collector.quarterSecond,
        enginePatience: @escaping @Sendable () async -> Void = Collector.quarterSecond
    ) {
        self.name = name
        self.collector = Collector(observers, patience: patience)
        self.desk = CommandDesk(
            actuator: actuator, records: records, past: past, planner: planner, observeOnly: observeOnly, wall: wall,
            steady: steady
        )
        self.wall = wall
        self.enginePatience = enginePatience
        self.rails = planner.rails
        self.fold = Fold(plant: name, aliases: aliases, levels: levels)
        self.history = History(history)
        self.chronicle = remembers || store != nil ? Chronicle() : nil
        self.store = store
    }

    /// One poll: harvest, fold, history, desk, publish. Two at once take turns; an engine that is slow to answer holds up
    /// neither the picture nor the next poll.
    ///
    /// - Parameter now: wall clock, seconds since 1970.
    package func tick(now: Double) async {
        if !turnstile.tryEnter() { await withCheckedContinuation { turnstile.join($0) } }
        defer { turnstile.leave() }
        let harvest = await collector.harvest(at: now)
        var snapshot = fold.fold(harvest.observations)
        // What the screens show is the floor that the rails keep.
        for index in snapshot.pools.indices { snapshot.pools[index].floor = rails.floor(of: snapshot.pools[index]) }
        guard !harvest.observations.isEmpty else {
            // Nobody has answered yet: the screen still says so, by the host's clock.
            snapshot.at = PlantTime(epoch: now)
            take(await desk.report())
            publish(snapshot)
            return
        }
        if let before = latest, snapshot.at < before.at, case .simulated = snapshot.kind { events.restart() }
        if !harvest.past.isEmpty { history.begin(with: harvest.past, at: snapshot.at) }
        await begin(snapshot)
        snapshot.trends = history.take(snapshot)
        snapshot.demand = history.demand()
        events.add(harvest.events)
        remember(&snapshot)
        let looked = followed
        await drive(snapshot)
        // Who looks elsewhere while the engine is waited for has been shown its graphs: they must not vanish again.
        if looked != followed { snapshot.nodeTrends = chronicle?.trends(of: followed, in: snapshot) ?? [:] }
        publish(snapshot)
    }

    /// Before the first snapshot is taken in: what was kept of earlier runs. Where a source remembers as well, it has the word:
    /// it knows of the time between the runs too.
    private func begin(_ snapshot: FactorySnapshot) async {
        guard !hasBegun else { return }
        hasBegun = true
        // A simulation's clock begins anew: times of another run say nothing in this one.
        if case .live = snapshot.kind { events.add(await desk.earlierEvents(at: snapshot.at)) }
        guard let store else { return }
        let past = await Past.read(from: store, at: snapshot.at)
        for trends in past.series { history.begin(with: trends, at: snapshot.at) }
        chronicle?.begin(with: past.nodes)
    }

    /// Adds to the past of the nodes, and shows what is looked at of it.
    private func remember(_ snapshot: inout FactorySnapshot) {
        guard chronicle != nil else { return }
        for chapter in chronicle?.take(snapshot) ?? [] { store?.keep(chapter) }
        snapshot.nodeTrends = chronicle?.trends(of: followed, in: snapshot) ?? [:]
        guard let news = store?.news() else { return }
        events.add([FactoryEvent(id: 0, at: snapshot.at, kind: .source, text: news)])
    }

    // `async` like the protocol's: a caller who waits would get the default of every other plant.
    package func follow(_ subjects: Set<PastSubject>) async {
        guard subjects != followed else { return }
        followed = subjects
        guard chronicle != nil, var snapshot = latest else { return }
        // Shown at once, not with the next poll.
        snapshot.nodeTrends = chronicle?.trends(of: followed, in: snapshot) ?? [:]
        publish(snapshot)
    }

    package func look(at view: PlantView) async {
        if let latest { await follow(latest.subjects(of: view)) }
    }

    /// Has the open moves take their next steps, and waits for that no longer than an engine deserves.
    private func drive(_ snapshot: FactorySnapshot) async {
        // The steps of the poll before still wait for the engine: a second set of them would only queue up behind.
        guard !isDriving else { return take(await desk.see(snapshot)) }
        isDriving = true
        let report: Void? = await Deadline.first({ await self.driven(self.desk.tick(snapshot)) }, until: enginePatience)
        guard report == nil, isDriving else { return }
        isLate = true
        take(await desk.report())
    }

    /// The desk has been through its moves; when nobody waits for that any more, it is shown by itself.
    private func driven(_ report: CommandDesk.Report) {
        isDriving = false
        take(report)
        guard isLate else { return }
        isLate = false
        if let latest { publish(latest) }
    }

    /// Keeps what the desk says: its events once, and the rest of its newest report.
    private func take(_ report: CommandDesk.Report) {
        events.add(report.events)
        if report.serial > desked?.serial ?? 0 { desked = report }
    }

    /// Ends the plant: its streams finish, and the open moves of a simulation are recorded as interrupted. Once.
    package func end() async {
        guard !hasEnded else { return }
        hasEnded = true
        await desk.close()
        if let store {
            for chapter in chronicle?.open() ?? [] { store.keep(chapter) }
            await store.close()
        }
        for reader in readers { reader.finish() }
        readers = []
    }

    package func snapshots() -> AsyncStream<FactorySnapshot> {
        let (stream, reader) = AsyncStream.makeStream(of: FactorySnapshot.self, bufferingPolicy: .bufferingNewest(1))
        if let latest { reader.yield(latest) }
        if hasEnded { reader.finish() } else { readers.append(reader) }
        return stream
    }

    /// The newest snapshot; nil before the first tick.
    package var newest: FactorySnapshot? { latest }

    package func plan(_ draft: Draft, by who: Operator) async -> PlanAnswer {
        await desk.plan(draft, by: who)
    }

    package func perform(_ command: PlantCommand, by who: Operator) async -> CommandOutcome {
        guard !hasEnded else {
            return CommandOutcome(command, .refused, "The plant has ended: start tokenworks again.")
        }
        let outcome = await desk.perform(command, by: who)
        // Shown at once, not with the next poll.
        take(await desk.report())
        if let latest { publish(latest) }
        return outcome
    }

    /// Takes the helm that nobody has.
    func takeFreeHelm(by name: String) async { await desk.takeFreeHelm(by: name) }

    package func attend(_ people: [ControlRoom.Person]) async {
        guard await desk.attend(people) else { return }
        take(await desk.report())
        if let latest { publish(latest) }
    }

    package func audit(limit: Int) async -> [AuditRecord] { await desk.audit(limit: limit) }

    /// A unit that does not get on is a matter of its node as well: the worst-first list must have it.
    private static func markStuck(_ snapshot: inout FactorySnapshot) {
        for unit in snapshot.moves.filter(\.isOpen).flatMap(\.units) where !unit.isFinished {
            guard let problem = unit.problem, let node = snapshot.nodes.ids.firstIndex(of: unit.node),
                snapshot.nodes.conditions[node]?.kind != .failed
            else { continue }
            let since = node < snapshot.nodes.since.count ? snapshot.nodes.since[node] : snapshot.at
            snapshot.nodes.conditions[node] = NodeCondition(kind: .stuck, text: problem, since: since)
        }
    }

    private func publish(_ bare: FactorySnapshot) {
        var snapshot = bare
        sequence += 1
        snapshot.sequence = sequence
        if let desked {
            snapshot.mode = desked.mode
            snapshot.observeOnly = desked.observeOnly
            snapshot.moves = desked.moves
            snapshot.earlierMoves = desked.earlier
            snapshot.room = desked.room
            Self.markStuck(&snapshot)
        }
        snapshot.events = events.newestFirst
        latest = snapshot
        readers.removeAll { reader in
            if case .terminated = reader.yield(snapshot) { true } else { false }
        }
    }
}
