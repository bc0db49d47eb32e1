// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A file on disk that only grows, locked against every other writer for as long as it is open.
final class AppendFile: RecordFile {
    let path: String
    let descriptor: Int32

    /// Opens or creates `name` in a directory that has been checked.
    init(_ name: String, in directory: StateDirectory) throws(RecordsError) {
        let path = directory.path + "/" + name
        let flags = O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK
        let descriptor = openat(directory.descriptor, name, flags, 0o600)
        guard descriptor >= 0 else { throw Self.openError(path, errno) }
        self.path = path
        self.descriptor = descriptor
        // From here on the descriptor is closed by `deinit`, also when a check throws.
        try Self.check(descriptor, path: path)
        guard Self.isLocked(descriptor) else { throw Self.lockError(descriptor, path: path) }
        try directory.sync()
    }

    /// A program that this process starts at this very moment holds a copy until it has become that program: the lock of
    /// whoever has just ended is waited for, half a second at most.
    private static func isLocked(_ descriptor: Int32) -> Bool {
        for _ in 0..<50 {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
            guard errno == EWOULDBLOCK else { return false }
            usleep(10_000)
        }
        return flock(descriptor, LOCK_EX | LOCK_NB) == 0
    }

    deinit { close(descriptor) }

    func append(_ bytes: [UInt8]) throws(RecordsError) {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                write(descriptor, buffer.baseAddress?.advanced(by: written), bytes.count - written)
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else {
                let why = count == 0 ? "nothing was written" : SystemError.text(errno)
                throw RecordsError(.unwritable, file: path, text: "The audit \(path) cannot be written: \(why).")
            }
            written += count
        }
    }

    func sync() throws(RecordsError) {
        guard fsync(descriptor) == 0 else {
            let why = SystemError.text(errno)
            throw RecordsError(.lost, file: path, text: "The audit \(path) could not be brought to the disk: \(why).")
        }
    }

    func truncate(to length: Int) throws(RecordsError) {
        guard ftruncate(descriptor, off_t(length)) == 0 else {
            let why = SystemError.text(errno)
            throw RecordsError(.lost, file: path, text: "The audit \(path) cannot be mended: \(why).")
        }
    }

    private static func check(_ descriptor: Int32, path: String) throws(RecordsError) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw openError(path, errno) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw RecordsError(.unsafe, file: path, text: "\(path) is no plain file: move it away.")
        }
        try OwnedPath.check(status, path: path)
    }

    private static func openError(_ path: String, _ code: Int32) -> RecordsError {
        if code == ELOOP {
            return RecordsError(
                .unsafe, file: path,
                text: "\(path) is a symbolic link: the audit must be a plain file, move the link away.")
        }
        return RecordsError(
            .unusable, file: path,
            text: "The audit \(path) cannot be opened: \(SystemError.text(code)). Name another state directory.")
    }

    private static func lockError(_ descriptor: Int32, path: String) -> RecordsError {
        let holder = LockHolder.find(descriptor)
        let who = holder.map { "the process \($0)" } ?? "another process"
        return RecordsError(
            .locked(by: holder), file: path,
            text: "The audit \(path) is held by \(who): one plant has one writer, quit that one first.")
    }
}
