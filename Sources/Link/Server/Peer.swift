// SPDX-License-Identifier: Apache-2.0

import Factory
import Glibc
import NIOCore
import NIOPosix
import Wire

/// A daemon's three sockets. What one comes through can only take away from what the kernel says one may.
package enum Door: Sendable, Hashable, CaseIterable {
    /// Whoever its mode lets in: operators act, others look.
    case main
    /// Whoever comes here looks, and nothing else.
    case view
    /// The daemon's own account, which vouches for the person behind a key.
    case gate

    /// `/run/tokenworks/tokenworks.view.sock`
    package func path(of main: String) -> String {
        let word =
            switch self {
            case .main: ""
            case .view: ".view"
            case .gate: ".gate"
            }
        let stem = main.hasSuffix(".sock") ? String(main.dropLast(".sock".count)) : main
        return self == .main ? main : "\(stem)\(word).sock"
    }
}

/// Which groups of the host may do what.
package struct Access: Sendable, Hashable {
    /// Members may act; nil: nobody but the daemon's own account and root.
    package var operators: UInt32?
    /// Members may look; nil: the daemon's own group.
    package var viewers: UInt32?
    package init(operators: UInt32? = nil, viewers: UInt32? = nil) {
        self.operators = operators
        self.viewers = viewers
    }

    /// A group by its name or number; nil: there is none.
    package static func number(ofGroup name: String) -> UInt32? {
        if let number = UInt32(name) { return number }
        var entry = group()
        var found: UnsafeMutablePointer<group>?
        var room = [CChar](repeating: 0, count: 65_536)
        guard getgrnam_r(name, &entry, &room, room.count, &found) == 0, found != nil else { return nil }
        return entry.gr_gid
    }

    /// What the kernel's word and the door allow: everything that is not given is denied.
    func mayAct(_ who: Credentials, through door: Door) -> Bool {
        guard door != .view else { return false }
        if who.uid == geteuid() || who.uid == 0 { return true }
        guard let operators else { return false }
        return who.gid == operators || who.groups.contains(operators)
    }
}

/// What the kernel says of the other end.
struct Credentials: Sendable, Hashable {
    var pid: Int32 = 0
    var uid: UInt32 = 0
    var gid: UInt32 = 0
    var groups: Set<UInt32> = []
}

/// Who is at the other end of a socket. Nothing that a client says of itself counts; on the gate, what the daemon's own account
/// says of the person behind a key.
struct Peer: Sendable {
    var pid: Int32
    var uid: UInt32
    var name: String
    var mayAct: Bool
    /// Where the session came from; empty: unknown.
    var origin = ""
    /// Whose connections are counted and whose commands are told apart: `uid 1000`, `key eve`.
    var account: String

    init(_ who: Credentials, name: String, mayAct: Bool) {
        (pid, uid, self.name, self.mayAct, account) = (who.pid, who.uid, name, mayAct, "uid \(who.uid)")
    }

    init(_ who: Peer, vouchedFor voucher: Voucher) {
        self = who
        name = voucher.name
        mayAct = voucher.mayAct
        origin = voucher.origin == "-" ? "" : voucher.origin
        account = "key \(voucher.name)"
    }

    static func of(_ channel: any Channel, through door: Door, _ access: Access) -> EventLoopFuture<Peer> {
        guard let socket = channel as? any SocketOptionProvider else {
            return channel.eventLoop.makeFailedFuture(LinkError(.refused, "a connection that is no socket"))
        }
        let answer: EventLoopFuture<KernelCredentials> = socket.unsafeGetSocketOption(
            level: .socket, name: NIOBSDSocket.Option(rawValue: 17))
        let groups: EventLoopFuture<KernelGroups> = socket.unsafeGetSocketOption(
            level: .socket, name: NIOBSDSocket.Option(rawValue: 59))
        // More groups than there is room for count as none: nobody becomes an operator by it.
        return answer.and(groups.recover { _ in KernelGroups() }).flatMap { kernel, groups in
            // Group 0 and the room that is left look alike; root's group makes nobody an operator.
            let who = Credentials(pid: kernel.pid, uid: kernel.uid, gid: kernel.gid, groups: groups.all)
            // Not on the loop that serves the others: names may come from a directory elsewhere.
            return NIOThreadPool.singleton.runIfActive(eventLoop: channel.eventLoop) {
                Peer(who, name: name(of: who.uid), mayAct: access.mayAct(who, through: door))
            }
        }
    }

    static func name(of uid: UInt32) -> String {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var room = [CChar](repeating: 0, count: 16_384)
        guard getpwuid_r(uid, &entry, &room, room.count, &found) == 0, found != nil, let name = entry.pw_name else {
            return "uid \(uid)"
        }
        return String(cString: name)
    }
}

/// `struct ucred` of the kernel, which Glibc hides from Swift.
private struct KernelCredentials: Sendable {
    var pid: Int32 = 0
    var uid: UInt32 = 0
    var gid: UInt32 = 0
}

/// What SO_PEERGROUPS fills: group numbers, and zeros behind them.
private struct KernelGroups: Sendable {
    private var numbers = InlineArray<1024, UInt32>(repeating: 0)

    var all: Set<UInt32> {
        var all: Set<UInt32> = []
        for index in numbers.indices where numbers[index] != 0 { all.insert(numbers[index]) }
        return all
    }
}
