// SPDX-License-Identifier: Apache-2.0

package import Factory

/// A move that has no end in the audit yet: where it stands, in the memory of one status, however long its story is.
package struct OpenMove: Sendable {
    /// The record that started it.
    package let started: AuditRecord
    /// As its last record left it, with what this version can read of it; nil where that is nothing.
    package private(set) var status: MoveStatus?
    /// Why this version cannot take it up: the half of a sentence; nil: it can.
    package let obstacle: String?

    init(_ started: AuditRecord) {
        self.started = started
        status = MoveJournal.start(started)
        obstacle = MoveJournal.obstacle(to: started)
    }

    mutating func follow(_ record: AuditRecord) {
        guard var status else { return }
        MoveJournal.follow(record, after: record.at, &status)
        self.status = status
    }

    /// `d-3 of eve`
    package var name: String {
        started.decision.map { "\($0) of \(started.by)" } ?? "a move of \(started.by)"
    }

    /// `: 2 nodes training -> chat`; nothing where this version cannot read all of it.
    var what: String {
        guard obstacle == nil, let status else { return "" }
        let donors = status.donors.map(\.shortName).joined(separator: " + ")
        return ": \(Words.count(status.units.count, "node")) \(donors) -> \(status.to.shortName)"
    }
}
