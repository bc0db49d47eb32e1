// SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import SlurmText

/// Where slurmrestd answers, and what shows it who asks.
package struct SlurmRest: Sendable, Hashable {
    package enum Place: Sendable, Hashable {
        /// A Unix socket, absolute.
        case socket(String)
        /// `http://host:6820`.
        case url(String)
    }

    package var place: Place
    /// A file with a token of `scontrol token`, alone or as `SLURM_JWT=...`; read for each request.
    package var tokenFile: String?
    /// Whose token it is: slurmrestd wants both.
    package var user: String?

    package init(_ place: Place) { self.place = place }

    /// For people.
    var name: String {
        switch place {
        case .socket(let path): path
        case .url(let url): url
        }
    }

    /// The schemas that are read, and those of them that real servers' replies were recorded of.
    static let versions = 38...45
    static let recorded: Set<Int> = [38, 40, 41, 42]
}

/// Reads through slurmrestd: one request at a time, nothing but reading.
actor SlurmRestReader: SlurmReader {
    private let rest: SlurmRest
    private let deadline: Duration
    private let fetcher: PageFetcher
    /// Of the schema; nil: not asked yet.
    private(set) var version: Int?

    /// A socket of this host is no address of a network, and so is none of those that are refused.
    private static let shared = PageFetcher(
        settings: ScrapeSettings(deadline: .milliseconds(2400)), elapsed: ScrapeObserver.monotonic(),
        refusing: { address in
            if case .unixDomainSocket = address { return nil }
            return RefusedAddress.reason(address)
        })

    init(_ rest: SlurmRest, deadline: Duration = .milliseconds(2400)) {
        self.rest = rest
        self.deadline = deadline
        fetcher = Self.shared
    }

    func cluster() async throws(SlurmFailure) -> SlurmCluster {
        let version = try await chosen()
        var cluster = SlurmCluster()
        let nodes: RestReply<[RestNode]> = try await ask("/slurm/v0.0.\(version)/nodes", &cluster)
        cluster.nodes = (nodes.content ?? []).map(\.node)
        let partitions: RestReply<[RestPartition]> = try await ask("/slurm/v0.0.\(version)/partitions", &cluster)
        let reservations: RestReply<[RestReservation]> = try await ask("/slurm/v0.0.\(version)/reservations", &cluster)
        do throws(HostlistError) {
            for partition in partitions.content ?? [] { cluster.partitions.append(try partition.partition()) }
            for reservation in reservations.content ?? [] { cluster.reservations.append(try reservation.reservation()) }
        } catch {
            throw SlurmFailure(.garbled, "answers what cannot be read: \(error)")
        }
        guard !cluster.nodes.isEmpty else {
            throw SlurmFailure(.garbled, "answers what cannot be read: slurmrestd names no node")
        }
        let diag: RestReply<RestDiag> = try await ask("/slurm/v0.0.\(version)/diag", &cluster)
        cluster.health = diag.content?.health
        if !SlurmRest.recorded.contains(version) {
            cluster.remark = "speaks REST v0.0.\(version), which this version was not tried with: compare with sinfo"
        }
        return cluster
    }

    func isUp() async -> Bool? { nil }

    /// The newest schema that both sides know, by asking the server once.
    private func chosen() async throws(SlurmFailure) -> Int {
        if let version { return version }
        var cluster = SlurmCluster()
        let body = try await get("/openapi/v3", &cluster)
        let found = Self.versions(in: body)
        guard let best = found.filter({ SlurmRest.versions.contains($0) }).max() else {
            let newest = found.max().map { "v0.0.\($0) at most" } ?? "no version that is known"
            throw SlurmFailure(.garbled, "cannot be read over REST: slurmrestd speaks \(newest)")
        }
        version = best
        return best
    }

    /// The numbers of `/slurm/v0.0.38/nodes` and its like in a description of the server.
    static func versions(in description: [UInt8]) -> Set<Int> {
        var found: Set<Int> = []
        // Some servers write every slash with a backslash before it.
        let text = String(decoding: description.filter { $0 != UInt8(ascii: "\\") }, as: UTF8.self)
        for part in text.components(separatedBy: "/slurm/v0.0.").dropFirst() {
            let digits = part.prefix { $0.isNumber }
            if let number = Int(digits), part.dropFirst(digits.count).hasPrefix("/nodes") { found.insert(number) }
        }
        return found
    }

    // MARK: Asking

    private func ask<Content: Decodable & Sendable>(
        _ path: String, _ cluster: inout SlurmCluster
    ) async throws(SlurmFailure) -> RestReply<Content> {
        let body = try await get(path, &cluster)
        do {
            let reply = try JSONDecoder().decode(RestReply<Content>.self, from: Data(body))
            // A server that cannot reach its controller lists nothing, and says why beside it.
            if let error = reply.errors.first { throw explained(error.failure) }
            return reply
        } catch let failure as SlurmFailure {
            throw failure
        } catch {
            throw SlurmFailure(.garbled, "answers what cannot be read: \(path) is no JSON of the kind that is known")
        }
    }

    private func get(_ path: String, _ cluster: inout SlurmCluster) async throws(SlurmFailure) -> [UInt8] {
        let began = fetcher.elapsed()
        do {
            let limit = NIODeadline.now() + .nanoseconds(Int64(deadline / .nanoseconds(1)))
            let answer = try await fetcher.answer(to: try request(path), nil, by: limit) { _ in }
            cluster.slowest = max(cluster.slowest, fetcher.elapsed() - began)
            return try judge(answer.head.status.code, answer.body)
        } catch let failure as SlurmFailure {
            // A server that was replaced may speak another one.
            version = nil
            throw failure
        } catch {
            version = nil
            let failure = ScrapeFailure(error, deadline: deadline)
            let kind: SlurmFailure.Kind = failure.kind == .timeout ? .hangs : .down
            throw SlurmFailure(kind, "cannot be asked: slurmrestd at \(rest.name) \(failure.text)")
        }
    }

    /// The server says of a token that the controller does not take what it says of a controller that is away.
    private func explained(_ failure: SlurmFailure) -> SlurmFailure {
        guard failure.kind == .down, let file = rest.tokenFile else { return failure }
        return SlurmFailure(
            .token, "does not answer slurmrestd: slurmctld is down, hangs, or does not take the token of \(file)")
    }

    private func judge(_ status: UInt, _ body: [UInt8]) throws(SlurmFailure) -> [UInt8] {
        switch status {
        case 200..<300: return body
        case 401, 403:
            let file = rest.tokenFile.map { "the token of \($0)" } ?? "who asks: give token_file and user"
            throw SlurmFailure(.token, "cannot be asked: slurmrestd does not take \(file)")
        default:
            // What is wrong stands in the body, as in an answer that is good.
            if let reply = try? JSONDecoder().decode(RestReply<RestNothing>.self, from: Data(body)),
                let error = reply.errors.first
            {
                throw explained(error.failure)
            }
            // ignored because a body that says nothing leaves the number.
            throw SlurmFailure(.refused, "refuses: slurmrestd answers HTTP \(status)")
        }
    }

    private func request(_ path: String) throws -> HTTPClient.Request {
        var request: HTTPClient.Request
        switch rest.place {
        case .socket(let socket):
            guard let url = URL(httpURLWithSocketPath: socket, uri: path) else {
                throw SlurmFailure(.down, "cannot be asked: '\(socket)' is no path of a socket")
            }
            request = try HTTPClient.Request(url: url)
        case .url(let url): request = try HTTPClient.Request(url: url + path)
        }
        request.headers.add(name: "Accept", value: "application/json")
        guard let file = rest.tokenFile else { return request }
        let token = try SlurmToken(file: file)
        try token.check(now: Double(time(nil)))
        if let user = rest.user { request.headers.add(name: "X-SLURM-USER-NAME", value: user) }
        request.headers.add(name: "X-SLURM-USER-TOKEN", value: token.text)
        return request
    }
}

