// SPDX-License-Identifier: Apache-2.0

import Factory
import Planning
import Simulation

/// The smallest fixed split whose every class meets its level at least as often as under another policy.
struct StaticSplit {
    let trial: Trial
    let other: TrialResult

    /// A class may miss by so much of what the other policy reaches: one request in ten thousand is no difference.
    private static let tolerance = 1e-4

    /// Fewest and enough nodes of a class, as far as they are known.
    private struct Bounds {
        var tooFew = 0
        var enough: Int?
        var next: Int
    }

    /// Looks at all classes in each run: they share nothing but the plant's power.
    ///
    /// - Returns: nil where no fixed split of the plant reaches it.
    func find() async throws -> TrialResult? {
        var bounds = other.classes.map { Bounds(next: max(1, Int($0.nodes.rounded(.up)))) }
        let most = trial.settings.nodes - PlantLayoutRules.kept(of: trial.settings.nodes)
        for _ in 0..<40 {
            let counts = bounds.map(\.next)
            guard counts.reduce(0, +) <= most else { return nil }
            let result = try await run(counts)
            for (index, row) in result.classes.enumerated() {
                let isEnough = (row.attainment ?? 1) >= other.attainment(of: row.name) - Self.tolerance
                if isEnough { bounds[index].enough = min(bounds[index].enough ?? .max, counts[index]) }
                if !isEnough { bounds[index].tooFew = max(bounds[index].tooFew, counts[index]) }
                bounds[index].next = Self.next(bounds[index])
            }
            if bounds.map(\.next) == counts { return result }
        }
        return nil
    }

    /// Doubles until it is enough, then halves what is between.
    private static func next(_ bounds: Bounds) -> Int {
        guard let enough = bounds.enough else { return bounds.tooFew + max(1, bounds.tooFew / 4) }
        if enough - bounds.tooFew <= 1 { return enough }
        return (enough + bounds.tooFew) / 2
    }

    private func run(_ counts: [Int]) async throws -> TrialResult {
        var settings = trial.settings
        settings.split = counts
        let fixed = Trial(settings: settings, traffic: trial.traffic, length: trial.length, rails: trial.rails)
        var result = try await fixed.run(StaticPolicy())
        result.split = Dictionary(
            zip(result.classes.map(\.name), counts), uniquingKeysWith: { first, _ in first })
        return result
    }
}

/// What a split leaves alone.
enum PlantLayoutRules {
    /// Spares, and a node for training.
    static func kept(of nodes: Int) -> Int { (nodes >= 4 ? max(1, Int((Double(nodes) * 0.05).rounded())) : 0) + 1 }
}
