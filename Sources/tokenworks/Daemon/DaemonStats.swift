// SPDX-License-Identifier: Apache-2.0

import Factory
import Glibc
import Synchronization

/// What a daemon counts of its own work.
final class DaemonStats: Sendable {
    struct Numbers: Sendable {
        var polls = 0
        var pollSeconds = 0.0
        var lastPollSeconds: Double?
        var noticesFailed = 0
    }

    private let numbers = Mutex(Numbers())

    var now: Numbers { numbers.withLock { $0 } }

    func polled(_ duration: Duration) {
        let (seconds, atto) = duration.components
        let took = Double(seconds) + Double(atto) * 1e-18
        numbers.withLock {
            $0.polls += 1
            $0.pollSeconds += took
            $0.lastPollSeconds = took
        }
    }

    func noticeFailed() { numbers.withLock { $0.noticesFailed += 1 } }
}

/// What the kernel says of this process.
struct ProcessFacts {
    /// Unit: s of user and system time.
    var cpu: Double?
    /// Unit: bytes.
    var resident: Double?
    var openFiles: Double?
    /// Seconds since 1970.
    var startedAt: Double?

    static func now() -> ProcessFacts {
        var facts = ProcessFacts()
        var usage = rusage()
        if getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 {
            facts.cpu =
                Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
                + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
        }
        let pages = text(of: "/proc/self/statm").split(separator: " ")
        if pages.count > 1, let resident = Double(pages[1]) {
            facts.resident = resident * Double(sysconf(Int32(_SC_PAGESIZE)))
        }
        facts.openFiles = openFiles()
        facts.startedAt = startedAt
        return facts
    }

    private static let startedAt: Double? = {
        // Behind the name, which may have blanks and brackets of its own; field 22 of all, the first here being the third.
        let fields = text(of: "/proc/self/stat").split(separator: ")").last?.split(separator: " ") ?? []
        let boot = text(of: "/proc/stat").split(separator: "\n").first { $0.hasPrefix("btime ") }
        guard fields.count > 19, let ticks = Double(fields[19]), let from = boot.flatMap({ Double($0.dropFirst(6)) })
        else { return nil }
        return from + ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
    }()

    private static func openFiles() -> Double? {
        guard let folder = opendir("/proc/self/fd") else { return nil }
        defer { closedir(folder) }
        var count = 0
        while readdir(folder) != nil { count += 1 }
        // Without `.`, `..` and the folder itself.
        return Double(max(0, count - 3))
    }

    private static func text(of path: String) -> String {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return "" }
        defer { close(file) }
        var bytes: [UInt8] = []
        var room = [UInt8](repeating: 0, count: 8192)
        while true {
            let count = read(file, &room, room.count)
            guard count > 0, bytes.count < 1 << 20 else { return String(decoding: bytes, as: UTF8.self) }
            bytes += room[..<count]
        }
    }
}
