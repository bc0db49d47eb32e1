// SPDX-License-Identifier: Apache-2.0

package import Factory

/// Where the queue of one class goes from here: a fluid model on what the snapshot knows. Arrivals that climb climb on for
/// five minutes; others are held flat.
package struct Estimator: Sendable {
    /// The class as the snapshot has it.
    package let state: PoolState
    /// Arrivals now; nil when nobody says.
    package let arrivals: Double?
    /// What one node serves within the class's level; nil when nobody says.
    package let perNode: Double?
    /// Requests that wait now; nil when nobody says.
    package let waiting: Double?
    /// What arrivals gain each second, where they have climbed for minutes; else 0. Unit: requests/s².
    package let rise: Double
    /// The wait after which a request is turned away or gives up; nil when nobody says.
    package let patience: Double?
    /// 95th percentile of demand in the next hour, and what climbing arrivals come to in five minutes. Unit: requests/s.
    package let demand: Reading<RequestsPerSecond>

    /// A change of the class's serving nodes, some time from now.
    package struct Change: Sendable, Hashable {
        package var at: Seconds
        package var nodes: Int
        package init(at: Seconds, nodes: Int) {
            self.at = at
            self.nodes = nodes
        }
    }

    /// What becomes of the wait.
    package struct Outlook: Sendable, Hashable {
        package var waitAt10: Reading<Seconds>
        package var growing: Bool
        package var overLimit: OverLimit
        package var serves: Reading<RequestsPerSecond>
        /// Requests/s that find no patience ten minutes from now; zero where the wait can grow.
        package var turnedAway = RequestsPerSecond.zero
    }

    package init(_ state: PoolState, on snapshot: FactorySnapshot) {
        self.state = state
        let perNode = Self.sane(Self.perNode(state))
        let arrivals = Self.sane(state.arrivals.known?.value)
        self.arrivals = arrivals
        self.perNode = perNode
        if let waiting = Self.sane(state.waiting.known?.value) {
            self.waiting = waiting
        } else if let wait = Self.sane(state.wait.known?.value), let perNode {
            waiting = wait * perNode * Double(state.nodes)
        } else {
            waiting = nil
        }
        let isTurnedAway = (Self.sane(state.turnedAway.known?.value) ?? 0) > 0
        patience = Self.sane(state.patience?.value) ?? (isTurnedAway ? Self.sane(state.wait.known?.value) : nil)
        let trend = snapshot.demand[state.pool]
        let rise = trend.map(Self.rise) ?? 0
        self.rise = rise
        let soon = arrivals.map { RequestsPerSecond($0 + rise * QueueLoad.horizon) }
        demand = Reading(trend.flatMap { Self.highDemand($0, now: soon) })
    }

    /// A measured number that can be reckoned with: sources have been seen to say NaN, infinity and less than nothing.
    private static func sane(_ value: Double?) -> Double? {
        value.flatMap { $0.isFinite && $0 >= 0 && $0 < 1e12 ? $0 : nil }
    }

    /// The wait under a schedule of changes.
    package func outlook(_ changes: [Change]) -> Outlook {
        let final = changes.reduce(state.nodes) { $0 + $1.nodes }
        let serves = Reading(perNode.map { RequestsPerSecond($0 * Double(max(0, final))) })
        guard let arrivals, let perNode, let waiting else {
            return Outlook(waitAt10: .missing, growing: false, overLimit: .unknown, serves: serves)
        }
        let load = QueueLoad(arrivals: arrivals, rise: rise, waiting: waiting, patience: patience ?? .infinity)
        let spans = QueueSpan.list(changes, nodes: state.nodes, perNode: perNode, load: load)
        let ten = spans.last { $0.start <= 600 } ?? spans[0]
        let turnedAway = ten.turnedAway(at: 600)
        let growing = ten.growth > 1e-9 && turnedAway == 0
        let wait = ten.wait(at: 600)
        // Without a node to serve it the wait has no length: that it grows for ever is said beside it.
        return Outlook(
            waitAt10: wait.isFinite ? .fresh(Seconds(wait)) : .missing, growing: growing, overLimit: overLimit(spans),
            serves: serves, turnedAway: RequestsPerSecond(turnedAway))
    }

    /// The longest wait that still meets the level's TTFT; nil when the class has none.
    package var waitLimit: Seconds? {
        guard let ttft = state.level?.ttft else { return nil }
        guard let profile = state.profile, let input = state.inputTokens.known?.value else { return ttft }
        let uncached = input * (1 - (state.cachedShare.known?.value ?? 0))
        return max(.zero, ttft - CapacityModel(profile).prefillTime(tokens: uncached))
    }

    /// Nodes the class does not need at the 95th percentile of demand, or at present arrivals where that is unknown;
    /// nil when neither is known, or what a node serves is not.
    package var surplus: Int? {
        (demand.known?.value ?? arrivals).flatMap(needed).map { state.nodes - $0 }
    }

    /// Nodes that serve a rate; nil where what a node serves is unknown or nothing.
    package func needed(_ rate: Double) -> Int? {
        guard let perNode, perNode > 0 else { return nil }
        return Int(min(1e9, (rate / perNode - 1e-9).rounded(.up)))
    }

    /// What one node serves: as the plant says, else by the capacity model.
    private static func perNode(_ state: PoolState) -> Double? {
        if let capacity = state.capacity.known?.value, state.nodes > 0 { return capacity / Double(state.nodes) }
        guard let profile = state.profile, let level = state.level, let input = state.inputTokens.known?.value,
            let output = state.outputTokens.known?.value
        else { return nil }
        return CapacityModel(profile).maxRate(
            input: input, output: output, cached: state.cachedShare.known ?? .zero, level: level
        ).value
    }

    /// The 95th percentile of one-minute means over the last hour, and never less than a floor; nil before five minutes.
    static func highDemand(_ trend: Trend, now: RequestsPerSecond?) -> RequestsPerSecond? {
        let (all, length) = minutes(trend, last: 3600)
        let bins = all.compactMap { $0 }.sorted()
        guard Double(bins.count) * length >= 300 else { return nil }
        let place = Int((0.95 * Double(bins.count)).rounded(.up)) - 1
        return RequestsPerSecond(max(bins[max(0, place)], now?.value ?? 0))
    }

    /// What arrivals gain, by the straight line through their last six one-minute means: at least 5 % in five minutes, and
    /// twice the line's own error; a step is no climb, so the last three count alone too. Unit: requests/s².
    static func rise(_ trend: Trend) -> Double {
        let (all, length) = minutes(trend, last: 600)
        let means = Array(all.prefix(6).reversed().compactMap { $0 })
        guard means.count == 6 else { return 0 }
        let (slope, error) = line(means)
        let mean = means.reduce(0, +) / 6
        guard slope > 2 * error, slope * 300 / length > 0.05 * mean, slope.isFinite else { return 0 }
        return max(0, min(slope, line(Array(means.suffix(3))).slope)) / length
    }

    /// Least squares on values one apart: the slope, and its standard error.
    private static func line(_ values: [Double]) -> (slope: Double, error: Double) {
        let count = Double(values.count)
        let middle = (count - 1) / 2
        let mean = values.reduce(0, +) / count
        let spread = values.indices.reduce(0) { $0 + (Double($1) - middle) * (Double($1) - middle) }
        let slope = values.enumerated().reduce(0) { $0 + (Double($1.offset) - middle) * ($1.element - mean) } / spread
        let residual = values.enumerated().reduce(0) { sum, value in
            let miss = value.element - mean - slope * (Double(value.offset) - middle)
            return sum + miss * miss
        }
        return (slope, (residual / max(1, count - 2) / spread).squareRoot())
    }

    /// Means over about a minute each, the newest first, nil where nothing is known; and how long each is. Unit: s.
    private static func minutes(_ trend: Trend, last seconds: Double) -> (means: [Double?], length: Double) {
        guard trend.step.value > 0 else { return ([], 60) }
        let perBin = max(1, Int((60 / trend.step.value).rounded()))
        let length = trend.step.value * Double(perBin)
        let count = max(1, Int((seconds / length).rounded()))
        let values = Array(trend.values.suffix(perBin * count).reversed())
        let means = (0..<values.count / perBin).map { bin -> Double? in
            let known = values[bin * perBin..<(bin + 1) * perBin].filter { $0.isFinite && $0 >= 0 }
            return known.isEmpty ? nil : known.reduce(0) { $0 + Double($1) } / Double(known.count)
        }
        return (means, length)
    }

    private func overLimit(_ spans: [QueueSpan]) -> OverLimit {
        guard let limit = waitLimit?.value else { return .never }
        guard let last = spans.last else { return .unknown }
        if last.growth > 1e-9 { return .forEver }
        var until: Double?
        for span in spans {
            switch span.lastOver(limit) {
            case .some(let time) where time.isInfinite: return .forEver
            case .some(let time): until = time
            case nil: break
            }
        }
        return until.map { .until(Seconds($0)) } ?? .never
    }
}
