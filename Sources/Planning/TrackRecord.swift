// SPDX-License-Identifier: Apache-2.0

package import Factory

/// How far the forecasts of past moves were right.
package struct TrackRecord: Sendable {
    /// Time until ready, outcome over forecast, sorted.
    private let ratios: [Double]
    private let missed: Int

    package init(_ moves: [MoveStatus]) {
        let measured = moves.filter { $0.phase == .done && $0.outcome?.ready != nil && $0.forecast.ready != nil }
        ratios = measured.compactMap { move in
            guard let forecast = move.forecast.ready?.value, let outcome = move.outcome?.ready?.value, forecast > 0
            else { return nil }
            return outcome / forecast
        }.sorted()
        missed = measured.count { move in
            guard let limit = move.forecast.readyP95, let outcome = move.outcome?.ready else { return false }
            return outcome > limit
        }
    }

    /// What to multiply a forecast by for its 95th percentile: as measured, or half as much again while too little was.
    package var p95: Double {
        guard ratios.count >= 10 else { return 1.5 }
        return max(1, ratios[Int((0.95 * Double(ratios.count)).rounded(.up)) - 1])
    }

    /// One sentence for the plan.
    package var sentence: String {
        guard !ratios.isEmpty else { return "no move measured yet; p95 is a guess" }
        let median = Words.number(ratios[ratios.count / 2])
        let moves = Words.count(ratios.count, "move")
        return "ready time \(median) x forecast (\(moves), \(missed) missed p95)"
    }
}
