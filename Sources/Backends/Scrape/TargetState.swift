// SPDX-License-Identifier: Apache-2.0

import Factory

/// A page that was fetched and read.
struct ScrapeAnswer: Sendable {
    var page: PageReader.Outcome
    /// When its answer began. Unit: monotonic s.
    var elapsed: Double
    /// From the request to the whole answer.
    var duration: Seconds
    /// Of the page, decompressed.
    var bytes: Int
}

/// How one target stands: what it said last, its health, and when it is asked again.
struct TargetState: Sendable {
    let target: ScrapeTarget
    /// Its own among all targets of its observer, those that have gone included.
    let id: Int
    private var history: TargetHistory
    /// Reads its pages, and remembers the last one.
    let reader: PageReader
    /// Bytes that the reader remembers.
    private(set) var remembered = 0
    private(set) var facts = TargetHistory.Facts()
    /// Under which names the page says it.
    private(set) var origins: [Origin] = []
    private var layout: PageLayout?
    private var bytes = 0
    private var series = 0
    private var duration: Seconds?
    private(set) var lastSeen: PlantTime?
    /// Why the last attempt failed; nil after a success and before the first attempt has ended.
    private(set) var failure: ScrapeFailure?
    /// What was odd about the last good page.
    private(set) var remark: String?
    private(set) var hasAnswered = false
    /// When it first did not answer, while it never has.
    private var downSince: PlantTime?
    private var failures = 0
    /// Polls that are still passed over.
    private var pause = 0
    private(set) var isInFlight = false

    init(_ target: ScrapeTarget, id: Int) {
        self.target = target
        self.id = id
        history = TargetHistory(target)
        reader = PageReader(target)
    }

    var health: TargetHealth {
        TargetHealth(
            name: target.name, answeredAt: lastSeen, duration: duration, bytes: bytes, series: series,
            problem: failure?.text ?? remark, isUp: isUp)
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

    /// - Parameter room: bytes that may be remembered; a page that takes more is read anew each time.
    mutating func succeed(_ answer: ScrapeAnswer, at: PlantTime, room: Int) -> Change {
        isInFlight = false
        let page = answer.page
        (bytes, series, duration) = (answer.bytes, page.series, answer.duration)
        if reader.byteCount > room { reader.forget() }
        remembered = reader.byteCount
        remark = page.remark
        facts = page.place.placing(history.take(page.reading, at: at, elapsed: answer.elapsed))
        if layout !== page.reading.layout {
            layout = page.reading.layout
            origins = page.reading.origins
        }
        lastSeen = at
        let change: Change = failure == nil ? .stayed : .returned
        (failure, failures, pause, hasAnswered) = (nil, 0, 0, true)
        return change
    }

    /// The machine of a target that has never answered, as far as its address and the operator's words say it: what is down
    /// since before this program began must not be missing.
    ///
    /// - Parameter ports: where machines speak of themselves; what an engine serves is no machine.
    func unheard(_ ports: Set<Int>) -> HostFacts? {
        guard !hasAnswered, let failure, let downSince, ports.contains(target.port) else { return nil }
        var name: String?
        if case .known(let word) = target.node { name = word }
        var facts = HostFacts(name: name, address: target.host, exporter: "no answer", at: downSince)
        if case .known(let word) = target.site { facts.site = word }
        facts.target = target.name
        facts.noAnswer = failure.text
        return facts
    }

    /// - Parameter longestPause: polls that are passed over at most.
    mutating func fail(_ reason: ScrapeFailure, at: PlantTime, longestPause: Int) -> Change {
        isInFlight = false
        downSince = downSince ?? at
        let change: Change = failure == nil ? .died : .stayed
        failure = reason
        remembered = reader.byteCount
        failures += 1
        // 0, 1, 3, 7 ... polls are passed over: a dead target costs less and less.
        pause = min((1 << min(failures - 1, 16)) - 1, longestPause)
        return change
    }
}
