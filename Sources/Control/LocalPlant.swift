// SPDX-License-Identifier: Apache-2.0

package import Factory
package import Planning

/// A plant in this process: sources on one side, the desk on the other, snapshots out.
package actor LocalPlant: Plant {
    private let name: String
    private let collector: Collector
    private let desk: CommandDesk
    private let wall: @Sendable () -> Double
    private let rails: RailSettings
    private var fold: Fold
    private var history: History
    private var events = EventLog()
    private var sequence: UInt64 = 0
    private var latest: FactorySnapshot?
    /// What the desk said last: a command's report may overtake a tick's.
    private var desked: CommandDesk.Report?
    private var readers: [AsyncStream<FactorySnapshot>.Continuation] = []
    private var turnstile = Turnstile()
    private var hasEnded = false

    /// - Parameters:
    ///   - observeOnly: why nothing can act, in a sentence; nil where an actuator and records are given.
    ///   - records: nil: nothing acts.
    ///   - wall: seconds since 1970, for `run`.
    ///   - patience: returns when a harvest has waited long enough for a slow source.
    package init(
        name: String, observers: [any Observer], actuator: (any Actuator)?, observeOnly: String?, planner: Planner,
        records: PlantRecords?, history: HistorySettings = HistorySettings(),
        wall: @escaping @Sendable () -> Double = WallClock.now,
        patience: @escaping @Sendable () async -> Void = Collector.quarterSecond
    ) {
        self.name = name
        self.collector = Collector(observers, patience: patience)
        self.desk = CommandDesk(actuator: actuator, records: records, planner: planner, observeOnly: observeOnly)
        self.wall = wall
        self.rails = planner.rails
        self.fold = Fold(plant: name)
        self.history = History(history)
    }

    /// One poll: harvest, fold, history, desk, publish. Two at once take turns.
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
            publish(snapshot, await desk.report())
            return
        }
        if let before = latest, snapshot.at < before.at, case .simulated = snapshot.kind { events.restart() }
        snapshot.trends = history.take(snapshot)
        let report = await desk.tick(snapshot)
        events.add(harvest.events)
        publish(snapshot, report)
    }

    /// Ticks until the task is cancelled, then ends the plant.
    package func run(every interval: Duration) async {
        let clock = ContinuousClock()
        var next = clock.now
        while !Task.isCancelled {
            await tick(now: wall())
            // A tick that took too long is not made up for.
            next = max(next + interval, clock.now)
            // ignored because the loop's condition sees the cancellation.
            try? await clock.sleep(until: next)
        }
        await end()
    }

    /// Ends the plant: its streams finish, and the open moves of a simulation are recorded as interrupted. Once.
    package func end() async {
        guard !hasEnded else { return }
        hasEnded = true
        await desk.close()
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
        let report = await desk.report()
        if let latest { publish(latest, report) }
        return outcome
    }

    package func audit(limit: Int) async -> [AuditRecord] { await desk.audit(limit: limit) }

    private func publish(_ bare: FactorySnapshot, _ report: CommandDesk.Report) {
        var snapshot = bare
        events.add(report.events)
        if report.serial > desked?.serial ?? 0 { desked = report }
        let report = desked ?? report
        sequence += 1
        snapshot.sequence = sequence
        snapshot.mode = report.mode
        snapshot.observeOnly = report.observeOnly
        snapshot.moves = report.moves
        snapshot.events = events.newestFirst
        latest = snapshot
        readers.removeAll { reader in
            if case .terminated = reader.yield(snapshot) { true } else { false }
        }
    }
}
