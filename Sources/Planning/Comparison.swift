// SPDX-License-Identifier: Apache-2.0

import Factory

/// The three ways of a plan side by side: do nothing, the cheapest (or the same nodes freed the other way), this one.
struct Comparison {
    /// The class whose wait the ways compare.
    let watched: PoolState?
    private(set) var ways: [PlanWay]
    /// What becomes of each class under this plan.
    let outlooks: [Pool: Estimator.Outlook]

    init(_ drafted: Drafting.Drafted, on snapshot: FactorySnapshot, _ rails: RailSettings) {
        let scale = Scale(drafted.proposal, on: snapshot, rails)
        watched = scale.watched
        let this = drafted.proposal
        if let other = drafted.otherRoute, this.takes.first?.route != nil {
            let route: MoveRoute = other == .requeue ? .drain : .requeue
            ways = [
                scale.way("do nothing", nil), scale.way("\(other.rawValue) them", scale.freed(this, by: other)),
                scale.way("THIS: \(route.rawValue) \(Scale.title(this))", this),
            ]
            ways[1].route = other
        } else if this.takes.first?.route != nil {
            // Nothing runs on the nodes: every way of freeing them is this one.
            ways = [scale.way("do nothing", nil), scale.way("THIS: drain \(Scale.title(this))", this)]
        } else {
            let cheapest = scale.cheapest(drafted.cheapest, this)
            let same = Set(cheapest.nodes) == Set(this.nodes)
            ways = [
                scale.way("do nothing", nil),
                scale.way(same ? "cheapest: THIS" : Scale.title(cheapest), cheapest),
                scale.way("THIS: \(Scale.title(this))", this),
            ]
        }
        let table = Pricing(snapshot).timetable(this)
        var outlooks: [Pool: Estimator.Outlook] = [:]
        for state in snapshot.classes {
            outlooks[state.pool] = Estimator(state, on: snapshot).outlook(table.changes[state.pool] ?? [])
        }
        self.outlooks = outlooks
    }
}

/// Weighs a way by what it does to one class.
private struct Scale {
    let snapshot: FactorySnapshot
    let rails: RailSettings
    let watched: PoolState?
    let estimator: Estimator?
    let stretch: Double

    init(_ proposal: Proposal, on snapshot: FactorySnapshot, _ rails: RailSettings) {
        self.snapshot = snapshot
        self.rails = rails
        let donor = proposal.donors.first { $0.servingClass != nil }
        let pool = proposal.to.servingClass != nil ? proposal.to : donor
        watched = pool.flatMap { snapshot.pool($0) } ?? snapshot.worstClass
        estimator = watched.map { Estimator($0, on: snapshot) }
        stretch = TrackRecord(snapshot.moves + snapshot.earlierMoves).p95
    }

    func way(_ title: String, _ proposal: Proposal?) -> PlanWay {
        let pricing = Pricing(snapshot)
        let moves = proposal.flatMap { $0.units > 0 ? $0 : nil }
        let table = moves.map { pricing.timetable($0) }
        let outlook = estimator?.outlook(watched.flatMap { table?.changes[$0.pool] } ?? [])
        // Where a step's time is unknown the receiver's schedule is too, and so is its wait.
        let isKnown = moves == nil || table?.ready != nil
        var way = PlanWay(
            title: title, units: moves?.units ?? 0, ready: table?.ready, readyP95: table?.ready.map { $0 * stretch },
            waitAt10: isKnown ? outlook?.waitAt10 ?? .missing : .missing,
            growing: isKnown && outlook?.growing ?? false,
            overLimit: isKnown ? outlook?.overLimit ?? .unknown : .unknown,
            serves: outlook?.serves ?? .missing, needs: estimator?.demand ?? .missing,
            lost: moves.map { pricing.loss($0) } ?? .zero,
            lostIfCheckpointFails: moves.map { pricing.lossWithoutCheckpoint($0.takes) } ?? .zero)
        if isKnown { way.turnedAway = outlook?.turnedAway ?? .zero }
        return way
    }

    /// A class that serves just what comes to it has no room for a burst.
    private static let headRoom = 1.05

    /// The fewest of the cheapest units that serve the demand and a twentieth more, or as many as there are; where none are
    /// needed, those that lose nothing.
    func cheapest(_ choice: UnitChoice?, _ this: Proposal) -> Proposal {
        guard let choice, !choice.units.isEmpty else { return this }
        let count = sufficient(choice, this.to) ?? min(this.asked, choice.units.prefix { $0.from == .spare }.count)
        var proposal = Proposal(decision: this.decision, to: this.to, asked: count, takes: [])
        Drafting(rails: rails, snapshot: snapshot).fill(&proposal, choice.units.prefix(max(1, count)))
        return proposal
    }

    /// The same nodes, freed another way.
    func freed(_ this: Proposal, by route: MoveRoute) -> Proposal {
        var other = this
        let pricing = Pricing(snapshot)
        for index in other.takes.indices {
            other.takes[index].route = other.takes[index].job == nil ? .drain : route
            other.takes[index].lost = pricing.loss(other.takes[index], other.waves.waves)
        }
        return other
    }

    private func sufficient(_ choice: UnitChoice, _ receiver: Pool) -> Int? {
        guard let estimator, let watched, watched.pool == receiver, let need = estimator.demand.known?.value,
            let needed = estimator.needed(need * Self.headRoom)
        else { return nil }
        let missing = needed - watched.nodes
        return missing > 0 ? min(missing, choice.units.count) : nil
    }

    /// `8 spare + 8 training`.
    static func title(_ proposal: Proposal) -> String {
        let parts = proposal.donors.map { "\(proposal.taken(from: $0)) \($0.shortName)" }
        return parts.isEmpty ? "nothing can move" : parts.joined(separator: " + ")
    }
}
