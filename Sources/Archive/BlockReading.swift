// SPDX-License-Identifier: Apache-2.0

import Factory

/// Rows of the block table on their way into chapters.
struct BlockReading {
    private let subject: KeptChapter.Subject
    private let grain: KeptChapter.Grain
    private let quantities: [String]
    /// Of the rosters that rows have named so far.
    var names: [Int64: [String]] = [:]
    private var chapters: [KeptChapter] = []
    private var open: (began: Double, roster: Int64, times: [Double], slabs: [String: PackedSlab])?
    private var damaged = 0

    init(_ subject: KeptChapter.Subject, _ grain: KeptChapter.Grain, _ quantities: [String]) {
        self.subject = subject
        self.grain = grain
        self.quantities = quantities
    }

    mutating func add(_ quantity: String, began: Double, roster: Int64, _ bytes: [UInt8]) {
        guard let (slab, times) = ChapterBytes.decode(bytes), slab.tracks <= names[roster]?.count ?? 0 else {
            damaged += 1
            return
        }
        if open?.began != began || open?.roster != roster { close() }
        if open == nil { open = (began, roster, times, [:]) }
        guard open?.times == times else {
            damaged += 1
            return
        }
        open?.slabs[quantity] = slab
    }

    mutating func end() -> (chapters: [KeptChapter], damaged: Int) {
        close()
        return (chapters, damaged)
    }

    private mutating func close() {
        guard let (_, roster, times, slabs) = open else { return }
        self.open = nil
        // A block that overlaps the one before is of a clock that was set back: what was known first stays.
        guard times[0] > chapters.last?.chapter.times.last ?? -.infinity else { return }
        let ordered = quantities.map { slabs[$0] ?? PackedSlab([], moments: times.count, tracks: 0) }
        chapters.append(
            KeptChapter(
                subject, grain, names: names[roster] ?? [], chapter: SampleLog.Chapter(times: times, slabs: ordered)))
    }
}
