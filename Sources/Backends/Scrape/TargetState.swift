// SPDX-License-Identifier: Apache-2.0

import Exposition
import Factory

/// How one target stands: what it said last, its health, and when it is asked again.
struct TargetState: Sendable {
    let target: ScrapeTarget
    /// Its own among all targets of its observer, those that have gone included.
    let id: Int
    private var history: TargetHistory
    /// The last good body, where there is room for it, and what it says.
    private(set) var known: [UInt8]?
    private var reading: PageReading?
    private(set) var facts = TargetHistory.Facts()
    private(set) var lastSeen: PlantTime?
    /// Why the last attempt failed; nil after a success and before the first attempt has ended.
    private(set) var failure: ScrapeFailure?
    /// What was odd about the last good page.
    private(set) var remark: String?
    private(set) var hasAnswered = false
    private var failures = 0
    /// Polls that are still passed over.
    private var pause = 0
    private(set) var isInFlight = false

    init(_ target: ScrapeTarget, id: Int) {
        self.target = target
        self.id = id
        history = TargetHistory(target)
    }

    /// Whether the target answered the last time it was asked.
    var isUp: Bool { hasAnswered && failure == nil }

    /// Whether it is asked in this poll; counts the pause down.
    mutating func isDue() -> Bool {
        guard !isInFlight else { return false }
        if pause > 0 {
            pause -= 1
            return false
        }
        return true
    }

    mutating func begin() { isInFlight = true }

    /// What became of a target, for the events.
    enum Change: Sendable { case died, returned, stayed }

    /// - Parameter keeps: whether there is room to keep the body.
    mutating func succeed(_ answer: PageFetcher.Page, at: PlantTime, keeps: Bool) -> Change {
        isInFlight = false
        if let page = answer.page {
            let now = PageReading(page)
            remark = Self.remark(on: page, now)
            reading = now
            known = keeps ? page.bytes : nil
        }
        // The same body again is a page like any other: its counters stood still.
        if let reading { facts = history.take(reading, at: at, elapsed: answer.elapsed) }
        lastSeen = at
        let change: Change = failure == nil ? .stayed : .returned
        (failure, failures, pause, hasAnswered) = (nil, 0, 0, true)
        return change
    }

    /// - Parameter longestPause: polls that are passed over at most.
    mutating func fail(_ reason: ScrapeFailure, longestPause: Int) -> Change {
        isInFlight = false
        let change: Change = failure == nil ? .died : .stayed
        failure = reason
        failures += 1
        // 0, 1, 3, 7 ... polls are passed over: a dead target costs less and less.
        pause = min((1 << min(failures - 1, 16)) - 1, longestPause)
        return change
    }

    private static func remark(on page: ExpositionPage, _ reading: PageReading) -> String? {
        if reading.isEmpty {
            if page.samples.contains(where: { !MetricNames.rows(of: page.string($0.name)).isEmpty }) {
                return "answers series that are known, none with a number that can be"
            }
            return "answers \(page.samples.count) series, none that is known (docs/live.md has the list)"
        }
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
