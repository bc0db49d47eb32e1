// SPDX-License-Identifier: Apache-2.0

import Backends

extension Configuration {
    /// A server that scrapes the plant already.
    struct Prometheus: Equatable {
        var url: String
        /// Says who has silenced an alert.
        var alertmanager: String?
        /// Seconds between two polls.
        var interval: Double?
        /// Seconds until a request counts as not answered.
        var timeout: Double?
        var tenant: String?
        /// What shows the server who asks.
        var credentials: ScrapeCredentials?
        /// Whom it is believed over TLS.
        var tls: ScrapeTLS?
    }

    mutating func readPrometheus(_ section: YAMLSection) throws(ConfigurationError) -> Prometheus {
        var section = section
        for key in ["url", "alertmanager"] { lines["\(section.path).\(key)"] = section.line(of: key) }
        guard let url = try section.string("url") else {
            throw ConfigurationError(
                file: section.file, line: section.line, text: "\(section.path): give 'url', as http://prometheus:9090")
        }
        var prometheus = Prometheus(url: url)
        prometheus.alertmanager = try section.string("alertmanager")
        prometheus.interval = try section.number("interval", in: PlantLimits.interval)
        prometheus.timeout = try section.number("timeout", in: 0.1...60)
        prometheus.tenant = try section.string("tenant")
        prometheus.credentials = try credentials(&section)
        lines["\(section.path).tls"] = section.line(of: "tls")
        prometheus.tls = try ScrapeSection.tls(&section)
        try section.finish()
        if let tenant = prometheus.tenant, !PrometheusServer.isTenant(tenant) {
            throw ConfigurationError(
                file: section.file, line: section.line(of: "tenant"),
                text: "\(section.path).tenant: expected 1 to 150 letters, digits and signs without blanks")
        }
        return prometheus
    }
}
