// SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient
import CZlib
import Exposition
import Glibc
import NIOCore
import NIOHTTP1
import NIOSSL
import Synchronization

/// Fetches pages over HTTP, within limits: one deadline for the whole answer, one size for the decompressed body, no
/// redirects, no refused address.
///
/// Headers: at most 256 fields, 80 KiB each and 2 MiB together, as NIO's decoder counts them.
struct PageFetcher: Sendable {
    /// A page and when its answer began.
    struct Page: Sendable {
        /// nil where the answer is, to the byte, the one that is known already.
        var page: ExpositionPage?
        var format: ExpositionFormat
        /// By the fetcher's monotonic clock, when the head of the answer came: the moment its numbers are of. Unit: s.
        var elapsed: Double
        var byteCount: Int
    }

    private let settings: ScrapeSettings
    private let elapsed: @Sendable () -> Double
    private let client: HTTPClient
    /// Whether a connection stays for the next poll.
    var keepsOpen = true

    /// One client for the process, so that it never has to be shut down; idle connections close by themselves.
    private static let shared = client(refusing: RefusedAddress.reason)

    init(settings: ScrapeSettings, elapsed: @escaping @Sendable () -> Double) {
        self.settings = settings
        self.elapsed = elapsed
        client = Self.shared
    }

    /// A fetcher with a rule of its own for addresses. Its client is never shut down: it must live as long as the process.
    init(
        settings: ScrapeSettings, elapsed: @escaping @Sendable () -> Double,
        refusing reason: @escaping @Sendable (SocketAddress) -> String?
    ) {
        self.settings = settings
        self.elapsed = elapsed
        client = Self.client(refusing: reason)
    }

    /// Clients that look for a host under the name of another's certificate: the library knows such names per client only.
    private static let renaming = Mutex<[[String]: HTTPClient]>([:])

