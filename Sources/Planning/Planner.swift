// SPDX-License-Identifier: Apache-2.0

package import Factory

/// Prices a draft on a snapshot: everything the plan screen shows. It sends nothing and knows no future.
package struct Planner: Sendable {
    package let rails: RailSettings

    package init(rails: RailSettings = RailSettings()) {
        self.rails = rails
    }

    /// - Parameters:
    ///   - routes: the ways in which the engine can free a node, the usual one first.
    ///   - commands: what the engine would be told for orders, in their order; empty where nothing can act.
    package func preview(
        _ draft: Draft, as decision: DecisionID, on snapshot: FactorySnapshot, routes: [MoveRoute] = [.pools],
        commands: ([StepOrder]) -> [String]
    ) -> PlanAnswer {
        var draft = draft
        if let route = draft.route, !routes.contains(route) {
            return .impossible("This plant's engine frees no node by \(route.rawValue): leave it to its usual way.")
        }
        let route = draft.route ?? routes.first ?? .pools
        if draft.nodes == 0, draft.reverses == nil { draft.nodes = enough(draft, as: decision, on: snapshot) }
        switch Drafting(rails: rails, snapshot: snapshot, route: route).proposal(draft, as: decision) {
        case .failure(let reason): return .impossible(reason.sentence)
        case .success(var drafted):
            // Where nothing runs on the nodes every way is the same.
            if drafted.proposal.takes.contains(where: { $0.job != nil }) {
                drafted.otherRoute = routes.first { $0 != route }
            }
            return .preview(price(drafted, draft, snapshot, commands))
        }
    }

    /// The units of the cheapest way that is enough; one where none is, or none is needed.
    private func enough(_ draft: Draft, as decision: DecisionID, on snapshot: FactorySnapshot) -> Int {
        var one = draft
        one.nodes = 1
        guard case .success(let drafted) = Drafting(rails: rails, snapshot: snapshot).proposal(one, as: decision) else {
            return 1
        }
        return max(1, Comparison(drafted, on: snapshot, rails).ways[1].units)
    }

    /// The rails' verdicts on a plan as the plant stands now: the desk's last look before it acts.
    package func recheck(_ preview: PlanPreview, on snapshot: FactorySnapshot) -> [RailVerdict] {
        let reversed = preview.draft.reverses.flatMap(snapshot.reversible)
        var proposal = Proposal(
            decision: preview.decision, to: preview.to, asked: preview.draft.nodes, takes: preview.takes,
            reverses: reversed)
        proposal.waves = WavePlan(proposal.nodes, on: snapshot, rails, reverses: reversed?.decision)
        if reversed == nil, proposal.units < proposal.asked {
            proposal.shortage = "it takes \(proposal.units) of the \(proposal.asked) nodes asked"
        } else if proposal.waves.waves.count > preview.waves.count {
            proposal.shortage =
                "it needs \(proposal.waves.waves.count) waves now, the plan showed \(preview.waves.count)"
        }
        return GuardRails.judge(proposal, on: snapshot, rails)
    }

    private func price(
        _ drafted: Drafting.Drafted, _ draft: Draft, _ snapshot: FactorySnapshot, _ commands: ([StepOrder]) -> [String]
    ) -> PlanPreview {
        let proposal = drafted.proposal
        let pricing = Pricing(snapshot)
        let comparison = Comparison(drafted, on: snapshot, rails)
        let verdicts = GuardRails.judge(proposal, on: snapshot, rails)
        let ways = comparison.ways
        let lost = pricing.loss(proposal)
        let words = PlanWords(proposal, comparison.watched, pricing, rails)
        let forecast = MoveForecast(
            ready: ways.last?.ready, readyP95: ways.last?.readyP95, lost: lost,
            waitAfter: ways.last?.waitAt10.known)
        var preview = PlanPreview(
            decision: proposal.decision, draft: draft, to: proposal.to, revision: snapshot.revision,
            madeAt: snapshot.at, why: words.why, ways: ways, takes: proposal.takes,
            notes: words.notes, steps: steps(proposal, pricing), wayBack: words.wayBack,
            verdicts: verdicts,
            tier: Tiers.tier(of: proposal, losing: lost, verdicts, on: snapshot, rails),
            waves: proposal.waves.waves, commands: Self.commands(proposal, commands),
            trust: TrackRecord(snapshot.moves + snapshot.earlierMoves).sentence,
            effects: Effects(proposal, pricing, comparison.outlooks).list, forecast: forecast)
        preview.watched = comparison.watched?.pool.servingClass
        preview.waveSpacing = proposal.waves.spacing
        preview.warnings = words.warnings
        preview.staying = drafted.staying.isEmpty ? nil : drafted.staying
        return preview
    }

    /// The steps of each kind of path, once: where two units take a step at different lengths, the longer one.
    private func steps(_ proposal: Proposal, _ pricing: Pricing) -> [PlannedStep] {
        var list: [PlannedStep] = []
        for taken in proposal.takes {
            for step in pricing.steps(taken, to: proposal.to) {
                var step = step
                step.route = taken.route
                guard
                    let place = list.firstIndex(where: {
                        $0.step == step.step && $0.from == step.from && $0.route == step.route
                    })
                else {
                    list.append(step)
                    continue
                }
                // What nobody knows is no shorter than what somebody does.
                list[place].typical = list[place].typical.flatMap { known in step.typical.map { max(known, $0) } }
            }
        }
        return list
    }

    private static func commands(_ proposal: Proposal, _ commands: ([StepOrder]) -> [String]) -> [String] {
        commands(
            proposal.takes.flatMap { taken in
                let to = taken.to ?? proposal.to
                let path = taken.path(to: proposal.to)
                return taken.nodes.flatMap { node in
                    path.map { step in
                        StepOrder(
                            decision: proposal.decision, node: node, from: taken.from, to: to, step: step,
                            confirmed: taken.confirmed ?? [])
                    }
                }
            })
    }
}
