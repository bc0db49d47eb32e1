// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Factory

/// What was moved, by whom, and whether it did what was promised: read from the audit.
struct MovesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "moves", abstract: "List the moves in the audit, newest first.")

    @OptionGroup var files: AuditOptions

    @Option(name: .long, help: "How many decisions.")
    var limit = 20

    func validate() throws {
        guard limit >= 1 else { throw ValidationError("--limit must be at least 1.") }
    }

    func run() throws {
        do {
            let records = try files.records(limit: AuditOptions.all)
            let lines = MovesTable(records).lines.suffix(limit).reversed()
            if lines.isEmpty { Output.line("no moves in \(try files.path())") }
            lines.forEach(Output.line)
        } catch let complaint as Complaint {
            throw complaint.said
        }
    }
}

/// The audit, decision by decision.
struct MovesTable {
    /// Oldest first.
    let lines: [String]

    init(_ records: [AuditRecord]) {
        var order: [DecisionID] = []
        var byDecision: [DecisionID: [AuditRecord]] = [:]
        for record in records {
            guard let decision = record.decision else { continue }
            if byDecision[decision] == nil { order.append(decision) }
            byDecision[decision, default: []].append(record)
        }
        lines = order.compactMap { decision in byDecision[decision].flatMap { Self.line(decision, $0) } }
    }

    private static func line(_ decision: DecisionID, _ records: [AuditRecord]) -> String? {
        guard let asked = records.first(where: { $0.kind == .asked }) else { return nil }
        let answer = records.first { $0.kind.endsAsked }
        let end = records.last {
            $0.kind == .verified || $0.kind == .aborted || $0.kind == .interrupted || $0.kind == .failed
        }
        let steps = records.count { $0.kind == .step }
        let state =
            end?.kind.rawValue ?? (answer?.kind == .accepted ? "running" : answer?.kind.rawValue ?? "unanswered")
        return
            "\(decision) \(asked.at.iso8601) \(asked.by) \(state), \(steps) steps: \(end?.text ?? answer?.text ?? asked.text)"
    }
}
