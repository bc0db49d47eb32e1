// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Control
import Factory
import Foundation

/// What was moved, by whom, and whether it did what was promised: read from the audit.
struct MovesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "moves",
        abstract: "List what waits for a second operator, and the moves in the audit, newest first.",
        discussion: """
            --close ends a move in the audit that was left open and that nobody will take up: its plant is gone, or no \
            version can read it any more. Nothing is done to its nodes, and nothing else may have the audit meanwhile.
            """)

    @OptionGroup var files: AuditOptions

    @Option(name: .long, parsing: .unconditional, help: "How many decisions.")
    var limit = 20

    @Option(
        name: .long,
        help: "End an open move in the audit, as d-12, that nobody will take up; its nodes stay where they are.")
    var close: String?

    @Option(name: .long, help: "Why it is closed: the audit keeps it.")
    var reason: String?

    func validate() throws {
        guard limit >= 1 else { throw ValidationError("--limit must be at least 1.") }
        guard let close else {
            if reason != nil { throw ValidationError("--reason belongs to --close.") }
            return
        }
        if DecisionID(parsing: close) == nil {
            throw ValidationError("--close must look like d-12, not '\(close)'.")
        }
        guard reason?.contains(where: \.isLetter) == true else {
            throw ValidationError("--close needs --reason: why it is closed, in words.")
        }
        if files.file != nil {
            throw ValidationError("--close takes the audit of a plant: --plant and --state name it, not --file.")
        }
    }

    func run() async throws {
        do {
            if let close = close.flatMap(DecisionID.init(parsing:)), let reason { return try end(close, reason) }
            let asked = try await files.fromDaemon(program: "moves", waiting: true)
            let table = MovesTable(try asked?.records ?? files.records(limit: AuditOptions.all), asked?.requests)
            table.waiting.forEach(Output.line)
            let lines = table.lines.suffix(limit).reversed()
            if !table.waiting.isEmpty, lines.isEmpty { return }
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

    /// Closes a move that nobody drives. Who drives one has the audit, and keeps everybody else from it.
    private func end(_ decision: DecisionID, _ reason: String) throws {
        let (folder, name) = try files.plantHere()
        let path = PlantRecords.path(directory: folder, plant: name)
        guard FileManager.default.fileExists(atPath: path) else {
            throw Complaint("\(path) does not exist: the plant has another name, or its state another folder", .noAudit)
        }
        do {
            let records = try PlantRecords.open(directory: folder, plant: name)
            let who = Assembly.operatorHere().name
            guard let open = try records.close(decision, by: who, why: reason) else {
                let others = records.past.leftOpen.map(\.name)
                let hint = others.isEmpty ? "none is" : "open: \(others.joined(separator: ", "))"
                throw Complaint("\(decision) is not open in \(path): nothing was changed; \(hint)", .refused)
            }
            Output.line("\(open.name) is closed; nothing was done to its nodes")
            let left = open.status?.units.filter { !$0.isFinished && $0.step != nil }.map(\.node) ?? []
            if !left.isEmpty { Output.line("on their way when it was left: \(Words.ranges(left, limit: 20))") }
            Output.line(
                "tokenworks drift names the nodes that Slurm still has drained for it, with the lines that give them back"
            )
        } catch let error as RecordsError {
            throw Complaint(error.text, .noAudit)
        }
    }
}

/// The audit, decision by decision: moves as they ended, and what was refused.
struct MovesTable {
    /// Oldest first.
    let lines: [String]
    /// What waits for a second operator: a line each and one that says how to answer. Oldest first.
    let waiting: [String]

    /// - Parameters:
    ///   - records: oldest first.
    ///   - requests: what waits, as the daemon says; nil: as the records say.
    init(_ records: [AuditRecord], _ requests: [ControlRoom.Request]? = nil) {
        let open = requests.map { $0.map(Self.line) } ?? Self.open(records).map(Self.line)
        waiting = open.isEmpty ? [] : open + [Self.answer]
        let shown = requests.map { Set($0.map(\.decision)) } ?? Set(Self.open(records).compactMap(\.decision))
        let moves = Dictionary(
            MoveJournal.moves(in: records).map { ($0.decision, $0) }, uniquingKeysWith: { _, newer in newer })
        var answers: [DecisionID: AuditRecord] = [:]
        for record in records where record.kind.endsAsked || record.kind.endsWaiting {
            if let decision = record.decision { answers[decision] = record }
        }
        var seen: Set<DecisionID> = []
        var lines: [String] = []
        for record in records {
            guard let decision = record.decision, !shown.contains(decision), seen.insert(decision).inserted else {
                continue
            }
            if let move = moves[decision] {
                lines.append(MovesText.line(move))
            } else if let answer = answers[decision] {
                lines.append("\(decision) \(answer.at.iso8601) \(answer.by): \(answer.kind.rawValue), \(answer.text)")
            }
        }
        self.lines = lines
    }

    private static let answer =
        "an operator other than who asked answers: 'tokenworks attach', then V shows it, y approves and n declines"

    private static func line(_ request: ControlRoom.Request) -> String {
        let price = request.price.isEmpty ? "" : ", \(request.price)"
        return "\(request.decision) WAITS for a second operator, \(Words.duration(request.left)) left: asked by "
            + "\(request.by): \(request.what)\(price): \(request.reason)"
    }

    private static func line(_ waiting: AuditRecord) -> String {
        let decision = waiting.decision.map { "\($0) " } ?? ""
        let until = waiting.details[AuditKey.until].map { " until \($0)" } ?? ""
        let words = [waiting.details[AuditKey.what], waiting.details[AuditKey.reason]].compactMap { $0 }
        return
            "\(decision)WAITS for a second operator\(until): asked by \(waiting.by): \(words.joined(separator: ": "))"
    }

    private static func open(_ records: [AuditRecord]) -> [AuditRecord] {
        var replay = AuditReplay(kept: 1)
        for record in records { replay.note(record) }
        return replay.waiting.values.sorted { $0.sequence < $1.sequence }
    }
}
