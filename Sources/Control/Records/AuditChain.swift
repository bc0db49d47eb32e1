// SPDX-License-Identifier: Apache-2.0

import Factory

/// The chain that every record must continue: the same check for writing, opening and verifying.
///
/// A chain without a key shows that records were changed, removed, added or reordered anywhere but at the end.
/// Whoever may write the file may also cut its tail or write a whole new one: that shows only against a head hash that
/// was noted elsewhere.
package struct AuditChain: Sendable {
    /// Sequence number of the last record; 0 before the first.
    package private(set) var sequence: UInt64 = 0
    /// Hash of the last record; empty before the first.
    package private(set) var head = ""

    package init() {}

    /// The next record, chained to the last; the chain goes on from it only once `advance` says that it is on disk.
    func next(_ entry: AuditEntry, wall: Double, after record: AuditRecord? = nil) -> AuditRecord {
        var next = AuditRecord(
            sequence: (record?.sequence ?? sequence) + 1, kind: entry.kind, wall: CanonicalJSON.rounded(wall),
            at: PlantTime(epoch: CanonicalJSON.rounded(entry.at.epoch)), by: entry.by, decision: entry.decision,
            node: entry.node, step: entry.step, mode: entry.mode, text: entry.text, details: entry.details,
            previous: record?.hash ?? head, hash: "")
        next.hash = AuditLine.hash(next)
        return next
    }

    mutating func advance(to record: AuditRecord) {
        sequence = record.sequence
        head = record.hash
    }

    /// Checks the next line of a file and goes on from it.
    mutating func accept(_ line: ArraySlice<UInt8>, number: Int) throws(AuditFault) -> AuditRecord {
        guard let record = AuditLine.decode(line) else {
            throw AuditFault(line: number, kind: .malformed, text: "the line is no record in the audit's form")
        }
        guard AuditLine.hash(record) == record.hash else {
            throw AuditFault(line: number, kind: .altered, text: "the record was changed after it was written")
        }
        if record.sequence > sequence + 1 {
            throw AuditFault(
                line: number, kind: .gap, text: "record \(record.sequence) follows record \(sequence): some are missing"
            )
        }
        guard record.sequence == sequence + 1, record.previous == head else {
            throw AuditFault(
                line: number, kind: .fork,
                text: "record \(record.sequence) does not continue record \(sequence): two histories were joined")
        }
        advance(to: record)
        return record
    }
}
