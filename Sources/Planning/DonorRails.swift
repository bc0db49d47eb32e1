// SPDX-License-Identifier: Apache-2.0

import Factory

/// Rails 7, 8 and 13: what the classes that give can bear.
extension GuardRails {
    /// 7: a class whose own level burns or whose queue grows gives nothing.
    static func donorHealth(_ proposal: Proposal, _ snapshot: FactorySnapshot, _ settings: RailSettings) -> Opinion {
        .worst(
            states(proposal, snapshot).map { health($0, snapshot, settings) } + relief(proposal, snapshot),
            otherwise: .ok("no class gives nodes"))
    }

    /// 7: the counts of what gives are fresh, and both sides tell the same.
    static func donorData(_ proposal: Proposal, _ snapshot: FactorySnapshot, _ settings: RailSettings) -> Opinion {
        let limit = settings.staleAfter(snapshot)
        let opinions = states(proposal, snapshot).map { state -> Opinion in
            if case .stale(_, let age) = state.arrivals, age > limit {
                return .fail("\(state.pool.shortName)'s data is \(Words.ago(age)) old")
            }
            let counted = snapshot.nodes.indices.count {
                [.serving, .spare].contains(snapshot.nodes.states[$0]) && snapshot.owner(of: $0) == state.pool
            }
            guard counted == state.nodes else {
                return .fail("\(state.pool.shortName) has \(state.nodes) nodes by one source, \(counted) by another")
            }
            guard state.arrivals.known != nil else {
                return .unjudged("both sides count \(counted), but no source says what reaches \(state.pool.shortName)")
            }
            return .ok("\(state.pool.shortName)'s data is fresh, and both sides count \(counted)")
        }
        return .worst(opinions, otherwise: .ok("no class gives nodes"))
    }

    /// 8: what stays serves the class at the 95th percentile of the next hour's demand.
    static func donorDemand(_ proposal: Proposal, _ snapshot: FactorySnapshot, _ settings: RailSettings) -> Opinion {
        let opinions = states(proposal, snapshot).map { state -> Opinion in
            let estimator = Estimator(state, on: snapshot)
            let name = state.pool.shortName
            guard let need = estimator.demand.known?.value, let perNode = estimator.perNode else {
                return .unjudged("\(name)'s demand in the next hour is not known yet")
            }
            let rest = state.nodes - proposal.taken(from: state.pool) + proposal.given(to: state.pool)
            let serves = perNode * Double(rest)
            let text =
                "\(name) keeps \(Words.count(rest, "node")): \(Words.number(serves)) req/s, needs \(Words.number(need)) at p95"
            if serves < need { return .fail(text) }
            return serves < need * donorRoom ? .warn("\(text): no room for a burst") : .ok(text)
        }
        return .worst(opinions, otherwise: .ok("no class gives nodes"))
    }

    /// What a class that gives should serve over what it needs.
    private static let donorRoom = 1.1

    /// 13: a drain may last as long as the longest answer in flight.
    static func drain(_ proposal: Proposal, _ snapshot: FactorySnapshot, _ settings: RailSettings) -> Opinion {
        let opinions = states(proposal, snapshot).map { state -> Opinion in
            guard let longest = state.profile?.drainTime else {
                return .unjudged("no source says how long \(state.pool.shortName)'s answers last")
            }
            let deadline = settings.drainDeadline
            let text =
                "\(state.pool.shortName)'s answers last \(Words.duration(longest)), deadline \(Words.duration(deadline))"
            return longest > deadline ? .warn("\(text): the rest is cut or migrated") : .ok(text)
        }
        return .worst(opinions, otherwise: .ok("nothing drains"))
    }

    /// Spares that go to training are no relief any more for a class that misses its level.
    private static func relief(_ proposal: Proposal, _ snapshot: FactorySnapshot) -> [Opinion] {
        guard proposal.to == .training, proposal.reverses == nil, proposal.taken(from: .spare) > 0,
            let hurt = snapshot.classes.first(where: \.isHurt)
        else { return [] }
        return [.warn("the spares are the cheapest relief for \(hurt.pool.shortName), which misses its level")]
    }

    private static func health(_ state: PoolState, _ snapshot: FactorySnapshot, _ settings: RailSettings) -> Opinion {
        let name = state.pool.shortName
        if let since = state.hurtSince { return .fail("\(name) misses its own level since \(since.clock)") }
        if let burn = state.burn.known?.value, burn > settings.burnLimit {
            return .fail("\(name) burns its error budget \(Words.number(burn)) x")
        }
        if let trend = state.queueTrend.known?.value {
            let tolerated = max(1, settings.growthTolerance * 60 * (state.arrivals.known?.value ?? 0))
            if trend > tolerated { return .fail("\(name)'s queue grows by \(Words.number(trend)) a minute") }
        }
        if state.burn.known == nil || state.queueTrend.known == nil {
            return .unjudged("no source says whether \(name) meets its level")
        }
        return .ok("\(name) meets its level and its queue does not grow")
    }

    /// The classes that give nodes.
    private static func states(_ proposal: Proposal, _ snapshot: FactorySnapshot) -> [PoolState] {
        proposal.donors.filter { $0.servingClass != nil }.compactMap { snapshot.pool($0) }
    }
}
