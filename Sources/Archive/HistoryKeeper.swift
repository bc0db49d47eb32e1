// SPDX-License-Identifier: Apache-2.0

package import Factory
import Synchronization

/// Keeps the past of one plant in a file, and goes on when the file does not: what cannot be written is written later, or
/// forgotten, and said once.
package final class HistoryKeeper: PastStore {
    private struct State {
        var pending: [KeptChapter] = []
        var news: [String] = []
        /// Since when nothing could be written. Unit: wall seconds.
        var failedAt: Double?
        /// Nothing is tried any more.
        var hasEnded = false
    }

    /// Chapters that wait for a disk: an hour of a plant.
    private static let limit = 256
    /// Time between two tries. Unit: s.
    private static let pace = 10.0
    /// Bytes of the file.
    package static let budget = 2 << 30
    /// Chapters that are written between two looks at the budget.
    private static let trimEvery = 64

    private let plant: String
    private let shelf: HistoryShelf
    private let budget: Int
    private let now: @Sendable () -> Double
    private let state = Mutex(State())
    private let bell: AsyncStream<Void>.Continuation
    private let writing = Mutex<Task<Void, Never>?>(nil)
    /// Chapters since the last look at the budget.
    private let written = Mutex(HistoryKeeper.trimEvery)

    /// - Parameters:
    ///   - budget: bytes that the file may hold.
    ///   - now: wall clock, seconds since 1970.
    package init(
        _ shelf: HistoryShelf, plant: String, budget: Int = HistoryKeeper.budget, now: @escaping @Sendable () -> Double
    ) {
        self.plant = plant
        self.shelf = shelf
        self.budget = budget
        self.now = now
        let (rings, bell) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        self.bell = bell
        writing.withLock { task in
            task = Task { [weak self] in for await _ in rings { await self?.write() } }
        }
    }

    package func keep(_ chapter: KeptChapter) {
        let isDue = state.withLock { state in
            guard !state.hasEnded else { return false }
            // A longer one takes the place of an open one that nobody has written yet.
            state.pending.removeAll { $0.isOpen && $0.begins(like: chapter) }
            state.pending.append(chapter)
            if state.pending.count > Self.limit { state.pending.removeFirst() }
            return state.failedAt.map { abs(now() - $0) >= Self.pace } ?? true
        }
        if isDue { bell.yield() }
    }

    package func news() -> String? {
        state.withLock { $0.news.isEmpty ? nil : $0.news.removeFirst() }
    }

    package func past(
        _ subject: KeptChapter.Subject, _ grain: KeptChapter.Grain, since: PlantTime, until: PlantTime
    ) async -> [KeptChapter] {
        do throws(ArchiveError) {
            let file = try shelf.file()
            let (chapters, damaged) = try await file.read(subject, grain, plant: plant, since: since, until: until)
            if damaged > 0 {
                say("\(damaged) blocks of the history file \(file.path) are not what was written: they are left out")
            }
            return chapters
        } catch {
            fail(error)
            return []
        }
    }

    package func close() async {
        bell.finish()
        await writing.withLock { $0 }?.value
        await write()
        state.withLock { $0.hasEnded = true }
    }

    private func write() async {
        let chapters = state.withLock { $0.pending }
        guard !chapters.isEmpty, !state.withLock({ $0.hasEnded }) else { return }
        do throws(ArchiveError) {
            let file = try shelf.file()
            try await file.write(chapters, plant: plant)
            try await trim(file, after: chapters.count)
        } catch {
            return fail(error)
        }
        let wasFailing = state.withLock { state in
            state.pending.removeAll { chapters.contains($0) }
            defer { state.failedAt = nil }
            return state.failedAt != nil
        }
        if wasFailing { say("the history is written again") }
    }

    private func trim(_ file: HistoryFile, after count: Int) async throws(ArchiveError) {
        let isDue = written.withLock { written in
            written += count
            guard written >= Self.trimEvery else { return false }
            written = 0
            return true
        }
        if isDue { try await file.trim(to: budget, now: now()) }
    }

    private func say(_ sentence: String) {
        state.withLock { $0.news.append(sentence) }
        shelf.tell(sentence, plant)
    }

    /// Said once, until it is right again.
    private func fail(_ error: ArchiveError) {
        if error.kind == .damaged { shelf.giveUp(error) }
        let isNews = state.withLock { state in
            let isNews = state.failedAt == nil && !state.hasEnded
            state.failedAt = now()
            guard error.kind != .unusable else { return isNews }
            state.hasEnded = true
            state.pending = []
            return isNews
        }
        if isNews { say(error.text) }
    }
}

extension KeptChapter {
    fileprivate func begins(like other: KeptChapter) -> Bool {
        subject == other.subject && grain == other.grain && chapter.times.first == other.chapter.times.first
    }
}
