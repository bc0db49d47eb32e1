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
    /// Marked nodes that stay, with the reason.
    package private(set) var leftOut: [String] = []

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
        let marked = Set(draft.preferred)
        if !marked.isEmpty {
            for lot in lots { take(lot, count) { marked.contains(snapshot.nodes.ids[$0]) } }
            leftOut = Self.leftOut(draft.preferred, taken, eligible, receiver, snapshot)
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

    private static func leftOut(
        _ preferred: [NodeID], _ taken: Set<Int>, _ eligible: Eligibility, _ receiver: Pool, _ snapshot: FactorySnapshot
    ) -> [String] {
        let names = Set(taken.map { snapshot.nodes.ids[$0] })
        var sentences: [String] = []
        for node in preferred where !names.contains(node) {
            guard let index = snapshot.nodes.ids.firstIndex(of: node) else {
                sentences.append("\(node) is marked but unknown: left out")
                continue
            }
            let reason = eligible.obstacle(index)?.text ?? "a floor or the number asked keeps it"
            sentences.append("\(node) is marked but \(reason): left out")
        }
        return sentences
    }
}
