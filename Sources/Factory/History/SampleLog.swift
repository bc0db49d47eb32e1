// SPDX-License-Identifier: Apache-2.0

/// The past of some quantities of many tracks, all asked at the same moments: the newest moments as they are, the rest packed.
///
/// A track is a node, a GPU or a series; who is which is the owner's business. Moments need not be even.
package struct SampleLog: Sendable {
    /// Moments that are packed and will not change any more.
    package struct Chapter: Sendable, Equatable {
        /// When each was; ascending. Unit: plant seconds.
        package var times: [Double]
        /// One of each quantity, in the order of the scales.
        package var slabs: [PackedSlab]

        package init(times: [Double], slabs: [PackedSlab]) {
            self.times = times
            self.slabs = slabs
        }
    }

    package let scales: [SampleScale]
    /// Moments that are kept; a chapter more at most.
    package let longest: Int
    /// Moments of a chapter.
    package let length: Int
    package private(set) var tracks: Int
    package private(set) var chapters: [Chapter] = []
    /// Moments of the chapter that is open.
    package private(set) var openTimes: [Double] = []
    /// Of each quantity, moment after moment, for as many moments as a chapter has.
    private var open: [[UInt16]]

    /// - Parameter length: moments of a chapter, at most `PackedSlab.longest`.
    package init(scales: [SampleScale], tracks: Int, longest: Int, length: Int = PackedSlab.longest) {
        self.scales = scales
        self.longest = longest
        self.length = max(1, min(length, PackedSlab.longest))
        self.tracks = tracks
        self.open = scales.map { _ in [] }
    }

    package var lastTime: Double? { openTimes.last ?? chapters.last?.times.last }
    package var firstTime: Double? { chapters.first?.times.first ?? openTimes.first }

    /// Samples that are packed.
    package var kept: Int { chapters.reduce(0) { $0 + $1.times.count * $1.slabs.reduce(0) { $0 + $1.tracks } } }

    /// Packed bytes, and those of the open chapter.
    package var size: (packed: Int, open: Int) {
        let packed = chapters.reduce(0) { $0 + $1.slabs.reduce(0) { $0 + $1.bytes.count } }
        return (packed, open.reduce(0) { $0 + $1.capacity * 2 })
    }

    /// Adds a moment.
    ///
    /// - Parameter fill: writes the codes of one quantity, a row of as many as there are tracks; they are all unknown before.
    /// - Returns: the chapter that is complete with it.
    @discardableResult
    package mutating func add(at time: Double, _ fill: (Int, UnsafeMutableBufferPointer<UInt16>) -> Void) -> Chapter? {
        let first = openTimes.count * tracks
        for quantity in scales.indices {
            if open[quantity].count < length * tracks {
                open[quantity] += repeatElement(SampleScale.unknown, count: length * tracks - open[quantity].count)
            }
            open[quantity].withUnsafeMutableBufferPointer { row in
                fill(quantity, UnsafeMutableBufferPointer(rebasing: row[first..<first + tracks]))
            }
        }
        openTimes.append(time)
        return openTimes.count == length ? close() : nil
    }

    /// The open chapter as it would be packed now; nil when it is empty.
    package var openChapter: Chapter? {
        guard !openTimes.isEmpty else { return nil }
        return Chapter(
            times: openTimes, slabs: open.map { PackedSlab($0, moments: openTimes.count, tracks: tracks) })
    }

    private mutating func close() -> Chapter? {
        guard let chapter = openChapter else { return nil }
        chapters.append(chapter)
        openTimes.removeAll(keepingCapacity: true)
        for quantity in scales.indices {
            open[quantity].withUnsafeMutableBufferPointer { $0.update(repeating: SampleScale.unknown) }
        }
        var moments = chapters.reduce(0) { $0 + $1.times.count }
        while let oldest = chapters.first, moments - oldest.times.count >= longest {
            moments -= oldest.times.count
            chapters.removeFirst()
        }
        return chapter
    }

    /// Forgets every moment.
    package mutating func forget() {
        chapters = []
        openTimes = []
        self.open = scales.map { _ in [] }
    }

    /// Puts kept chapters before what is here.
    ///
    /// - Precondition: as many quantities, and the tracks are counted alike.
    package mutating func begin(with past: [Chapter]) {
        guard let first = firstTime else {
            chapters = past
            return
        }
        chapters = past.filter { ($0.times.last ?? first) < first } + chapters
    }

    /// Makes room for more tracks; those that there are stay where they are.
    package mutating func grow(to count: Int) {
        guard count > tracks else { return }
        pick(Array(0..<tracks) + repeatElement(nil, count: count - tracks), closed: false)
    }

    /// Other tracks: each is one of those there are, by its place, or a new one.
    package mutating func pick(_ order: [Int?]) { pick(order, closed: true) }

    /// - Parameter closed: whether packed chapters change as well: one that is too short is known to end there.
    private mutating func pick(_ order: [Int?], closed: Bool) {
        for quantity in scales.indices where !open[quantity].isEmpty {
            var rows = [UInt16](repeating: SampleScale.unknown, count: length * order.count)
            for (new, old) in order.enumerated() {
                guard let old, old < tracks else { continue }
                for moment in openTimes.indices {
                    rows[moment * order.count + new] = open[quantity][moment * tracks + old]
                }
            }
            open[quantity] = rows
        }
        if closed {
            for index in chapters.indices {
                chapters[index].slabs = chapters[index].slabs.map { $0.picking(order) }
            }
        }
        tracks = order.count
    }

    /// What one track was, evenly spaced.
    ///
    /// A value is the mean of the moments within its step; a step without any shows the moment before it, when that is no
    /// older than `hold`.
    /// - Parameters:
    ///   - now: the newest value is of the last whole step before it.
    ///   - count: values at most: fewer where nothing older is known.
    package func trend(
        _ quantity: Int, _ track: Int, step: Seconds, count: Int, hold: Seconds, at now: PlantTime
    ) -> Trend? {
        guard scales.indices.contains(quantity), step.value > 0, (now.epoch / step.value).magnitude < 1e15 else {
            return nil
        }
        let last = (now.epoch / step.value).rounded(.down)
        let begin = (last - Double(count)) * step.value
        var columns = TrendColumns(step: step.value, begin: begin, count: count, hold: hold.value)
        let scale = scales[quantity]
        for chapter in chapters where (chapter.times.last ?? begin) > begin - hold.value {
            guard quantity < chapter.slabs.count else { continue }
            for (time, code) in zip(chapter.times, chapter.slabs[quantity].codes(of: track)) {
                columns.add(scale.value(code), at: time)
            }
        }
        for (moment, time) in openTimes.enumerated() {
            columns.add(track < tracks ? scale.value(open[quantity][moment * tracks + track]) : .nan, at: time)
        }
        let values = columns.values(until: lastTime ?? begin)
        return values.isEmpty
            ? nil : Trend(step: step, end: PlantTime(epoch: last * step.value), values: values)
    }
}

