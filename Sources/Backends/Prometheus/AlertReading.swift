// SPDX-License-Identifier: Apache-2.0

import Factory
import Foundation

/// What fires, from Prometheus' own series, and who has silenced it, from Alertmanager.
struct AlertReading: Sendable {
    var firing: [FiringAlert] = []

    /// Both series of every alert: that it fires, and since when it is true.
    static let query = "{__name__=~\"ALERTS|ALERTS_FOR_STATE\",alertstate=~\"firing|\"}"

    /// - Parameter offset: what the server's clock is ahead of this host's. Unit: s.
    init(_ reply: QueryReply, offset: Double) {
        var since: [[String: String]: Double] = [:]
        for series in reply.result where series.metric["__name__"] == "ALERTS_FOR_STATE" {
            guard let value = series.value?.value, value.isFinite, value > 0 else { continue }
            since[Self.identity(series.metric)] = value
        }
        for series in reply.result where series.metric["alertstate"] == "firing" {
            let labels = Self.identity(series.metric)
            firing.append(
                FiringAlert(labels: labels, since: since[labels].map { PlantTime(epoch: $0 - offset) }))
        }
    }

    private static func identity(_ metric: [String: String]) -> [String: String] {
        metric.filter { $0.key != "__name__" && $0.key != "alertstate" }
    }

    /// Alertmanager has an alert's labels and those that Prometheus adds on the way: all of ours must be there.
    mutating func note(_ alerts: [ManagedAlert], _ silences: [SilenceReply]) {
        let byID = Dictionary(silences.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        let silenced = Dictionary(grouping: alerts.filter { !($0.status.silencedBy ?? []).isEmpty }) {
            $0.labels["alertname"] ?? ""
        }
        for index in firing.indices {
            let own = firing[index].labels
            let match = silenced[own["alertname"] ?? ""]?.first { managed in
                own.allSatisfy { managed.labels[$0.key] == $0.value }
            }
            guard let ids = match?.status.silencedBy else { continue }
            let found = ids.compactMap { byID[$0] }.sorted { ($0.endsAt ?? "", $0.id) > ($1.endsAt ?? "", $1.id) }
            firing[index].silence = FiringAlert.Silence(
                by: found.first?.createdBy ?? "", until: found.first?.endsAt.flatMap(Self.time),
                comment: found.first?.comment ?? "")
        }
    }

    /// RFC 3339, with or without fractions of a second.
    private static func time(_ text: String) -> PlantTime? {
        let styles = [Date.ISO8601FormatStyle(includingFractionalSeconds: true), Date.ISO8601FormatStyle()]
        // ignored because a time that cannot be read is one that is not told.
        return styles.lazy.compactMap { try? $0.parse(text) }.first.map { PlantTime(epoch: $0.timeIntervalSince1970) }
    }
}
