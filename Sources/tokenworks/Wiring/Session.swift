// SPDX-License-Identifier: Apache-2.0

import Control
import Dashboard
import Factory
import Foundation
import NcursesTerminal
import Screen
import Synchronization

/// One dashboard from its start to its end: the plant's tasks on the pool, the terminal on the main thread.
struct Session {
    private let assembly: Assembly
    private let settled: Configuration
    private let theme: Theme
    private let terminal: TerminalOptions

    init(_ assembly: Assembly, _ settled: Configuration, theme: Theme, terminal: TerminalOptions) {
        self.settled = settled
        self.assembly = assembly
        self.theme = theme
        self.terminal = terminal
    }

    /// - Throws: `Complaint` where the terminal cannot show the dashboard; never returns from a signal.
    func run() async throws {
        let ending: TerminalEnding
        let past = Task { [assembly] in await assembly.runPast() }
        let polling = Task { [assembly] in
            await withTaskCancellationHandler {
                await past.value
            } onCancel: {
                past.cancel()
            }
            await assembly.plant.run(every: .seconds(assembly.interval))
        }
        do {
            ending = try await MainActor.run { try onThisThread(after: past) }
        } catch let error as TerminalError {
            polling.cancel()
            await Self.finish(polling)
            throw Complaint(error.description, .noTerminal)
        }
        polling.cancel()
        // Bounded: a source that does not answer must not keep a program alive whose terminal is gone.
        await Self.finish(polling)
        if case .signal(let number) = ending { die(of: number) }
        if ending == .lost { throw ExitStatus.lostTerminal }
    }

    /// - Parameter past: what is not shown while it runs: one picture instead of its sixty.
    @MainActor
    private func onThisThread(after past: Task<Void, Never>) throws(TerminalError) -> TerminalEnding {
        let inbox = Inbox()
        let feeding = Mutex<[Task<Void, Never>]>([])
        defer { feeding.withLock { $0.forEach { $0.cancel() } } }
        return try runTerminal(terminal) { wake, facts in
            let names = ThemeFiles.names()
            let options = DashboardOptions(
                plant: assembly.name, kind: assembly.kind, you: assembly.who, glyphs: facts.glyphs, theme: theme.name,
                themes: names)
            let notes = assembly.notes + (facts.note.map { [$0] } ?? [])
            // One row for all of them: the next notice takes the place of the last.
            if !notes.isEmpty { inbox.put(.noticed(notes.joined(separator: "; "))) }
            let task = Self.feed(inbox, from: assembly.plant, after: past, wake: wake)
            let telling = Self.tell(settled.notify, of: assembly.sites, after: past, inbox)
            feeding.withLock { $0 = [task, Self.pulse(inbox, wake)] + telling }
            return DashboardProgram(
                DashboardState(options: options), theme: theme, inbox: inbox, wake: wake,
                perform: Self.performer(assembly.plant, who: assembly.who, inbox: inbox) { wake.wake() })
        }
    }

    /// Has the notification hook told of what goes wrong; what the hook itself does wrong is said on the screen.
    private static func tell(
        _ settings: Notifier.Settings?, of sites: [(name: String, plant: any HostedPlant)],
        after past: Task<Void, Never>,
        _ inbox: Inbox
    ) -> [Task<Void, Never>] {
        guard let settings else { return [] }
        let notifier = Notifier(settings) { inbox.put(.noticed($0)) }
        return sites.map { site in
            Task {
                await past.value
                var diary = PlantDiary()
                for await snapshot in await site.plant.snapshots() {
                    for news in diary.see(snapshot) {
                        if let notice = news.notice(plant: site.name, at: snapshot.at) { notifier.send(notice) }
                    }
                }
            }
        }
    }

    private static func feed(
        _ inbox: Inbox, from plant: any Plant, after past: Task<Void, Never>, wake: UIWake
    ) -> Task<Void, Never> {
        Task {
            await past.value
            for await snapshot in await plant.snapshots() {
                inbox.put(snapshot)
                wake.wake()
            }
        }
    }

    /// Wakes the terminal while no picture does: that nothing comes has to be seen as well.
    static func pulse(_ inbox: Inbox, _ wake: UIWake) -> Task<Void, Never> {
        Task {
            while !Task.isCancelled {
                // ignored because a cancelled wait ends with the loop.
                try? await Task.sleep(for: .milliseconds(500))
                // Not between two polls in time: news that follows a frame waits its turn.
                if inbox.silence > .milliseconds(1500) { wake.wake() }
            }
        }
    }

    /// Effects become questions to the plant; the answers become events.
    static func performer(
        _ plant: any Plant, who: Operator, inbox: Inbox, wake: @escaping @Sendable () -> Void
    ) -> @Sendable (Effect) -> Void {
        let answer: @Sendable (Effect) async -> Void = { effect in
            switch effect {
            case .plan(let draft): inbox.put(.planReady(await plant.plan(draft, by: who)))
            case .perform(let command): inbox.put(.commandFinished(await plant.perform(command, by: who)))
            case .audit(let limit): inbox.put(.auditArrived(await plant.audit(limit: limit)))
            case .setTheme(let name): Self.readTheme(name, for: inbox)
            case .redraw, .suspend, .quit: break
            }
            wake()
        }
        // One after the other: two keys must not overtake each other on the way to the plant.
        let (effects, sender) = AsyncStream.makeStream(of: Effect.self)
        Task { for await effect in effects { await answer(effect) } }
        return { effect in
            // Except what waits for nothing: not for an order that an engine is slow to accept.
            if effect.overtakes {
                Task { await answer(effect) }
            } else {
                sender.yield(effect)
            }
        }
    }

    /// Not on the terminal's thread: a home folder on a network may take its time.
    private static func readTheme(_ name: String, for inbox: Inbox) {
        do {
            inbox.put(try ThemeFiles.load(name))
        } catch {
            inbox.put(.themeChanged(name, problem: "\(error)"))
        }
    }

    /// Waits for the plant's end, for so long at most: whoever is still at it then is left behind.
    static func finish(_ polling: Task<Void, Never>, within patience: Duration = .milliseconds(500)) async {
        let (ended, sender) = AsyncStream.makeStream(of: Never.self)
        Task {
            await polling.value
            sender.finish()
        }
        Task {
            // ignored because nobody cancels it.
            try? await Task.sleep(for: patience)
            sender.finish()
        }
        for await _ in ended {}
    }
}

extension Effect {
    /// Whether it may go before effects that were asked for earlier: HOLD, and what does not concern the plant.
    fileprivate var overtakes: Bool {
        switch self {
        case .perform(.hold), .setTheme: true
        case .plan, .perform, .audit, .redraw, .suspend, .quit: false
        }
    }
}
