// SPDX-License-Identifier: Apache-2.0

/// Some moments of a past, as they are kept from one run to the next.
package struct KeptChapter: Sendable, Equatable {
    /// What the tracks are.
    package enum Subject: String, Sendable, Hashable, CaseIterable {
        /// Nodes; the quantities are `NodeQuantity.remembered`.
        case nodes
        /// Series of pools and plant; there is one quantity, their value.
        case series
    }

    package enum Grain: Int, Sendable, Hashable, CaseIterable {
        /// Every moment.
        case fine
        /// Means of a minute.
        case minute
    }

    package var subject: Subject
    package var grain: Grain
    /// Of each track.
    package var names: [String]
    package var chapter: SampleLog.Chapter
    /// It is not complete: a longer one that begins alike will take its place.
    package var isOpen: Bool

    package init(
        _ subject: Subject, _ grain: Grain, names: [String], chapter: SampleLog.Chapter, isOpen: Bool = false
    ) {
        self.subject = subject
        self.grain = grain
        self.names = names
        self.chapter = chapter
        self.isOpen = isOpen
    }
}

/// Where the past of a plant is kept for its next run.
package protocol PastStore: Sendable {
    /// Takes a chapter; never waits for a disk, and forgets rather than grows when that does not keep up.
    func keep(_ chapter: KeptChapter)

    /// What was kept of a subject between two moments, oldest first. Never beyond: a clock that was or is wrong must not
    /// have it read a past without end.
    func past(
        _ subject: KeptChapter.Subject, _ grain: KeptChapter.Grain, since: PlantTime, until: PlantTime
    ) async -> [KeptChapter]

    /// What is wrong, or is right again, since it was asked last: a sentence.
    func news() -> String?

    /// Writes what it has taken. Nothing is kept after it.
    func close() async
}
