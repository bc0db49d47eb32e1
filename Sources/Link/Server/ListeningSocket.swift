// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A daemon's socket, bound and listening, and the lock that says whose the path is.
///
/// The lock is held as long as the process lives, however it ends: who has it may take away a socket that a killed daemon
/// left. That nobody answers on a socket is no such proof: a daemon that just starts does not answer yet.
package final class ListeningSocket: Sendable {
    package let path: String
    let descriptor: Int32
    package let door: Door
    /// nil: another socket's lock stands for this one too.
    private let lock: Int32?
    private let inode: UInt64

    /// The sockets of one daemon: the main one, the one for those who only look, and the gate.
    package static func all(_ path: String, _ access: Access = Access()) throws(LinkError) -> [ListeningSocket] {
        let main = try ListeningSocket(path, .main, group: access.operators ?? access.viewers)
        return [
            main, try ListeningSocket(Door.view.path(of: path), .view, group: access.viewers, under: main),
            try ListeningSocket(Door.gate.path(of: path), .gate, under: main),
        ]
    }

    /// - Parameters:
    ///   - group: whose members may connect; nil: those of the daemon's own group.
    ///   - owner: the socket whose lock says that the path is ours.
    init(
        _ path: String, _ door: Door = .main, group: UInt32? = nil, under owner: ListeningSocket? = nil
    )
        throws(LinkError)
    {
        let address = try SocketPath.address(path)
        try SocketPath.prepare(folder: SocketPath.folder(of: path))
        let lock = owner == nil ? try Self.lock(path + ".lock") : nil
        do throws(LinkError) {
            try Self.removeStale(path)
            descriptor = try Self.listen(address, path, door == .gate ? 0o600 : 0o660, group)
        } catch {
            if let lock { close(lock) }
            throw error
        }
        self.door = door
        var status = stat()
        inode = lstat(path, &status) == 0 ? UInt64(status.st_ino) : 0
        self.path = path
        self.lock = lock
    }

    /// Takes the path away, if it is still ours. The listening socket itself is closed by who serves on it.
    package func remove() {
        var status = stat()
        if lstat(path, &status) == 0, UInt64(status.st_ino) == inode { unlink(path) }
    }

    /// Leaves a trace that a daemon has served here: a start that failed leaves none.
    package func hasServed() {
        guard let lock else { return }
        let line = "\(getpid())\n"
        // ignored because who looks for a trace finds the socket meanwhile.
        _ = pwrite(lock, line, line.utf8.count, 0)
    }

    deinit { if let lock { close(lock) } }

    private static func lock(_ path: String) throws(LinkError) -> Int32 {
        let lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard lock >= 0 else {
            throw LinkError(.unusable, "\(path) cannot be opened: \(SystemWords.text(errno))")
        }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            close(lock)
            let socket = path.dropLast(".lock".count)
            throw LinkError(
                .refused,
                "a daemon serves on \(socket) already: attach to it with 'tokenworks attach unix:\(socket)', or name another socket with --socket"
            )
        }
        return lock
    }

    private static func removeStale(_ path: String) throws(LinkError) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw LinkError(.unusable, "\(path) is there and no socket: look at it, then move it away")
        }
        guard unlink(path) == 0 else {
            throw LinkError(.unusable, "the old socket \(path) cannot be removed: \(SystemWords.text(errno))")
        }
    }

    private static func listen(
        _ address: sockaddr_un, _ path: String, _ mode: mode_t, _ group: UInt32?
    ) throws(LinkError) -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw LinkError(.unusable, "no socket: \(SystemWords.text(errno))") }
        // Nobody may connect between bind and chmod.
        let mask = umask(0o177)
        let bound = SocketPath.with(address) { bind(descriptor, $0, $1) }
        let code = errno
        umask(mask)
        if bound == 0, let group, lchown(path, uid_t.max, group) != 0 {
            let words = SystemWords.text(errno)
            close(descriptor)
            unlink(path)
            throw LinkError(
                .unusable,
                "\(path) cannot be given to the group number \(group): \(words); the daemon's account has to be a member of it"
            )
        }
        guard bound == 0, chmod(path, mode) == 0, Glibc.listen(descriptor, 128) == 0 else {
            let words = SystemWords.text(bound == 0 ? errno : code)
            close(descriptor)
            throw LinkError(.unusable, "cannot listen on \(path): \(words)")
        }
        return descriptor
    }
}
