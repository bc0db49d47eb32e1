// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Control
import Factory

/// What was moved, by whom, and whether it did what was promised: read from the audit.
struct MovesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "moves", abstract: "List the moves in the audit, newest first.")

    @OptionGroup var files: AuditOptions

    @Option(name: .long, parsing: .unconditional, help: "How many decisions.")
    var limit = 20

    func validate() throws {
        guard limit >= 1 else { throw ValidationError("--limit must be at least 1.") }
    }

    func run() async throws {
        do {
            let asked = try await files.fromDaemon(program: "moves")
            let records = try asked ?? files.records(limit: AuditOptions.all)
            let lines = MovesTable(records).lines.suffix(limit).reversed()
            if lines.isEmpty, asked != nil { Output.line("no moves in the daemon's audit") }
            if lines.isEmpty, asked == nil {
                let others = try files.others()
                let hint = others.isEmpty ? "" : "; others: --plant \(others.joined(separator: ", --plant "))"
                Output.line("no moves in \(try files.path())\(hint)")
            }
            lines.forEach(Output.line)
        } catch let complaint as Complaint {
            throw complaint.said
        }
    }
}

/// The audit, decision by decision: moves as they ended, and what was refused.
struct MovesTable {
    /// Oldest first.
    let lines: [String]

    init(_ records: [AuditRecord]) {
        let moves = Dictionary(
            MoveJournal.moves(in: records).map { ($0.decision, $0) }, uniquingKeysWith: { _, newer in newer })
        var answers: [DecisionID: AuditRecord] = [:]
        for record in records where record.kind.endsAsked {
            if let decision = record.decision { answers[decision] = record }
        }
        var seen: Set<DecisionID> = []
        var lines: [String] = []
        for record in records {
            guard let decision = record.decision, seen.insert(decision).inserted else { continue }
            if let move = moves[decision] {
                lines.append(MovesText.line(move))
            } else if let answer = answers[decision] {
                lines.append("\(decision) \(answer.at.iso8601) \(answer.by): \(answer.kind.rawValue), \(answer.text)")
            }
        }
        self.lines = lines
    }
}
