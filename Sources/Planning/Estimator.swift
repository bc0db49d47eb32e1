// SPDX-License-Identifier: Apache-2.0

package import Factory

/// Where the queue of one class goes from here, arrivals held flat: a fluid model on what the snapshot knows.
package struct Estimator: Sendable {
    /// The class as the snapshot has it.
    package let state: PoolState
    /// Arrivals now; nil when nobody says.
    package let arrivals: Double?
    /// What one node serves within the class's level; nil when nobody says.
    package let perNode: Double?
    /// Requests that wait now; nil when nobody says.
    package let waiting: Double?
    /// 95th percentile of demand in the next hour. Unit: requests/s.
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
        let trend = snapshot.trends[TrendKey(.arrivals, state.pool)]
        demand = Reading(trend.flatMap { Self.highDemand($0, now: arrivals.map { RequestsPerSecond($0) }) })
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
        let spans = QueueSpan.list(changes, nodes: state.nodes, perNode: perNode, arrivals: arrivals, waiting: waiting)
        let ten = spans.last { $0.start <= 600 } ?? spans[0]
        let growing = ten.growth > 1e-9
        let wait = ten.wait(at: 600)
        // Without a node to serve it the wait has no length: that it grows for ever is said beside it.
        return Outlook(
            waitAt10: wait.isFinite ? .fresh(Seconds(wait)) : .missing, growing: growing, overLimit: overLimit(spans),
            serves: serves)
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

    /// The 95th percentile of one-minute means over the last hour, and never less than now; nil before five minutes.
    static func highDemand(_ trend: Trend, now: RequestsPerSecond?) -> RequestsPerSecond? {
        guard trend.step.value > 0 else { return nil }
        let perBin = max(1, Int((60 / trend.step.value).rounded()))
        let wanted = max(perBin, Int((3600 / trend.step.value).rounded()))
        let values = trend.values.suffix(wanted)
        var bins: [Double] = []
        var sum = 0.0
        var known = 0
        for (place, value) in values.reversed().enumerated() {
            if value.isFinite, value >= 0 {
                sum += Double(value)
                known += 1
            }
            if (place + 1) % perBin == 0 {
                if known > 0 { bins.append(sum / Double(known)) }
                (sum, known) = (0, 0)
            }
        }
        guard Double(bins.count * perBin) * trend.step.value >= 300 else { return nil }
        bins.sort()
        let place = Int((0.95 * Double(bins.count)).rounded(.up)) - 1
        return RequestsPerSecond(max(bins[max(0, place)], now?.value ?? 0))
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
