// SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient
import Exposition
import Foundation
import NIOCore
import NIOHTTP1

/// Asks one server, within the limits of every fetch; each failure is one sentence.
struct PrometheusClient: Sendable {
    let server: PrometheusServer
    let fetcher: PageFetcher

    /// An answer with what was odd about it.
    struct Reply<Content: Sendable>: Sendable {
        var content: Content
        var warnings: [String]
        /// When it was asked for and when it came, by the fetcher's clock. Unit: s.
        var began: Double
        var elapsed: Double
    }

    // MARK: Prometheus

    /// - Parameter at: the server's clock; nil: its now.
    func query(_ expression: String, at: Double? = nil) async -> Result<Reply<QueryReply>, ScrapeFailure> {
        // VictoriaMetrics answers from half a minute ago where it may cache; the others do not know the word.
        await post(
            "/api/v1/query", ["query": expression, "nocache": "1"] + (at.map { ["time": Self.number($0)] } ?? [:]))
    }

    func range(
        _ expression: String, from: Double, to: Double, step: Double
    ) async -> Result<Reply<QueryReply>, ScrapeFailure> {
        await post(
            "/api/v1/query_range",
            [
                "query": expression, "start": Self.number(from), "end": Self.number(to), "step": Self.number(step),
            ])
    }

    /// Every name that had a series since then.
    func names(from: Double, to: Double) async -> Result<Reply<[String]>, ScrapeFailure> {
        await wrapped("/api/v1/label/__name__/values?start=\(Self.number(from))&end=\(Self.number(to))")
    }

    /// Something of the API that has no parameters.
    func get<Content: Decodable & Sendable>(
        _ path: String, as: Content.Type
    ) async -> Result<Reply<Content>, ScrapeFailure> {
        await wrapped(path)
    }

    /// Something that answers without the API's wrapping: Alertmanager.
    func bare<Content: Decodable & Sendable>(
        _ path: String, as: Content.Type
    ) async -> Result<Content, ScrapeFailure> {
        await inTime(path) { target, deadline in
            try Self.decode(try await answer(target, nil, by: deadline).body, as: Content.self)
        }
    }

    // MARK: HTTP

    private func post(
        _ path: String, _ form: [String: String]
    ) async -> Result<Reply<QueryReply>, ScrapeFailure> {
        await wrapped(
            path, form.sorted { $0.key < $1.key }.map { "\($0.key)=\(Self.escaped($0.value))" }.joined(separator: "&"))
    }

    private func wrapped<Content: Decodable & Sendable>(
        _ path: String, _ form: String? = nil
    ) async -> Result<Reply<Content>, ScrapeFailure> {
        await inTime(path) { target, deadline in
            let began = fetcher.elapsed()
            let answer = try await answer(target, form, by: deadline)
            let reply = try Self.decode(answer.body, as: APIReply<Content>.self)
            guard let content = reply.data else {
                throw Self.refusal(answer.head.status, reply.errorType, reply.error)
            }
            return Reply(content: content, warnings: reply.warnings, began: began, elapsed: answer.began)
        }
    }

    private func inTime<T: Sendable>(
        _ path: String, _ work: (ScrapeTarget, NIODeadline) async throws -> T
    ) async -> Result<T, ScrapeFailure> {
        let target: ScrapeTarget
        do throws(TargetError) {
            target = try server.target(path)
        } catch {
            return .failure(ScrapeFailure(.protocolError, "cannot be asked: \(error.description)"))
        }
        return await fetcher.inTime(target) { deadline in try await work(target, deadline) }
    }

    /// - Parameter form: what is posted; nil: nothing is, and it is asked with GET.
    private func answer(
        _ target: ScrapeTarget, _ form: String?, by deadline: NIODeadline
    ) async throws -> BodyCollector.Answer {
        var (client, request) = try fetcher.asking(target, method: form == nil ? .GET : .POST)
        if let form {
            request.headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded")
            request.body = .byteBuffer(ByteBuffer(string: form))
        }
        request.headers.add(name: "Accept", value: "application/json")
        if let tenant = server.tenant { request.headers.add(name: "X-Scope-OrgID", value: tenant) }
        let answer = try await fetcher.answer(to: request, of: client, server.credentials, by: deadline) { head in
            // A redirect is mostly a login page; the bodies of other errors say what is wrong.
            if (300..<400).contains(head.status.code) { try PageFetcher.judge(head, server.credentials) }
        }
        try judge(answer)
        return answer
    }

