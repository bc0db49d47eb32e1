// SPDX-License-Identifier: Apache-2.0

import Exposition
import Synchronization

/// Reads the pages of one target, each with what it remembers of the one before.
///
/// An attempt that came too late may still read while the next one begins: each page is read whole before the other.
final class PageReader: Sendable {
    /// What a page says.
    struct Outcome: Sendable {
        var reading: PageReading
        /// What is odd about the lines of the page, after the target's name; nil: nothing.
        fileprivate var lines: String?
        /// Of which machine and site it is.
        var place: TargetPlace
        /// Lines that carry a number.
        var series: Int

        /// The same page with other numbers.
        fileprivate func next(_ layout: PageLayout, _ memory: PageMemory) -> Outcome {
            var next = self
            next.reading = PageReading(layout, values: memory.values, stamps: memory.stamps)
            next.series = memory.values.count
            return next
        }

        /// What is odd about the page, after the target's name; nil: nothing.
        var remark: String? {
            guard reading.isEmpty else { return lines }
            return !reading.layout.isOfUse
                ? "answers \(series) series, none that is known (docs/live.md has the list)"
                : "answers series that are known, none with a number that can be"
        }
    }

    private struct State {
        var memory = PageMemory()
        var last: Outcome?
        /// Of the page of which `last` was made.
        var seriesHash: UInt64?
    }

    private let target: ScrapeTarget?
    /// Rows beside the table's.
    private let more: [MetricName]
    private let state = Mutex(State())

    /// - Parameter target: whose rows and names count; nil: pages of nobody in particular.
    init(_ target: ScrapeTarget? = nil) {
        self.target = target
        more = target?.training.map(\.row) ?? []
    }

    /// Whether the labels of the page say of which machine or site it is: then every line counts.
    private var isPlacedByPage: Bool {
        [target?.node, target?.site].contains { if case .onPage = $0 { true } else { false } }
    }

    /// Forgets the last page: the next one is read anew. What its labels mean is kept, and used again when it has the same
    /// series.
    func forget() { state.withLock { $0.memory = PageMemory() } }

    /// Bytes that are remembered.
    var byteCount: Int { state.withLock { $0.memory.byteCount } }

    func read(
        _ bytes: [UInt8], _ format: ExpositionFormat
    ) throws(ScrapeFailure) -> Outcome {
        try state.withLock { state throws(ScrapeFailure) in
            do throws(ScrapeFailure) {
                let outcome = try outcome(state.memory.read(bytes, format: format), &state, bytes, format)
                state.last = outcome
                return outcome
            } catch {
                // What is no page must not be taken for the one before it when it comes again.
                state = State()
                throw error
            }
        }
    }

    private func outcome(
        _ change: PageMemory.Change, _ state: inout State, _ bytes: [UInt8], _ format: ExpositionFormat
    ) throws(ScrapeFailure) -> Outcome {
        switch (change, state.last) {
        case (.same, let last?): return last
        case (.numbers, let last?): return last.next(last.reading.layout, state.memory)
        case (.lines(let edits), let last?):
            state.seriesHash = nil
            // Lines of which nothing is known, on a page whose place is not told by its labels.
            guard !isPlacedByPage, let layout = last.reading.layout.moved(by: edits, more: more)
            else { return try understand(ExpositionPage(parsing: bytes, format: format), &state) }
            return last.next(layout, state.memory)
        case (.series(let page), _): return try understand(page, &state)
        // Nothing is remembered without an outcome.
        case (_, nil): throw ScrapeFailure(.notMetrics, "answers what cannot be read")
        }
    }

    private func understand(_ page: ExpositionPage, _ state: inout State) throws(ScrapeFailure) -> Outcome {
        if let complaint = BodyKind(of: page.bytes).complaint { throw ScrapeFailure(.notMetrics, complaint) }
        if page.samples.isEmpty, let first = page.report.first.first {
            throw ScrapeFailure(
                .notMetrics, "answers text that is not metrics (line \(first.line): \(first.problem.rawValue))")
        }
        let hash = page.seriesHash
        if let last = state.last, state.seriesHash == hash {
            var next = last
            next.reading = PageReading(
                last.reading.layout, values: page.samples.map(\.value), stamps: page.samples.map(\.timestamp))
            next.lines = Self.remark(on: page, next.reading)
            return next
        }
        state.seriesHash = hash
        let reading = PageReading(page, more: more)
        return Outcome(
            reading: reading, lines: Self.remark(on: page, reading),
            place: TargetPlace(target, on: page), series: page.samples.count)
    }

    private static func remark(on page: ExpositionPage, _ reading: PageReading) -> String? {
        let report = page.report
        if let first = report.first.first {
            let lines = report.rejected == 1 ? "1 line" : "\(report.rejected) lines"
            return "has \(lines) that are not understood, first line \(first.line): \(first.problem.rawValue)"
        }
        if reading.leftOut > 0 { return "names more than 4096 hosts, GPUs and engines; the rest is left out" }
        if reading.repeated > 0 { return "repeats \(reading.repeated) series; the last of each counts" }
        return nil
    }
}
