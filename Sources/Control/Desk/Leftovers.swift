// SPDX-License-Identifier: Apache-2.0

import Factory
import Planning

/// What an engine holds for moves that are over: nobody would look for it.
struct Leftovers: Sendable {
    /// Since when each has been seen.
    private var since: [String: PlantTime] = [:]
    private var told: Set<String> = []

    /// A look at the engine that is older than the end of a move still shows what the move held. Unit: s.
    static let patience = Seconds(20)

    /// Those that have been there for a while and were not told yet.
    mutating func news(_ sentences: [String], at now: PlantTime) -> [String] {
        guard !sentences.isEmpty || !since.isEmpty else { return [] }
        since = Dictionary(sentences.map { ($0, since[$0] ?? now) }, uniquingKeysWith: { first, _ in first })
        told.formIntersection(sentences)
        let new = sentences.filter { !told.contains($0) && now - (since[$0] ?? now) >= Self.patience }
        told.formUnion(new)
        return new
    }
}

/// What moves that have ended still keep out of work, and what would give it back.
extension CommandDesk {
    func lookForLeftovers() {
        guard let actuator else { return }
        // Who only looks on knows what was open when it began: it says nothing of what another process may have begun since.
        let open = records?.openDecisions ?? Set(past?.leftOpen.compactMap(\.started.decision) ?? [])
        let held = actuator.leftovers(besides: open)
        if records != nil { for text in leftovers.news(held.map(\.sentence), at: now) { tell(.page, text) } }
        let holds = Dictionary(
            held.compactMap { held in held.decision.map { ($0, held.nodes) } }, uniquingKeysWith: { $0 + $1 })
        for (decision, move) in moves {
            let isOver = move.status.finishedAt.map { now - $0 >= Leftovers.patience } ?? false
            let nodes = isOver && !move.isOpen ? holds[decision] : nil
            if nodes != move.holds { moves[decision]?.holds = nodes }
            // What is left of an ended move is given back on lists that go on changing.
            if !move.status.undo.isEmpty { moves[decision]?.machine.refreshUndo() }
        }
        lookAtEarlier(holds, actuator)
    }

    /// The same of moves of earlier runs, whose machines ended with their process.
    private func lookAtEarlier(_ holds: [DecisionID: [NodeID]], _ actuator: any Actuator) {
        guard snapshot?.outlivesItsMoves == true,
            earlier.contains(where: {
                $0.holds != nil || holds[$0.decision] != nil || $0.units.contains(where: \.isAstray)
            })
        else { return }
        var later: [NodeID: DecisionID] = [:]
        for move in earlier + moves.values.map(\.status) {
            for unit in move.units where unit.step != nil {
                later[unit.node] = max(later[unit.node] ?? move.decision, move.decision)
            }
        }
        for (index, move) in earlier.enumerated() where move.left == nil {
            let held = holds[move.decision]
            let orders = move.units.filter { unit in
                // A node that a later decision has moved is where that one has it.
                (unit.isAstray || held?.contains(unit.node) == true) && later[unit.node] == move.decision
            }.map { unit in
                StepOrder(
                    decision: move.decision, node: unit.node, from: unit.from, to: unit.to ?? move.to, step: .restore)
            }
            let undo = orders.isEmpty ? [] : actuator.commands(for: orders)
            if held != move.holds { earlier[index].holds = held }
            if undo != move.undo { earlier[index].undo = undo }
        }
    }
}

extension UnitMove {
    /// Whether it failed on its way and is not known to be back where it came from. One whose first step was refused has
    /// never left.
    fileprivate var isAstray: Bool {
        let isBack = step == .restore && problem?.hasSuffix("; back in \(from)") == true
        return phase == .failed && step != nil && step != .cordon && !isBack
    }
}
