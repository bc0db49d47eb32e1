// SPDX-License-Identifier: Apache-2.0

import CTerminal
import Glibc
import Synchronization

/// The one thread that reads keys and draws: the thread that is in `runTerminal`. All of ncurses is confined to it.
@globalActor
package actor UIActor {
    package static let shared = UIActor()

    package nonisolated var unownedExecutor: UnownedSerialExecutor { UIExecutor.shared.asUnownedSerialExecutor() }

    /// Runs a body at once on the thread that serves the actor.
    nonisolated static func onItsThread<Result: Sendable>(_ body: @UIActor () -> Result) -> Result {
        UIExecutor.shared.checkIsolated()
        typealias Plain = () -> Result
        // What `MainActor.assumeIsolated` does: global actors of one's own have none. The thread has just been checked.
        return withoutActuallyEscaping(body) { unsafeBitCast($0, to: Plain.self)() }
    }
}

/// Runs the jobs of `UIActor` between two polls of the terminal. Jobs that come while no terminal is open wait for one.
final class UIExecutor: SerialExecutor {
    static let shared = UIExecutor()

    /// Counts wake-ups, for poll(2); -1 when the system would not give one.
    let counter = ct_event()
    private let jobs = Mutex<[UnownedJob]>([])
    private let thread = Atomic<UInt>(0)

    /// From here on the calling thread serves the actor, until `release`; false when another one does.
    func claim() -> Bool {
        thread.compareExchange(expected: 0, desired: UInt(pthread_self()), ordering: .sequentiallyConsistent).exchanged
    }

    func release() { thread.store(0, ordering: .sequentiallyConsistent) }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let wasIdle = jobs.withLock { queue in
            queue.append(job)
            return queue.count == 1
        }
        if wasIdle { signal() }
    }

    func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }

    func isIsolatingCurrentContext() -> Bool? { thread.load(ordering: .relaxed) == UInt(pthread_self()) }

    func checkIsolated() {
        precondition(isIsolatingCurrentContext() == true, "not on the thread that serves the terminal")
    }

    /// Makes poll(2) return.
    func signal() {
        var one: UInt64 = 1
        // ignored because a counter that is full wakes as well.
        _ = write(counter, &one, 8)
    }

    /// Takes back all signals so far.
    func acknowledge() {
        var count: UInt64 = 0
        // ignored because nothing to take back is as good.
        _ = read(counter, &count, 8)
    }

    /// Runs the jobs that are there now; those they bring forth wait for the next turn, so that keys are never starved.
    func runPending() {
        let batch = jobs.withLock { queue in
            defer { queue.removeAll(keepingCapacity: true) }
            return queue
        }
        for job in batch { job.runSynchronously(on: asUnownedSerialExecutor()) }
    }
}
