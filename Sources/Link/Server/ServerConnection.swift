// SPDX-License-Identifier: Apache-2.0

import Factory
import Glibc
import NIOCore
import Wire

/// One client's connection: bytes into its talk, and what the talk wants done. On the hub's event loop only.
final class ServerConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// A client that takes nothing for this long is dropped: it keeps neither memory nor the others waiting. Unit: s.
    static let stallTime = 30.0
    /// So much on its way to one client is more than two whole pictures.
    static let backlog = 64 << 20
    /// A write's size: small enough that a slow link shows progress.
    private static let piece = 64 << 10

    private(set) var peer: Peer
    private(set) var program = ""
    private(set) var session = ""
    private(set) var who: Operator?
    let since: Double
    /// The site that it looks at, among the hub's places.
    var place = 0
    /// nil on the gate, until somebody has been vouched for.
    private var talk: ServerTalk?
    private var gate = GateTalk()
    private let began: Double
    private unowned let hub: ServerHub
    private var context: ChannelHandlerContext?
    private var isRefused = false
    private var underway = 0
    private var movedAt: Double

    init(_ peer: Peer, hub: ServerHub, through door: Door = .main) {
        self.peer = peer
        self.hub = hub
        since = hub.wall()
        began = hub.now()
        movedAt = began
        if door != .gate { talk = Self.talk(peer, hub) }
    }

    private static func talk(_ peer: Peer, _ hub: ServerHub) -> ServerTalk {
        let states = hub.states
        return ServerTalk(
            host: hub.host, peer: Operator(name: peer.name, mayAct: peer.mayAct),
            recall: { states?.state(of: $0.name, session: $1) ?? [] }, at: hub.now())
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func channelActive(context: ChannelHandlerContext) {
        if talk == nil, peer.uid != geteuid(), peer.uid != 0 {
            turnAway("the gate is for the daemon's own account: attach to the other socket")
        } else {
            // Who waits at the gate counts as the account that is there.
            enter()
        }
    }

    private func enter() {
        if let refusal = hub.admit(self) { refuse(refusal) }
    }

    /// Refused for what it is or says, and written down.
    private func turnAway(_ why: String) {
        hub.dismissed(self, why)
        refuse(why)
    }

    private func refuse(_ why: String) {
        isRefused = true
        end(ServerTalk.refusal(why))
    }

    /// The gate's first line, and the conversation behind it.
    private func wait(_ bytes: [UInt8]) {
        switch gate.input(bytes) {
        case .waits: break
        case .refused(let why): turnAway(why)
        case .vouched(let voucher, let rest):
            hub.leave(self)
            peer = Peer(peer, vouchedFor: voucher)
            talk = Self.talk(peer, hub)
            enter()
            if !isRefused, !rest.isEmpty { input(.bytes(rest)) }
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        hub.leave(self)
        self.context = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isRefused else { return }
        let buffer = Self.unwrapInboundIn(data)
        let bytes = Array(buffer.readableBytesView)
        if talk == nil { wait(bytes) } else { input(.bytes(bytes)) }
        hub.follow()
    }

    /// Whose past the client looks at.
    var subjects: Set<PastSubject> { talk?.subjects ?? [] }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func input(_ input: ServerTalk.Input) {
        for action in hub.talk(&talk, input, in: place) { act(on: action) }
    }

    /// Time passes: a client that does not take what it is sent is dropped, never waited for.
    func tick() {
        if underway > 0, hub.now() - movedAt > Self.stallTime {
            context?.close(promise: nil)
            return
        }
        if talk == nil, !isRefused, hub.now() - began > ServerTalk.helloTime {
            isRefused = true
            hub.dismissed(self, "said nothing at the gate within a second")
            context?.close(promise: nil)
        }
        input(.tick)
    }

    private func act(on action: ServerTalk.Action) {
        switch action {
        case .send(let bytes): send(bytes)
        case .joined(let program, let session, let who):
            (self.program, self.session, self.who) = (program, session, who)
            hub.joined(self)
        case .remember(let state): if let who { hub.states?.keep(state, of: who.name, session: session) }
        case .close(let why):
            hub.dismissed(self, why)
            end([])
        case .people(let ask): input(.people(ask, hub.people(seenBy: self)))
        case .plan(let ask, let draft):
            guard let who else { return }
            hub.plan(draft, by: who, for: self) { .planned(ask, $0) }
        case .audit(let ask, let limit): hub.audit(limit, for: self) { .audited(ask, $0) }
        case .perform(let id, let command):
            guard let who else { return }
            hub.perform(id, command, by: who, for: self)
        case .refused(let command, let why): hub.refused(command, why, to: self)
        case .inquire(let id): hub.inquire(id, for: self)
        }
    }

    private func send(_ bytes: [UInt8]) {
        guard let context else { return }
        if underway == 0 { movedAt = hub.now() }
        hub.counts.sent(bytes.count)
        for start in stride(from: 0, to: bytes.count, by: Self.piece) {
            let end = min(bytes.count, start + Self.piece)
            underway += end - start
            let gone = context.eventLoop.makePromise(of: Void.self)
            let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
            gone.futureResult.whenSuccess { bound.value.went(end - start) }
            context.write(Self.wrapOutboundOut(ByteBuffer(bytes: bytes[start..<end])), promise: gone)
        }
        context.flush()
        if underway > Self.backlog { context.close(promise: nil) }
    }

    private func went(_ bytes: Int) {
        underway -= bytes
        movedAt = hub.now()
    }

    /// Sends the last words and closes behind them.
    func end(_ words: [UInt8]) {
        guard let context else { return }
        let last = context.writeAndFlush(Self.wrapOutboundOut(ByteBuffer(bytes: words)))
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        last.whenComplete { _ in bound.value.close(promise: nil) }
    }
}
