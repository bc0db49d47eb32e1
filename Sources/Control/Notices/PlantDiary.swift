// SPDX-License-Identifier: Apache-2.0

package import Factory

/// What changed between one snapshot and the next that is worth a line in a log.
package enum PlantNews: Sendable, Hashable {
    case moveBegan(MoveStatus)
    /// Well or not: its phase says.
    case moveEnded(MoveStatus)
    /// A plan above the limit waits for a second operator.
    case secondWanted(ControlRoom.Request)
    /// A move above the limit began without one.
    case beganAlone(MoveStatus)
    case silent(source: String, target: String, why: String)
    case back(source: String, target: String)
}

/// Tells news from what was known: moves that begin and end, targets that fall silent and answer again.
package struct PlantDiary: Sendable {
    private struct Target: Hashable {
        var source: String
        var target: String
    }

    private var underWay: Set<DecisionID> = []
    private var ended: Set<DecisionID> = []
    private var silent: Set<Target> = []
    private var requests: Set<DecisionID> = []
    private var hasSeen = false

    package init() {}

    /// - Returns: in the order in which a reader wants them: sources, then moves, oldest first.
    package mutating func see(_ snapshot: FactorySnapshot) -> [PlantNews] {
        defer { hasSeen = true }
        return sources(snapshot) + wanted(snapshot) + moves(snapshot)
    }

    private mutating func wanted(_ snapshot: FactorySnapshot) -> [PlantNews] {
        let now = snapshot.room?.requests ?? []
        defer { requests = Set(now.map(\.decision)) }
        return now.filter { !requests.contains($0.decision) }.map(PlantNews.secondWanted)
    }

    private mutating func sources(_ snapshot: FactorySnapshot) -> [PlantNews] {
        var news: [PlantNews] = []
        var now: Set<Target> = []
        for source in snapshot.sources {
            for dead in source.dead {
                let target = Target(source: source.name, target: dead.name)
                guard now.insert(target).inserted, !silent.contains(target) else { continue }
                news.append(.silent(source: source.name, target: dead.name, why: dead.reason))
            }
        }
        // A target that has left the list is not back.
        for target in silent.subtracting(now).sorted(by: { ($0.source, $0.target) < ($1.source, $1.target) })
        where snapshot.sources.contains(where: { $0.name == target.source }) {
            news.append(.back(source: target.source, target: target.target))
        }
        silent = now
        return news
    }

    private mutating func moves(_ snapshot: FactorySnapshot) -> [PlantNews] {
        var news: [PlantNews] = []
        // What had ended before the first look is history; its audit tells of it.
        guard hasSeen else {
            ended = Set((snapshot.moves + snapshot.earlierMoves).filter { !$0.isOpen }.map(\.decision))
            underWay = Set(snapshot.moves.filter(\.isOpen).map(\.decision))
            // Except what the end of the process before has cut: the desk found it just now, and told it as an event.
            let found = snapshot.events.filter { $0.kind == .move }.map(\.text)
            let cut = snapshot.earlierMoves.filter { move in
                move.phase == .interrupted && found.contains { $0.hasPrefix("\(move.decision) of \(move.by) was cut ") }
            }
            return cut.reversed().map(PlantNews.moveEnded)
                + snapshot.moves.filter(\.isOpen).reversed().map(PlantNews.moveBegan)
        }
        for move in snapshot.moves.reversed() {
            if !underWay.contains(move.decision), !ended.contains(move.decision) {
                underWay.insert(move.decision)
                news.append(.moveBegan(move))
                if move.alone != nil { news.append(.beganAlone(move)) }
            }
            guard !move.isOpen, ended.insert(move.decision).inserted else { continue }
            underWay.remove(move.decision)
            news.append(.moveEnded(move))
        }
        return news
    }
}

extension PlantNews {
    /// The notice that a person should get; nil: it can wait until somebody looks.
    package func notice(plant: String, at time: PlantTime) -> Notice? {
        switch self {
        case .moveEnded(let move) where move.phase == .failed || move.phase == .interrupted:
            return Notice(
                .moveFailed, plant: plant, decision: move.decision, who: move.by,
                text: "\(move.decision) to \(move.to) \(move.phase.rawValue): \(move.trouble)", at: time)
        case .secondWanted(let request):
            return Notice(
                .secondOperatorWanted, plant: plant, decision: request.decision, who: request.by,
                text: "\(request.by) asks for a second operator: \(request.what): \(request.reason)", at: time)
        case .beganAlone(let move):
            return move.aloneSentence.map {
                Notice(.secondOperatorWanted, plant: plant, decision: move.decision, who: move.by, text: $0, at: time)
            }
        case .moveBegan, .moveEnded, .silent, .back: return nil
        }
    }
}

extension MoveStatus {
    /// What went wrong with its units, in a sentence.
    package var trouble: String {
        let failed = units.filter { $0.phase == .failed || $0.problem != nil }
        guard let first = failed.first else { return "\(done) of \(units.count) nodes done" }
        let rest = failed.count > 1 ? " (and \(failed.count - 1) more)" : ""
        return "\(first.node) \(first.problem ?? first.phase.rawValue)\(rest)"
    }
}
