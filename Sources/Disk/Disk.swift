// SPDX-License-Identifier: Apache-2.0

package import Glibc

/// What has to be on the medium, and not only in the system's memory.
package enum Disk {
    /// What the system said to the step that failed.
    package struct Failure: Error, Sendable, Hashable {
        package var code: Int32

        package init(code: Int32) { self.code = code }

        /// The system's own words.
        package var text: String { strerror(code).map { String(cString: $0) } ?? "error \(code)" }
    }

    /// Replaces a file whole: whoever reads it, also after the power failed, has the old bytes or the new ones.
    ///
    /// The bytes are on the medium before the name is, and the name is when this returns: a rename alone is a promise of
    /// the directory, which a crash may still take back.
    ///
    /// - Parameter sync: `fsync`, but for those who look over its shoulder.
    package static func replace(
        _ path: String, with bytes: [UInt8], mode: mode_t = 0o600, sync: (Int32) -> Int32 = fsync
    ) throws(Failure) {
        let new = path + ".new"
        try create(new, with: bytes, mode, sync)
        guard rename(new, path) == 0 else { throw Failure(code: errno) }
        try syncNames(in: folder(of: path), sync: sync)
    }

    /// Brings the names in a directory to the medium.
    package static func syncNames(in directory: String, sync: (Int32) -> Int32 = fsync) throws(Failure) {
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        // A directory that may be entered but not read cannot be synced either, and its owner made it so.
        guard descriptor >= 0 || errno != EACCES else { return }
        guard descriptor >= 0 else { throw Failure(code: errno) }
        defer { close(descriptor) }
        guard sync(descriptor) == 0 else { throw Failure(code: errno) }
    }

    private static func create(
        _ path: String, with bytes: [UInt8], _ mode: mode_t, _ sync: (Int32) -> Int32
    ) throws(Failure) {
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode)
        guard file >= 0 else { throw Failure(code: errno) }
        defer { close(file) }
        try write(bytes, to: file)
        guard sync(file) == 0 else { throw Failure(code: errno) }
    }

    private static func write(_ bytes: [UInt8], to file: Int32) throws(Failure) {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.write(file, buffer.baseAddress?.advanced(by: written), bytes.count - written)
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw Failure(code: count == 0 ? ENOSPC : errno) }
            written += count
        }
    }

    private static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
