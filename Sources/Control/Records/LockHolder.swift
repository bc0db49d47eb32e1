// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Which process holds the lock of a file: `flock` says only that one does, the kernel's list says which.
enum LockHolder {
    static func find(_ descriptor: Int32) -> Int? {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        let list = open("/proc/locks", O_RDONLY | O_CLOEXEC)
        // ignored because a host without the list still refuses the second writer; only the number is missing.
        guard list >= 0 else { return nil }
        defer { close(list) }
        var found: Int?
        try? LineReader.read(list, path: "/proc/locks") { line, _ in
            if let holder = holder(in: String(decoding: line, as: UTF8.self), inode: UInt64(status.st_ino)) {
                found = holder
            }
        }  // ignored because of the same.
        return found
    }

    /// `1: FLOCK  ADVISORY  WRITE 21308 fe:00:16221742 0 EOF`
    static func holder(in line: String, inode: UInt64) -> Int? {
        let words = line.split(separator: " ")
        guard words.count >= 6, words[1] == "FLOCK", words[3] == "WRITE" else { return nil }
        // Device numbers differ between this list and `stat` on some file systems; inode and kind of lock suffice.
        guard words[5].split(separator: ":").last.flatMap({ UInt64($0) }) == inode else { return nil }
        return Int(words[4]).flatMap { $0 > 0 ? $0 : nil }
    }
}
