// SPDX-License-Identifier: Apache-2.0

package import Factory
package import Planning

/// The only door to an actuator.
///
/// Commands pass one at a time, in the order they came; HOLD alone overtakes. Nothing is sent before the audit has it on
/// the medium: `asked`, then `accepted` or `refused`, then each step before it is taken.
package actor CommandDesk {
    /// What a tick or a command left for the snapshot.
    package struct Report: Sendable {
        package var mode: OperatingMode
        package var observeOnly: String?
        /// Open moves first, newest first; then the finished ones.
        package var moves: [MoveStatus]
        /// What earlier runs moved, newest first.
        package var earlier: [MoveStatus]
        /// What happened since the last report, oldest first.
        package var events: [FactoryEvent]
        /// nil where nobody can attach.
        package var room: ControlRoom?
        /// Grows with every report: an older one that arrives later says less about now.
        package var serial: UInt64
    }

    /// How long a `done` may wait for a snapshot that shows it. Unit: plant time.
    static let verifyWithin = Seconds(300)
    /// When the wait that a plan promises is measured. Unit: plant time after the submission.
    static let waitAfter = Seconds(600)
    /// Finished moves are shown for a day, and at most so many.
    static let finishedLimit = 200

    let actuator: (any Actuator)?
    let records: PlantRecords?
    /// What the audit told of earlier runs; nil: nobody could read it, or there is none.
    let past: AuditPast?
    let planner: Planner
    let patience: @Sendable () async -> Void
    /// Why nothing can ever act in this run; nil: something can.
    let observeOnly: String?

    var snapshot: FactorySnapshot?
    var moves: [DecisionID: DeskMove] = [:] { didSet { shown = nil } }
    /// Moves that something is still owed: a step, a look whether they arrived, the wait ten minutes on.
    var unsettled: Set<DecisionID> = []
    /// `shownMoves` as long as no move changes: two hundred finished ones are not sorted with every tick.
    var shown: [MoveStatus]?
    var prunedAt = PlantTime(epoch: 0)
    /// What earlier runs moved, newest first.
    var earlier: [MoveStatus]
    var shelf: PreviewShelf
    var isHeld = false
    /// How often HOLD was asked for.
    var holds = 0
    /// Why the audit could not be written the last time.
    var trouble: RecordsError?
    /// What the audit must hear of as soon as it can be written again.
    var owed: [AuditEntry] = []
    /// What the machines said since the last append.
    var notes: [AuditEntry] = []
    var news: [FactoryEvent] = []
    var hasRecovered = false
    /// How the engine has let somebody wait for nothing since the last tick began; nil: it has not.
    var silence: ActuatorError?
    var leftovers = Leftovers()
    /// nil where nobody can attach.
    var shared: SharedRoom?
    let wall: @Sendable () -> Double
    let steady: @Sendable () -> Double
    private var serial: UInt64 = 0
    private var turnstile = Turnstile()

    /// - Parameters:
    ///   - past: what the audit tells, where nothing writes it.
    ///   - observeOnly: why nothing can act, where the caller knows better than the desk.
    ///   - patience: returns when a call to the engine has taken too long.
    ///   - wall: seconds since 1970.
    ///   - steady: seconds of a clock that nobody sets.
    package init(
        actuator: (any Actuator)?, records: PlantRecords?, past: AuditPast? = nil, planner: Planner,
        observeOnly: String?,
        patience: @escaping @Sendable () async -> Void = CommandDesk.tenSeconds,
        wall: @escaping @Sendable () -> Double = WallClock.now,
        steady: @escaping @Sendable () -> Double = SteadyClock.now
    ) {
        self.wall = wall
        self.steady = steady
        self.actuator = actuator
        self.records = records
        let past = records?.past ?? past
        self.past = past
        self.planner = planner
        self.patience = patience
        self.observeOnly = observeOnly ?? Self.missing(actuator, records)
        self.earlier = past?.ended ?? []
        self.shelf = PreviewShelf(
            lastNumber: max(records?.lastDecision ?? past?.lastDecision ?? 0, actuator?.lastDecision ?? 0))
    }

    /// Long for an engine that only has to accept an order.
    @Sendable package static func tenSeconds() async { await Deadline.tenSeconds() }

    /// Takes in the newest snapshot and has every open move take its next steps.
    package func tick(_ newest: FactorySnapshot) async -> Report {
        await enter()
        defer { turnstile.leave() }
        silence = nil
        adopt(newest)
        retryRecords()
        recover()
        verifyMoves()
        for decision in unsettled.sorted() where moves[decision]?.isOpen == true {
            await drive(decision, .tick(at: newest.at))
        }
        lookForLeftovers()
        pruneMoves()
        return report()
    }

    /// Takes in the newest snapshot while the moves still wait for the engine; no step is taken.
    package func see(_ newest: FactorySnapshot) -> Report {
        adopt(newest)
        return report()
    }

    /// Prices a draft on the newest snapshot. Nothing is sent.
    package func plan(_ draft: Draft, by who: Operator) -> PlanAnswer {
        guard var current = snapshot else {
            return .impossible("No source has answered yet: wait for the first poll, then plan again.")
        }
        current = decorated(current)
        let standing = shelf.standing(draft, by: who.name)
        if let standing, case .preview(let again) = preview(draft, standing.decision, current) {
            // The same plan on newer numbers stays the same decision: what is on screen may be confirmed.
            if again.isSamePlan(as: standing) {
                shelf.keep(again, by: who.name)
                return .preview(again)
            }
        }
        let answer = preview(draft, shelf.next, current)
        if case .preview(let fresh) = answer { shelf.keep(fresh, by: who.name) }
        return answer
    }

    /// Carries out a command or says why not. Returns when it is accepted or refused, not when a move is done.
    package func perform(_ command: PlantCommand, by who: Operator) async -> CommandOutcome {
        if let refusal = refusal(of: command, by: who) { return refusal }
        if command == .hold { return hold(by: who.name) }
        if let why = whyNoHelm(for: command, who) { return CommandOutcome(command, .refused, why) }
        let known = holds
        await enter()
        defer { turnstile.leave() }
        // Judged again: the helm may have changed hands while this command waited.
        if let refusal = helmRefusal(of: command, by: who) { return refusal }
        return switch command {
        case .submit(let decision, let revision, let confirmation):
            await submit(decision, at: revision, confirmation, by: who.name)
        case .abort(let decision): await abort(decision, by: who.name)
        case .hold: hold(by: who.name)
        case .releaseHold: await releaseHold(by: who.name, after: known)
        case .setSpeed(let speed): await setSpeed(speed, by: who.name)
        case .takeHelm: takeHelm(by: who.name)
        case .leaveHelm: leaveHelm(by: who.name)
        case .approve(let decision): await approve(decision, by: who.name)
        case .decline(let decision): decline(decision, by: who.name)
        case .visit: CommandOutcome(command, .refused, "This factory is in one place: there is no other site to go to.")
        }
    }

    /// Mode, moves and events for the next snapshot; the events only once.
    package func report() -> Report {
        defer { news = [] }
        serial += 1
        return Report(
            mode: mode, observeOnly: observeOnly ?? trouble?.text, moves: shownMoves, earlier: earlier, events: news,
            room: shared?.seen(at: steady()), serial: serial)
    }

    /// The last records, newest first; where nothing writes them, as they were when this process began.
    package func audit(limit: Int) -> [AuditRecord] {
        records?.newest(limit) ?? Array(past?.records.prefix(max(0, limit)) ?? [])
    }

    /// What happened to moves in the hours before this process, oldest first.
    package func earlierEvents(at now: PlantTime) -> [FactoryEvent] {
        past.map { AuditNews.events(in: $0.records.reversed(), at: now) } ?? []
    }

    /// Decisions under way.
    package var openMoves: [MoveStatus] { moves.values.filter(\.isOpen).map(\.status) }

    /// Commands and ticks that wait for their turn.
    var waiting: Int { turnstile.waiting }

    var mode: OperatingMode {
        if isHeld { return .hold }
        return observeOnly == nil && trouble == nil ? .manual : .observe
    }

    /// The plant's clock; 0 before the first snapshot.
    var now: PlantTime { snapshot?.at ?? PlantTime(epoch: 0) }

    func tell(_ kind: FactoryEvent.Kind, _ text: String, node: NodeID? = nil) {
        news.append(FactoryEvent(id: 0, at: now, kind: kind, text: text, node: node))
        // Only a plant that nobody looks at piles up more between two reports.
        if news.count > FactorySnapshot.eventLimit { news.removeFirst() }
    }

    /// The snapshot as the dashboard sees it: with the desk's own moves and mode.
    func decorated(_ snapshot: FactorySnapshot) -> FactorySnapshot {
        var snapshot = snapshot
        snapshot.mode = mode
        snapshot.observeOnly = observeOnly ?? trouble?.text
        snapshot.moves = shownMoves
        snapshot.earlierMoves = earlier
        return snapshot
    }

    private func preview(_ draft: Draft, _ decision: DecisionID, _ snapshot: FactorySnapshot) -> PlanAnswer {
        let actuator = actuator
        return planner.preview(draft, as: decision, on: snapshot, routes: actuator?.routes ?? [.pools]) {
            actuator?.commands(for: $0) ?? []
        }
    }

    /// What is refused without a record: a viewer causes no write, and without audit there is none.
    private func refusal(of command: PlantCommand, by who: Operator) -> CommandOutcome? {
        guard who.mayAct else {
            return CommandOutcome(command, .refused, "\(who.name) may look and not act: ask an operator.")
        }
        return observeOnly.map { CommandOutcome(command, .refused, $0) }
    }

    private func adopt(_ newest: FactorySnapshot) {
        if newest.revision != snapshot?.revision { shelf.keepOnly(newest.revision) }
        snapshot = newest
    }

    private func enter() async {
        if turnstile.tryEnter() { return }
        await withCheckedContinuation { turnstile.join($0) }
    }

    private static func missing(_ actuator: (any Actuator)?, _ records: PlantRecords?) -> String? {
        if actuator == nil { return "No engine is configured that could act: this plant is only observed." }
        return records == nil ? "No audit, no action: name a state directory that can be written." : nil
    }
}
