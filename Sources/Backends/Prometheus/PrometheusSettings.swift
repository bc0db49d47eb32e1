// SPDX-License-Identifier: Apache-2.0

package import Factory

/// How a Prometheus server is asked.
package struct PrometheusSettings: Sendable {
    package var server: PrometheusServer
    /// Says who acknowledged an alert; nil: nobody is asked.
    package var alertmanager: PrometheusServer?
    /// Time between two polls, as whoever polls keeps it.
    package var interval = Seconds(5)
    /// A request that has no whole answer by then has failed.
    package var deadline = Duration.seconds(10)
    /// How long one observation waits for a slow server; what comes later is in the next one.
    package var patience = Duration.milliseconds(500)
    /// Largest answer, unpacked. Unit: bytes.
    package var bodyLimit = 256 << 20
    /// Series that one query asks for: what of an answer is in memory at a time.
    package var seriesPerQuery = 20_000
    /// More targets than this are left out.
    package var targetLimit = 20_000
    /// How much of the past the graphs begin with; 0: none. Unit: s.
    package var past = 7200.0

    package init(server: PrometheusServer) { self.server = server }

    /// The same limits for one request.
    var limits: ScrapeSettings {
        ScrapeSettings(interval: interval, deadline: deadline, patience: patience, bodyLimit: bodyLimit)
    }
}
