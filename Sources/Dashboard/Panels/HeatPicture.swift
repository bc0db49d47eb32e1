// SPDX-License-Identifier: Apache-2.0

import Factory
import Screen

/// The heatmap's cells: a digit is tenths of power, a letter is a state, `!` and `?` are trouble.
enum HeatPicture {
    static func groups(_ context: DrawContext) -> [HeatGroup] {
        let nodes = context.snapshot.nodes
        let conditions = NodeConditions(context.snapshot)
        let roles = context.snapshot.pools.map { role($0.pool) }
        return nodes.groups.map { group in
            HeatGroup(
                SafeText(group.name),
                group.range.clamped(to: nodes.indices).map { cell($0, context, conditions, roles) })
        }
    }

    private static func role(_ pool: Pool) -> Role {
        switch pool {
        case .training: .training
        case .inference: .serving
        case .spare: .spare
        }
    }

    private static func cell(
        _ node: Int, _ context: DrawContext, _ conditions: NodeConditions, _ roles: [Role]
    ) -> HeatCell {
        if let condition = conditions[node] {
            // Worse kinds rank higher; all rank above any normal cell.
            let rank = UInt16(900 - 50 * condition.kind.rawValue)
            return abnormal(condition.kind, state: context.snapshot.nodes.states[node], rank: rank)
        }
        let pool = context.snapshot.nodes.pools[safe: node].flatMap { roles[safe: Int($0)] } ?? .text
        if context.snapshot.nodes.states[node] == .spare { return HeatCell("s", .spare, rank: 1) }
        guard let level = context.held.level(node), let digit = Unicode.Scalar(UInt32(48 + level)) else {
            return HeatCell("-", .dim, rank: 0)
        }
        return HeatCell(digit, pool, rank: UInt16(10 + level))
    }

    private static func abnormal(_ kind: NodeCondition.Kind, state: NodeState, rank: UInt16) -> HeatCell {
        switch kind {
        case .failed: HeatCell("F", .alarm, rank: rank)
        case .stuck: HeatCell("!", .alarm, rank: rank)
        case .hot, .slow, .idleHeld: HeatCell("!", .warning, rank: rank)
        case .stale: HeatCell("?", .stale, rank: rank)
        case .moving: HeatCell(letter(state), .moving, rank: rank)
        }
    }

    private static func letter(_ state: NodeState) -> Unicode.Scalar {
        switch state {
        case .loading, .warming, .canary: "L"
        case .joining, .restarting: "R"
        default: "D"
        }
    }

    /// `usual 9 trn 6 chat 8 think`: the typical digit of each pool that works, so that an odd one shows.
    static func usual(_ context: DrawContext) -> String {
        let nodes = context.snapshot.nodes
        var sums = Array(repeating: (heat: 0.0, count: 0), count: context.snapshot.pools.count)
        for node in nodes.indices {
            guard let pool = nodes.pools[safe: node], sums.indices.contains(Int(pool)),
                let heat = context.held.heat[node],
                nodes.states[node] == .serving || nodes.states[node] == .training
            else { continue }
            sums[Int(pool)].heat += heat
            sums[Int(pool)].count += 1
        }
        let words = zip(context.snapshot.pools, sums).compactMap { pool, sum -> String? in
            guard sum.count > 0 else { return nil }
            // Half a tenth more than the mean's floor keeps the digit from flickering with the last decimal.
            return "\(max(0, min(9, Int(sum.heat / Double(sum.count) * 10)))) \(short(pool.pool))"
        }
        return words.isEmpty ? "" : "usual " + words.joined(separator: " ")
    }

    static func short(_ pool: Pool) -> String { pool == .training ? "trn" : pool.shortName }
}
