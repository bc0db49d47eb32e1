// SPDX-License-Identifier: Apache-2.0

import Factory
import Glibc

@testable import Control

/// A directory of its own for one test, removed with it.
final class Scratch {
    let path: String

    init() {
        var template = Array("/tmp/tokenworks-control-XXXXXX".utf8CString)
        path = template.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) } ?? "/nonexistent"
        }
    }

    deinit {
        for name in names { unlink(path + "/" + name) }
        rmdir(path)
    }

    var names: [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    func bytes(_ file: String) -> [UInt8] {
        let descriptor = open(file, O_RDONLY)
        defer { close(descriptor) }
        var all: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            guard count > 0 else { return all }
            all += chunk[..<count]
        }
    }

    func write(_ bytes: [UInt8], to file: String) {
        let descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        defer { close(descriptor) }
        _ = Glibc.write(descriptor, bytes, bytes.count)
    }

    func lines(_ file: String) -> [[UInt8]] {
        bytes(file).split(separator: UInt8(ascii: "\n")).map(Array.init)
    }

    func write(lines: [[UInt8]], to file: String) {
        write(lines.flatMap { $0 + [UInt8(ascii: "\n")] }, to: file)
    }
}

/// An `asked` with a decision of its own.
func asked(_ number: Int, text: String = "submit") -> AuditEntry {
    AuditEntry(
        .asked, at: PlantTime(epoch: 1000), by: "ops", decision: DecisionID(number), mode: .manual, text: text,
        details: [AuditKey.command: "submit d-\(number)"])
}

/// The ending of a record.
func ending(_ kind: AuditRecord.Kind, of record: AuditRecord) -> AuditEntry {
    AuditEntry(
        kind, at: record.at, by: record.by, decision: record.decision, mode: .manual, text: "ended",
        details: [AuditKey.asked: String(record.sequence), AuditKey.command: record.details[AuditKey.command] ?? ""])
}
