// SPDX-License-Identifier: Apache-2.0

import Factory

/// The past of every series of pools and plant at the plant's pace, as it is kept on disk.
struct SeriesChronicle: Sendable {
    private var book = TrackBook<TrendKey>()
    private(set) var fine = SampleLog(scales: [.fine], tracks: 0, longest: 1)
    private(set) var minutes = MeanLog(scales: [.fine], tracks: 0, longest: 1)

    var names: [String] { book.names.map(\.name) }

    /// Takes in a snapshot.
    ///
    /// - Returns: the chapters that are complete with it: of all moments, and of minutes.
    mutating func take(
        _ snapshot: FactorySnapshot, speed: Double
    ) -> (fine: SampleLog.Chapter?, minutes: SampleLog.Chapter?) {
        let samples = Samples.all(of: snapshot)
        let keys = samples.keys.filter { book.place(of: $0) != nil || book.names.count < History.seriesLimit }
        let places = book.places(of: Array(keys.prefix(History.seriesLimit)))
        fine.grow(to: book.names.count)
        minutes.grow(to: book.names.count)
        var values = [Float](repeating: .nan, count: book.names.count)
        for (key, place) in zip(keys, places) { values[place] = samples[key] ?? .nan }
        let row = values
        let complete = fine.add(at: snapshot.at.epoch) { _, codes in
            for track in row.indices { codes[track] = SampleScale.fine.code(row[track]) }
        }
        return (complete, minutes.add([values], step: 60 * speed, at: snapshot.at.epoch))
    }

    /// Kept chapters as trends, which a history begins with.
    ///
    /// - Parameter step: of the trends; a moment stands until the next, for three steps at most.
    static func trends(
        _ past: [KeptChapter], step: Seconds, since: PlantTime, until: PlantTime
    ) -> [TrendKey: Trend] {
        guard let newest = past.last, let end = newest.chapter.times.last else { return [:] }
        var book = TrackBook<String>()
        for kept in past { _ = book.places(of: kept.names) }
        var log = SampleLog(scales: [.fine], tracks: book.names.count, longest: .max)
        log.begin(
            with: past.filter { $0.chapter.slabs.count == 1 }.map { kept in
                let own = TrackBook(kept.names)
                let order = book.names.map { own.place(of: $0) }
                return SampleLog.Chapter(times: kept.chapter.times, slabs: kept.chapter.slabs.map { $0.picking(order) })
            })
        let now = PlantTime(epoch: (min(end, until.epoch) / step.value).rounded(.up) * step.value)
        // The window bounds it, whatever the clock and the blocks say.
        let count = Int(max(0, min((now - since).value, (until - since).value) / step.value).rounded(.up))
        var trends: [TrendKey: Trend] = [:]
        for (track, name) in book.names.enumerated() {
            guard let key = TrendKey(name: name) else { continue }
            trends[key] = log.trend(0, track, step: step, count: count, hold: step * 3, at: now)
        }
        return trends
    }
}
