// SPDX-License-Identifier: Apache-2.0

import Factory

/// An alert that fires, by its labels.
struct FiringAlert: Sendable {
    var labels: [String: String]
    /// By this host's clock; nil where the server does not say.
    var since: PlantTime?
    /// Who has silenced it; nil: nobody, or nobody knows.
    var silence: Silence?
    /// Whether nobody could say if it is silenced.
    var isUnsure = false

    /// A silence of Alertmanager.
    struct Silence: Sendable, Equatable {
        var by: String
        var until: PlantTime?
        var comment: String
    }

    var name: String { labels["alertname"] ?? "an alert without a name" }
    var severity: String { labels["severity"] ?? labels["priority"] ?? "" }
    var isCritical: Bool { ["critical", "page", "p1", "emergency", "disaster"].contains(severity.lowercased()) }

    /// Always firing to show that alerting works, or there to hold back others: never news.
    var isPlumbing: Bool { severity.lowercased() == "none" }

    /// A machine by name: what an event can be opened with.
    var node: String? {
        ["Hostname", "hostname", "nodename", "node"].lazy.compactMap { labels[$0] }.first { !$0.isEmpty }
    }

    /// `GPUHot warning gpu7`. An event that is called a page needs no other word for it.
    func title(_ kind: FactoryEvent.Kind = .alert) -> String {
        let severity = kind == .page ? "" : severity
        let place = node ?? labels["instance"] ?? labels["pod"] ?? labels["model_name"] ?? labels["job"] ?? ""
        return [name, severity, place].filter { !$0.isEmpty }.map { String($0.prefix(80)) }.joined(separator: " ")
    }
}

/// The alerts that were told: each once when it begins, once when somebody silences it, once when it ends.
struct AlertBook: Sendable {
    /// An event to be told, without its number.
    struct News: Sendable, Equatable {
        var kind: FactoryEvent.Kind
        var text: String
        var node: String?
        var at: PlantTime
    }

    private struct Entry {
        var alert: FiringAlert
        var began: PlantTime
        /// Looks at the server that did not show it.
        var missed = 0
    }

    private var told: [[String: String]: Entry] = [:]
    private var hasLooked = false

    /// A server that has just started again needs a moment to find its alerts.
    private static let looks = 2
    /// So many are told at once; more would push everything else out of the list.
    private static let newsLimit = 40
    /// So many are kept in mind.
    private static let limit = 5000

    /// Takes what fires now.
    mutating func take(_ firing: [FiringAlert], at now: PlantTime) -> [News] {
        var news: [News] = []
        var there: Set<[String: String]> = []
        let ordered = firing.filter { !$0.isPlumbing }.sorted {
            $0.isCritical == $1.isCritical
                ? ($0.since?.epoch ?? 0, $0.title()) < ($1.since?.epoch ?? 0, $1.title()) : $0.isCritical
        }
        var begun: [News] = []
        for alert in ordered where there.insert(alert.labels).inserted {
            guard var entry = told[alert.labels] else {
                guard told.count < Self.limit else { continue }
                told[alert.labels] = Entry(alert: alert, began: alert.since ?? now)
                begun.append(beginning(of: alert, at: now))
                continue
            }
            entry.missed = 0
            var alert = alert
            // What was known of its silence stays until somebody can say again.
            if alert.isUnsure { alert.silence = entry.alert.silence }
            if entry.alert.silence != alert.silence { news.append(change(of: alert, from: entry.alert, at: now)) }
            entry.alert = alert
            told[alert.labels] = entry
        }
        news += begun.prefix(Self.newsLimit)
        if begun.count > Self.newsLimit {
            news.append(News(kind: .alert, text: "\(begun.count - Self.newsLimit) more alerts fire", at: now))
        }
        news += endings(without: there, at: now)
        hasLooked = true
        return news.sorted { $0.at < $1.at }
    }

    private func beginning(of alert: FiringAlert, at now: PlantTime) -> News {
        // What fired before anybody looked belongs to its own time; what is found later is news now, whenever it began.
        let at = hasLooked ? now : min(alert.since ?? now, now)
        return News(
            kind: kind(alert),
            text: alert.title(kind(alert)) + (at == alert.since ? "" : since(alert)) + words(alert.silence)
                + unsure(alert),
            node: alert.node, at: at)
    }

    private func change(of alert: FiringAlert, from before: FiringAlert, at now: PlantTime) -> News {
        let text = alert.silence == nil ? ", no longer silenced" : words(alert.silence)
        return News(kind: kind(alert), text: alert.title(kind(alert)) + since(alert) + text, node: alert.node, at: now)
    }

    private mutating func endings(without there: Set<[String: String]>, at now: PlantTime) -> [News] {
        var news: [News] = []
        for (labels, entry) in told where !there.contains(labels) {
            told[labels]?.missed += 1
            guard entry.missed + 1 >= Self.looks else { continue }
            told[labels] = nil
            let text = "\(entry.alert.title()) ended after \(Words.ago(now - entry.began))"
            news.append(News(kind: .alert, text: text, node: entry.alert.node, at: now))
        }
        guard news.count > Self.newsLimit else { return news }
        let more = News(kind: .alert, text: "\(news.count - Self.newsLimit) more alerts have ended", at: now)
        return news.prefix(Self.newsLimit) + [more]
    }

    /// Colour is for what is critical and nobody has taken on.
    private func kind(_ alert: FiringAlert) -> FactoryEvent.Kind {
        alert.isCritical && alert.silence == nil ? .page : .alert
    }

    private func since(_ alert: FiringAlert) -> String { alert.since.map { " since \($0.clock)" } ?? "" }

    private func unsure(_ alert: FiringAlert) -> String { alert.isUnsure ? ", silenced or not is not known" : "" }

    private func words(_ silence: FiringAlert.Silence?) -> String {
        guard let silence else { return "" }
        let until = silence.until.map { " until \($0.clock)" } ?? ""
        let comment = silence.comment.isEmpty ? "" : ": \(silence.comment.prefix(100))"
        return ", silenced by \(silence.by.isEmpty ? "somebody" : String(silence.by.prefix(40)))\(until)\(comment)"
    }
}
