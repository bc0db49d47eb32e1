// SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Synchronization

/// Takes in one answer where it comes in, on its event loop: a task and a hop for each part would cost more than the page.
final class BodyCollector: HTTPClientResponseDelegate {
    struct Answer: Sendable {
        var head: HTTPResponseHead
        /// As it came, not yet decompressed.
        var body: [UInt8]
        /// When the head came, by the fetcher's clock: the moment of the page's numbers. Unit: s.
        var began: Double
    }

    private struct State {
        var head: HTTPResponseHead?
        var body: [UInt8] = []
        var began = 0.0
    }

    private let state = Mutex(State())
    private let limit: Int
    private let elapsed: @Sendable () -> Double
    private let judge: @Sendable (HTTPResponseHead) throws -> Void

    /// - Parameters:
    ///   - limit: bytes that a body may have.
    ///   - judge: throws for an answer whose body is of no use: it is not waited for.
    init(
        limit: Int, elapsed: @escaping @Sendable () -> Double,
        judge: @escaping @Sendable (HTTPResponseHead) throws -> Void
    ) {
        self.limit = limit
        self.elapsed = elapsed
        self.judge = judge
    }

    static func tooLarge(_ limit: Int) -> ScrapeFailure {
        ScrapeFailure(.tooLarge, "answers more than \(limit >> 10) KiB")
    }

    func didReceiveHead(task: HTTPClient.Task<Answer>, _ head: HTTPResponseHead) -> EventLoopFuture<Void> {
        do {
            try judge(head)
            let length = head.headers.first(name: "Content-Length").flatMap { Int($0) } ?? 0
            guard length <= limit else { throw Self.tooLarge(limit) }
            let now = elapsed()
            state.withLock { state in
                state.head = head
                state.began = now
                if length > 0 { state.body.reserveCapacity(length) }
            }
            return task.eventLoop.makeSucceededVoidFuture()
        } catch {
            return task.eventLoop.makeFailedFuture(error)
        }
    }

    func didReceiveBodyPart(task: HTTPClient.Task<Answer>, _ part: ByteBuffer) -> EventLoopFuture<Void> {
        let fits = state.withLock { state in
            guard state.body.count + part.readableBytes <= limit else { return false }
            state.body.append(contentsOf: part.readableBytesView)
            return true
        }
        return fits
            ? task.eventLoop.makeSucceededVoidFuture() : task.eventLoop.makeFailedFuture(Self.tooLarge(limit))
    }

    func didFinishRequest(task: HTTPClient.Task<Answer>) throws -> Answer {
        try state.withLock { state in
            guard let head = state.head else { throw ScrapeFailure(.protocolError, "answers without a head") }
            defer { state.body = [] }
            return Answer(head: head, body: state.body, began: state.began)
        }
    }
}
