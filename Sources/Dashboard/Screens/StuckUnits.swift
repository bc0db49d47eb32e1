// SPDX-License-Identifier: Apache-2.0

package import Factory
import Screen

/// Nodes that work nowhere and get no further by themselves: units of open moves that are held or have a problem, and what a
/// move that has ended still keeps out of work.
package struct StuckUnits: Sendable {
    /// What is stuck, worst first: with a problem, then left by a move that has ended, then held.
    package let lines: [TextLine]
    package let count: Int
    /// GPUs that stand idle for it; nil when nobody knows how many a node has.
    package let idleGPUs: Int?

    package init(_ snapshot: FactorySnapshot) {
        let isHeld = snapshot.mode == .hold
        var rows: [(unit: UnitMove, move: MoveStatus)] = []
        for move in snapshot.moves where move.isOpen {
            for unit in move.units where unit.problem != nil || Self.standsStill(unit, in: move, isHeld: isHeld) {
                rows.append((unit, move))
            }
        }
        let bad = rows.filter { $0.unit.problem != nil }
        let still = rows.filter { $0.unit.problem == nil }
        let kept = (snapshot.moves + snapshot.earlierMoves).flatMap { move in
            (move.holds ?? []).map { (node: $0, move: move) }
        }
        count = rows.count + kept.count
        lines = bad.map(Self.line) + kept.map(Self.line) + still.map(Self.line)
        let gpus = (rows.map(\.unit.node) + kept.map(\.node)).map { Self.gpus(of: $0, in: snapshot) }
        idleGPUs = gpus.contains(nil) ? nil : gpus.compactMap { $0 }.reduce(0, +)
    }

    /// What standing still costs: `0.27 GPU-h a minute`; nil where nothing is stuck or no GPUs are known.
    package var costPerMinute: String? {
        guard count > 0, let idleGPUs, idleGPUs > 0 else { return nil }
        return "\(Words.fixed(Double(idleGPUs) / 60, 2)) GPU-h a minute"
    }

    /// A unit that is out of one pool and not yet in the next, while no step may start.
    private static func standsStill(_ unit: UnitMove, in move: MoveStatus, isHeld: Bool) -> Bool {
        guard !unit.isFinished, unit.step != nil else { return false }
        return unit.phase == .held || ((isHeld || move.phase == .held) && unit.phase != .running)
    }

    private static func line(_ row: (unit: UnitMove, move: MoveStatus)) -> TextLine {
        var line = TextLine("  \(row.unit.node) ", .text)
        line.tab(to: 14)
        line.add("\(row.move.decision) ", .dim)
        line.add(row.unit.stepWord ?? "-", row.unit.problem == nil ? .warning : .alarm)
        line.add(row.unit.pastLoss ? ", past LOSS" : ", before LOSS", .dim)
        if let problem = row.unit.problem { line.add("  ! \(problem)", .alarm) }
        return line
    }

    private static func line(_ kept: (node: NodeID, move: MoveStatus)) -> TextLine {
        var line = TextLine("  \(kept.node) ", .text)
        line.tab(to: 14)
        line.add("\(kept.move.decision) ", .dim)
        line.add("\(kept.move.phase.rawValue), and still keeps it", .alarm)
        line.add(": Enter on \(kept.move.decision), BY HAND", .dim)
        return line
    }

    private static func gpus(of node: NodeID, in snapshot: FactorySnapshot) -> Int? {
        guard let index = snapshot.nodes.ids.firstIndex(of: node) else { return nil }
        let count = snapshot.nodes.gpus.range(of: index).count
        return count > 0 ? count : nil
    }
}
