// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Files that an operator names: read whole, and only where they are files.
package enum SmallFile {
    /// What changes when a file does; nil for one that is not there.
    struct Stamp: Hashable, Sendable {
        private let seconds, nanoseconds, size: Int
        private let number: UInt64

        init?(_ path: String) {
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            (seconds, nanoseconds) = (status.st_mtim.tv_sec, status.st_mtim.tv_nsec)
            (size, number) = (Int(status.st_size), UInt64(status.st_ino))
        }
    }

    /// - Parameter limit: bytes; a larger one is refused.
    package static func read(_ path: String, limit: Int) throws(TargetError) -> [UInt8] {
        // Without O_NONBLOCK opening a pipe waits for a writer that may never come.
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { throw TargetError(.unreadable, place: path, String(cString: strerror(errno))) }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw TargetError(.unreadable, place: path, "is not a file")
        }
        guard status.st_size <= limit else {
            let most = limit >= 1 << 20 ? "\(limit >> 20) MB" : "\(limit >> 10) kB"
            throw TargetError(.unreadable, place: path, "is larger than \(most), too much for what it should be")
        }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        var used = 0
        while used < bytes.count {
            let got = bytes.withUnsafeMutableBytes {
                Glibc.read(file, $0.baseAddress?.advanced(by: used), $0.count - used)
            }
            if got < 0 { throw TargetError(.unreadable, place: path, String(cString: strerror(errno))) }
            if got == 0 { break }
            used += got
        }
        return Array(bytes.prefix(used))
    }
}
