// SPDX-License-Identifier: Apache-2.0

import Backends
import Factory

/// From what a configuration says of a Prometheus server to how it is asked.
enum PrometheusWiring {
    /// The servers that are named.
    static func named(in settled: Configuration) -> [Configuration.Prometheus] {
        settled.sources.compactMap { if case .prometheus(let named) = $0 { named } else { nil } }
    }

    /// - Parameter waits: an observation waits for the whole first round: for a single look.
    /// - Throws: `Complaint` for a URL or a secret that cannot be used.
    static func settings(_ named: Configuration.Prometheus, waits: Bool = false) throws -> PrometheusSettings {
        do throws(TargetError) {
            var server = try PrometheusServer(named.url)
            try named.credentials?.check()
            try named.tls?.check()
            (server.credentials, server.tenant, server.tls) = (named.credentials, named.tenant, named.tls)
            var settings = PrometheusSettings(server: server)
            settings.alertmanager = try alertmanager(named)?.trusting(server)
            settings.interval = Seconds(named.interval ?? 5)
            if let timeout = named.timeout { settings.deadline = .seconds(timeout) }
            if waits {
                // A round is some questions one after the other, and graphs are not looked at.
                settings.patience = settings.deadline * 4
                settings.past = 0
            }
            return settings
        } catch {
            throw Complaint("prometheus: \(error.description)", .badInput)
        }
    }

    static func alertmanager(_ named: Configuration.Prometheus) throws(TargetError) -> PrometheusServer? {
        guard let url = named.alertmanager else { return nil }
        return try PrometheusServer(url)
    }

    static func observers(_ settled: Configuration, waits: Bool) throws -> [any Observer] {
        try named(in: settled).map { PrometheusObserver(try settings($0, waits: waits)) }
    }

    /// Looks at what the configuration names, without asking anybody.
    ///
    /// - Parameter key: where it stands: `sources[0].prometheus`.
    static func check(_ named: Configuration.Prometheus, at key: String, of settled: Configuration) throws {
        var bare = named
        (bare.alertmanager, bare.credentials, bare.tls) = (nil, nil, nil)
        try settled.blaming("\(key).url") { [bare] in _ = try settings(bare) }
        bare.alertmanager = named.alertmanager
        try settled.blaming("\(key).alertmanager") { [bare] in _ = try settings(bare) }
        bare.tls = named.tls
        try settled.blaming("\(key).tls") { [bare] in _ = try settings(bare) }
        bare.credentials = named.credentials
        try settled.blaming("\(key).credentials") { [bare] in _ = try settings(bare) }
    }
}
