// SPDX-License-Identifier: Apache-2.0

/// The last page of one target, with which the next one is compared.
///
/// From poll to poll an exporter's page changes in its numbers and hardly ever in its series. So a page costs one
/// comparison of bytes, and a number for each that changed; nothing is allocated per line meanwhile. Where series come or
/// go only their lines are read, as long as the page was understood whole and there are few of them.
package struct PageMemory: Sendable {
    /// What a page was against the one before it.
    package enum Change: Sendable {
        /// To the byte the last one.
        case same
        /// The same series in the same order; only numbers differ.
        case numbers
        /// The same page but for some lines, in the order of the page.
        case lines([PageEdit])
        /// Another page, read anew.
        case series(ExpositionPage)
    }

    /// Where one number stands, from its first byte to the end of its line: timestamp and exemplar are in it.
    private struct Place {
        var start: Int32
        var end: Int32
    }

    /// One for each sample of the page, in its order.
    package private(set) var values: [Double] = []
    /// Their own times, seconds since 1970, NaN where a line has none; empty where no line has.
    package private(set) var stamps: [Double] = []
    private var bytes: [UInt8] = []
    private var places: [Place] = []
    private var format = ExpositionFormat.prometheus
    /// Whether every line of the page was understood: what is wrong with a line is told by reading the whole page.
    private var isClean = false

    package init() {}

    /// What it takes. Unit: bytes.
    package var byteCount: Int { Self.byteCount(bytes: bytes.count, series: values.count) + stamps.count * 8 }

    /// What a page of so many bytes and series takes. Unit: bytes.
    package static func byteCount(bytes: Int, series: Int) -> Int {
        bytes + series * (MemoryLayout<Place>.stride + MemoryLayout<Double>.stride)
    }

    /// Takes the next page.
    package mutating func read(
        _ page: [UInt8], format: ExpositionFormat = .prometheus, limits: ExpositionLimits = ExpositionLimits()
    ) -> Change {
        // Held apart, so that places and values can be written while it is read.
        let last = bytes
        if format == self.format, !last.isEmpty, page.count <= Int(Int32.max),
            let change = follow(last.span, page, limits)
        {
            bytes = page
            return change
        }
        let whole = ExpositionPage(parsing: page, format: format, limits: limits)
        bytes = whole.samples.isEmpty ? [] : page
        places = whole.samples.map { Place(start: Int32($0.number.start), end: Int32($0.number.end)) }
        values = whole.samples.map(\.value)
        stamps = whole.samples.contains { !$0.timestamp.isNaN } ? whole.samples.map(\.timestamp) : []
        self.format = format
        isClean = whole.report.rejected == 0
        return .series(whole)
    }

    /// How far two pages have been compared.
    private struct Walk {
        var old = 0
        var new = 0
        /// The sample that comes next.
        var index = 0
        var changed = false
    }

    /// Compares the page with the one before; nil where it has to be read anew. After nil the places are worthless.
    private mutating func follow(_ before: Span<UInt8>, _ next: [UInt8], _ limits: ExpositionLimits) -> Change? {
        let page = next.span
        let old = before.bytes
        let new = page.bytes
        var walk = Walk()
        var edits: [PageEdit] = []
        var grown = 0
        var resync = LineResync(new)
        while let difference = Self.step(&walk, old, page, format, &places, &values, &stamps) {
            let index = walk.index
            guard isClean, index >= places.count || places[index].start > difference else { return nil }
            let oldLine = old.lineStart(before: difference)
            let newLine = oldLine + walk.new - walk.old
            let starts = places[index...].lazy.map { Int($0.start) }
            guard let meeting = resync.meet(old, starts, oldLine: oldLine, new, newLine: newLine),
                let inserted = take(next[newLine..<meeting.new], at: index, for: meeting.removed, limits)
            else {
                return nil
            }
            edits.append(
                PageEdit(removed: (index - grown)..<(index - grown + meeting.removed), inserted: inserted))
            grown += inserted.samples.count - meeting.removed
            walk.index += inserted.samples.count
            (walk.old, walk.new) = (meeting.old, meeting.new)
        }
        if !edits.isEmpty { return .lines(edits) }
        return walk.changed ? .numbers : .same
    }

    /// Walks along both pages from number to number; stops at the first difference that is not in one.
    ///
    /// What stands between two numbers is compared byte by byte, so lines that are passed over are what they were.
    ///
    /// - Returns: the offset of the difference in the old page; nil: the pages end alike.
    private static func step(
        _ walk: inout Walk, _ old: RawSpan, _ page: Span<UInt8>, _ format: ExpositionFormat,
        _ allPlaces: inout [Place], _ allValues: inout [Double], _ allStamps: inout [Double]
    ) -> Int? {
        let new = page.bytes
        // Once for all of them: each access to an array asks whether it is shared.
        var stamps = allStamps.mutableSpan
        var places = allPlaces.mutableSpan
        var values = allValues.mutableSpan
        let hasStamps = !stamps.isEmpty
        var (oldAt, newAt, index) = (walk.old, walk.new, walk.index)
        defer { (walk.old, walk.new, walk.index) = (oldAt, newAt, index) }
        /// Passes over numbers that end before an offset of the old page: in the new one they stand elsewhere.
        func skip(_ places: inout MutableSpan<Place>, upTo offset: Int) {
            let shift = Int32(newAt - oldAt)
            while index < places.count, Int(places[index].end) < offset {
                if shift != 0 {
                    places[index].start += shift
                    places[index].end += shift
                }
                index += 1
            }
        }
        while true {
            let left = old.byteCount - oldAt
            let rest = new.byteCount - newAt
            let same = old.commonCount(at: oldAt, with: new, at: newAt, atMost: min(left, rest))
            if same == left, same == rest {
                if oldAt != newAt { skip(&places, upTo: .max) }
                return nil
            }
            let difference = oldAt + same
            skip(&places, upTo: difference)
            guard index < places.count, Int(places[index].start) <= difference else { return difference }
            let place = places[index]
            let start = Int(place.start) + newAt - oldAt
            let end: Int
            if !hasStamps, let plain = NumberScan.line(page, from: start) {
                values[index] = plain.value
                end = plain.end
            } else {
                guard let found = new.firstOffset(of: UInt8(ascii: "\n"), in: start..<new.byteCount),
                    let number = number(page, start..<found, format), hasStamps || number.timestamp.isNaN
                else {
                    return difference
                }
                values[index] = number.value
                if hasStamps { stamps[index] = number.timestamp }
                end = found
            }
            places[index] = Place(start: Int32(start), end: Int32(end))
            walk.changed = true
            index += 1
            (oldAt, newAt) = (Int(place.end), end)
        }
    }

    /// Puts lines that came in the place of samples that are gone; nil for lines after which the page has to be read anew.
    private mutating func take(
        _ lines: ArraySlice<UInt8>, at index: Int, for removed: Int, _ limits: ExpositionLimits
    ) -> ExpositionPage? {
        // At the start of a page a byte order mark is one; anywhere else it is no name.
        if lines.startIndex > 0, lines.first == 0xef { return nil }
        let page = ExpositionPage(parsing: Array(lines), format: format, limits: limits)
        guard page.report.rejected == 0, !page.report.sawEnd,
            values.count + page.samples.count - removed <= limits.samples,
            !stamps.isEmpty || page.samples.allSatisfy(\.timestamp.isNaN)
        else {
            return nil
        }
        let base = Int32(lines.startIndex)
        let gone = index..<(index + removed)
        places.replaceSubrange(
            gone,
            with: page.samples.map { Place(start: base + Int32($0.number.start), end: base + Int32($0.number.end)) })
        values.replaceSubrange(gone, with: page.samples.map(\.value))
        if !stamps.isEmpty { stamps.replaceSubrange(gone, with: page.samples.map(\.timestamp)) }
        return page
    }

    private static func number(
        _ page: Span<UInt8>, _ line: Range<Int>, _ format: ExpositionFormat
    ) -> (value: Double, timestamp: Double)? {
        let isCarriage = !line.isEmpty && page[line.upperBound - 1] == UInt8(ascii: "\r")
        var scanner = LineScanner(isCarriage ? line.dropLast() : line)
        // ignored because the page is then read anew, and that says what is wrong with the line.
        return try? scanner.number(page, format: format)
    }
}
