// SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient
import CZlib
import Exposition
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// Fetches pages over HTTP, within limits: one deadline for the whole answer, one size for the decompressed body, no
/// redirects, no refused address.
///
/// Headers: at most 256 fields, 80 KiB each and 2 MiB together, as NIO's decoder counts them.
struct PageFetcher: Sendable {
    /// A body, decompressed, and when its answer began.
    struct Body: Sendable {
        var bytes: [UInt8]
        var format: ExpositionFormat
        /// By the fetcher's monotonic clock, when the head of the answer came: the moment its numbers are of. Unit: s.
        var elapsed: Double
    }

    private let settings: ScrapeSettings
    let elapsed: @Sendable () -> Double
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
    private static let renaming = Mutex<[[String]: Renamed]>([:])

    private struct Renamed {
        var client: HTTPClient
        var usedAt: NIODeadline
    }

    /// Longer than any two polls are apart.
    private static let renamedFor = TimeAmount.hours(3)

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

    /// Fetches one body. Ends by the deadline, whatever the other side does.
    func fetch(_ target: ScrapeTarget) async -> Result<Body, ScrapeFailure> {
        await inTime(target) { deadline in try await read(target, by: deadline) }
    }

    private var due: NIODeadline { .now() + .nanoseconds(Int64(settings.deadline / .nanoseconds(1))) }

    /// Certificates speak of wall clocks. Unit: seconds since 1970.
    private static func wallClock() -> Double { Double(Glibc.time(nil)) }

    /// How a target is asked: by which client, at which URL and with what it is believed.
    func asking(_ target: ScrapeTarget, method: HTTPMethod = .GET) throws -> (HTTPClient, HTTPClient.Request) {
        guard target.isSecure, let tls = target.tls else {
            return (client, try HTTPClient.Request(url: target.url, method: method))
        }
        guard let name = tls.serverName, name != target.host else {
            var request = try HTTPClient.Request(url: target.url, method: method)
            request.tlsConfiguration = try tls.configuration()
            return (client, request)
        }
        let asked = target.asked(as: name)
        var request = try HTTPClient.Request(url: asked.url, method: method)
        request.headers.add(name: "Host", value: asked.authority)
        request.tlsConfiguration = try tls.configuration()
        return (Self.renamed(target.host, as: name), request)
    }

    /// The client that looks for a host under another name. Those of hosts that nobody asks any more are shut down.
    private static func renamed(_ host: String, as name: String) -> HTTPClient {
        let now = NIODeadline.now()
        let (client, unused) = renaming.withLock { clients in
            if var known = clients[[name, host]] {
                known.usedAt = now
                clients[[name, host]] = known
                return (known.client, [HTTPClient]())
            }
            let old = clients.filter { now - $0.value.usedAt > renamedFor }
            for key in old.keys { clients[key] = nil }
            let made = Self.client(refusing: RefusedAddress.reason, names: [name: host])
            clients[[name, host]] = Renamed(client: made, usedAt: now)
            return (made, old.values.map(\.client))
        }
        // ignored because nobody asks them any more.
        for client in unused { Task { try? await client.shutdown() } }
        return client
    }

    /// Work with a deadline, which every request in it must keep.
    ///
    /// - Parameter target: whose certificate is looked at when it is not believed, in the time that is left.
    func inTime<T: Sendable>(
        _ target: ScrapeTarget, _ work: (NIODeadline) async throws -> T
    ) async -> Result<T, ScrapeFailure> {
        let due = due
        do {
            return .success(try await work(due))
        } catch {
            let failure = ScrapeFailure(error, deadline: settings.deadline)
            let left = due - .now()
            guard failure.kind == .tls, left > .zero else { return .failure(failure) }
            return .failure(
                await CertificateLook(target, limit: left).explained(failure, error, now: Self.wallClock()))
        }
    }

    private func read(_ target: ScrapeTarget, by deadline: NIODeadline) async throws -> Body {
        var answer = try await ask(target, accepting: Self.text, by: deadline)
        // One that has nothing else says so, and is asked again in its own words.
        if answer.head.status == .notAcceptable {
            answer = try await ask(target, accepting: Self.openMetrics, by: deadline)
        }
        try Self.judge(answer.head, target.credentials)
        let format = ExpositionFormat(contentType: answer.head.headers.first(name: "Content-Type"))
        return Body(bytes: answer.body, format: format, elapsed: answer.began)
    }

