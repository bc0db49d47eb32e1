// SPDX-License-Identifier: Apache-2.0

import Disk
import Glibc

/// The directory of a plant's records: ours, and nobody else's to write.
final class StateDirectory: Sendable {
    let path: String
    let descriptor: Int32

    /// Opens the directory; makes it and its missing parents with mode 0700.
    init(_ path: String) throws(RecordsError) {
        let trimmed = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        guard trimmed.hasPrefix("/") else {
            throw RecordsError(
                .unusable, file: path, text: "The state directory '\(path)' is no absolute path: begin it with '/'.")
        }
        try Self.make(trimmed)
        let descriptor = open(trimmed, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.openError(trimmed, errno) }
        self.path = trimmed
        self.descriptor = descriptor
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Self.openError(trimmed, errno) }
        try OwnedPath.check(status, path: trimmed)
    }

    deinit { close(descriptor) }

    /// Brings new names in the directory to the disk.
    func sync() throws(RecordsError) {
        guard fsync(descriptor) == 0 else {
            throw RecordsError(
                .unusable, file: path,
                text: "The state directory \(path) could not be brought to the disk: \(SystemError.text(errno)).")
        }
    }

    private static func make(_ path: String) throws(RecordsError) {
        var made = ""
        for part in path.split(separator: "/") {
            let parent = made.isEmpty ? "/" : made
            made += "/" + part
            guard mkdir(made, 0o700) == 0 else {
                if errno == EEXIST { continue }
                // A directory above may deny us or be read-only and still hold the next one.
                var status = stat()
                if lstat(made, &status) == 0 { continue }
                throw RecordsError(
                    .unusable, file: path,
                    text: "The state directory \(made) cannot be made: \(SystemError.text(errno)). Name another one.")
            }
            try syncName(in: parent)
        }
    }

    private static func syncName(in parent: String) throws(RecordsError) {
        do throws(Disk.Failure) {
            try Disk.syncNames(in: parent)
        } catch {
            throw RecordsError(
                .unusable, file: parent, text: "\(parent) could not be brought to the disk: \(error.text).")
        }
    }

    private static func openError(_ path: String, _ code: Int32) -> RecordsError {
        if code == ELOOP || code == ENOTDIR {
            return RecordsError(
                .unsafe, file: path,
                text: "The state directory \(path) is a link or no directory: name the real directory.")
        }
        return RecordsError(
            .unusable, file: path,
            text: "The state directory \(path) cannot be opened: \(SystemError.text(code)). Name another one.")
    }
}

/// Who may have touched a file or directory.
enum OwnedPath {
    static func check(_ status: stat, path: String) throws(RecordsError) {
        guard status.st_uid == geteuid() else {
            throw RecordsError(
                .unsafe, file: path,
                text: "\(path) belongs to the user number \(status.st_uid), not to you: name another state directory.")
        }
        guard status.st_mode & S_ISVTX == 0 else {
            throw RecordsError(.unsafe, file: path, text: "\(path) is everybody's: name a state directory of your own.")
        }
        guard status.st_mode & (S_IWGRP | S_IWOTH) == 0 else {
            throw RecordsError(
                .unsafe, file: path,
                text: "\(path) can be written by others: look at it, then 'chmod go-w \(path)'.")
        }
    }
}

/// The system's own words.
enum SystemError {
    static func text(_ code: Int32) -> String {
        Disk.Failure(code: code).text
    }
}
