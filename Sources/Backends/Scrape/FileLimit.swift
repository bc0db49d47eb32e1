// SPDX-License-Identifier: Apache-2.0

import Glibc

/// How many connections may be open at once: each is an open file, of which a process may have only so many.
package struct FileLimit: Sendable, Equatable {
    /// Requests that may be under way at once. At least 8.
    let connections: Int
    /// Whether each target may keep its connection between two polls.
    let keepsOpen: Bool
    /// Files that may be open, after what could be done about it.
    let files: Int

    /// Files that the program needs beside its connections.
    private static let reserve = 128
    /// More at once help nobody: they wait for this host's processors.
    private static let most = 1024

    /// - Parameter files: that may be open.
    init(targets: Int, files: Int) {
        let free = max(8, files - Self.reserve)
        self.files = files
        keepsOpen = targets <= free
        connections = min(free, Self.most)
    }

    /// Asks the system for as many files as the targets need, where its limit for this process leaves room.
    package init(targets: Int) {
        self.init(targets: targets, files: Self.raise(to: targets + Self.reserve))
    }

    /// What an operator can do where connections cannot stay open; nil: nothing need be done.
    package static func hint(targets: Int) -> String? {
        let limit = FileLimit(targets: targets)
        guard !limit.keepsOpen else { return nil }
        return "\(targets) targets and \(limit.files) open files (ulimit -Hn): each poll makes a new connection; "
            + "allow \(targets + reserve), with LimitNOFILE= in a service"
    }

    private static func raise(to wanted: Int) -> Int {
        let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        guard getrlimit(files, &limit) == 0 else { return 1024 }
        if limit.rlim_cur < rlim_t(wanted), limit.rlim_cur < limit.rlim_max {
            var raised = limit
            raised.rlim_cur = min(rlim_t(wanted), limit.rlim_max)
            if setrlimit(files, &raised) == 0 { limit = raised }
        }
        return Int(exactly: limit.rlim_cur) ?? .max
    }
}
