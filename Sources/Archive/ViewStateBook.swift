// SPDX-License-Identifier: Apache-2.0

import Factory
import Synchronization

/// Where people were in their dashboards: in memory at once, in the history file as soon as it takes it.
package final class ViewStateBook: ViewStates {
    private struct Key: Hashable {
        var person: String
        var session: String
    }

    private struct State {
        var known: [Key: [UInt8]] = [:]
        /// Not in the file yet.
        var unwritten: Set<Key> = []
    }

    /// Sessions of all people in memory: whoever comes after that begins anew.
    private static let limit = 4096

    private let shelf: HistoryShelf
    private let now: @Sendable () -> Double
    private let state = Mutex(State())
    private let bell: AsyncStream<Void>.Continuation
    private let writing = Mutex<Task<Void, Never>?>(nil)

    /// - Parameter now: wall clock, seconds since 1970.
    package init(_ shelf: HistoryShelf, now: @escaping @Sendable () -> Double) {
        self.shelf = shelf
        self.now = now
        let (rings, bell) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        self.bell = bell
        writing.withLock { task in
            task = Task { [weak self] in for await _ in rings { await self?.write() } }
        }
    }

    /// Reads what earlier runs have kept.
    package func load() async {
        // ignored because the history says what is wrong with its file: here everybody begins where one begins.
        let rows = (try? await shelf.file().viewStates(limit: Self.limit)) ?? []
        state.withLock { state in
            for row in rows where state.known[Key(person: row.person, session: row.session)] == nil {
                state.known[Key(person: row.person, session: row.session)] = row.state
            }
        }
    }

    package func state(of person: String, session: String) -> [UInt8] {
        state.withLock { $0.known[Key(person: person, session: session)] ?? [] }
    }

    package func keep(_ bytes: [UInt8], of person: String, session: String) {
        let key = Key(person: person, session: session)
        let isNews = state.withLock { state in
            guard state.known[key] != bytes, state.known[key] != nil || state.known.count < Self.limit else {
                return false
            }
            state.known[key] = bytes
            state.unwritten.insert(key)
            return true
        }
        if isNews { bell.yield() }
    }

    /// Writes what it has taken. Nothing is written after it.
    package func close() async {
        bell.finish()
        await writing.withLock { $0 }?.value
        await write()
    }

    private func write() async {
        let rows = state.withLock { state in state.unwritten.map { ($0, state.known[$0] ?? []) } }
        for (key, bytes) in rows {
            do throws(ArchiveError) {
                try await shelf.file().setViewState(bytes, of: key.person, session: key.session, now: now())
            } catch {
                // Tried again with the next change: where somebody looks is worth no sentence of its own.
                return
            }
            state.withLock { state in if state.known[key] == bytes { state.unwritten.remove(key) } }
        }
    }
}
