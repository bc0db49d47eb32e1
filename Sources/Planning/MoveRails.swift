// SPDX-License-Identifier: Apache-2.0

import Factory

/// Rails 5, 6 and 16: what other decisions say against this one.
extension GuardRails {
    /// 5: a unit makes one move at a time and rests after it; a reverse need not rest.
    static func cooldown(_ proposal: Proposal, _ snapshot: FactorySnapshot, _ settings: RailSettings) -> Opinion {
        if let reversed = proposal.reverses, reversed.isOpen {
            let rest = reversed.units.count { !$0.isFinished }
            return .fail("\(rest) of \(reversed.decision) still move; they can come back when they have arrived")
        }
        let eligible = Eligibility(snapshot, settings, reverses: proposal.reverses?.decision)
        let wanted = Set(proposal.nodes)
        var found = 0
        for index in snapshot.nodes.indices where wanted.contains(snapshot.nodes.ids[index]) {
            found += 1
            if let obstacle = eligible.obstacle(index) { return .fail("\(snapshot.nodes.ids[index]) \(obstacle.text)") }
        }
        if found < wanted.count { return .fail("\(wanted.count - found) of its nodes are gone from the plant") }
        let rest = Words.ago(settings.cooldown)
        return .ok(proposal.reverses == nil ? "no unit moves or moved in the last \(rest)" : "a reverse need not rest")
    }

    /// 5: a move back soon after is named for what it is.
    static func reversal(_ proposal: Proposal, _ snapshot: FactorySnapshot, _ settings: RailSettings) -> Opinion {
        if let reversed = proposal.reverses { return .ok("takes \(reversed.decision) back, asked as such") }
        let receivers = Set(proposal.receivers)
        let recent = snapshot.moves.first { move in
            guard let end = move.finishedAt, move.done > 0 else { return false }
            return snapshot.at - end < settings.reversalWindow && proposal.donors.contains(move.to)
                && !receivers.isDisjoint(with: move.donors)
        }
        guard let recent, let end = recent.finishedAt else { return .ok("goes against no recent move") }
        return .warn("goes against \(recent.decision), done \(Words.ago(snapshot.at - end)) ago")
    }

    /// 6: the last move of the same donor or receiver has been compared with its forecast.
    static func verified(_ proposal: Proposal, _ snapshot: FactorySnapshot, _ settings: RailSettings) -> Opinion {
        // Spares serve nobody: there is nothing to verify about them.
        let touched = Set(proposal.donors + proposal.receivers).subtracting([.spare])
        var overdue: MoveStatus?
        for move in snapshot.moves where move.decision != proposal.reverses?.decision {
            let pools = Set(move.donors + move.units.compactMap(\.to) + [move.to])
            guard !touched.isDisjoint(with: pools) else { continue }
            if move.isOpen { return .fail("\(move.decision) still moves nodes of the same pools") }
            guard move.phase == .done, move.outcome == nil, let end = move.finishedAt else { continue }
            guard snapshot.at - end > settings.verifyTimeout else {
                return .fail("\(move.decision) is done but not yet measured")
            }
            overdue = overdue ?? move
        }
        return overdue.map { .warn("\($0.decision) was never measured") } ?? .ok("no move of these pools is unverified")
    }

    /// 16: a decision is taken once, on the allocation it was made for.
    static func revision(_ proposal: Proposal, _ snapshot: FactorySnapshot, _ settings: RailSettings) -> Opinion {
        if snapshot.moves.contains(where: { $0.decision == proposal.decision }) {
            return .fail("\(proposal.decision) has been submitted already")
        }
        return .ok("\(proposal.decision) is new; allocation \(snapshot.revision.number) is checked again")
    }
}
