// SPDX-License-Identifier: Apache-2.0

import Dashboard
import Factory
import Link
import NcursesTerminal
import Screen
import Synchronization
import Wire

/// One dashboard on a daemon's plant, from its start to its end: it owns nothing that its end could harm.
struct AttachedSession {
    private let plant: RemotePlant
    private let welcome: Welcome
    private let theme: Theme
    private let terminal: TerminalOptions
    /// What is said once on the screen, besides what the terminal has to say.
    private let note: String?

    init(
        _ plant: RemotePlant, _ welcome: Welcome, theme: Theme, terminal: TerminalOptions, note: String? = nil
    ) {
        self.note = note.map { $0.prefix(1).uppercased() + $0.dropFirst() + "." }
        self.plant = plant
        self.welcome = welcome
        self.theme = theme
        self.terminal = terminal
    }

    /// - Throws: `Complaint` where the terminal cannot show the dashboard; never returns from a signal.
    func run() async throws {
        let running = Task { [plant] in await plant.run() }
        let ending: TerminalEnding
        let lastPlace = LastPlace()
        do {
            ending = try await MainActor.run { try onThisThread(lastPlace) }
        } catch let error as TerminalError {
            running.cancel()
            await Session.finish(running)
            throw Complaint(error.description, .noTerminal)
        }
        if let place = lastPlace.place {
            // Bounded: a daemon that hangs must not keep a shell waiting. A second has room for a slow line's way there.
            await Session.finish(Task { [plant] in await plant.leave(at: Record.encode(place)) }, within: .seconds(1))
        }
        running.cancel()
        // Bounded: a link that does not close must not keep a program alive whose terminal is gone.
        await Session.finish(running)
        if case .signal(let number) = ending { die(of: number) }
        if ending == .lost { throw ExitStatus.lostTerminal }
    }

    /// Where the person was last, once they have moved at all.
    private final class LastPlace: Sendable {
        private let known = Mutex<DashboardPlace?>(nil)
        var place: DashboardPlace? { known.withLock { $0 } }
        func set(_ place: DashboardPlace) { known.withLock { $0 = place } }
    }

    @MainActor
    private func onThisThread(_ lastPlace: LastPlace) throws(TerminalError) -> TerminalEnding {
        let inbox = Inbox()
        let feeding = Mutex<[Task<Void, Never>]>([])
        defer { feeding.withLock { $0.forEach { $0.cancel() } } }
        return try runTerminal(terminal) { wake, facts in
            var options = DashboardOptions(
                plant: welcome.plant, kind: welcome.kind, you: welcome.you, glyphs: facts.glyphs, theme: theme.name,
                themes: ThemeFiles.names())
            options.plantGoesOn = true
            // ignored because what another version wrote is as good as nothing: one begins on the main screen.
            options.place = try? Record.decode(DashboardPlace.self, from: welcome.state)
            let notes = [note, facts.note].compactMap { $0 }
            // One row for all of them: the next notice takes the place of the last.
            if !notes.isEmpty { inbox.put(.noticed(notes.joined(separator: " "))) }
            let tasks = Self.feed(inbox, from: plant, wake: wake)
            feeding.withLock { $0 = tasks }
            let (views, looker) = AsyncStream.makeStream(of: PlantView.self, bufferingPolicy: .bufferingNewest(1))
            let looking = Task { [plant] in for await view in views { await plant.look(at: view) } }
            let (places, settler) = AsyncStream.makeStream(
                of: DashboardPlace.self, bufferingPolicy: .bufferingNewest(1))
            let settling = Task { [plant] in for await place in places { await plant.remember(Record.encode(place)) } }
            feeding.withLock { $0 += [looking, settling] }
            return DashboardProgram(
                DashboardState(options: options), theme: theme, inbox: inbox, wake: wake,
                perform: Session.performer(plant, who: welcome.you, inbox: inbox) { wake.wake() },
                look: { looker.yield($0) },
                settle: {
                    lastPlace.set($0)
                    settler.yield($0)
                })
        }
    }

    private static func feed(_ inbox: Inbox, from plant: any Plant, wake: UIWake) -> [Task<Void, Never>] {
        let snapshots = Task {
            for await snapshot in await plant.snapshots() {
                inbox.put(snapshot)
                wake.wake()
            }
        }
        let links = Task {
            for await state in await plant.links() {
                inbox.put(.linkChanged(state))
                wake.wake()
            }
        }
        return [snapshots, links, Session.pulse(inbox, wake)]
    }
}