    private func judge(_ answer: BodyCollector.Answer) throws(ScrapeFailure) {
        let code = answer.head.status.code
        guard code >= 300 else { return }
        let body = String(decoding: answer.body.prefix(4096), as: UTF8.self)
        if server.tenant == nil, body.contains("no org id") {
            throw ScrapeFailure(.status, "answers HTTP \(code): it wants a tenant (docs/configuration.md)")
        }
        if code == 401 || code == 403 { throw PageFetcher.refusal(code, server.credentials) }
        // ignored because what is no such JSON is told by its status.
        let reply = try? JSONDecoder().decode(APIReply<Bool>.self, from: Data(answer.body.prefix(1 << 20)))
        if let reply, reply.error != nil { throw Self.refusal(answer.head.status, reply.errorType, reply.error) }
        if code == 404 {
            throw ScrapeFailure(
                .status, "answers HTTP 404: its API does not begin here; give http://HOST:9090, or the path before /api"
            )
        }
        let phrase = answer.head.status.reasonPhrase.prefix(60)
        throw ScrapeFailure(.status, "answers HTTP \(code)\(phrase.isEmpty ? "" : " \(phrase)")")
    }

    /// `refuses the query (HTTP 422, execution): too many samples`.
    private static func refusal(
        _ status: HTTPResponseStatus, _ type: String?, _ text: String?
    ) -> ScrapeFailure {
        let kind = type.map { ", \($0.prefix(40))" } ?? ""
        return ScrapeFailure(
            .status, "refuses the query (HTTP \(status.code)\(kind)): \((text ?? "no reason").prefix(160))")
    }

    // MARK: Bodies

    /// - Throws: `ScrapeFailure` that says where the answer is not what it should be.
    static func decode<Content: Decodable>(_ body: [UInt8], as: Content.Type) throws -> Content {
        let kind = BodyKind(of: body)
        guard kind == .json || (kind == .text && body.first == UInt8(ascii: "{")) else {
            throw ScrapeFailure(.notMetrics, "\(words(for: kind)), not what Prometheus' API answers")
        }
        do {
            return try JSONDecoder().decode(Content.self, from: Data(body))
        } catch let error as DecodingError {
            throw ScrapeFailure(.damaged, "answers JSON that \(Self.words(for: error))")
        }
    }

    private static func words(for kind: BodyKind) -> String {
        switch kind {
        case .html: "answers HTML"
        case .xml: "answers XML"
        case .empty: "answers nothing"
        case .binary, .compressed: "answers binary"
        case .text, .json: "answers text"
        }
    }

    private static func words(for error: DecodingError) -> String {
        switch error {
        case .keyNotFound(let key, let context): "has no '\(key.stringValue)'\(place(context))"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            "is not of Prometheus' API\(place(context))"
        case .dataCorrupted(let context):
            context.codingPath.isEmpty ? "is damaged or cut off" : "is not of Prometheus' API\(place(context))"
        @unknown default: "is not of Prometheus' API"
        }
    }

    private static func place(_ context: DecodingError.Context) -> String {
        guard !context.codingPath.isEmpty else { return "" }
        let path = context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? ".\($0.stringValue)" }.joined()
        return " at \(path.hasPrefix(".") ? path.dropFirst() : path[...])"
    }

    /// Everything but letters, digits and what a form leaves alone, as `%XX`.
    private static func escaped(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count * 2)
        for byte in text.utf8 {
            let isPlain = (byte | 0x20) &- 0x61 < 26 || byte &- 0x30 < 10 || [0x2d, 0x2e, 0x5f, 0x7e].contains(byte)
            if isPlain {
                bytes.append(byte)
            } else {
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Milliseconds, as the server keeps time; never with an exponent.
    private static func number(_ value: Double) -> String {
        // The server's own clock goes back to it: whatever it said, no number here may trap.
        let milliseconds = Int((value.isFinite ? min(max(0, value), 1e11) * 1000 : 0).rounded())
        let rest = String(milliseconds % 1000)
        return "\(milliseconds / 1000).\(String(repeating: "0", count: 3 - rest.count))\(rest)"
    }
}

extension [String: String] {
    fileprivate static func + (left: Self, right: Self) -> Self { left.merging(right) { _, new in new } }
}
