// SPDX-License-Identifier: Apache-2.0

/// A server with Prometheus' HTTP API (Prometheus, VictoriaMetrics, Thanos, Mimir) or Alertmanager's, and how it is asked.
package struct PrometheusServer: Sendable, Hashable {
    /// Where its paths begin, without a final slash: `http://mimir:8080/prometheus`.
    package let base: String
    /// For people: `mimir:8080/prometheus`.
    package let name: String
    /// What shows it who asks; nil: nothing does.
    package var credentials: ScrapeCredentials?
    /// Whom it is believed over TLS; nil: this host's authorities vouch for the host of its URL.
    package var tls: ScrapeTLS?
    /// The value of `X-Scope-OrgID`, by which Mimir and Cortex tell tenants apart; nil: the header is not sent.
    package var tenant: String?

    /// Reads the URL under the rules of every target: http or https, no credentials, no refused address.
    package init(_ text: String) throws(TargetError) {
        // A path that is written out, so that the target's own default is not taken.
        var plain = text
        while plain.hasSuffix("/") { plain.removeLast() }
        let target: ScrapeTarget
        do throws(TargetError) {
            target = try ScrapeTarget(plain + "/")
        } catch {
            guard error.kind == .scheme else { throw error }
            throw TargetError(.scheme, "\(text.prefix(80)) is no http:// or https:// URL; write http://HOST:9090")
        }
        guard !target.url.contains("?") else {
            throw TargetError(.characters, "\(text.prefix(80)) has a query; give the URL where the API begins")
        }
        base = String(target.url.dropLast())
        name = String(target.name.dropLast())
    }

    func url(_ path: String) -> String { base + path }

    /// Scheme, host and port: what credentials and tenants belong to.
    private var origin: Substring {
        let slashes = base.utf8.indices.filter { base.utf8[$0] == UInt8(ascii: "/") }
        return slashes.count > 2 ? base[..<slashes[2]] : base[...]
    }

    /// The same with another's credentials and tenant, where both are one server: secrets go nowhere else. The authorities
    /// of a plant are those of all its servers.
    package func trusting(_ other: PrometheusServer) -> PrometheusServer {
        var server = self
        guard origin == other.origin else {
            server.tls = other.tls?.authorities.map { ScrapeTLS(authorities: $0) }
            return server
        }
        (server.credentials, server.tenant, server.tls) = (other.credentials, other.tenant, other.tls)
        return server
    }

    /// One of its pages, as a target.
    func target(_ path: String) throws(TargetError) -> ScrapeTarget {
        var target = try ScrapeTarget(url(path))
        (target.credentials, target.tls) = (credentials, tls)
        return target
    }

    /// Whether a text may stand in a header as it is.
    package static func isTenant(_ text: String) -> Bool {
        (1...150).contains(text.utf8.count) && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f }
    }
}
