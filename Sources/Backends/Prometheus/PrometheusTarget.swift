// SPDX-License-Identifier: Apache-2.0

import Exposition
import Factory

/// What Prometheus calls one page that it scrapes.
struct TargetKey: Sendable, Hashable {
    var job: String
    var instance: String

    init(_ labels: [String: String]) {
        job = labels["job"] ?? ""
        instance = labels["instance"] ?? ""
    }
}

/// How one target of the server stands: what its newest page said, and whether the server still gets one.
struct PrometheusTarget: Sendable {
    enum Health: Sendable, Equatable {
        /// The server writes no `up` for it: its samples have to speak for themselves.
        case untold
        case up
        /// By this host's clock; nil where nobody knows since when.
        case down(since: PlantTime?)
        /// It was a target and is none any more.
        case gone(since: PlantTime)
    }

    let key: TargetKey
    /// For people: its instance.
    let name: String
    var health = Health.untold
    /// What the server says of its last attempt.
    var lastError: String?
    private(set) var facts = TargetHistory.Facts()
    /// Under which names its pages say it.
    private(set) var origins: [Origin] = []
    private var series = 0
    /// The server's time of the newest page.
    private(set) var newest: Double?
    /// The same by this host's clock.
    private(set) var lastSeen: PlantTime?
    /// The usual time between two pages. Unit: s.
    private(set) var spacing: Double?
    private var history: TargetHistory

    /// What else is taken in of a target is of no use sooner than this. Unit: s.
    private static let pageStep = 15.0
    /// After such a pause the page before the newest is asked for again, so that rates are of the present. Unit: s.
    private static let pause = 60.0

    init(_ key: TargetKey) {
        self.key = key
        let target = ScrapeTarget(key)
        name = target.name
        history = TargetHistory(target)
    }

    var isUp: Bool { health == .up || health == .untold && newest != nil }

    /// Whether there may be a new page.
    ///
    /// - Parameter now: the server's clock.
    func isDue(at now: Double) -> Bool {
        switch health {
        case .down, .gone: return false
        case .up, .untold: break
        }
        guard let newest, let spacing else { return true }
        // A scrape comes a little early or late, and what a source writes later than it happened is asked for again.
        return now - newest >= spacing * 0.9
    }

    /// The processor time of a host, by mode, as the server summed it over all its cores.
    struct Processors: Sendable {
        /// On the newest page, and on one before.
        var now: [String: String] = [:]
        var before: [String: String] = [:]
    }

    /// Reads the pages that are new.
    ///
    /// - Parameters:
    ///   - pace: between two scrapes, as the server's count of them says. Unit: s.
    ///   - offset: what the server's clock is ahead of this host's. Unit: s.
    ///   - poll: between two looks at the server.
    mutating func take(
        _ series: TargetSeries, _ processors: Processors, pace: Double?, offset: Double, poll: Seconds
    ) {
        let rough = spacing ?? pace ?? Self.pause
        let times = series.times(spacing: rough)
        // The server's count is too low for a target that is new to it: what was seen counts.
        spacing = TargetSeries.spacing(of: times) ?? spacing
        let isFirst = newest == nil
        let chosen = chosen(from: times)
        for (place, time) in chosen.enumerated() {
            let index = times.firstIndex(of: time) ?? 0
            var bytes = series.page(at: time, after: index > 0 ? times[index - 1] : time - rough)
            if place == chosen.count - 1 {
                bytes += Self.lines(processors.now)
            } else if isFirst, place == chosen.count - 2 {
                bytes += Self.lines(processors.before)
            }
            let reading = PageReading(ExpositionPage(parsing: bytes))
            let at = PlantTime(epoch: time - offset)
            facts = history.take(reading, at: at, elapsed: time)
            if place == chosen.count - 1 { (origins, self.series) = (reading.origins, series.count) }
            (newest, lastSeen) = (time, at)
        }
        // Each target is stale by its own pace: two scrapes, and what may pass before they are asked for.
        let staleAfter = Seconds(2 * (spacing ?? rough)) + poll
        for index in facts.hosts.indices { facts.hosts[index].staleAfter = staleAfter }
        for index in facts.engines.indices { facts.engines[index].staleAfter = staleAfter }
    }

