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

    /// Walks along both pages from difference to difference; nil as soon as one is neither in a number nor of lines that
    /// can be told apart.
    ///
    /// What stands between two numbers is compared byte by byte, so lines that are passed over are what they were. After
    /// nil the places are worthless.
    private mutating func follow(_ before: Span<UInt8>, _ next: [UInt8], _ limits: ExpositionLimits) -> Change? {
        let page = next.span
        let old = before.bytes
        let new = page.bytes
        var oldAt = 0
        var newAt = 0
        var index = 0
        var changed = false
        var edits: [PageEdit] = []
        var grown = 0
        var resync = LineResync(new)
        while true {
            let left = old.byteCount - oldAt
            let rest = new.byteCount - newAt
            let same = old.commonCount(at: oldAt, with: new, at: newAt, atMost: min(left, rest))
            if same == left, same == rest { break }
            let difference = oldAt + same
            let shift = newAt - oldAt
            Self.skip(&places, &index, upTo: difference, by: Int32(shift))
            if index < places.count, places[index].start <= difference {
                guard let end = number(index, page, at: Int(places[index].start) + shift) else { return nil }
                oldAt = Int(places[index].end)
                newAt = end
                places[index] = Place(start: places[index].start + Int32(shift), end: Int32(end))
                changed = true
                index += 1
                continue
            }
            guard isClean else { return nil }
            let oldLine = old.lineStart(before: difference)
            let newLine = oldLine + shift
            let starts = places[index...].lazy.map { Int($0.start) }
            guard let meeting = resync.meet(old, starts, oldLine: oldLine, new, newLine: newLine),
                let inserted = take(next[newLine..<meeting.new], at: index, for: meeting.removed, limits)
            else {
                return nil
            }
            edits.append(
                PageEdit(removed: (index - grown)..<(index - grown + meeting.removed), inserted: inserted))
            index += inserted.samples.count
            grown += inserted.samples.count - meeting.removed
            (oldAt, newAt) = (meeting.old, meeting.new)
        }
        Self.skip(&places, &index, upTo: .max, by: Int32(newAt - oldAt))
        if !edits.isEmpty { return .lines(edits) }
        return changed ? .numbers : .same
    }

    /// Reads the number of a sample that has another one now.
    ///
    /// - Parameter start: of the number in the new page.
    /// - Returns: the end of its line; nil for what is no number, or one that makes the page another.
    private mutating func number(_ index: Int, _ page: Span<UInt8>, at start: Int) -> Int? {
        guard let end = page.bytes.firstOffset(of: UInt8(ascii: "\n"), in: start..<page.count),
            let number = Self.number(page, start..<end, format), !stamps.isEmpty || number.timestamp.isNaN
        else {
            return nil
        }
        values[index] = number.value
        if !stamps.isEmpty { stamps[index] = number.timestamp }
        return end
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

    /// Passes over the numbers that end before an offset of the old page; they stand elsewhere in the new one.
    private static func skip(_ places: inout [Place], _ index: inout Int, upTo offset: Int, by shift: Int32) {
        if shift == 0, offset == .max { return }
        var all = places.mutableSpan
        while index < all.count, Int(all[index].end) < offset {
            if shift != 0 {
                all[index].start += shift
                all[index].end += shift
            }
            index += 1
        }
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