    private static func client(
        refusing reason: @escaping @Sendable (SocketAddress) -> String?, names: [String: String] = [:]
    ) -> HTTPClient {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.dnsOverride = names
        configuration.httpVersion = .http1Only
        configuration.timeout.connect = .seconds(10)
        // A refused connection is an answer: the next poll is the retry.
        configuration.connectionPool.retryConnectionEstablishment = false
        // After the name is resolved and before anything is sent, on every new connection.
        configuration.http1_1ConnectionDebugInitializer = { channel in
            guard let address = channel.remoteAddress, let reason = reason(address) else {
                return channel.eventLoop.makeSucceededVoidFuture()
            }
            // The pool must hear of the failure before the connection closes under it.
            channel.eventLoop.execute { channel.close(promise: nil) }
            let text = "resolves to \(address.ipAddress ?? "an address"), which is refused: \(reason)"
            return channel.eventLoop.makeFailedFuture(ScrapeFailure(.refusedAddress, text))
        }
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    /// Fetches and reads one page. Ends by the deadline, whatever the other side does.
    ///
    /// - Parameter known: the last body of the target: where the answer is the same, which is common because exporters
    ///   measure less often than they are asked, it is compared and not read.
    func fetch(_ target: ScrapeTarget, unless known: [UInt8]? = nil) async -> Result<Page, ScrapeFailure> {
        await withTaskGroup(of: Result<Page, ScrapeFailure>.self) { group in
            group.addTask { await attempt(target, unless: known) }
            group.addTask {
                // ignored because it is cancelled as soon as the page is there, and nobody reads what it gives then.
                try? await Task.sleep(for: settings.deadline)
                return .failure(.timeout(settings.deadline))
            }
            let first = await group.next() ?? .failure(.timeout(settings.deadline))
            group.cancelAll()
            return first
        }
    }

    private func attempt(_ target: ScrapeTarget, unless known: [UInt8]?) async -> Result<Page, ScrapeFailure> {
        do {
            return .success(try await read(target, unless: known))
        } catch {
            let failure = ScrapeFailure(error, deadline: settings.deadline)
            guard failure.kind == .tls else { return .failure(failure) }
            let limit = TimeAmount.nanoseconds(Int64(settings.deadline / .nanoseconds(2)))
            return .failure(
                await CertificateLook(target, limit: limit).explained(failure, error, now: Self.wallClock()))
        }
    }

    /// Certificates speak of wall clocks. Unit: seconds since 1970.
    private static func wallClock() -> Double { Double(Glibc.time(nil)) }

    /// How a target is asked: by which client, at which URL and with what it is believed.
    private func asking(_ target: ScrapeTarget) throws -> (HTTPClient, HTTPClientRequest) {
        guard target.isSecure, let tls = target.tls else { return (client, HTTPClientRequest(url: target.url)) }
        guard let name = tls.serverName, name != target.host else {
            var request = HTTPClientRequest(url: target.url)
            request.tlsConfiguration = try tls.configuration()
            return (client, request)
        }
        let asked = target.asked(as: name)
        var request = HTTPClientRequest(url: asked.url)
        request.headers.add(name: "Host", value: asked.authority)
        request.tlsConfiguration = try tls.configuration()
        let renamed = Self.renaming.withLock { clients in
            let made =
                clients[[name, target.host]]
                ?? Self.client(refusing: RefusedAddress.reason, names: [name: target.host])
            clients[[name, target.host]] = made
            return made
        }
        return (renamed, request)
    }

    private func read(_ target: ScrapeTarget, unless known: [UInt8]?) async throws -> Page {
        var (client, request) = try asking(target)
        request.headers.add(name: "Accept", value: "text/plain;version=0.0.4,text/plain;q=0.5,*/*;q=0.1")
        request.headers.add(name: "Accept-Encoding", value: "gzip")
        request.headers.add(name: "User-Agent", value: "tokenworks")
        if !keepsOpen { request.headers.add(name: "Connection", value: "close") }
        if let credentials = target.credentials {
            request.headers.add(name: "Authorization", value: try credentials.header())
        }
        let response = try await client.execute(
            request, timeout: .nanoseconds(Int64(settings.deadline / .nanoseconds(1))))
        let began = elapsed()
        try Self.judge(response, target.credentials)
        let body = try await collect(response)
        let bytes = try inflate(body, encoding: response.headers.first(name: "Content-Encoding"))
        let format = ExpositionFormat(contentType: response.headers.first(name: "Content-Type"))
        if let known, known == bytes { return Page(page: nil, format: format, elapsed: began, byteCount: bytes.count) }
        if let complaint = BodyKind(of: bytes).complaint { throw ScrapeFailure(.notMetrics, complaint) }
        let page = ExpositionPage(parsing: bytes, format: format)
        if page.samples.isEmpty, let first = page.report.first.first {
            throw ScrapeFailure(
                .notMetrics, "answers text that is not metrics (line \(first.line): \(first.problem.rawValue))")
        }
        return Page(page: page, format: format, elapsed: began, byteCount: bytes.count)
    }

    private static func judge(
        _ response: HTTPClientResponse, _ credentials: ScrapeCredentials?
    ) throws(ScrapeFailure) {
        switch response.status.code {
        case 401, 403:
            let hint =
                credentials.map { "does not take what \($0.file) holds" }
                ?? "wants bearer_token_file or basic_auth (docs/configuration.md)"
            throw ScrapeFailure(.status, "answers HTTP \(response.status.code): it \(hint)")
        case 200..<300: break
        case 300..<400:
            let place = response.headers.first(name: "Location").map { " to \($0.prefix(120))" } ?? ""
            throw ScrapeFailure(.redirect, "redirects\(place); redirects are not followed, give the final URL")
        default:
            let phrase = response.status.reasonPhrase.prefix(60)
            throw ScrapeFailure(.status, "answers HTTP \(response.status.code)\(phrase.isEmpty ? "" : " \(phrase)")")
        }
    }

    private func collect(_ response: HTTPClientResponse) async throws -> [UInt8] {
        if let length = response.headers.first(name: "Content-Length").flatMap({ Int($0) }), length > settings.bodyLimit
        {
            throw tooLarge
        }
        var bytes: [UInt8] = []
        for try await part in response.body {
            guard bytes.count + part.readableBytes <= settings.bodyLimit else { throw tooLarge }
            bytes.append(contentsOf: part.readableBytesView)
        }
        // A body cut short by cancellation ends like a whole one.
        try Task.checkCancellation()
        return bytes
    }

    private var tooLarge: ScrapeFailure {
        ScrapeFailure(.tooLarge, "answers more than \(settings.bodyLimit >> 10) KiB")
    }

    private func inflate(_ body: [UInt8], encoding: String?) throws(ScrapeFailure) -> [UInt8] {
        switch (encoding ?? "identity").lowercased() {
        case "identity", "": return body
        case "gzip", "x-gzip", "deflate": break
        case let other:
            throw ScrapeFailure(.damaged, "answers in the encoding \(other.prefix(30)), which was not asked for")
        }
        // Small bodies may grow by any factor: only what fills memory is refused.
        let limit = min(settings.bodyLimit, max(1 << 20, body.count * settings.inflationLimit))
        var pointer: UnsafeMutablePointer<UInt8>?
        var count = 0
        let result = body.withUnsafeBufferPointer { czlib_inflate($0.baseAddress, $0.count, limit, &pointer, &count) }
        defer { czlib_free(pointer) }
        switch UInt32(result) {
        case CZLIB_OK.rawValue: return Array(UnsafeBufferPointer(start: pointer, count: count))
        case CZLIB_TOO_LARGE.rawValue:
            throw ScrapeFailure(.tooLarge, "answers gzip of more than \(limit >> 10) KiB once unpacked")
        default: throw ScrapeFailure(.damaged, "answers damaged gzip")
        }
    }
}
