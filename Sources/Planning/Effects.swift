// SPDX-License-Identifier: Apache-2.0

import Factory

/// Each class and training, before and after a plan.
struct Effects {
    let list: [PoolEffect]

    init(_ proposal: Proposal, _ pricing: Pricing, _ outlooks: [Pool: Estimator.Outlook]) {
        list = pricing.snapshot.pools.filter { $0.pool != .spare }.map { state in
            let after = state.nodes - proposal.taken(from: state.pool) + proposal.given(to: state.pool)
            return state.pool == .training
                ? Self.training(state, after, proposal, pricing.snapshot)
                : Self.serving(state, after, outlooks[state.pool])
        }
    }

    /// Measured before; after: the measured value changed as the capacity model says it changes.
    private static func serving(_ state: PoolState, _ after: Int, _ outlook: Estimator.Outlook?) -> PoolEffect {
        var effect = blank(state, after)
        effect.ttftBefore = state.ttft95
        effect.itlBefore = state.itl95
        effect.tokensBefore = state.decode
        guard after != state.nodes else {
            effect.ttftAfter = state.ttft95
            effect.itlAfter = state.itl95
            effect.tokensAfter = state.decode
            return effect
        }
        guard let model = Settled(state), let then = model.with(after) else { return effect }
        let now = model.with(state.nodes)
        if let measured = state.itl95.known?.value, let now, now.itl.value > 0 {
            effect.itlAfter = .fresh(Seconds(measured * then.itl.value / now.itl.value))
        } else {
            effect.itlAfter = .fresh(then.itl)
        }
        if let wait = outlook?.waitAt10.known {
            // The model knows no bursts: with fewer nodes it is at least what is measured.
            let modelled = wait + then.ttft
            let measured = state.ttft95.known ?? modelled
            effect.ttftAfter = .fresh(after < state.nodes ? max(modelled, measured) : modelled)
        }
        effect.tokensAfter = .fresh(then.decode)
        return effect
    }

    private static func training(
        _ state: PoolState, _ after: Int, _ proposal: Proposal, _ snapshot: FactorySnapshot
    ) -> PoolEffect {
        var effect = blank(state, after)
        effect.tokensBefore = snapshot.trained
        guard let trained = snapshot.trained.known?.value else { return effect }
        var rest = trained
        for taken in proposal.takes where taken.from == .training {
            guard let job = snapshot.job(taken.job), let rate = job.trained.known?.value, job.nodes > 0 else {
                continue
            }
            let kept = job.nodes - taken.nodes.count
            rest -= kept < job.minNodes ? rate : rate * Double(taken.nodes.count) / Double(job.nodes)
        }
        let given = proposal.given(to: .training)
        if given > 0 {
            let joined = GangChoice.next(snapshot.jobs)
            if let joined, let rate = joined.trained.known?.value, joined.nodes > 0 {
                rest += rate * Double(min(given, joined.maxNodes - joined.nodes)) / Double(joined.nodes)
            }
        }
        effect.tokensAfter = .fresh(TokensPerSecond(max(0, rest)))
        return effect
    }

    private static func blank(_ state: PoolState, _ after: Int) -> PoolEffect {
        PoolEffect(
            pool: state.pool, nodesBefore: state.nodes, nodesAfter: after, ttftBefore: .missing, ttftAfter: .missing,
            itlBefore: .missing, itlAfter: .missing, tokensBefore: .missing, tokensAfter: .missing)
    }
}

/// A class as the capacity model settles it on a number of nodes; nil where an input is unknown.
private struct Settled {
    let arrivals: Double
    let input: Double
    let output: Double
    let cached: Share
    let level: ServiceLevel
    let model: CapacityModel

    init?(_ state: PoolState) {
        guard let profile = state.profile, let level = state.level, let arrivals = state.arrivals.known?.value,
            let input = state.inputTokens.known?.value, let output = state.outputTokens.known?.value
        else { return nil }
        self.arrivals = arrivals
        self.input = input
        self.output = output
        self.level = level
        cached = state.cachedShare.known ?? .zero
        model = CapacityModel(profile)
    }

    func with(_ nodes: Int) -> (itl: Seconds, ttft: Seconds, decode: TokensPerSecond)? {
        guard nodes > 0 else { return nil }
        let most = model.maxRate(input: input, output: output, cached: cached, level: level)
        // A node never serves more than its level allows: beyond that, requests wait.
        let rate = min(arrivals / Double(nodes), most.value)
        let steady = model.steadyState(rate: RequestsPerSecond(rate), input: input, output: output, cached: cached)
        return steady.map { ($0.itl, $0.ttft, TokensPerSecond(rate * Double(nodes) * output)) }
    }
}
