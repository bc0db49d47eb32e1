// SPDX-License-Identifier: Apache-2.0

import Factory

/// Rails 9 to 12 and 14: what the move does to gangs, checkpoints, units, power and the class that gets.
extension GuardRails {
    /// 9: no gang is left incomplete unawares.
    static func gangs(_ proposal: Proposal, _ snapshot: FactorySnapshot, _ settings: RailSettings) -> Opinion {
        let putsBack = proposal.takes.contains { $0.from == .training && $0.route == .requeue }
        let outlook = putsBack ? QueueOutlook(proposal, on: snapshot) : nil
        let opinions = proposal.takes.filter { $0.from == .training }.map { taken -> Opinion in
            if let route = taken.route { return scheduled(taken, route, outlook, snapshot) }
            guard let job = snapshot.job(taken.job) else { return .warn("no source names the job that loses nodes") }
            let rest = job.nodes - taken.nodes.count
            if rest < job.minNodes {
                return .warn("\(job.name) keeps \(rest) of \(job.nodes), needs \(job.minNodes): it stops")
            }
            return .ok("\(job.name) keeps \(rest) of \(job.nodes), needs \(job.minNodes)")
        }
        return .worst(opinions, otherwise: .ok("no gang gives nodes"))
    }

    /// A scheduler breaks no gang unless its job is put back, and then all of it.
    private static func scheduled(
        _ taken: Taken, _ route: MoveRoute, _ outlook: QueueOutlook?, _ snapshot: FactorySnapshot
    ) -> Opinion {
        guard taken.job != nil else { return .ok("nothing runs on the idle nodes") }
        guard let job = snapshot.job(taken.job) else { return .warn("no source describes job \(taken.jobName)") }
        if route == .requeue, let opinion = unsuited(taken, snapshot) { return opinion }
        if route == .requeue {
            let again = (taken.jobs ?? []).lazy.compactMap { stake in
                outlook?.obstacle(again: stake.id).map { "; job \(stake.id) could not start again: it \($0)" }
            }
            return .warn("\(job.name) stops on all its \(Words.count(job.nodes, "node"))\(again.first ?? "")")
        }
        return .ok("\(job.name) runs to its end")
    }

    /// Jobs that a plan by requeue may not touch: those that it does not name, and those that would not come back.
    private static func unsuited(_ taken: Taken, _ snapshot: FactorySnapshot) -> Opinion? {
        if let stray = NodeWork(snapshot).strays(of: taken).first {
            return .fail("job \(stray.job) of \(stray.owner) on \(stray.node) is not in the plan: plan again")
        }
        let fixed = (taken.jobs ?? []).first { snapshot.job($0.id)?.wants?.isFixed == true }
        return fixed.map { .fail("job \($0.id) of \($0.owner) may not be put back (--no-requeue): drain, or ask them") }
    }

    /// 10: a durable checkpoint is young enough, or the loss is confirmed by name.
    static func checkpoint(_ proposal: Proposal, _ snapshot: FactorySnapshot, _ settings: RailSettings) -> Opinion {
        let opinions = proposal.takes.filter { $0.from == .training }.map { taken -> Opinion in
            let job = snapshot.job(taken.job)
            if taken.route == .drain || (taken.route != nil && taken.job == nil) { return .ok("nothing is broken off") }
            if let job, job.givesFreely(taken.nodes.count) { return .ok("\(job.name) loses nothing") }
            guard let job, let at = job.checkpointAt else {
                let told = job?.checkpointTime == .zero ? "it is not told to save" : "it is told to save first"
                let first = taken.route == nil ? "one is made first" : told
                return .warn("no checkpoint of \(taken.jobName) is known: \(first)")
            }
            let age = snapshot.at - at
            let text = "\(job.name)'s is \(Words.ago(age)) old"
            guard age > settings.checkpointAge else { return .ok(text) }
            return .warn("\(text): \(Words.work(job.atRisk(at: snapshot.at) ?? .zero)) more if the next fails")
        }
        return .worst(opinions, otherwise: .ok("no work is at risk"))
    }

    /// 11: units are whole nodes of the size that the receiver's model needs.
    static func wholeUnits(_ proposal: Proposal, _ snapshot: FactorySnapshot, _ settings: RailSettings) -> Opinion {
        let sizes = proposal.receivers.compactMap { snapshot.pool($0)?.profile?.gpusPerNode }
        guard let size = sizes.max() else { return .ok("units are whole nodes") }
        let wanted = Set(proposal.nodes)
        for index in snapshot.nodes.indices where wanted.contains(snapshot.nodes.ids[index]) {
            let gpus = snapshot.nodes.gpus.range(of: index).count
            if gpus > 0, gpus < size {
                return .fail("\(snapshot.nodes.ids[index]) has \(gpus) GPUs, the model needs \(size)")
            }
        }
        return .ok("units are whole nodes of \(size) GPUs")
    }

    /// 12: the plant stays under its power cap when the moved nodes run at their highest.
    static func power(_ proposal: Proposal, _ snapshot: FactorySnapshot, _ settings: RailSettings) -> Opinion {
        guard let cap = settings.powerCap else {
            guard let economy = snapshot.economy, let cap = economy.cap.known else {
                return .unjudged("no power cap is configured (rails.power_cap_watts)")
            }
            // The plant itself keeps to it: what moves is slowed with the rest, and nothing trips.
            let text = "the plant holds itself under its cap of \(Words.number(cap.value / 1000)) kW"
            return economy.isCapped ? .warn("\(text), and is slowed by it now") : .ok(text)
        }
        guard let now = snapshot.nodes.power.sum() else { return .unjudged("no source says what the plant draws") }
        let wanted = Set(proposal.nodes)
        var peak = now
        for index in snapshot.nodes.indices where wanted.contains(snapshot.nodes.ids[index]) {
            guard let limit = snapshot.nodes.powerLimit[index] else {
                return .unjudged("no source says what \(snapshot.nodes.ids[index]) may draw")
            }
            peak += max(0, limit - (snapshot.nodes.power[index] ?? 0))
        }
        let allowed = cap.value * (1 - settings.powerMargin)
        let text = "\(Words.number(peak / 1000)) kW at the peak after the move, \(Words.number(allowed / 1000)) allowed"
        return peak > allowed ? .fail(text) : .ok(text)
    }

    /// 14: each node proves itself before it serves, where the engine loads it and not a scheduler's job.
    static func canary(_ proposal: Proposal, _ snapshot: FactorySnapshot, _ settings: RailSettings) -> Opinion {
        let serving = proposal.takes.filter { ($0.to ?? proposal.to).servingClass != nil }
        guard !serving.isEmpty else { return .ok("nothing is loaded") }
        let proven = serving.filter { taken in
            MoveStep.path(from: taken.from, to: taken.to ?? proposal.to, by: taken.route ?? .pools).contains(.canary)
        }
        return proven.count == serving.count
            ? .ok("each node passes a canary or goes back")
            : .unjudged("no canary: what serves on the node is a job of the scheduler, and proves itself")
    }
}
