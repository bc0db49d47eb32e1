// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A lock that is held for as long as it lives, and no longer than its process.
final class FileLock: Sendable {
    struct Failure: Error {
        /// Another process holds it.
        var isHeld: Bool
        var words: String
    }

    private let descriptor: Int32

    init(_ path: String) throws(Failure) {
        descriptor = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Failure(isHeld: false, words: String(cString: strerror(errno))) }
        guard Self.taken(descriptor) else {
            let code = errno
            Glibc.close(descriptor)
            throw Failure(isHeld: code == EWOULDBLOCK, words: String(cString: strerror(code)))
        }
    }

    /// A program that this process starts at this very moment holds a copy until it has become that program: the lock of
    /// whoever has just ended is waited for, half a second at most.
    private static func taken(_ descriptor: Int32) -> Bool {
        for _ in 0..<50 {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
            guard errno == EWOULDBLOCK else { return false }
            usleep(10_000)
        }
        return flock(descriptor, LOCK_EX | LOCK_NB) == 0
    }

    deinit { Glibc.close(descriptor) }
}