    // OpenMetrics is not asked for as long as there is text: the names are the same, Python's clients answer it more slowly and
    // whatever its rank in the list, and those that register one name twice (Ray, vLLM, Dynamo) answer what is none.
    private static let text = "text/plain;version=0.0.4,text/plain;q=0.5,*/*;q=0.1"
    private static let openMetrics = "application/openmetrics-text;version=1.0.0,application/openmetrics-text;q=0.5"

    private func ask(
        _ target: ScrapeTarget, accepting format: String, by deadline: NIODeadline
    ) async throws -> BodyCollector.Answer {
        var (client, request) = try asking(target)
        request.headers.add(name: "Accept", value: format)
        if !keepsOpen { request.headers.add(name: "Connection", value: "close") }
        return try await answer(to: request, of: client, target.credentials, by: deadline) { head in
            if head.status != .notAcceptable { try Self.judge(head, target.credentials) }
        }
    }

    /// Asks one thing, within the limits of every request; the body comes unpacked.
    ///
    /// - Parameters:
    ///   - client: nil: the one of all.
    ///   - judge: throws for an answer whose body is not worth waiting for.
    func answer(
        to request: HTTPClient.Request, of other: HTTPClient? = nil, _ credentials: ScrapeCredentials?,
        by deadline: NIODeadline,
        judge: @escaping @Sendable (HTTPResponseHead) throws -> Void
    ) async throws -> BodyCollector.Answer {
        var request = request
        request.headers.add(name: "Accept-Encoding", value: "gzip")
        request.headers.add(name: "User-Agent", value: "tokenworks")
        if let credentials {
            request.headers.add(name: "Authorization", value: try credentials.header())
        }
        let collector = BodyCollector(limit: settings.bodyLimit, elapsed: elapsed, judge: judge)
        // A host stays on one loop: its connection is made there, and nothing has to hop. To insist on the loop for the
        // connection too would close it after each answer.
        let asked = (other ?? client).execute(
            request: request, delegate: collector, eventLoop: .delegate(on: Self.loop(of: request)), deadline: deadline)
        var answer = try await withTaskCancellationHandler {
            try await asked.futureResult.get()
        } onCancel: {
            asked.cancel()
        }
        answer.body = try inflate(answer.body, encoding: answer.head.headers.first(name: "Content-Encoding"))
        return answer
    }

    private static let loops = Array(MultiThreadedEventLoopGroup.singleton.makeIterator())

    private static func loop(of request: HTTPClient.Request) -> any EventLoop {
        let place = request.host.utf8.reduce(UInt32(truncatingIfNeeded: request.port)) { $0 &* 31 &+ UInt32($1) }
        return loops[Int(place) % loops.count]
    }

    static func judge(_ head: HTTPResponseHead, _ credentials: ScrapeCredentials?) throws(ScrapeFailure) {
        let code = head.status.code
        switch code {
        case 401, 403:
            throw refusal(code, credentials)
        case 200..<300: break
        case 300..<400:
            let place = head.headers.first(name: "Location").map { " to \($0.prefix(120))" } ?? ""
            throw ScrapeFailure(.redirect, "redirects\(place); redirects are not followed, give the final URL")
        default:
            let phrase = head.status.reasonPhrase.prefix(60)
            // What a server that speaks TLS answers to one who does not.
            let hint = code == 400 ? "; if it speaks TLS write https://" : ""
            throw ScrapeFailure(.status, "answers HTTP \(code)\(phrase.isEmpty ? "" : " \(phrase)")\(hint)")
        }
    }

    /// An answer to whoever is not known, or not well enough.
    static func refusal(_ code: UInt, _ credentials: ScrapeCredentials?) -> ScrapeFailure {
        let hint =
            credentials.map { "does not take what \($0.file) holds" }
            ?? "wants bearer_token_file or basic_auth (docs/configuration.md)"
        return ScrapeFailure(.status, "answers HTTP \(code): it \(hint)")
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
