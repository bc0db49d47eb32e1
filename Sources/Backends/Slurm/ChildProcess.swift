// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import Spawn
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
        guard let output = ChildPipe(), let complaints = ChildPipe() else {
            return ChildProcess.Result(ending: .notStarted("no pipe for it: \(Self.text(errno))"))
        }
        let start = ChildStart(
            order.words, environment: order.environment, input: .nothing, output: .copy(of: output.writing),
            complaints: .copy(of: complaints.writing))
        let pid: pid_t
        do throws(ChildStart.Failure) {
            pid = try start.run()
        } catch {
            return ChildProcess.Result(ending: .notStarted(Self.text(error.code)))
        }
        output.closeWriting()
        complaints.closeWriting()
        // The pipes are closed with these names, which live until the child is reaped.
        return withExtendedLifetime((output, complaints)) {
            follow(pid, output.reading, complaints.reading)
        }
    }

    private func follow(_ pid: pid_t, _ output: Int32, _ complaints: Int32) -> ChildProcess.Result {
        let start = ContinuousClock.now
        var result = ChildProcess.Result(ending: .timedOut)
        var forced: ChildProcess.Ending?
        var open = [output, complaints]
        // Joined once it is over: an array that grows holds twice and thrice what it has.
        var pieces: [[UInt8]] = []
        var length = 0
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while forced == nil {
            if ContinuousClock.now - start > order.deadline || isCancelled.withLock({ $0 }) { forced = .timedOut }
            // What it said before it ended is still in the pipes; whoever else holds them open is not waited for.
            let isOver = ChildStart.hasEnded(pid)
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
                    if pieces.last.map({ $0.count + count > buffer.count }) ?? true { pieces.append([]) }
                    pieces[pieces.count - 1] += buffer[..<count]
                    length += count
                    if length > order.outputLimit { forced = .saidTooMuch }
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
        result.output.reserveCapacity(length)
        for piece in pieces { result.output += piece }
        result.elapsed = (ContinuousClock.now - start) / .seconds(1)
        result.processor = Self.seconds(usage.ru_utime) + Self.seconds(usage.ru_stime)
        // How a process ended, as the kernel packs it.
        let signal = status & 0x7F
        result.ending = forced ?? (signal != 0 ? .signalled(signal) : .exited((status >> 8) & 0xFF))
        return result
    }

    private static func text(_ code: Int32) -> String {
        strerror(code).map { String(cString: $0) } ?? "error \(code)"
    }

    private static func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
}