/// Uneven moments on their way into even columns.
private struct TrendColumns {
    let step: Double
    let begin: Double
    let hold: Double
    private var sums: [Float]
    private var counts: [Int32]
    /// The newest known value before the first column.
    private var before: (value: Float, at: Double)?
    private var firstAt: Double?
    /// When each column was last heard of, for those that follow it and have nothing of their own.
    private var newest: [(value: Float, at: Double)?]

    init(step: Double, begin: Double, count: Int, hold: Double) {
        (self.step, self.begin, self.hold) = (step, begin, hold)
        sums = Array(repeating: 0, count: count)
        counts = Array(repeating: 0, count: count)
        newest = Array(repeating: nil, count: count)
    }

    mutating func add(_ value: Float, at time: Double) {
        if firstAt == nil { firstAt = time }
        // A column ends at a whole step, and its end belongs to it.
        let column = ((time - begin) / step).rounded(.up) - 1
        guard column >= 0 else {
            before = (value, time)
            return
        }
        guard column < Double(sums.count) else { return }
        newest[Int(column)] = (value, time)
        guard !value.isNaN else { return }
        sums[Int(column)] += value
        counts[Int(column)] += 1
    }

    /// Oldest first, from the first moment that was asked.
    func values(until end: Double) -> [Float] {
        guard let firstAt else { return [] }
        var last = before
        var values: [Float] = []
        for column in sums.indices {
            let edge = begin + Double(column + 1) * step
            if let own = newest[column] { last = own }
            if edge < firstAt { continue }
            if counts[column] > 0 {
                values.append(sums[column] / Float(counts[column]))
            } else if newest[column] == nil, let last, edge - last.at <= hold {
                values.append(last.value)
            } else {
                values.append(.nan)
            }
        }
        return values
    }
}
