// SPDX-License-Identifier: Apache-2.0

import Dashboard
import Factory
import NcursesTerminal
import Screen
import Synchronization

/// Events from the plant's tasks to the terminal's thread, and the newest snapshot of all that came.
final class Inbox: Sendable {
    private struct Contents {
        var events: [Event] = []
        var snapshot: FactorySnapshot?
        var theme: Theme?
        var snapshotAt = ContinuousClock.now
    }

    private let contents = Mutex(Contents())

    func put(_ event: Event) {
        contents.withLock { $0.events.append(event) }
    }

    /// A snapshot replaces one that nobody has looked at.
    func put(_ snapshot: FactorySnapshot) {
        contents.withLock { ($0.snapshot, $0.snapshotAt) = (snapshot, .now) }
    }

    /// How long no snapshot has come.
    var silence: Duration { contents.withLock { $0.snapshotAt.duration(to: .now) } }

    /// A theme that has been read; the last one wins.
    func put(_ theme: Theme) {
        contents.withLock { contents in
            contents.theme = theme
            contents.events.append(.themeChanged(theme.name, problem: nil))
        }
    }

    /// The theme that has come since the last call.
    func takeTheme() -> Theme? {
        contents.withLock { contents in
            defer { contents.theme = nil }
            return contents.theme
        }
    }

    /// The snapshot first: an answer may speak of it.
    func take() -> [Event] {
        contents.withLock { contents in
            var events = contents.events
            if let snapshot = contents.snapshot { events.insert(.snapshotArrived(snapshot), at: 0) }
            (contents.events, contents.snapshot) = ([], nil)
            return events
        }
    }
}

/// The dashboard on a terminal: events in, frames out, and the one switch of effects.
@UIActor
final class DashboardProgram: TerminalProgram {
    private var state: DashboardState
    private let inbox: Inbox
    private let wake: UIWake
    private let perform: @Sendable (Effect) -> Void
    private let look: @Sendable (PlantView) -> Void
    private let settle: @Sendable (DashboardPlace) -> Void
    private var view = PlantView()
    /// Where the person was when that was said last, and when that was.
    private var settled: (place: DashboardPlace, at: Double)?
    /// Least time between two words on where the person is. Unit: s.
    private static let settleTime = 2.0
    private var isDirty = true
    private var ageing: [Int] = []
    private var size = (0, 0)
    private(set) var theme: Theme

    /// - Parameters:
    ///   - perform: carries out what concerns the plant, and answers through the inbox.
    ///   - look: hears what is looked at, whenever that changes.
    ///   - settle: hears where the person is, seldom.
    init(
        _ state: DashboardState, theme: Theme, inbox: Inbox, wake: UIWake,
        perform: @escaping @Sendable (Effect) -> Void, look: @escaping @Sendable (PlantView) -> Void = { _ in },
        settle: @escaping @Sendable (DashboardPlace) -> Void = { _ in }
    ) {
        self.state = state
        self.theme = theme
        self.inbox = inbox
        self.wake = wake
        self.perform = perform
        self.look = look
        self.settle = settle
    }

    func receive(_ inputs: [TerminalInput], at seconds: Double) {
        // The time first: what comes now must not count as come when the last frame was made.
        for effect in state.update(.tick(at: seconds)) { act(on: effect) }
        drain()
        let inBurst = inputs.count { if case .key = $0 { true } else { false } } > 1
        for input in inputs { update(.input(input, at: seconds, inBurst: inBurst)) }
    }

    func frame(width: Int, height: Int, at seconds: Double) -> Frame? {
        // The time first: a notice that waits since the start must not be too old before anybody has seen it.
        for effect in state.update(.tick(at: seconds)) { act(on: effect) }
        drain()
        settle(at: seconds)
        if state.ageing != ageing { (ageing, isDirty) = (state.ageing, true) }
        guard isDirty || size != (width, height) else { return nil }
        isDirty = false
        size = (width, height)
        let frame = state.frame(width: width, height: height, at: seconds)
        let seen = state.view
        if seen != view {
            view = seen
            look(seen)
        }
        return frame
    }

    /// Says where the person is: the first time once there is a picture, then when it has changed.
    private func settle(at seconds: Double) {
        guard state.hasSnapshot else { return }
        let place = state.place
        guard let last = settled else { return settled = (place, seconds) }
        guard place != last.place, seconds - last.at >= Self.settleTime else { return }
        settled = (place, seconds)
        settle(place)
    }

    private func drain() {
        if let read = inbox.takeTheme() { theme = read }
        for event in inbox.take() { update(event) }
    }

    private func update(_ event: Event) {
        isDirty = true
        for effect in state.update(event) { act(on: effect) }
    }

    private func act(on effect: Effect) {
        switch effect {
        case .plan, .perform, .audit, .setTheme: perform(effect)
        case .redraw: wake.redraw()
        case .suspend: wake.suspend()
        case .quit: wake.end()
        }
    }

    /// Says where the person is a last time: most look around for longer than the time between two words on it.
    func end() {
        drain()
        guard state.hasSnapshot, let last = settled, last.place != state.place else { return }
        settle(state.place)
    }
}
