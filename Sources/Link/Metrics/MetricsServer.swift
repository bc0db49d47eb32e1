// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOHTTP1
import NIOPosix

/// Answers `GET /metrics` over HTTP/1.1, and nothing else: one request a connection, small, soon, and few at a time.
package struct MetricsServer: Sendable {
    /// Where it listens, with the port that it got.
    package let address: String
    private let group: MultiThreadedEventLoopGroup
    private let listener: any Channel

    /// Connections at a time; more are told to come again.
    static let limit = 16
    /// Bytes of a request.
    static let requestLimit = 8 << 10
    /// From the connection to the end of its answer. Unit: s.
    static let patience: Int64 = 5

    /// Listens; who asks waits until `run`.
    ///
    /// - Parameters:
    ///   - patience: seconds that a connection may take.
    ///   - page: the page, made when it is asked for.
    package static func bind(
        _ address: MetricsAddress, patience: Int64 = patience, page: @escaping @Sendable () async -> String
    ) async throws(LinkError) -> MetricsServer {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        do {
            let crowd = try await loop.submit { NIOLoopBound(MetricsCrowd(), eventLoop: loop) }.get()
            let listener = try await ServerBootstrap(group: group)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .serverChannelOption(.backlog, value: 32)
                .serverChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(AcceptBackoffHandler())
                    }
                }
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let pipeline = channel.pipeline.syncOperations
                        try pipeline.addHandler(RequestGuard(crowd.value, patience: .seconds(patience)))
                        try pipeline.addHandler(HTTPResponseEncoder())
                        try pipeline.addHandler(
                            ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes)))
                        try pipeline.addHandler(MetricsAnswer(page))
                    }
                }
                .bind(host: address.host, port: address.port).get()
            let port = listener.localAddress?.port ?? address.port
            let host = address.host.contains(":") ? "[\(address.host)]" : address.host
            return MetricsServer(address: "http://\(host):\(port)/metrics", group: group, listener: listener)
        } catch {
            // ignored because nothing uses it yet.
            try? await group.shutdownGracefully()
            throw LinkError(.unusable, "cannot listen on \(address): \(words(error)); name another with --metrics")
        }
    }

    private static func words(_ error: any Error) -> String {
        (error as? IOError).map { SystemWords.text($0.errnoCode) } ?? "\(error)"
    }

    /// Serves until the task is cancelled; whoever is connected then is cut off.
    package func run() async {
        // ignored because a closed listener is what both ways end with.
        try? await withTaskCancellationHandler {
            try await listener.closeFuture.get()
        } onCancel: {
            listener.close(promise: nil)
        }
        // ignored because nothing is left that could use it.
        try? await group.shutdownGracefully()
    }
}

/// How many are connected. On the server's loop only.
private final class MetricsCrowd {
    var count = 0
}

/// The first of a connection: it counts what comes, and knows when it has taken too long.
private final class RequestGuard: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let crowd: MetricsCrowd
    private let patience: TimeAmount
    private var deadline: Scheduled<Void>?
    private var taken = 0
    private var isCounted = false
    private var isOver = false

    init(_ crowd: MetricsCrowd, patience: TimeAmount) {
        self.crowd = crowd
        self.patience = patience
    }

    func channelActive(context: ChannelHandlerContext) {
        guard crowd.count < MetricsServer.limit else { return refuse(context, "503 Service Unavailable") }
        crowd.count += 1
        isCounted = true
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        deadline = context.eventLoop.scheduleTask(in: patience) { bound.value.close(promise: nil) }
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isOver else { return }
        taken += Self.unwrapInboundIn(data).readableBytes
        if taken > MetricsServer.requestLimit { return refuse(context, "431 Request Header Fields Too Large") }
        context.fireChannelRead(data)
    }

    func channelInactive(context: ChannelHandlerContext) {
        if isCounted { crowd.count -= 1 }
        isCounted = false
        deadline?.cancel()
        context.fireChannelInactive()
    }

    /// What the decoder cannot read, and what the network does.
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func refuse(_ context: ChannelHandlerContext, _ status: String) {
        isOver = true
        let words = "HTTP/1.1 \(status)\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.writeAndFlush(Self.wrapOutboundOut(ByteBuffer(string: words))).whenComplete { _ in
            bound.value.close(promise: nil)
        }
    }
}

/// The last of a connection: what is asked, and the answer.
private final class MetricsAnswer: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let page: @Sendable () async -> String
    private var hasAnswered = false

    init(_ page: @escaping @Sendable () async -> String) { self.page = page }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(let head) = Self.unwrapInboundIn(data), !hasAnswered else { return }
        hasAnswered = true
        let path = head.uri.prefix { $0 != "?" }
        guard head.method == .GET || head.method == .HEAD else {
            return answer(context, .methodNotAllowed, "GET and HEAD only\n", false, [("Allow", "GET, HEAD")])
        }
        guard path == "/metrics" else {
            return answer(context, .notFound, "the metrics are at /metrics\n", head.method == .HEAD)
        }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let loop = context.eventLoop
        Task { [page] in
            let text = await page()
            loop.execute {
                let (handler, context) = bound.value
                guard context.channel.isActive else { return }
                handler.answer(
                    context, .ok, text, head.method == .HEAD,
                    [("Content-Type", "text/plain; version=0.0.4; charset=utf-8")])
            }
        }
    }

    /// Bytes that are no request.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard error is HTTPParserError, !hasAnswered else { return context.close(promise: nil) }
        hasAnswered = true
        answer(context, .badRequest, "that is no HTTP request\n", false)
    }

    private func answer(
        _ context: ChannelHandlerContext, _ status: HTTPResponseStatus, _ text: String, _ isHead: Bool,
        _ fields: [(String, String)] = []
    ) {
        var headers = HTTPHeaders(fields)
        if !headers.contains(name: "Content-Type") {
            headers.add(name: "Content-Type", value: "text/plain; charset=utf-8")
        }
        headers.add(name: "Content-Length", value: String(text.utf8.count))
        headers.add(name: "Connection", value: "close")
        let head = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
        context.write(Self.wrapOutboundOut(.head(head)), promise: nil)
        if !isHead { context.write(Self.wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: text)))), promise: nil) }
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.writeAndFlush(Self.wrapOutboundOut(.end(nil))).whenComplete { _ in bound.value.close(promise: nil) }
    }
}
