// SPDX-License-Identifier: Apache-2.0

/// The last page of one target, with which the next one is compared.
///
/// From poll to poll an exporter's page changes in its numbers and hardly ever in its series. So a page costs one
/// comparison of bytes, and a number for each that changed; only one whose series changed is read anew. Nothing is
/// allocated per line meanwhile.
package struct PageMemory: Sendable {
    /// What a page was against the one before it.
    package enum Change: Sendable {
        /// To the byte the last one.
        case same
        /// The same series in the same order; only numbers differ.
        case numbers
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
            let change = Self.follow(last.span, page.span, format, &places, &values, &stamps)
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
        return .series(whole)
    }

    /// Walks along both pages from difference to difference; nil as soon as one is not in a number.
    ///
    /// What stands between two numbers is compared byte by byte, so lines that are passed over are what they were. After
    /// nil the places are worthless.
    private static func follow(
        _ before: Span<UInt8>, _ page: Span<UInt8>, _ format: ExpositionFormat, _ places: inout [Place],
        _ values: inout [Double], _ stamps: inout [Double]
    ) -> Change? {
        let old = before.bytes
        let new = page.bytes
        var oldAt = 0
        var newAt = 0
        var index = 0
        var changed = false
        while true {
            let left = old.byteCount - oldAt
            let rest = new.byteCount - newAt
            let same = old.commonCount(at: oldAt, with: new, at: newAt, atMost: min(left, rest))
            if same == left, same == rest { break }
            let difference = oldAt + same
            let shift = Int32(newAt - oldAt)
            skip(&places, &index, upTo: difference, by: shift)
            guard index < places.count, places[index].start <= difference else { return nil }
            let place = places[index]
            let start = Int(place.start + shift)
            guard let end = new.firstOffset(of: UInt8(ascii: "\n"), in: start..<new.byteCount),
                let number = number(page, start..<end, format), !stamps.isEmpty || number.timestamp.isNaN
            else {
                return nil
            }
            values[index] = number.value
            if !stamps.isEmpty { stamps[index] = number.timestamp }
            places[index] = Place(start: Int32(start), end: Int32(end))
            changed = true
            index += 1
            oldAt = Int(place.end)
            newAt = end
        }
        skip(&places, &index, upTo: .max, by: Int32(newAt - oldAt))
        return changed ? .numbers : .same
    }

    /// Passes over the numbers that end before an offset of the old page; they stand elsewhere in the new one.
    private static func skip(_ places: inout [Place], _ index: inout Int, upTo offset: Int, by shift: Int32) {
        if shift == 0, offset == .max { return }
        while index < places.count, Int(places[index].end) < offset {
            places[index].start += shift
            places[index].end += shift
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
