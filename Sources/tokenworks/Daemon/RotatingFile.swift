// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A log that turns over when it is full: FILE, FILE.1, FILE.2, ... of which the last falls out. No line is lost on the way:
/// the new file is there before the old one is left.
struct RotatingFile: ~Copyable {
    private let path: String
    private let limit: Int
    private let count: Int
    private var descriptor: Int32
    private var inode: UInt64 = 0
    private var size = 0
    /// The file ends within a line that could not be finished.
    private var isTorn = false
    /// Below this size no new file is tried: the last try failed.
    private var retryAt = 0

    static let mode: mode_t = 0o640

    /// - Parameters:
    ///   - limit: bytes of a file.
    ///   - count: files in all.
    /// - Throws: `Complaint` where it cannot be written.
    init(_ path: String, limit: Int = 10 << 20, count: Int = 5) throws {
        self.path = path
        self.limit = limit
        self.count = count
        descriptor = Self.open(path, O_CREAT)
        guard descriptor >= 0 else {
            let why = errno == ELOOP ? "it is a symbolic link" : String(cString: strerror(errno))
            throw Complaint("the log \(path) cannot be opened: \(why); name another with --log", .badInput)
        }
        var facts = stat()
        guard fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else {
            throw Complaint("the log \(path) is no plain file; name another with --log", .badInput)
        }
        inode = UInt64(facts.st_ino)
        size = Int(facts.st_size)
        // What was killed while it wrote may have left half a line.
        isTorn = size > 0 && !endsWithNewline(path)
    }

    deinit { close(descriptor) }

    /// Appends a line.
    ///
    /// - Returns: why not, as the system says it; nil: it is there.
    mutating func append(_ line: [UInt8]) -> Int32? {
        followRenaming()
        if size > 0, size + line.count > max(limit, retryAt) { turnOver() }
        let bytes = (isTorn ? [UInt8(ascii: "\n")] : []) + line
        var written = 0
        while written < bytes.count {
            let result = bytes.withUnsafeBytes {
                write(descriptor, $0.baseAddress?.advanced(by: written), bytes.count - written)
            }
            if result < 0, errno == EINTR { continue }
            guard result > 0 else {
                size += written
                isTorn = isTorn || written > 0
                return result < 0 ? errno : ENOSPC
            }
            written += result
        }
        size += written
        isTorn = false
        return nil
    }

    private mutating func turnOver() {
        let next = path + ".new"
        unlink(next)
        let fresh = Self.open(next, O_CREAT | O_EXCL)
        guard fresh >= 0 else { return postpone() }
        for number in stride(from: count - 1, through: 1, by: -1) {
            rename(number == 1 ? path : "\(path).\(number - 1)", "\(path).\(number)")
        }
        guard rename(next, path) == 0 else {
            close(fresh)
            unlink(next)
            return postpone()
        }
        close(descriptor)
        take(fresh)
    }

    /// Somebody else turned it over, or took it away: what follows goes where people look for it.
    private mutating func followRenaming() {
        var facts = stat()
        let isOurs = lstat(path, &facts) == 0 && UInt64(facts.st_ino) == inode
        guard !isOurs else { return }
        let fresh = Self.open(path, O_CREAT)
        guard fresh >= 0 else { return }
        close(descriptor)
        take(fresh)
    }

    private mutating func take(_ fresh: Int32) {
        descriptor = fresh
        var facts = stat()
        fstat(fresh, &facts)
        inode = UInt64(facts.st_ino)
        size = Int(facts.st_size)
        (isTorn, retryAt) = (false, 0)
    }

    private mutating func postpone() { retryAt = size + limit / 16 }

    private static func open(_ path: String, _ flags: Int32) -> Int32 {
        let descriptor = Foundation.open(path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | flags, mode)
        // Whatever the umask was: the group may read it. One that was there keeps its mode.
        if descriptor >= 0, flags & O_EXCL != 0 || isEmpty(descriptor) { fchmod(descriptor, mode) }
        return descriptor
    }

    private static func isEmpty(_ descriptor: Int32) -> Bool {
        var facts = stat()
        return fstat(descriptor, &facts) == 0 && facts.st_size == 0 && facts.st_mode & S_IFMT == S_IFREG
    }
}

/// The last byte of a file; a file that cannot be read counts as whole.
private func endsWithNewline(_ path: String) -> Bool {
    guard let file = FileHandle(forReadingAtPath: path), let end = try? file.seekToEnd(), end > 0 else { return true }
    guard (try? file.seek(toOffset: end - 1)) != nil else { return true }
    return file.readData(ofLength: 1).first == UInt8(ascii: "\n")
}
