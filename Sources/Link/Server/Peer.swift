// SPDX-License-Identifier: Apache-2.0

import Factory
import Glibc
import NIOCore
import NIOPosix

/// Who is at the other end of a socket, by the kernel's word: nothing that a client says of itself counts.
struct Peer: Sendable {
    var pid: Int32
    var uid: UInt32
    var name: String

    /// The daemon's own account and root may act. Everybody else that the socket's mode lets in may look.
    var mayAct: Bool { uid == geteuid() || uid == 0 }

    /// `struct ucred` of the kernel, which Glibc hides from Swift.
    private struct Credentials: Sendable {
        var pid: Int32 = 0
        var uid: UInt32 = 0
        var gid: UInt32 = 0
    }

    static func of(_ channel: any Channel) -> EventLoopFuture<Peer> {
        guard let socket = channel as? any SocketOptionProvider else {
            return channel.eventLoop.makeFailedFuture(LinkError(.refused, "a connection that is no socket"))
        }
        let credentials: EventLoopFuture<Credentials> = socket.unsafeGetSocketOption(
            level: .socket, name: NIOBSDSocket.Option(rawValue: 17))
        return credentials.flatMap { who in
            // Not on the loop that serves the others: names may come from a directory elsewhere.
            NIOThreadPool.singleton.runIfActive(eventLoop: channel.eventLoop) {
                Peer(pid: who.pid, uid: who.uid, name: name(of: who.uid))
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
