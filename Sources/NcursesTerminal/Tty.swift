// SPDX-License-Identifier: Apache-2.0

import CTerminal
import Glibc

/// The terminal as a file: bytes in, whole frames out, and never a call that blocks.
@UIActor
final class Tty {
    enum Arrival {
        case bytes(ArraySlice<UInt8>)
        case nothing
        case gone
    }

    /// Our own opening of stdin's terminal: non-blocking, while the shell's is not.
    let input: Int32
    /// The same of stdout's.
    let output: Int32
    /// A write or a read has said that nobody is there any more.
    private(set) var isLost = false
    /// The terminal took nothing for this long while something was to be sent. Unit: seconds.
    private(set) var longestStall = 0.0

    private var pending: [UInt8] = []
    private var sent = 0
    private var progressAt = 0.0
    private var buffer = Array(repeating: UInt8(0), count: 4096)

    /// Opens what stdin and stdout are open on; nothing is written.
    init() throws(TerminalError) {
        guard isatty(STDIN_FILENO) == 1 else { throw .notATerminal("stdin") }
        guard isatty(STDOUT_FILENO) == 1 else { throw .notATerminal("stdout") }
        input = ct_reopen(STDIN_FILENO)
        guard input >= 0 else { throw .system("open", reason()) }
        output = ct_reopen(STDOUT_FILENO)
        guard output >= 0 else {
            let why = reason()
            close(input)
            throw .system("open", why)
        }
    }

    func closeFiles() {
        close(input)
        close(output)
    }

    /// Columns and rows; where a terminal does not tell (a bare serial line), 80 by 24.
    var size: (width: Int, height: Int) {
        var columns: Int32 = 80
        var rows: Int32 = 24
        // ignored because the defaults stand where it says nothing.
        _ = ct_window_size(output, &columns, &rows)
        return (Int(columns), Int(rows))
    }

    var hasPending: Bool { sent < pending.count }

    /// Sends bytes in one write(2) where the terminal takes them; the rest waits for `flush`.
    func send(_ bytes: [UInt8], at now: Double) {
        guard !bytes.isEmpty else { return }
        if hasPending {
            pending += bytes
        } else {
            pending = bytes
            sent = 0
            progressAt = now
        }
        flush(at: now)
    }

    /// Sends what the terminal takes of what waits.
    func flush(at now: Double) {
        while hasPending, !isLost {
            let count = pending.withUnsafeBytes { write(output, $0.baseAddress?.advanced(by: sent), $0.count - sent) }
            if count > 0 {
                sent += count
                longestStall = max(longestStall, now - progressAt)
                progressAt = now
            } else if count < 0, errno == EINTR {
                continue
            } else {
                isLost = count < 0 && errno != EAGAIN
                return
            }
        }
    }

    /// Forgets what waits: what follows begins with an escape sequence of its own.
    func drop() {
        pending = []
        sent = 0
    }

    func forgetStall() { longestStall = 0 }

    /// Sends the last words. What waits goes first if it can within so many seconds, or never: what follows begins a
    /// sequence, which ends any other.
    ///
    /// - Returns: whether all of it was taken.
    func finish(_ bytes: [UInt8], patience seconds: Double) -> Bool {
        drain(within: seconds)
        let isWhole = !hasPending
        drop()
        send(bytes, at: monotonicSeconds())
        drain(within: seconds)
        defer { drop() }
        return isWhole && !hasPending
    }

    private func drain(within seconds: Double) {
        let deadline = monotonicSeconds() + seconds
        while hasPending, !isLost {
            let left = deadline - monotonicSeconds()
            guard left > 0 else { return }
            var room = pollfd(fd: output, events: Int16(POLLOUT), revents: 0)
            // ignored because the write that follows tells the same.
            _ = poll(&room, 1, Int32(left * 1000) + 1)
            flush(at: monotonicSeconds())
        }
    }

    /// Reads what has come, or so many bytes of it.
    func receive(atMost limit: Int = .max) -> Arrival {
        let count = read(input, &buffer, min(limit, buffer.count))
        if count > 0 { return .bytes(buffer[..<count]) }
        if count < 0, errno == EAGAIN || errno == EINTR { return .nothing }
        isLost = true
        return .gone
    }
}

/// Seconds on a clock that only goes forward.
func monotonicSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

/// What errno says.
func reason() -> String { String(cString: strerror(errno)) }
