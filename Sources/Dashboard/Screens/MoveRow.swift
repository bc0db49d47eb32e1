// SPDX-License-Identifier: Apache-2.0

import Factory
import Screen

/// One move in the list of moves.
struct MoveRow {
    let move: MoveStatus
    let now: PlantTime

    /// Of a run that has ended.
    let isEarlier: Bool
    /// Whether its plant is still there, so that its way back can be planned.
    let isReversible: Bool

    init(_ move: MoveStatus, at now: PlantTime, isEarlier: Bool, isReversible: Bool) {
        self.move = move
        self.now = now
        self.isEarlier = isEarlier
        self.isReversible = isReversible
    }

    static let columns: [TableColumn] = [
        TableColumn("MOVE", minimum: 6, ideal: 8, priority: 9),
        TableColumn("STATE", minimum: 8, ideal: 12, priority: 8),
        TableColumn("DONE", minimum: 5, ideal: 7, priority: 7, align: .right),
        TableColumn("WAY", minimum: 14, ideal: 30, priority: 6, grows: true),
        TableColumn("LEFT", minimum: 8, priority: 5, align: .right),
        TableColumn("A: ABORT", minimum: 12, ideal: 13, priority: 4),
        TableColumn("BY", minimum: 6, ideal: 12, priority: 3),
        TableColumn("START", minimum: 6, ideal: 9, priority: 2),
        TableColumn("LOST", minimum: 9, ideal: 10, priority: 1, align: .right),
    ]

    var row: TableRow {
        TableRow([
            TableCell(SafeText(move.decision.description), isEarlier ? .dim : isBad ? .alarm : .text),
            TableCell(SafeText(state), stateRole),
            TableCell(SafeText("\(move.done)/\(move.units.count)")),
            TableCell(SafeText(Self.way(of: move))),
            TableCell(SafeText(Self.left(of: move).map { Words.span($0) } ?? "-")),
            TableCell(SafeText(abort), move.isOpen && !move.abortIsFree ? .warning : .dim),
            TableCell(SafeText(move.by)), TableCell(SafeText(move.startedAt.shortClock), .dim),
            TableCell(SafeText(Words.work(move.lost)), move.lost > .zero && !isEarlier ? .warning : .dim),
        ])
    }

    /// `inference/chat -> training`, with what it takes back.
    static func way(of move: MoveStatus) -> String {
        let donors = move.donors.map { $0.shortName }.joined(separator: "+")
        return "\(donors) -> \(move.to.shortName)\(move.reverses.map { " (undoes \($0))" } ?? "")"
    }

    /// The longest time that any of its units says of its running step.
    static func left(of move: MoveStatus) -> Seconds? {
        move.isOpen ? move.units.filter { !$0.isFinished }.compactMap(\.remaining).max() : nil
    }

    private var hasProblem: Bool { move.units.contains { $0.problem != nil } }
    private var isBad: Bool { hasProblem || move.phase == .failed || move.phase == .interrupted }
    private var state: String {
        (move.left == nil ? move.phase.rawValue.uppercased() : "LEFT OPEN") + (isBad ? "!" : "")
    }

    private var stateRole: Role {
        if move.left != nil { return .warning }
        if move.holds != nil { return .alarm }
        if isEarlier { return .dim }
        if isBad { return .alarm }
        switch move.phase {
        case .running, .aborting: return .moving
        case .held: return .warning
        case .done: return .good
        case .failed, .aborted, .interrupted: return .text
        }
    }

    private var abort: String {
        if move.left != nil { return "nobody's" }
        if !isReversible { return "earlier run" }
        guard move.isOpen else { return move.done > 0 ? "plan back" : "-" }
        return move.abortIsFree ? "free" : "past LOSS"
    }
}
