// SPDX-License-Identifier: Apache-2.0

import Factory

/// Turns what an operator has in mind into a proposal: receiver, units, waves.
struct Drafting {
    let rails: RailSettings
    let snapshot: FactorySnapshot
    var route = MoveRoute.pools

    /// A proposal, and what else the choice of its units said.
    struct Drafted {
        var proposal: Proposal
        /// Selected nodes that stay, each in a sentence with the reason.
        var staying: [String] = []
        /// Another way in which the engine can free the same nodes.
        var otherRoute: MoveRoute?
        /// The choice of the cheapest units, beyond what was asked; nil for a reverse.
        var cheapest: UnitChoice?
    }

    /// Why there can be no plan at all.
    struct Impossible: Error {
        var sentence: String
    }

    func proposal(_ draft: Draft, as decision: DecisionID) -> Result<Drafted, Impossible> {
        guard snapshot.nodes.count > 0 else {
            let observed = snapshot.observeOnly.map { "Nothing can act: \($0). " } ?? ""
            // Where a source says why it is silent, that is the answer; to wait would be no advice.
            let silent = snapshot.sources.compactMap(\.problem).first
            let advice = silent.map { ": \($0)." } ?? " yet: wait for the first data."
            return .failure(Impossible(sentence: observed + "No source speaks of any node\(advice)"))
        }
        if let reverses = draft.reverses { return reverse(reverses, as: decision) }
        guard draft.nodes > 0 else {
            return .failure(Impossible(sentence: "A plan needs at least one node: press + or name more."))
        }
        guard let receiver = receiver(draft) else {
            let reason = snapshot.observeOnly ?? "no source speaks of a class of requests"
            return .failure(Impossible(sentence: "No class can receive nodes: \(reason)"))
        }
        if receiver != .training, receiver != .spare, snapshot.pool(receiver) == nil {
            let known = snapshot.classes.map(\.pool.shortName)
            let list = known.isEmpty ? "there is none" : "there are " + known.joined(separator: ", ")
            return .failure(Impossible(sentence: "There is no class \(receiver.shortName); \(list)."))
        }
        if draft.from == receiver {
            return .failure(Impossible(sentence: "\(receiver) cannot give to itself: choose another donor."))
        }
        return .success(forward(draft, to: receiver, as: decision))
    }

    /// Where the nodes go: as drafted, else the class with the worst level that is not the donor.
    private func receiver(_ draft: Draft) -> Pool? {
        if let to = draft.to { return to }
        guard let worst = snapshot.worstClass?.pool else { return nil }
        guard worst == draft.from else { return worst }
        var others = snapshot
        others.pools.removeAll { $0.pool == worst }
        return others.worstClass?.pool ?? .training
    }

    private func forward(_ draft: Draft, to receiver: Pool, as decision: DecisionID) -> Drafted {
        let choice = UnitChoice(draft, to: receiver, count: draft.nodes, on: snapshot, rails)
        var free = draft
        free.from = nil
        free.preferred = []
        let hour = RailSettings.nodes(rails.perHour, of: snapshot.nodes.count)
        let cheapest = UnitChoice(free, to: receiver, count: max(draft.nodes, hour), on: snapshot, rails)
        var proposal = Proposal(
            decision: decision, to: receiver, asked: draft.nodes, takes: [], shortage: choice.shortage)
        fill(&proposal, choice.units)
        return Drafted(proposal: proposal, staying: choice.staying, cheapest: cheapest)
    }

    /// Gives a proposal its units, waves and losses.
    func fill(_ proposal: inout Proposal, _ units: some Sequence<UnitChoice.Unit>) {
        for unit in units {
            let node = snapshot.nodes.ids[unit.index]
            let job = unit.job.map { snapshot.jobs[$0] }
            if let place = proposal.takes.firstIndex(where: { $0.from == unit.from && $0.job == job?.id }) {
                proposal.takes[place].nodes.append(node)
            } else {
                proposal.takes.append(
                    Taken(
                        from: unit.from, job: job?.id, jobName: job?.name ?? "", owner: job?.owner ?? "",
                        nodes: [node], lost: .zero, route: way(job)))
            }
        }
        price(&proposal)
    }

    private func price(_ proposal: inout Proposal) {
        proposal.waves = WavePlan(
            proposal.nodes, on: snapshot, rails, reverses: proposal.reverses?.decision)
        let pricing = Pricing(snapshot)
        let work = NodeWork(snapshot)
        var counted: Set<JobID> = []
        for index in proposal.takes.indices {
            if proposal.takes[index].route != nil {
                proposal.takes[index].jobs = work.jobs(on: proposal.takes[index], counted: &counted)
            }
            proposal.takes[index].lost = pricing.loss(proposal.takes[index], proposal.waves.waves)
        }
    }

    /// A job is put back by its name or not at all: where none is known, what runs there is waited for.
    private func way(_ job: JobState?) -> MoveRoute? {
        if route == .pools { return nil }
        return route == .requeue && job == nil ? .drain : route
    }

    private func whyNoWayBack(_ id: DecisionID) -> String {
        guard let move = snapshot.earlierMoves.first(where: { $0.decision == id }) else {
            return
                "\(id) is not among the moves that are known: of this run those that ended are kept for a day, of earlier "
                + "ones the audit's last 1000 records tell. Name another."
        }
        if let left = move.left { return "\(id) cannot be taken back: \(left)." }
        return "\(id) was of an earlier run of this simulation, which began anew since: there is nothing to take back."
    }

    /// The units of a move back to where each came from, and no others.
    private func reverse(_ id: DecisionID, as decision: DecisionID) -> Result<Drafted, Impossible> {
        guard let move = snapshot.reversible(id) else { return .failure(Impossible(sentence: whyNoWayBack(id))) }
        let arrived = move.units.filter { $0.phase == .done }
        let places = Dictionary(
            snapshot.nodes.ids.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        guard !arrived.isEmpty else {
            let reason = move.isOpen ? "no unit of \(id) has arrived yet" : "\(id) moved nothing"
            return .failure(Impossible(sentence: "There is nothing to take back: \(reason)."))
        }
        var takes: [Taken] = []
        var strays = 0
        for unit in arrived {
            let place = places[unit.node]
            let here = unit.to ?? move.to
            if place.flatMap({ snapshot.owner(of: $0) }) != here { strays += 1 }
            let job = here == .training ? place.flatMap { snapshot.gang(of: $0) }.map { snapshot.jobs[$0] } : nil
            if let index = takes.firstIndex(where: { $0.from == here && $0.to == unit.from && $0.job == job?.id }) {
                takes[index].nodes.append(unit.node)
            } else {
                takes.append(
                    Taken(
                        from: here, job: job?.id, jobName: job?.name ?? "", owner: job?.owner ?? "",
                        nodes: [unit.node], lost: .zero, to: unit.from, route: way(job)))
            }
        }
        let receiver = takes.max { $0.nodes.count < $1.nodes.count }?.to ?? move.to
        var proposal = Proposal(
            decision: decision, to: receiver, asked: arrived.count, takes: takes, reverses: move)
        if strays > 0 { proposal.shortage = "\(Words.count(strays, "node")) of \(id) went elsewhere since" }
        price(&proposal)
        return .success(Drafted(proposal: proposal))
    }
}
