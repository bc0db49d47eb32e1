// SPDX-License-Identifier: Apache-2.0

import Factory

/// Rails 1 to 4: how many nodes may move, from where and how fast.
extension GuardRails {
    /// 1: no pool falls below its floor, and the plan takes all that was asked.
    static func floors(_ proposal: Proposal, _ snapshot: FactorySnapshot, _ settings: RailSettings) -> Opinion {
        if let shortage = proposal.shortage { return .fail(shortage) }
        let donors = proposal.donors.filter { $0 != .spare }
        let opinions = donors.map { donor -> Opinion in
            guard let state = snapshot.pool(donor) else { return .unjudged("no source counts \(donor.shortName)") }
            let rest = state.nodes - proposal.taken(from: donor) + proposal.given(to: donor)
            let floor = settings.floor(of: state)
            let text = "\(donor.shortName) keeps \(rest) of \(state.nodes), floor \(floor)"
            return rest < floor ? .fail(text) : .ok(text)
        }
        return .worst(opinions, otherwise: .ok("only spares are taken"))
    }

    /// 2: a spare stays for the next failure.
    static func spareUnit(_ proposal: Proposal, _ snapshot: FactorySnapshot, _ settings: RailSettings) -> Opinion {
        if snapshot.pool(.spare) == nil, proposal.takes.contains(where: { $0.route != nil }) {
            return idle(proposal, snapshot, settings)
        }
        let taken = proposal.taken(from: .spare)
        guard taken > 0 else { return .ok("no spare is taken") }
        guard let state = snapshot.pool(.spare) else { return .unjudged("no source counts the spares") }
        let floor = settings.floor(of: state)
        let text = "\(state.nodes - taken) of \(state.nodes) spares stay, \(floor) must"
        return state.nodes - taken < floor ? .fail(text) : .ok(text)
    }

    /// A scheduler has no pool of spares: its spares are the nodes that nothing runs on.
    private static func idle(_ proposal: Proposal, _ snapshot: FactorySnapshot, _ settings: RailSettings) -> Opinion {
        let idle = Set(
            snapshot.nodes.indices.filter { snapshot.nodes.states[$0] == .spare }.map { snapshot.nodes.ids[$0] })
        let taken = proposal.nodes.count { idle.contains($0) }
        guard taken > 0 else { return .ok("no idle node is taken") }
        let text = "\(idle.count - taken) of \(idle.count) idle nodes stay, \(settings.spareMinimum) must"
        return idle.count - taken < settings.spareMinimum ? .fail(text) : .ok(text)
    }

    /// 3: at most a tenth of the plant in transit at once; a larger plan runs in waves.
    static func transit(_ proposal: Proposal, _ snapshot: FactorySnapshot, _ settings: RailSettings) -> Opinion {
        let plan = proposal.waves
        let wave = plan.waves.map(\.count).max() ?? 0
        let text = "\(plan.inTransit + wave) of \(plan.transitLimit) with this plan"
        if plan.inTransit + wave > plan.transitLimit { return .fail(text) }
        return .ok(plan.waves.count > 1 ? "\(text), in \(plan.waves.count) waves" : text)
    }

    /// 4: at most a tenth of the plant moves in ten minutes; a larger plan's waves are spaced so.
    static func tenMinutes(_ proposal: Proposal, _ snapshot: FactorySnapshot, _ settings: RailSettings) -> Opinion {
        let plan = proposal.waves
        let wave = plan.waves.map(\.count).max() ?? 0
        let used = plan.usedTenMinutes + (plan.spacing > .zero ? wave : proposal.units)
        let text = "\(used) of \(plan.tenMinutesLimit) with this plan"
        if used > plan.tenMinutesLimit { return .fail(text) }
        if plan.spacing > .zero { return .warn("\(text): \(plan.waves.count) waves, 10 min apart") }
        return .ok(text)
    }

    /// 4: at most three tenths of the plant move in an hour.
    static func hour(_ proposal: Proposal, _ snapshot: FactorySnapshot, _ settings: RailSettings) -> Opinion {
        let plan = proposal.waves
        let used = plan.usedHour + proposal.units
        let text = "\(used) of \(plan.hourLimit) with this plan"
        if used > plan.hourLimit { return .fail(text) }
        // A plant whose limit is a node or two would always be warned.
        let isNear = plan.hourLimit > 2 && Double(used) > settings.warnShare * Double(plan.hourLimit)
        return isNear ? .warn(text) : .ok(text)
    }
}
