// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import Synchronization

/// Runs an operator's program for every notice: one at a time, without a shell, with nothing from outside among its words,
/// killed with its process group when it takes too long. Whatever becomes of it, the plant does not wait.
package final class Notifier: Sendable {
    package struct Settings: Sendable, Hashable {
        /// An absolute path, and what stands behind it on the command line.
        package var command: [String]
        /// Unit: s.
        package var timeout: Double

        package init(command: [String], timeout: Double = 10) {
            self.command = command
            self.timeout = timeout
        }
    }

    private struct Queue {
        var notices: [Notice] = []
        var isRunning = false
        var hasEnded = false
    }

    /// Notices that wait; more are dropped, and that is said.
    package static let room = 64

    private let settings: Settings
    private let failed: @Sendable (String) -> Void
    private let queue = Mutex(Queue())

    /// - Parameter failed: hears, in a sentence, of every notice that nobody was told of; from a thread of its own.
    package init(_ settings: Settings, failed: @escaping @Sendable (String) -> Void) {
        self.settings = settings
        self.failed = failed
    }

    /// Returns at once.
    package func send(_ notice: Notice) {
        enum Answer { case begin, waits, full, ended }
        let answer = queue.withLock { queue -> Answer in
            if queue.hasEnded { return .ended }
            if queue.notices.count >= Self.room { return .full }
            queue.notices.append(notice)
            defer { queue.isRunning = true }
            return queue.isRunning ? .waits : .begin
        }
        switch answer {
        // A thread of its own: it waits for as long as the program runs.
        case .begin: Thread.detachNewThread { [self] in run() }
        case .full: failed("\(Self.name(notice)): \(Self.room) notices wait already; this one is dropped")
        case .waits, .ended: break
        }
    }

    /// Takes no more, and forgets those that wait; a program that runs comes to its end or its timeout.
    package func end() {
        queue.withLock {
            $0.hasEnded = true
            $0.notices = []
        }
    }

    private func run() {
        HookProcess.blockSignals()
        while let notice = next() {
            let what = Self.name(notice)
            do throws(HookError) {
                try HookProcess.check(settings.command)
                try HookProcess.run(
                    settings.command, input: notice.json,
                    variables: [
                        "TOKENWORKS_KIND": notice.kind.rawValue, "TOKENWORKS_PLANT": notice.plant,
                        "TOKENWORKS_DECISION": notice.decision.map { "\($0)" } ?? "",
                    ], timeout: settings.timeout)
            } catch {
                failed("\(what): \(error.text)")
            }
        }
    }

    private func next() -> Notice? {
        queue.withLock { queue in
            guard !queue.notices.isEmpty else {
                queue.isRunning = false
                return nil
            }
            return queue.notices.removeFirst()
        }
    }

    private static func name(_ notice: Notice) -> String {
        "notice \(notice.kind.rawValue)" + (notice.decision.map { " of \($0)" } ?? "")
    }

    /// Why a command cannot be a notification hook, in a sentence; nil: it can.
    package static func problem(with command: [String]) -> String? {
        do throws(HookError) {
            try HookProcess.check(command)
            return nil
        } catch {
            return error.text
        }
    }
}

/// Why a hook did not tell anybody, in a sentence.
struct HookError: Error {
    var text: String
}
