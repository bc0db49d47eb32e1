// SPDX-License-Identifier: Apache-2.0

package import Factory
package import Screen

/// Everything the dashboard knows: a value, changed only by `update`, drawn only by `render`.
package struct DashboardState: Sendable {
    package let you: Operator
    package internal(set) var glyphs: Glyphs
    package internal(set) var theme: String
    package let themes: [String]
    private let plantGoesOn: Bool
    /// The newest picture of the plant; what is shown is `context.snapshot`.
    package internal(set) var newest: FactorySnapshot
    package internal(set) var hasSnapshot = false
    /// The picture that `p` keeps.
    package internal(set) var frozen: FactorySnapshot?
    /// How the connection to the plant stands.
    package internal(set) var link = LinkState.up
    /// Columns and rows of the terminal, as of the last `TerminalInput.resized`.
    package internal(set) var size = (width: 120, height: 36)
    /// Monotonic seconds of the last event that had any.
    package internal(set) var now = 0.0
    /// The main screen's own state.
    package internal(set) var main = MainScreen()
    /// Screens over the main one; the last has the keys.
    package internal(set) var overlays: [any OverlayScreen] = []
    package internal(set) var notice: (notice: Notice, at: Double)?
    package internal(set) var question: Question?
    private var news = NewsClock()
    private var unanswered = Unanswered()
    /// Where to go when the first snapshot comes.
    private var lastPlace: DashboardPlace?
    var held = HeldColumns()
    var repeats = RepeatGuard()
    /// Where the key that may be held down now was pressed.
    var pressedAt: KeyPlace?

    /// How long a notice stays when no key is pressed. Unit: s.
    package static let noticeTime = 12.0

    package init(options: DashboardOptions) {
        you = options.you
        glyphs = options.glyphs
        theme = options.theme
        themes = options.themes
        plantGoesOn = options.plantGoesOn
        lastPlace = options.place
        newest = FactorySnapshot(plant: options.plant, kind: options.kind, at: PlantTime(epoch: 0))
    }

    /// The screen that has the keys.
    package var screen: ScreenKind { overlays.last?.kind ?? .main }

    package var context: DrawContext {
        let shown = frozen ?? newest
        var context = DrawContext(
            snapshot: shown, hasSnapshot: hasSnapshot, isFrozen: frozen != nil, glyphs: glyphs,
            width: size.width, height: size.height, now: now, you: you, theme: theme, marked: main.marked, held: held,
            link: link, pictureAt: shown.at, silence: silence.map { Seconds($0) },
            wait: unanswered.longest(at: now), plantGoesOn: plantGoesOn)
        // What nobody has spoken of since grows old, whether its source says so or not.
        if frozen == nil, let silence { context.snapshot.at = newest.at + Seconds(silence * newest.kind.pace) }
        return context
    }

    /// Seconds without a picture, once one is overdue.
    private var silence: Double? { link == .up ? news.silence(at: now) : news.age(at: now) }

    /// What changes on the screen by nothing but time: when this is another, a frame is due.
    package var ageing: [Int] { [silence, context.wait?.seconds].map { $0.map { Int($0) } ?? -1 } }

    /// Whether leaving would end moves that run.
    var leavingEndsMoves: Bool { newest.hasOpenMoves && !plantGoesOn }

    /// Takes in an event; the answer is what the world is asked to do, in order.
    package mutating func update(_ event: Event) -> [Effect] {
        let effects = take(event)
        unanswered.asked(effects, at: now)
        return effects
    }

    private mutating func take(_ event: Event) -> [Effect] {
        switch event {
        case .snapshotArrived(let snapshot):
            arrived(snapshot)
            if let place = lastPlace {
                lastPlace = nil
                return resume(place) + follow(event)
            }
        case .input(let input, let at, let inBurst):
            now = max(now, at)
            if case .key = input { lastPlace = nil }
            return receive(input, inBurst: inBurst)
        case .tick(let at): tick(at)
        case .commandFinished(let outcome): finished(outcome)
        case .themeChanged(let name, let problem):
            theme = name
            say(Notice(problem ?? "theme \(name)", isAlarm: problem != nil))
        case .noticed(let text): say(Notice(text))
        case .linkChanged(let state): changed(state)
        case .planReady, .auditArrived: break
        }
        return follow(event)
    }

    private mutating func arrived(_ snapshot: FactorySnapshot) {
        if let notice = helmNotice(from: newest.room, to: snapshot.room) { say(notice) }
        if let notice = requestNotice(from: newest.room, to: snapshot.room, snapshot.moves) { say(notice) }
        // The same picture again, with what else is looked at or locked, is no news.
        if !hasSnapshot || snapshot.at != newest.at { news.came(at: now) }
        newest = snapshot
        hasSnapshot = true
        checkQuestion()
        guard frozen == nil else { return }
        held.hold(snapshot.nodes)
        main.take(in: context)
    }

    private mutating func changed(_ state: LinkState) {
        if state == .up, link != .up {
            // What became of a command, or why the link was gone, is worth more than that it is back.
            let said = notice?.notice
            say(Notice("the link is back" + (said.map { "; \($0.text)" } ?? ""), isAlarm: said?.isAlarm ?? false))
        }
        // Why is said once for each reason; how long stands in the title.
        if case .lost(_, let why) = state {
            if case .lost(_, let known) = link, known == why {
                link = state
                return
            }
            // What was asked may not be what is true any more.
            question = nil
            say(Notice(why, isAlarm: true))
        }
        link = state
    }

    private mutating func tick(_ at: Double) {
        now = max(now, at)
        if let notice, now - notice.at > Self.noticeTime { self.notice = nil }
    }

    private mutating func finished(_ outcome: CommandOutcome) {
        unanswered.answered(outcome.command)
        say(Notice(outcome.text, isAlarm: outcome.verdict != .accepted))
    }

    mutating func say(_ notice: Notice) {
        self.notice = (notice, now)
    }

    /// Lets every open screen see what happened.
    private mutating func follow(_ event: Event) -> [Effect] {
        var effects: [Effect] = []
        for kind in overlays.map(\.kind) {
            // By kind: a screen that closes while events are shared out shifts the ones above it.
            guard let index = overlays.firstIndex(where: { $0.kind == kind }) else { continue }
            let actions = overlays[index].follow(event, context)
            effects += perform(actions, by: index)
        }
        return effects
    }
}
