// SPDX-License-Identifier: Apache-2.0

package import Factory

/// A change of a draft by one key of the plan.
package enum DraftEdit: Sendable, Hashable {
    case more, fewer
    case nextDonor, previousDonor
    case nextReceiver, previousReceiver
    /// The way in the middle of the comparison.
    case cheapest

    /// The draft after the key; nil where the key can change nothing, which is then no reason to plan again.
    package func applied(to draft: Draft, preview: PlanPreview?, on snapshot: FactorySnapshot) -> Draft? {
        var edited = draft
        switch self {
        case .more: edited.nodes = min(draft.nodes + 1, max(draft.nodes, snapshot.nodes.count))
        case .fewer: edited.nodes = max(1, draft.nodes - 1)
        case .nextDonor: edited.from = Self.donor(after: draft, to: preview?.to, on: snapshot, by: 1)
        case .previousDonor: edited.from = Self.donor(after: draft, to: preview?.to, on: snapshot, by: -1)
        case .nextReceiver: Self.turnReceiver(&edited, from: preview?.to, on: snapshot, by: 1)
        case .previousReceiver: Self.turnReceiver(&edited, from: preview?.to, on: snapshot, by: -1)
        case .cheapest:
            guard let preview, let cheaper = preview.cheaperWay else { return nil }
            if let route = cheaper.route {
                edited.route = route
                break
            }
            // The planner takes the cheapest units first, when nobody asks for others.
            edited = Draft(to: preview.to, nodes: cheaper.units, reverses: draft.reverses)
        }
        return edited == draft ? nil : edited
    }

    /// The next donor in the round of `planner's choice` and every pool but the receiver.
    private static func donor(after draft: Draft, to: Pool?, on snapshot: FactorySnapshot, by step: Int) -> Pool? {
        let receiver = draft.to ?? to
        let round: [Pool?] = [nil] + snapshot.pools.map(\.pool).filter { $0 != receiver }
        let now = round.firstIndex(of: draft.from) ?? 0
        return round[(now + step + round.count) % round.count]
    }

    private static func turnReceiver(_ draft: inout Draft, from: Pool?, on snapshot: FactorySnapshot, by step: Int) {
        let round = snapshot.pools.map(\.pool)
        guard !round.isEmpty else { return }
        let now = (draft.to ?? from).flatMap { round.firstIndex(of: $0) } ?? (step > 0 ? -1 : 0)
        let next = round[(now + step + round.count) % round.count]
        draft.to = next
        if draft.from == next { draft.from = nil }
        // Another way than the one that is taken back is no reversal any more.
        draft.reverses = nil
    }
}

extension PlanPreview {
    /// The units it takes.
    var units: Int { takes.reduce(0) { $0 + $1.nodes.count } }

    /// Work that it loses, whatever comes: of the gangs that give, and of one that restarts because it is joined.
    var lost: GPUHours { forecast.lost ?? takes.reduce(GPUHours.zero) { $0 + $1.lost } }

    /// The middle column, where it is another way than this plan and moves anything.
    var cheaperWay: PlanWay? {
        if ways.count == 3, ways[1].route != nil, ways[1].units > 0 { return ways[1] }
        guard ways.count == 3, ways[1].units > 0, ways[1].units != ways[2].units || ways[1].lost != ways[2].lost else {
            return nil
        }
        return ways[1]
    }
}
