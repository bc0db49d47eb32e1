// SPDX-License-Identifier: Apache-2.0

import Factory
import Screen

/// The heatmap of a snapshot: a digit is tenths of power, a letter is a state, `!` and `?` are trouble.
struct HeatPicture: Sendable {
    private(set) var groups: [HeatGroup] = []
    /// `usual 9 trn 6 chat 8 think`: the typical digit of each pool that works, so that an odd one shows.
    private(set) var usual = ""
    /// The letters and marks that the picture shows.
    private(set) var letters: Set<Unicode.Scalar> = []

    init() {}

    init(_ context: DrawContext, _ conditions: NodeConditions) {
        let nodes = context.snapshot.nodes
        let roles = context.snapshot.pools.map { Self.role($0.pool) }
        groups = nodes.groups.map { group in
            let cells = group.range.clamped(to: nodes.indices).map { node in
                if let kind = conditions.kind(node) { return Self.abnormal(kind, state: nodes.states[node]) }
                let pool = nodes.pools[safe: node].flatMap { roles[safe: Int($0)] } ?? .text
                return Self.normal(nodes.states[node], level: context.held.level(node), role: pool)
            }
            return HeatGroup(SafeText(group.name), cells)
        }
        for group in groups {
            for cell in group.cells where cell.rank >= Self.lettered { letters.insert(cell.scalar) }
        }
        usual = Self.usual(context)
    }

    /// Cells of this rank and above are letters and marks.
    private static let lettered: UInt16 = 100

    private static func role(_ pool: Pool) -> Role {
        switch pool {
        case .training: .training
        case .inference: .serving
        case .spare: .spare
        }
    }

    private static func normal(_ state: NodeState, level: Int?, role: Role) -> HeatCell {
        if state == .spare { return HeatCell("s", .spare, rank: lettered) }
        guard let level, let digit = Unicode.Scalar(UInt32(48 + level)) else { return HeatCell("-", .dim, rank: 0) }
        return HeatCell(digit, role, rank: UInt16(10 + level))
    }

    /// Worse kinds rank higher; all rank above any normal cell.
    private static func abnormal(_ kind: NodeCondition.Kind, state: NodeState) -> HeatCell {
        let rank = UInt16(900 - 50 * kind.rawValue)
        return switch kind {
        case .failed: HeatCell("F", .alarm, rank: rank)
        case .stuck: HeatCell("!", .alarm, rank: rank)
        case .suspect, .hot, .slow, .idleHeld: HeatCell("!", .warning, rank: rank)
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

    private static func usual(_ context: DrawContext) -> String {
        let nodes = context.snapshot.nodes
        var sums = Array(repeating: (heat: 0.0, count: 0), count: context.snapshot.pools.count)
        for node in nodes.indices where nodes.states[node] == .serving || nodes.states[node] == .training {
            guard let pool = nodes.pools[safe: node], sums.indices.contains(Int(pool)),
                let heat = context.held.heat[node]
            else { continue }
            sums[Int(pool)].heat += heat
            sums[Int(pool)].count += 1
        }
        let words = zip(context.snapshot.pools, sums).compactMap { pool, sum -> String? in
            guard sum.count > 0 else { return nil }
            return "\(HeldColumns.tenth(sum.heat / Double(sum.count))) \(short(pool.pool))"
        }
        return words.isEmpty ? "" : "usual " + words.joined(separator: " ")
    }

    static func short(_ pool: Pool) -> String { pool == .training ? "trn" : pool.shortName }
}
