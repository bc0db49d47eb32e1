// SPDX-License-Identifier: Apache-2.0

import Factory
import Glibc
import NIOCore
import NIOPosix
import Wire

/// The client's end of one connection: its talk on an event loop, its actions as a stream.
struct ClientConnection: Sendable {
    private let channel: any Channel
    private let ear: NIOLoopBound<Ear>
    private let child: SSHChild?
    let actions: AsyncStream<ClientTalk.Action>

    /// Connects and says hello.
    ///
    /// - Parameter mayAsk: whether ssh may ask for a password or a host key on the terminal.
    /// - Throws: `LinkError`.
    static func open(
        _ address: LinkAddress, hello: Hello, view: PlantView, mayAsk: Bool, group: MultiThreadedEventLoopGroup
    ) async throws -> ClientConnection {
        let (actions, sender) = AsyncStream.makeStream(of: ClientTalk.Action.self)
        @Sendable func initialize(_ channel: any Channel, _ child: SSHChild?) -> EventLoopFuture<ClientConnection> {
            // Bound here: a daemon that refuses at once may have closed before anybody looks for the handler.
            channel.eventLoop.makeCompletedFuture {
                let ear = Ear(hello, view: view, sender)
                try channel.pipeline.syncOperations.addHandler(ear)
                let bound = NIOLoopBound(ear, eventLoop: channel.eventLoop)
                return ClientConnection(channel: channel, ear: bound, child: child, actions: actions)
            }
        }
        do {
            let bootstrap = ClientBootstrap(group: group)
            switch address {
            case .unix(let path):
                return try await bootstrap.connect(unixDomainSocketPath: path) { initialize($0, nil) }
            case .ssh(let target):
                let child = try SSHChild(target, mayAsk: mayAsk)
                return try await bootstrap.withConnectedSocket(child.descriptor) { initialize($0, child) }
            }
        } catch let error as LinkError {
            throw error
        } catch {
            throw LinkError(.unreachable, Self.words(error, address))
        }
    }

    func say(_ input: ClientTalk.Input) {
        channel.eventLoop.execute { ear.value.input(input) }
    }

    func close() {
        channel.close(promise: nil)
        child?.end()
    }

    /// Closes, and says why it is over: with what ssh had to say, where there is one.
    func close(_ why: String) async -> String {
        let words = await child?.explain(why, silently: why == Self.silentEnd)
        close()
        return words ?? why
    }

    /// Why it is over where nobody says so.
    static let silentEnd = "the daemon has closed the connection"

    private static func words(_ error: any Error, _ address: LinkAddress) -> String {
        guard let system = error as? IOError else { return "\(address) cannot be reached: \(error)" }
        return SystemWords.unreachable(system.errnoCode, "\(address)")
    }

    /// What a client says of itself.
    struct Hello: Sendable {
        var build: String
        var wants: String
        var session: String
        var program: String
        /// Seconds for the first word.
        var patience: Double
        /// What the gate is told first.
        var voucher: Voucher?
    }
}

/// Bytes into the talk. On the channel's event loop only.
private final class Ear: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let hello: ClientConnection.Hello
    private let sender: AsyncStream<ClientTalk.Action>.Continuation
    private var talk: ClientTalk
    private var context: ChannelHandlerContext?
    private var clock: RepeatedTask?

    init(
        _ hello: ClientConnection.Hello, view: PlantView, _ sender: AsyncStream<ClientTalk.Action>.Continuation
    ) {
        self.hello = hello
        self.sender = sender
        talk = ClientTalk(view: view, patience: hello.patience, at: Monotonic.now())
    }

    func channelActive(context: ChannelHandlerContext) {
        self.context = context
        let loop = context.eventLoop
        let own = NIOLoopBound(self, eventLoop: loop)
        clock = loop.scheduleRepeatedTask(initialDelay: .milliseconds(500), delay: .milliseconds(500)) { _ in
            own.value.input(.tick)
        }
        send(
            (hello.voucher?.line ?? [])
                + talk.hello(build: hello.build, wants: hello.wants, session: hello.session, program: hello.program))
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        input(.bytes(Array(Self.unwrapInboundIn(data).readableBytesView)))
    }

    func channelInactive(context: ChannelHandlerContext) {
        clock?.cancel()
        self.context = nil
        sender.yield(.close(ClientConnection.silentEnd, isFinal: false))
        sender.finish()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func input(_ input: ClientTalk.Input) {
        for action in talk.input(input, at: Monotonic.now()) {
            if case .send(let bytes) = action {
                send(bytes)
                continue
            }
            sender.yield(action)
            if case .close = action { context?.close(promise: nil) }
        }
    }

    private func send(_ bytes: [UInt8]) {
        context?.writeAndFlush(Self.wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
    }
}
