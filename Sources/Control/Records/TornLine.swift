// SPDX-License-Identifier: Apache-2.0

import Factory
import Glibc

/// What a crash left of the last line of an audit.
///
/// A whole record that lacks only its line feed stays and gets it. Anything less is kept in a file beside the audit,
/// cut from the audit, and recorded there: an append that never returned has let nothing act.
enum TornLine {
    /// Mends the end of the file and returns what to record about it; nil when there was nothing to set aside.
    static func mend(
        _ scan: inout AuditScan, file: AppendFile, in directory: StateDirectory
    ) throws(RecordsError) -> AuditEntry? {
        guard !scan.torn.isEmpty else { return nil }
        if let record = whole(scan) {
            try file.append([UInt8(ascii: "\n")])
            try file.sync()
            scan.chain.advance(to: record)
            scan.replay.note(record)
            scan.length += scan.torn.count + 1
            return nil
        }
        let kept = try keep(scan.torn, name: "\(Self.name(of: file.path)).torn-\(scan.chain.sequence + 1)", directory)
        try file.truncate(to: scan.length)
        try file.sync()
        return AuditEntry(
            .interrupted, at: scan.replay.newest(1).first?.at ?? PlantTime(epoch: 0), by: "tokenworks", mode: .observe,
            text: "A line of \(scan.torn.count) bytes that a crash had torn was set aside in \(kept).",
            details: ["torn_bytes": String(scan.torn.count), "torn_sha256": AuditLine.sha256(scan.torn)])
    }

    private static func whole(_ scan: AuditScan) -> AuditRecord? {
        var chain = scan.chain
        // ignored because a fault here means just that: the line is not whole.
        return try? chain.accept(scan.torn[...], number: 0)
    }

    private static func name(of path: String) -> String {
        String(path.split(separator: "/").last ?? "audit")
    }

    private static func keep(
        _ bytes: [UInt8], name: String, _ directory: StateDirectory
    ) throws(RecordsError) -> String {
        for attempt in 1...100 {
            let candidate = attempt == 1 ? name : "\(name)-\(attempt)"
            let descriptor = openat(
                directory.descriptor, candidate, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
            if descriptor < 0 && errno == EEXIST { continue }
            guard descriptor >= 0 else { throw error(candidate, directory) }
            defer { close(descriptor) }
            let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            guard count == bytes.count, fsync(descriptor) == 0 else { throw error(candidate, directory) }
            try directory.sync()
            return candidate
        }
        throw error(name, directory)
    }

    private static func error(_ name: String, _ directory: StateDirectory) -> RecordsError {
        RecordsError(
            .unusable, file: directory.path + "/" + name,
            text: "The torn end of the audit cannot be kept in \(directory.path)/\(name): "
                + "\(SystemError.text(errno)). Nothing was changed: make room, then start again.")
    }
}
