// SPDX-License-Identifier: Apache-2.0

package import Factory

/// Which nodes a decision takes: the cheapest first, so that the first k of n are the choice for k.
package struct UnitChoice: Sendable {
    /// A node that is taken, by its index in the node table.
    package struct Unit: Sendable, Hashable {
        package var index: Int
        package var from: Pool
        /// Index into the snapshot's jobs.
        package var job: Int?
    }

    package private(set) var units: [Unit] = []
    /// Why there are fewer than asked; nil: there are as many.
    package private(set) var shortage: String?
    /// Selected nodes that stay, each in a sentence with the reason.
    package private(set) var staying: [String] = []

    private var taken: Set<Int> = []
    private var poolLeft: [Pool: Int] = [:]
    private var jobLeft: [Int: Int] = [:]

    /// - Parameter count: nodes wanted.
    package init(_ draft: Draft, to receiver: Pool, count: Int, on snapshot: FactorySnapshot, _ settings: RailSettings)
    {
        let eligible = Eligibility(snapshot, settings)
        let ground = DonorGround(snapshot, settings, eligible)
        poolLeft = ground.allowance
        let lots = ground.lots(for: receiver, from: draft.from)
        let selected = Set(draft.preferred)
        if !selected.isEmpty {
            for lot in lots { take(lot, count) { selected.contains(snapshot.nodes.ids[$0]) } }
            staying = sentences(draft, to: receiver, lots, eligible, snapshot)
        }
        for lot in lots { take(lot, count) { _ in true } }
        if units.count < count {
            shortage = ground.shortage(asked: count, found: units.count, for: receiver, draft.from)
        }
    }

    private mutating func take(_ lot: DonorGround.Lot, _ count: Int, _ isWanted: (Int) -> Bool) {
        for index in lot.nodes {
            guard units.count < count, poolLeft[lot.from, default: 0] > 0 else { return }
            guard !taken.contains(index), isWanted(index) else { continue }
            if let key = lot.limitKey {
                let left = jobLeft[key] ?? lot.limit
                guard left > 0 else { return }
                jobLeft[key] = left - 1
            }
            taken.insert(index)
            poolLeft[lot.from, default: 0] -= 1
            units.append(Unit(index: index, from: lot.from, job: lot.job))
        }
    }

    private func sentences(
        _ draft: Draft, to receiver: Pool, _ lots: [DonorGround.Lot], _ eligible: Eligibility,
        _ snapshot: FactorySnapshot
    ) -> [String] {
        let names = Set(taken.map { snapshot.nodes.ids[$0] })
        return draft.preferred.filter { !names.contains($0) }.map { node in
            guard let index = snapshot.nodes.ids.firstIndex(of: node) else {
                return "\(node), as selected, cannot go: no source speaks of a node of this name"
            }
            return "\(node), as selected, stays: "
                + why(index, stays: draft, to: receiver, lots, eligible, snapshot)
        }
    }

    /// Why a node of an index is not among those taken, after its name.
    private func why(
        _ index: Int, stays draft: Draft, to receiver: Pool, _ lots: [DonorGround.Lot], _ eligible: Eligibility,
        _ snapshot: FactorySnapshot
    ) -> String {
        let owner = snapshot.owner(of: index)
        if owner == receiver { return "it is in \(receiver.shortName) already" }
        if let obstacle = eligible.obstacle(index) {
            let words = snapshot.nodes.conditions[index]?.text ?? ""
            guard case .abnormal = obstacle, !words.isEmpty else { return "it \(obstacle.text)" }
            return "it \(obstacle.text), \(words)"
        }
        guard let owner else { return "it is in no pool that a plan takes from" }
        if let donor = draft.from, donor != owner {
            return "it is in \(owner.shortName), and the plan takes from \(donor.shortName)"
        }
        guard lots.contains(where: { $0.nodes.contains(index) }) else { return "\(owner.shortName) has none to spare" }
        return poolLeft[owner, default: 0] > 0
            ? "no more nodes are asked, or its job can give no more" : "the floor of \(owner.shortName) keeps it"
    }
}
