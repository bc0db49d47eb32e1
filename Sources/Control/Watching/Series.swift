// SPDX-License-Identifier: Apache-2.0

import Factory

/// One quantity over time, at every step of the settings at once.
struct Series: Sendable {
    /// One step: the closed columns, and the one that time still fills.
    fileprivate struct Level {
        let step: Double
        var ring: [Float] = []
        /// Index of the oldest value once the ring is full.
        var start = 0
        /// End of the last closed column; nil before the first.
        var closedEnd: Double?
        /// The open column: seconds times value, and seconds, of what is known.
        var area = 0.0
        var known = 0.0

        init(step: Double) { self.step = step }
    }

    private var levels: [Level]
    private let columns: Int
    /// Since when it is added to; nil: nothing was added.
    private var began: PlantTime?

    init(_ settings: HistorySettings) {
        columns = max(1, settings.columns)
        levels = (0..<max(1, settings.levels)).map { Level(step: settings.finest.value * Double(1 << $0)) }
    }

    var stored: Int { levels.reduce(0) { $0 + $1.ring.count } }

    /// The value held from `since` to `until`; NaN where nobody knew.
    mutating func add(_ value: Float, since: PlantTime, until: PlantTime) {
        if began == nil { began = since }
        for index in levels.indices {
            levels[index].add(value, from: since.epoch, to: until.epoch, columns: columns)
        }
    }

    /// The same with a past before it, of which each value stands for the step that it ends.
    ///
    /// - Parameter now: until when nothing is known where nothing was added yet.
    func following(_ past: Trend, until now: PlantTime, _ settings: HistorySettings) -> Series {
        let step = past.step.value
        guard step > 0, step.isFinite, past.end.epoch.isFinite else { return self }
        var whole = Series(settings)
        let end = began ?? now
        for (index, value) in past.values.enumerated() {
            let until = past.end + Seconds(-step * Double(past.values.count - 1 - index))
            let since = until + Seconds(-step)
            if since < end { whole.add(value, since: since, until: min(until, end)) }
        }
        guard whole.began != nil else { return self }
        if past.end < end { whole.add(.nan, since: past.end, until: end) }
        guard let began else { return whole }
        for index in levels.indices { whole.levels[index].append(levels[index], since: began.epoch, columns: columns) }
        return whole
    }

    /// The closed columns of one step; nil before the first.
    func trend(level: Int) -> Trend? {
        let level = levels[min(level, levels.count - 1)]
        guard let end = level.closedEnd, !level.ring.isEmpty else { return nil }
        let values = Array(level.ring[level.start...] + level.ring[..<level.start])
        return Trend(step: Seconds(level.step), end: PlantTime(epoch: end), values: values)
    }
}

extension Series.Level {
    fileprivate mutating func add(_ value: Float, from: Double, to: Double, columns: Int) {
        var position = from
        // A leap over more than the ring holds leaves nothing of what was before it.
        if to - from > step * Double(columns + 2) {
            position = ((to / step).rounded(.down) - Double(columns + 1)) * step
        }
        while position < to {
            let edge = ((position / step).rounded(.down) + 1) * step
            let end = min(edge, to)
            if !value.isNaN {
                area += Double(value) * (end - position)
                known += end - position
            }
            if end == edge { close(at: edge, columns: columns) }
            // Doubles this large must still move, whatever the clock says.
            position = max(end, position.nextUp)
        }
    }

    /// Puts a later time behind it, which began when it was first added to.
    fileprivate mutating func append(_ later: Series.Level, since began: Double, columns: Int) {
        // The column in which the later time began is its first, or is open still.
        let begins =
            later.closedEnd.map { $0 - step * Double(later.ring.count) } ?? (began / step).rounded(.down) * step
        if let end = closedEnd, begins > end { add(.nan, from: end, to: begins, columns: columns) }
        let values = Array(later.ring[later.start...] + later.ring[..<later.start])
        ring = Array((Array(ring[start...] + ring[..<start]) + values).suffix(columns))
        start = 0
        guard let end = later.closedEnd else {
            area += later.area
            known += later.known
            return
        }
        (closedEnd, area, known) = (end, later.area, later.known)
    }

    private mutating func close(at edge: Double, columns: Int) {
        // A gap can only come from a leap; the ring then starts again, so that it stays even.
        if let closedEnd, edge - closedEnd > step * 1.5 {
            ring = []
            start = 0
        }
        let value = known > 0 ? Float(area / known) : .nan
        if ring.count < columns {
            ring.append(value)
        } else {
            ring[start] = value
            start = (start + 1) % columns
        }
        closedEnd = edge
        area = 0
        known = 0
    }
}
