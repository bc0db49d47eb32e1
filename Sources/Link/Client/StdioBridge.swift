// SPDX-License-Identifier: Apache-2.0

import Glibc
package import Wire

/// What `ssh host tokenworks dial-stdio` is: bytes from standard input to the daemon's socket, and back, and nothing else.
///
/// It ends when either side does: at the end of input, at a closed output, at a closed socket. Without a terminal nobody
/// sends a signal when the connection is cut, so that it must see it itself.
package enum StdioBridge {
    /// Bytes that wait for one side before no more are taken from the other.
    private static let room = 64 << 10
    /// A write to a pipe that is ready takes so much without waiting.
    private static let piece = 4096

    /// - Parameter voucher: whose key this is, on a daemon's gate.
    /// - Throws: `LinkError` where no daemon is there.
    package static func run(
        _ path: String, voucher: Voucher? = nil, input: Int32 = STDIN_FILENO, output: Int32 = STDOUT_FILENO
    ) throws(LinkError) {
        signal(SIGPIPE, SIG_IGN)
        var toDaemon: [UInt8] = voucher?.line ?? []
        // The daemon gives a client a second for its first word, and that may be longer on its way over a bad line.
        guard take(from: input, into: &toDaemon) else { return }
        let socket = try connect(path)
        defer { close(socket) }
        var toClient: [UInt8] = []
        var (hasEnded, hasLeft) = (false, false)
        while true {
            // The daemon is gone, or the client, and their last words are said.
            if hasEnded ? toClient.isEmpty : hasLeft && toDaemon.isEmpty { return }
            var states = [
                pollfd(fd: hasLeft || toDaemon.count >= room ? -1 : input, events: Int16(POLLIN), revents: 0),
                pollfd(
                    fd: hasEnded ? -1 : socket,
                    events: Int16((toClient.count < room ? POLLIN : 0) | (toDaemon.isEmpty ? 0 : POLLOUT)), revents: 0),
                // Without events it still says when nobody reads any more.
                pollfd(fd: output, events: Int16(toClient.isEmpty ? 0 : POLLOUT), revents: 0),
            ]
            guard poll(&states, 3, hasEnded || hasLeft ? 2000 : -1) > 0 else {
                if errno == EINTR, !hasEnded, !hasLeft { continue }
                return
            }
            if states[2].revents & Int16(POLLERR | POLLNVAL) != 0 { return }
            if states[0].revents != 0, !take(from: input, into: &toDaemon) { hasLeft = true }
            if states[1].revents & Int16(POLLIN | POLLHUP | POLLERR) != 0, !take(from: socket, into: &toClient) {
                hasEnded = true
            }
            if !hasEnded, states[1].revents & Int16(POLLOUT) != 0 {
                let count = send(socket, toDaemon, toDaemon.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
                if count < 0, errno != EAGAIN, errno != EINTR { hasEnded = true }
                if count > 0 { toDaemon.removeFirst(count) }
            }
            if states[2].revents & Int16(POLLOUT) != 0 {
                let count = write(output, toClient, min(toClient.count, piece))
                if count < 0, errno != EAGAIN, errno != EINTR { return }
                if count > 0 { toClient.removeFirst(count) }
            }
        }
    }

    /// - Returns: false at the end of the file, or of its use.
    private static func take(from descriptor: Int32, into bytes: inout [UInt8]) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 32 << 10)
        let count = read(descriptor, &buffer, buffer.count)
        guard count > 0 else { return count < 0 && (errno == EAGAIN || errno == EINTR) }
        bytes += buffer[..<count]
        return true
    }

    private static func connect(_ path: String) throws(LinkError) -> Int32 {
        let address = try SocketPath.address(path)
        let socket = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { throw LinkError(.unusable, "no socket: \(SystemWords.text(errno))") }
        guard SocketPath.with(address, { Glibc.connect(socket, $0, $1) }) == 0 else {
            let code = errno
            close(socket)
            throw LinkError(.unreachable, SystemWords.unreachable(code, "unix:\(path)"))
        }
        return socket
    }
}
