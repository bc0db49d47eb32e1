// SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix

/// Why a target gave no page: the kind for decisions, one short sentence for people.
struct ScrapeFailure: Error, Sendable, Hashable {
    enum Kind: String, Sendable, Hashable {
        case unreachable, timeout, refusedAddress, status, redirect, notMetrics, tooLarge, damaged, protocolError, tls,
            credentials
    }
    var kind: Kind
    /// Without the target's name: `refuses the connection`.
    var text: String

    init(_ kind: Kind, _ text: String) {
        self.kind = kind
        self.text = text
    }

    static func timeout(_ deadline: Duration) -> ScrapeFailure {
        let tenths = Int((deadline / .milliseconds(100)).rounded())
        let seconds = tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
        return ScrapeFailure(.timeout, "gives no whole answer within \(seconds) s")
    }

    /// What a library's error means to an operator.
    init(_ error: any Error, deadline: Duration) {
        switch error {
        case let failure as ScrapeFailure: self = failure
        case let error as HTTPClientError: self = Self.reading(error, deadline)
        case let error as NIOConnectionError: self = Self.reading(error, deadline)
        case let error as IOError: self = Self.reading(error)
        case is ChannelError: self.init(.unreachable, "closes the connection")
        case HTTPParserError.invalidEOFState: self.init(.damaged, "closes the connection before its answer is whole")
        case is HTTPParserError: self.init(.protocolError, "answers something that is not HTTP")
        case is CancellationError: self = .timeout(deadline)
        default: self = Self.readingTLS("\(error)")
        }
    }

    private static let untrusted = "has a certificate that is not trusted"

    /// Whether the certificate was not believed, for a reason that only the certificate says.
    var isDistrust: Bool { kind == .tls && text == Self.untrusted }

    /// The library speaks of its own source files; what an operator can do is in two of its words.
    private static func readingTLS(_ text: String) -> ScrapeFailure {
        if text.contains("WRONG_VERSION_NUMBER") {
            return ScrapeFailure(.tls, "speaks no TLS on this port: write http:// instead of https://")
        }
        if text.contains("CERTIFICATE_VERIFY_FAILED") {
            return ScrapeFailure(.tls, untrusted)
        }
        if text.contains("CERTIFICATE_REQUIRED") {
            return ScrapeFailure(.tls, "asks for a certificate of who asks: give tls.cert_file and tls.key_file")
        }
        // An alert is the other side's word on what it was shown.
        if text.contains("ALERT_UNKNOWN_CA") || text.contains("ALERT_BAD_CERTIFICATE")
            || text.contains("ALERT_CERTIFICATE")
        {
            return ScrapeFailure(.tls, "does not take the certificate that it is shown (tls.cert_file)")
        }
        return ScrapeFailure(.tls, "fails: \(text.prefix(80))")
    }

    private static func reading(_ error: HTTPClientError, _ deadline: Duration) -> ScrapeFailure {
        switch error {
        case .deadlineExceeded, .connectTimeout, .readTimeout, .cancelled, .getConnectionFromPoolTimeout,
            .tlsHandshakeTimeout:
            .timeout(deadline)
        case .remoteConnectionClosed: ScrapeFailure(.damaged, "closes the connection before its answer is whole")
        default: ScrapeFailure(.protocolError, "breaks HTTP: \(error.shortDescription)")
        }
    }

    private static func reading(_ error: NIOConnectionError, _ deadline: Duration) -> ScrapeFailure {
        let first = error.connectionErrors.first?.error
        if let first = first as? IOError { return reading(first) }
        if case .connectTimeout? = first as? ChannelError { return .timeout(deadline) }
        if error.dnsAError != nil || error.dnsAAAAError != nil {
            return ScrapeFailure(.unreachable, "has a host name that does not resolve")
        }
        return ScrapeFailure(.unreachable, "cannot be reached")
    }

    private static func reading(_ error: IOError) -> ScrapeFailure {
        switch error.errnoCode {
        case ECONNREFUSED: ScrapeFailure(.unreachable, "refuses the connection")
        case ECONNRESET, EPIPE: ScrapeFailure(.damaged, "closes the connection before its answer is whole")
        case EHOSTUNREACH, ENETUNREACH: ScrapeFailure(.unreachable, "has no route to it")
        case ETIMEDOUT: ScrapeFailure(.unreachable, "does not answer its connection")
        case let code: ScrapeFailure(.unreachable, String(cString: strerror(code)))
        }
    }
}
