// SPDX-License-Identifier: Apache-2.0

import Foundation
import NIOCore
import NIOPosix
import Synchronization

/// The bytes of a recorded reply under Tests/Fixtures.
func fixture(_ path: String, from file: String = #filePath) throws -> [UInt8] {
    let tests = URL(fileURLWithPath: file).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    return [UInt8](try Data(contentsOf: tests.appendingPathComponent("Fixtures/\(path)")))
}

/// What a server on loopback does once a request has come, down to the byte.
enum Reply: Sendable {
    /// Sends the bytes and keeps the connection.
    case send([UInt8])
    /// Sends the bytes and closes, whatever was promised.
    case sendAndClose([UInt8])
    /// Never answers.
    case hang
    /// Sends the bytes, then chunks without end.
    case endless([UInt8])

    static func page(
        _ body: [UInt8], status: String = "200 OK", headers: [String] = ["Content-Type: text/plain; version=0.0.4"]
    ) -> Reply {
        let head = (["HTTP/1.1 \(status)", "Content-Length: \(body.count)"] + headers).joined(separator: "\r\n")
        return .send(Array((head + "\r\n\r\n").utf8) + body)
    }

    static func page(_ text: String, status: String = "200 OK", headers: [String] = []) -> Reply {
        page(Array(text.utf8), status: status, headers: headers)
    }
}

/// A number that connections share.
private final class Counter: Sendable {
    let number = Mutex(0)
}

/// A server on loopback that answers each path as a test says.
final class RawServer: Sendable {
    let port: Int
    private let channel: any Channel
    private let accepted: Counter

    /// Connections that were made to it so far.
    var connections: Int { accepted.number.withLock { $0 } }

    init(_ answer: @escaping @Sendable (_ path: String, _ request: String) -> Reply) async throws {
        let count = Counter()
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                count.number.withLock { $0 += 1 }
                return channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(RawConnection(answer))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = channel.localAddress?.port ?? 0
        accepted = count
    }

    func url(_ path: String) -> String { "http://127.0.0.1:\(port)\(path)" }

    func close() async throws { try await channel.close().get() }
}

private final class RawConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let answer: @Sendable (String, String) -> Reply
    private var request = ""

    init(_ answer: @escaping @Sendable (String, String) -> Reply) { self.answer = answer }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        request += String(buffer: unwrapInboundIn(data))
        guard isWhole else { return }
        let words = request.split(separator: " ", maxSplits: 2)
        let path = words.count > 1 ? String(words[1]) : "/"
        let reply = answer(path, request)
        request = ""
        switch reply {
        case .hang: break
        case .send(let bytes): write(bytes, context)
        case .sendAndClose(let bytes):
            write(bytes, context)
            context.close(promise: nil)
        case .endless(let bytes):
            write(bytes, context)
            pour(context)
        }
    }

    /// Whether the body is there, where one was promised.
    private var isWhole: Bool {
        guard let end = request.range(of: "\r\n\r\n") else { return false }
        let promised = request[..<end.lowerBound].range(of: "content-length: ", options: .caseInsensitive)
        let length = promised.flatMap { Int(request[$0.upperBound...].prefix { $0.isNumber }) } ?? 0
        return request[end.upperBound...].utf8.count >= length
    }

    private func write(_ bytes: [UInt8], _ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
    }

    /// Writes the next chunk once the last one is out, until the other side has had enough.
    private func pour(_ context: ChannelHandlerContext) {
        let line = Array("x 1\n".utf8)
        let body = [UInt8]((0..<16384).map { line[$0 % 4] })
        let chunk = Array("4000\r\n".utf8) + body + Array("\r\n".utf8)
        let loop = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: chunk))).whenSuccess {
            let (connection, context) = loop.value
            if context.channel.isActive { connection.pour(context) }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