/// A token of `scontrol token`. It stands in a file, never in a configuration or an environment.
struct SlurmToken: Sendable {
    let text: String
    private let file: String

    init(file: String) throws(SlurmFailure) {
        self.file = file
        let bytes: [UInt8]
        do throws(TargetError) {
            bytes = try SmallFile.read(file, limit: 64 << 10)
        } catch {
            throw SlurmFailure(.token, "cannot be asked: \(error.description)")
        }
        var line = String(decoding: bytes.prefix { $0 != 0x0a && $0 != 0x0d }, as: UTF8.self)[...]
        if line.hasPrefix("SLURM_JWT=") { line = line.dropFirst(10) }
        let token = line.trimmingCharacters(in: .whitespaces)
        guard !token.isEmpty, token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
            throw SlurmFailure(.token, "cannot be asked: the first line of \(file) is no token")
        }
        text = token
    }

    /// A server says of every bad token the same; what is over can be seen in it.
    func check(now: Double) throws(SlurmFailure) {
        struct Claims: Decodable { var exp: Double? }
        let parts = text.split(separator: ".")
        guard parts.count == 3 else { return }
        var body = parts[1].map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 }
        while body.count % 4 != 0 { body.append("=") }
        // ignored because a token of another kind is for the server to judge.
        guard let data = Data(base64Encoded: String(body)),
            let claims = try? JSONDecoder().decode(Claims.self, from: data),
            let end = claims.exp, end <= now
        else { return }
        throw SlurmFailure(
            .token,
            "cannot be asked: the token of \(file) is over since \(Int(now - end)) s; scontrol token makes another")
    }
}
