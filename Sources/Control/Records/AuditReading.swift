// SPDX-License-Identifier: Apache-2.0

package import Factory
import Glibc

/// What checking an audit found.
package struct AuditVerdict: Sendable, Hashable {
    package var file: String
    /// Whole records up to the first fault.
    package var records: UInt64
    /// Hash of the last of them: note it elsewhere to be able to show later that the tail was not cut.
    package var head: String
    package var fault: AuditFault?
    /// Bytes after the last line feed: a crash tore the last line, or a writer is at it.
    package var tornBytes: Int
    /// Sequence numbers of every `asked` without an ending; a running plant may have one.
    package var open: [UInt64]
    /// Whether the hash that was asked for is in the chain; nil when none was asked for.
    package var holdsHead: Bool?

    package var isIntact: Bool { fault == nil && holdsHead != false }

    /// One sentence for people.
    package var sentence: String {
        if let fault { return "\(file) line \(fault.line): \(fault.kind.rawValue), \(fault.text)." }
        if holdsHead == false {
            return "\(file): the chain is whole but does not hold the head you noted: it was cut or written anew."
        }
        var text = "\(file): \(records) records, chain whole"
        text += head.isEmpty ? "" : ", head \(head)"
        if !open.isEmpty { text += "; \(open.count) asked without an ending" }
        if tornBytes > 0 { text += "; the last line is unfinished (\(tornBytes) bytes)" }
        return text + "."
    }
}

/// Reading an audit without being its writer: no lock, nothing changed.
package enum AuditReading {
    /// Checks every record, from the first to the first fault. One pass, bounded memory.
    ///
    /// - Parameter head: a hash noted earlier that must be in the chain.
    package static func verify(file: String, head: String? = nil) throws(RecordsError) -> AuditVerdict {
        let descriptor = try open(file)
        defer { close(descriptor) }
        var found = false
        let scan = try AuditScan.read(descriptor, path: file, kept: 1) { found = found || $0.hash == head }
        return AuditVerdict(
            file: file, records: scan.chain.sequence, head: scan.chain.head, fault: scan.fault,
            tornBytes: scan.torn.count, open: scan.replay.open.keys.sorted(), holdsHead: head.map { _ in found })
    }

    /// The newest records, oldest first: the order people read. Ends at the first fault.
    package static func show(file: String, limit: Int) throws(RecordsError) -> [AuditRecord] {
        let descriptor = try open(file)
        defer { close(descriptor) }
        return try AuditScan.read(descriptor, path: file, kept: limit).replay.newest(limit).reversed()
    }

    private static func open(_ file: String) throws(RecordsError) -> Int32 {
        let descriptor = Glibc.open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            let hint = errno == ENOENT ? " Nothing has been asked of this plant yet, or it is another directory." : ""
            throw RecordsError(
                .unusable, file: file, text: "The audit \(file) cannot be read: \(SystemError.text(errno)).\(hint)")
        }
        return descriptor
    }
}

/// One pass over an audit file.
struct AuditScan {
    var chain = AuditChain()
    var replay: AuditReplay
    var fault: AuditFault?
    /// Bytes of whole records, line feeds counted.
    var length = 0
    /// What follows the last line feed.
    var torn: [UInt8] = []

    static func read(
        _ descriptor: Int32, path: String, kept: Int, _ body: (AuditRecord) -> Void = { _ in }
    ) throws(RecordsError) -> AuditScan {
        var scan = AuditScan(replay: AuditReplay(kept: kept))
        var number = 0
        do {
            try LineReader.read(descriptor, path: path) { line, whole in
                guard whole else {
                    scan.torn = Array(line)
                    return
                }
                number += 1
                let record = try scan.chain.accept(line, number: number)
                scan.replay.note(record)
                scan.length += line.count + 1
                body(record)
            }
        } catch let fault as AuditFault {
            scan.fault = fault
        } catch let error as RecordsError {
            throw error
        } catch {
            throw RecordsError(.unusable, file: path, text: "\(path) cannot be read: \(error).")
        }
        return scan
    }
}
