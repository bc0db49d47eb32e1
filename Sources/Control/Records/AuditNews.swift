// SPDX-License-Identifier: Apache-2.0

import Factory

/// What the last hours of an audit tell, as the lines of the Events panel: whoever sits down sees what happened before.
enum AuditNews {
    /// How far back: a night. A time of day without its date is not taken for today's. Unit: s.
    static let span = Seconds(12 * 3600)

    /// - Parameter records: oldest first.
    /// - Returns: oldest first.
    static func events(in records: [AuditRecord], at now: PlantTime) -> [FactoryEvent] {
        var events: [FactoryEvent] = []
        var failures: [Failure] = []
        for record in records where record.at <= now && now - record.at <= span {
            if let failure = Failure(record) {
                // One sentence for all nodes that ended for the same reason, as it was told at the time.
                if failures.last?.isLike(failure) == false { events += told(&failures) }
                failures.append(failure)
                continue
            }
            guard let (kind, text) = sentence(of: record) else { continue }
            events += told(&failures)
            events.append(FactoryEvent(id: 0, at: record.at, kind: kind, text: text, node: record.node))
        }
        return events + told(&failures)
    }

    private static func sentence(of record: AuditRecord) -> (FactoryEvent.Kind, String)? {
        let text = record.text.hasSuffix(".") ? String(record.text.dropLast()) : record.text
        let isEnd = record.details[AuditKey.moveEnd] != nil
        switch record.kind {
        case .accepted:
            guard let decision = record.decision else { return nil }
            if let move = MoveJournal.start(record) { return (.move, move.submitted) }
            if record.details[AuditKey.units] != nil { return (.move, text) }
            let isAbort = record.details[AuditKey.command] == MoveJournal.abort(of: decision)
            return isAbort ? (.move, "\(decision) aborted by \(record.by)") : nil
        case .failed: return isEnd ? (.failed, text) : nil
        case .verified, .aborted, .interrupted, .released: return (.move, text)
        case .held: return (.hold, text)
        case .asked, .refused, .step, .helm, .waiting, .approved, .declined, .withdrawn, .lapsed: return nil
        }
    }

    /// A unit that failed.
    private struct Failure {
        var decision: DecisionID
        var node: NodeID
        var why: String
        var at: PlantTime

        init?(_ record: AuditRecord) {
            guard record.details[AuditKey.unitEnd] == UnitMove.Phase.failed.rawValue, let decision = record.decision,
                let node = record.node
            else { return nil }
            (self.decision, self.node, at) = (decision, node, record.at)
            why = record.details[AuditKey.problem] ?? record.text
        }

        func isLike(_ other: Failure) -> Bool { decision == other.decision && why == other.why }
    }

    private static func told(_ failures: inout [Failure]) -> [FactoryEvent] {
        defer { failures = [] }
        guard let last = failures.last else { return [] }
        let names = Words.names(failures.map(\.node.name))
        return [
            FactoryEvent(
                id: 0, at: last.at, kind: .failed, text: "\(last.decision) \(names): \(last.why)",
                node: failures.count == 1 ? last.node : nil)
        ]
    }
}

extension MoveStatus {
    /// `2 nodes spare, training -> inference/think`
    var words: String {
        let from = donors.map(\.description).joined(separator: ", ")
        let to = reverses.map { "back, reversing \($0)" } ?? "-> \(to)"
        return "\(Words.count(units.count, "node")) \(from) \(to)"
    }

    /// What is told when it begins.
    var submitted: String { "\(decision) submitted by \(by): \(words)" }
}
