// SPDX-License-Identifier: Apache-2.0

package import Factory

/// How much confirmation a plan asks for: FACTORY.md section 5.
package enum Tiers {
    package static func tier(
        of proposal: Proposal, losing lost: GPUHours, _ verdicts: [RailVerdict], on snapshot: FactorySnapshot,
        _ settings: RailSettings
    ) -> ConfirmationTier {
        if let sentence = obstacle(snapshot) { return .refused(sentence) }
        if let failed = verdicts.decisive {
            return .refused("Rail \(failed.rail) (\(failed.name)): \(failed.text).")
        }
        guard proposal.units > 0 else { return .refused("No node would move.") }
        let share = Double(proposal.units) / Double(max(1, snapshot.nodes.count))
        if share > settings.reasonShare { return .reason }
        // A job that is put back loses something, however little of it is known.
        let putsBack = proposal.takes.contains { $0.route == .requeue && $0.job != nil }
        if lost > .zero || putsBack || share > settings.yesShare {
            return .typeName(loser(proposal, Pricing(snapshot)))
        }
        return .yes
    }

    /// Why nothing may be sent at all, in a sentence; nil: something may.
    private static func obstacle(_ snapshot: FactorySnapshot) -> String? {
        if let sentence = snapshot.observeOnly { return sentence }
        switch snapshot.mode {
        case .observe: return "This plant is only observed: nothing can be sent."
        case .hold: return "HOLD is on: release it with H before a move can start."
        case .manual: return nil
        }
    }

    /// The name of what loses most: a job that gives, the running one that gets, else a pool that gives, spares last.
    private static func loser(_ proposal: Proposal, _ pricing: Pricing) -> String {
        if let worst = proposal.takes.max(by: { $0.lost < $1.lost }), worst.lost > .zero || worst.route == .requeue,
            !worst.jobName.isEmpty
        {
            return worst.jobName
        }
        if let joined = pricing.joined(proposal) { return joined.name }
        let donor = proposal.donors.first { $0 != .spare } ?? proposal.donors.first
        return donor?.shortName ?? proposal.to.shortName
    }
}
