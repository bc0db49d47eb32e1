// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import Synchronization

/// One run of another program, with its own deadline: whole process group and all.
enum ChildProcess {
    struct Order: Sendable {
        /// The program's absolute path, and its arguments.
        var words: [String]
        /// All of it: nothing of ours is handed on.
        var environment: [String]
        /// From the start to the end by force.
        var deadline: Duration
        /// Bytes of its output; more end it.
        var outputLimit: Int
    }

    enum Ending: Sendable, Hashable {
        case exited(Int32)
        case signalled(Int32)
        /// The deadline, or the caller's own end.
        case timedOut
        case saidTooMuch
        /// It never ran, and why.
        case notStarted(String)
    }

    struct Result: Sendable {
        var ending: Ending
        /// What it said until then.
        var output: [UInt8] = []
        var complaints: [UInt8] = []
        /// Unit: s.
        var elapsed: Double = 0
        /// Processor time of it and what it waited for. Unit: s.
        var processor: Double = 0
    }

    /// Runs it on a thread of its own: a pool's few threads may all be taken while it waits.
    static func run(_ order: Order) async -> Result {
        let run = ChildRun(order)
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                Thread.detachNewThread { continuation.resume(returning: run.run()) }
            }
        } onCancel: {
            run.cancel()
        }
    }
}

/// A child while it lives. Only its own thread waits for it.
private final class ChildRun: Sendable {
    private let order: ChildProcess.Order
    private let isCancelled = Mutex(false)
    /// Bytes of its complaints that are kept.
    private static let complaintsLimit = 4096

    init(_ order: ChildProcess.Order) { self.order = order }

    func cancel() { isCancelled.withLock { $0 = true } }

    func run() -> ChildProcess.Result {
        var output: [Int32] = [-1, -1]
        var complaints: [Int32] = [-1, -1]
        guard Self.pipe(&output) else {
            return ChildProcess.Result(ending: .notStarted("no pipe for it: \(Self.text(errno))"))
        }
        guard Self.pipe(&complaints) else {
            let words = Self.text(errno)
            output.forEach { close($0) }
            return ChildProcess.Result(ending: .notStarted("no pipe for it: \(words)"))
        }
        var pid: pid_t = 0
        let code = spawn(&pid, output[1], complaints[1])
        close(output[1])
        close(complaints[1])
        defer {
            close(output[0])
            close(complaints[0])
        }
        guard code == 0 else { return ChildProcess.Result(ending: .notStarted(Self.text(code))) }
        return follow(pid, output[0], complaints[0])
    }

    private func follow(_ pid: pid_t, _ output: Int32, _ complaints: Int32) -> ChildProcess.Result {
        let start = ContinuousClock.now
        var result = ChildProcess.Result(ending: .timedOut)
        var forced: ChildProcess.Ending?
        var open = [output, complaints]
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while forced == nil {
            if ContinuousClock.now - start > order.deadline || isCancelled.withLock({ $0 }) { forced = .timedOut }
            // What it said before it ended is still in the pipes; whoever else holds them open is not waited for.
            let isOver = hasEnded(pid)
            var states = open.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            // Once both are shut it is at its very end, and nothing wakes us for that.
            let wait: Int32 = isOver ? 0 : open == [-1, -1] ? 1 : 20
            guard poll(&states, nfds_t(states.count), wait) > 0 else {
                if isOver { break }
                continue
            }
            for index in states.indices where states[index].revents != 0 {
                let count = read(open[index], &buffer, buffer.count)
                if count < 0, errno == EINTR || errno == EAGAIN { continue }
                guard count > 0 else {
                    open[index] = -1
                    continue
                }
                if index == 0 {
                    result.output += buffer[..<count]
                    if result.output.count > order.outputLimit { forced = .saidTooMuch }
                } else {
                    result.complaints = Array((result.complaints + buffer[..<count]).suffix(Self.complaintsLimit))
                }
            }
        }
        // Not reaped yet, so that the number of the group is still its own.
        if forced != nil { kill(-pid, SIGKILL) }
        var status: Int32 = 0
        var usage = rusage()
        while wait4(pid, &status, 0, &usage) < 0, errno == EINTR {}
        result.elapsed = (ContinuousClock.now - start) / .seconds(1)
        result.processor = Self.seconds(usage.ru_utime) + Self.seconds(usage.ru_stime)
        // How a process ended, as the kernel packs it.
        let signal = status & 0x7F
        result.ending = forced ?? (signal != 0 ? .signalled(signal) : .exited((status >> 8) & 0xFF))
        return result
    }

    private func hasEnded(_ pid: pid_t) -> Bool {
        var state = siginfo_t()
        return waitid(P_PID, id_t(pid), &state, WEXITED | WNOHANG | WNOWAIT) == 0 && state.si_signo == SIGCHLD
    }

    private func spawn(_ pid: inout pid_t, _ output: Int32, _ complaints: Int32) -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, complaints, 2)
        // A socket or lock of ours must not live on in a program of others.
        for descriptor in Self.openDescriptors() where descriptor > 2 {
            posix_spawn_file_actions_addclose(&actions, descriptor)
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigdefault(&attributes, &all)
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        // A group of its own: what it starts is killed with it, and the terminal's Ctrl-C is none of its business.
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP))
        var arguments = order.words.map { strdup($0) } + [nil]
        defer { arguments.forEach { free($0) } }
        var variables = order.environment.map { strdup($0) } + [nil]
        defer { variables.forEach { free($0) } }
        return posix_spawn(&pid, order.words[0], &actions, &attributes, &arguments, &variables)
    }

    private static func pipe(_ ends: inout [Int32]) -> Bool {
        guard Glibc.pipe(&ends) == 0 else { return false }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return true
    }

    private static func openDescriptors() -> [Int32] {
        guard let folder = opendir("/proc/self/fd") else { return [] }
        defer { closedir(folder) }
        var found: [Int32] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if let number = Int32(name) { found.append(number) }
        }
        return found
    }

    private static func text(_ code: Int32) -> String {
        strerror(code).map { String(cString: $0) } ?? "error \(code)"
    }

    private static func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
}
