// SPDX-License-Identifier: Apache-2.0

package import Factory

/// What the records so far add up to: what is still open, and where the numbers stand.
package struct AuditReplay: Sendable {
    /// Every `asked` that has no ending yet, by sequence number.
    package private(set) var open: [UInt64: AuditRecord] = [:]
    /// Each move that has no end yet, however many records ago it began.
    package private(set) var openMoves: [DecisionID: OpenMove] = [:]
    /// The record of each plan that waits for a second operator.
    package private(set) var waiting: [DecisionID: AuditRecord] = [:]
    /// The highest decision number in the audit; 0 for none.
    package private(set) var lastDecision = 0
    /// The newest records, oldest first, at most twice `kept`.
    private var tail: [AuditRecord] = []
    private let kept: Int

    /// - Parameter kept: how many of the newest records to hold in memory. Range: 1...1,000,000.
    package init(kept: Int = 1000) {
        self.kept = min(max(1, kept), 1_000_000)
    }

    package mutating func note(_ record: AuditRecord) {
        if let decision = record.decision { lastDecision = max(lastDecision, decision.number) }
        if record.kind == .asked { open[record.sequence] = record }
        if let asked = record.details[AuditKey.asked].flatMap(UInt64.init) { open[asked] = nil }
        if let decision = record.decision {
            let begins = record.kind == .accepted && record.details[AuditKey.units] != nil
            if begins { openMoves[decision] = OpenMove(record) } else { openMoves[decision]?.follow(record) }
            if record.kind == .waiting { waiting[decision] = record }
            if begins || record.kind.endsWaiting { waiting[decision] = nil }
            if record.details[AuditKey.moveEnd] != nil { openMoves[decision] = nil }
        }
        tail.append(record)
        // Cut in halves: an array that loses its first element at every append would copy itself each time.
        if tail.count >= 2 * kept { tail.removeFirst(tail.count - kept) }
    }

    /// The newest records, newest first.
    package func newest(_ limit: Int) -> [AuditRecord] {
        tail.suffix(max(0, min(limit, kept))).reversed()
    }
}