    private static func lines(_ processors: [String: String]) -> [UInt8] {
        processors.sorted { $0.key < $1.key }.flatMap { mode, value in
            TargetSeries.line(PrometheusNames.processors, ["mode": mode]) + Array(value.utf8.filter { $0 > 0x20 }) + [
                0x0a
            ]
        }
    }

    /// At first sight some of the past as well, so that percentiles and slow counters have something to compare with;
    /// later the newest page, as whoever scrapes has it.
    private func chosen(from times: [Double]) -> [Double] {
        let new = times.filter { $0 > newest ?? -.infinity }
        guard let last = new.last else { return [] }
        if let newest { return last - newest > Self.pause ? Array(new.suffix(2)) : [last] }
        var kept: [Double] = []
        for time in new.dropLast(2) where kept.last.map({ time - $0 >= Self.pageStep }) ?? true { kept.append(time) }
        return kept + new.suffix(2)
    }

    func health(at now: PlantTime) -> TargetHealth {
        let problem = complaint(at: now)
        return TargetHealth(
            name: name, answeredAt: lastSeen, duration: nil, bytes: 0, series: series, problem: problem,
            isUp: problem == nil)
    }

    /// Why it is dead, in a sentence without its name; nil for one that answers.
    func complaint(at now: PlantTime) -> String? {
        switch health {
        case .up: return nil
        case .untold:
            guard let lastSeen else { return "has given Prometheus nothing lately" }
            guard let oldest = facts.staleAfter, now - lastSeen > oldest else { return nil }
            return "has given Prometheus nothing since \(lastSeen.clock)"
        case .down(let since):
            let place = since.map { " since \($0.clock)" } ?? ""
            let reason = lastError.map { ": \(Self.short($0))" } ?? ""
            return "cannot be scraped by Prometheus, up is 0\(place)\(reason)"
        case .gone(let since): return "is no target of Prometheus any more, since \(since.clock)"
        }
    }

    /// Go names the whole request before it says what is wrong.
    private static func short(_ error: String) -> String {
        guard error.hasPrefix("Get \""), let end = error.dropFirst(5).firstIndex(of: "\"") else {
            return String(error.prefix(120))
        }
        return String(error[error.index(after: end)...].drop { $0 == ":" || $0 == " " }.prefix(120))
    }
}

extension TargetHistory.Facts {
    /// nil where there are none.
    fileprivate var staleAfter: Seconds? { hosts.first?.staleAfter ?? engines.first?.staleAfter }
}

extension ScrapeTarget {
    /// A target that somebody else scrapes, by Prometheus' `instance`: mostly `host:port`, and any text at all. It is
    /// never asked.
    init(_ key: TargetKey) {
        let text = String((key.instance.isEmpty ? key.job : key.instance).prefix(300))
        let afterScheme = text.split(separator: "/", omittingEmptySubsequences: true).dropFirst(
            Self.isURL(text) ? 1 : 0)
        let place = afterScheme.first.map(String.init) ?? text
        name = text
        if place.hasPrefix("["), let end = place.firstIndex(of: "]") {
            host = String(place[place.index(after: place.startIndex)..<end])
        } else if place.count(where: { $0 == ":" }) == 1 {
            host = String(place.prefix { $0 != ":" })
        } else {
            host = place
        }
        // Without a port it names a machine, on which several jobs may find an engine each.
        url = Self.isURL(text) ? text : text.contains(":") ? "http://\(text)/metrics" : "\(key.job)/\(text)"
    }

    private static func isURL(_ text: String) -> Bool { text.hasPrefix("http://") || text.hasPrefix("https://") }
}
