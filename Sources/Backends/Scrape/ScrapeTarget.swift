// SPDX-License-Identifier: Apache-2.0

package import Factory

/// Why a target cannot be scraped at all, found before anything is sent.
package struct TargetError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Kind: String, Sendable, Hashable {
        case scheme, host, port, characters, credentials, refusedAddress
        /// The file that lists targets.
        case unreadable, empty
    }
    package var kind: Kind
    /// The file and line that said it, `targets.txt:3`; nil for a command line.
    package var place: String?
    /// One sentence: what is wrong and what to do.
    package var text: String

    package init(_ kind: Kind, place: String? = nil, _ text: String) {
        self.kind = kind
        self.place = place
        self.text = text
    }

    package var description: String { place.map { "\($0): \(text)" } ?? text }
}

/// One page of metrics to poll.
package struct ScrapeTarget: Sendable, Hashable {
    /// As it is asked for; without a path it is `/metrics`.
    package let url: String
    /// The host alone, without brackets.
    package let host: String
    /// For people: `gpu07:9400`, with the path where it is not `/metrics`.
    package let name: String
    /// What shows it who asks; nil: nothing does.
    package var credentials: ScrapeCredentials?
    /// What its page says of training jobs, beside what is known without being told.
    package var training: [TrainingMetric] = []
    /// A job that has pushed nothing for so long is stale.
    package var trainingStale = Seconds(120)
    /// Whom it is believed over TLS; nil: this host's authorities vouch for the host of its URL.
    package var tls: ScrapeTLS?
    /// The machine and the site that it speaks of; nil: its page says so itself, or nobody does.
    var node: TargetWord?
    var site: TargetWord?

    /// Where it is asked.
    var port: Int { explicitPort ?? (isSecure ? 443 : 80) }
    private(set) var explicitPort: Int?
    var isSecure: Bool { url.hasPrefix("https:") }

    private static let lengthLimit = 2000

    /// Reads a URL: http or https, no credentials, no address that is refused.
    package init(_ text: String) throws(TargetError) {
        let shown = text.count > 80 ? text.prefix(80) + "..." : text[...]
        guard text.utf8.count <= Self.lengthLimit, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
            throw TargetError(
                .characters, "\(Self.visible(shown)) is no URL: it has blanks or characters that a URL must escape")
        }
        guard text.contains("://") || !text.contains("@") else {
            throw TargetError(.credentials, "a target with a user or a password is refused: everyone could read it")
        }
        guard let colon = text.range(of: "://"),
            let scheme = ["http", "https"].first(where: { $0 == text[..<colon.lowerBound].lowercased() })
        else {
            throw TargetError(.scheme, "\(shown) is no http:// or https:// URL; write http://HOST:PORT/metrics")
        }
        let rest = text[colon.upperBound...].prefix { $0 != "#" }
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        guard !authority.contains("@") else {
            throw TargetError(
                .credentials, "a URL with a user or a password is refused: everyone on this host could read it")
        }
        let (host, port) = try Self.split(authority, shown)
        if let reason = RefusedAddress.reason(literal: host) {
            throw TargetError(.refusedAddress, "\(shown) is refused: \(reason)")
        }
        let path = rest[authority.endIndex...]
        let bracketed = host.contains(":") ? "[\(host)]" : host
        let place = bracketed + (port.map { ":\($0)" } ?? "")
        let asked = path.isEmpty ? "/metrics" : path.hasPrefix("?") ? "/metrics\(path)" : String(path)
        url = "\(scheme)://\(place)\(asked)"
        self.host = host
        explicitPort = port
        name = place + (asked == "/metrics" ? "" : asked)
    }

    /// The URL with another host, and the authority of its own, for `Host`.
    func asked(as host: String) -> (url: String, authority: String) {
        let bracketed = self.host.contains(":") ? "[\(self.host)]" : self.host
        let rest = url.dropFirst((isSecure ? "https://" : "http://").count + bracketed.count)
        return (
            "\(isSecure ? "https" : "http")://\(host)\(rest)", bracketed + (explicitPort.map { ":\($0)" } ?? "")
        )
    }

    private static func split(
        _ authority: Substring, _ shown: Substring
    ) throws(TargetError) -> (host: String, port: Int?) {
        let host: Substring
        var port: Substring?
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else {
                throw TargetError(.host, "\(shown) has a [ without its ]")
            }
            host = authority[authority.index(after: authority.startIndex)..<end]
            let after = authority[authority.index(after: end)...]
            guard after.isEmpty || after.hasPrefix(":") else {
                throw TargetError(.host, "\(shown) has text after its ]")
            }
            port = after.isEmpty ? nil : after.dropFirst()
            guard RefusedAddress.isIPv6(String(host)) else {
                throw TargetError(.host, "\(shown) has no IPv6 address in its brackets")
            }
        } else {
            let parts = authority.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            host = parts[0]
            port = parts.count > 1 ? parts[1] : nil
            let isName = host.utf8.allSatisfy {
                ($0 | 0x20) &- 0x61 < 26 || $0 &- 0x30 < 10 || [0x2d, 0x2e, 0x5f].contains($0)
            }
            guard !host.isEmpty, isName else { throw TargetError(.host, "\(shown) names no host") }
        }
        guard let port else { return (String(host), nil) }
        guard let number = Int(port), (1...65535).contains(number), port.first != "+" else {
            throw TargetError(.port, "\(shown) has a port that is not 1 to 65535")
        }
        return (String(host), number)
    }

    /// The text with everything that a terminal would obey made plain.
    private static func visible(_ text: Substring) -> String {
        text.unicodeScalars.map { $0.value > 0x20 && $0.value < 0x7f ? String($0) : " " }.joined()
    }
}

extension String {
    fileprivate func range(of mark: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(mark) { return start..<index(start, offsetBy: mark.count) }
            start = index(after: start)
        }
        return nil
    }
}
