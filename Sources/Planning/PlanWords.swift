// SPDX-License-Identifier: Apache-2.0

import Factory

/// The sentences of a plan, each at most 70 columns where the names in it allow.
struct PlanWords {
    private let proposal: Proposal
    private let watched: PoolState?
    private let pricing: Pricing
    private let rails: RailSettings
    private var snapshot: FactorySnapshot { pricing.snapshot }
    /// Gangs that get lines of their own.
    private static let gangsTold = 3

    init(_ proposal: Proposal, _ watched: PoolState?, _ pricing: Pricing, _ rails: RailSettings) {
        self.proposal = proposal
        self.watched = watched
        self.pricing = pricing
        self.rails = rails
    }

    /// Why now.
    var why: [String] {
        var lines: [String] = []
        if let reversed = proposal.reverses {
            lines.append("takes back \(reversed.decision) of \(reversed.by), each node to where it came from")
        }
        if proposal.to == .training { lines.append(demand) }
        if let watched { lines += service(watched) }
        return lines
    }

    /// What the units leave behind.
    var notes: [String] {
        var lines = isScheduled ? SchedulerWords(proposal: proposal, snapshot: snapshot).notes : []
        // Two takes of one pool, as a reverse has them, would say the same twice.
        let gangs = proposal.takes.filter { $0.from == .training && $0.route == nil }
        let told = proposal.takes.filter { $0.from != .training || $0.route != nil } + gangs.prefix(Self.gangsTold)
        for line in told.flatMap(note) where !lines.contains(line) { lines.append(line) }
        let others = gangs.dropFirst(Self.gangsTold)
        if !others.isEmpty {
            let nodes = others.reduce(0) { $0 + $1.nodes.count }
            lines.append(
                "\(others.count) more \(others.count == 1 ? "gang gives" : "gangs give") \(Words.count(nodes, "node")) and restart"
            )
        }
        if let joined = pricing.joined(proposal), pricing.restartLoss(joined) > .zero {
            let price = Words.work(pricing.restartLoss(joined))
            lines.append("joins \(joined.name): its \(Words.count(joined.nodes, "node")) restart, \(price)")
        }
        let waves = proposal.waves
        if waves.waves.count > 1 {
            let size = waves.waves.map(\.count).max() ?? 0
            let apart = waves.spacing > .zero ? ", at least \(Words.ago(waves.spacing)) apart" : ""
            lines.append("runs in \(waves.waves.count) waves of at most \(size)\(apart)")
        }
        return lines
    }

    /// What it does to people's jobs; nil: no scheduler frees the nodes.
    var warnings: [String]? { isScheduled ? SchedulerWords(proposal: proposal, snapshot: snapshot).warnings : nil }

    private var isScheduled: Bool { proposal.takes.contains { $0.route != nil } }

    /// Before LOSS and after it.
    var wayBack: [String] {
        guard !proposal.takes.isEmpty else { return [] }
        let losing = proposal.takes.filter { taken in
            taken.path(to: proposal.to).contains { $0.mark == .loss }
        }
        guard !losing.isEmpty else { return ["A aborts at any time, free: no step crosses LOSS"] }
        // A scheduler has no gang that would restart: the way back waits for what has begun there.
        if isScheduled {
            return [
                "before LOSS: A aborts, free",
                "after: A drafts the reverse, by drain; who was put back stays in the queue",
            ]
        }
        let back = losing.map { taken in
            pricing.duration(
                Taken(
                    from: taken.to ?? proposal.to, job: nil, jobName: "", owner: "", nodes: taken.nodes, lost: .zero),
                to: taken.from)
        }
        let isKnown = back.allSatisfy { $0 != nil }
        let time = isKnown ? back.compactMap { $0 }.max().map { "\(Words.duration($0)) back" } : nil
        let gangs =
            losing.compactMap { taken in
                snapshot.job(taken.job).flatMap { $0.givesFreely(taken.nodes.count) ? nil : $0 }
            } + [pricing.joined(proposal)].compactMap { $0 }
        let price = gangs.reduce(GPUHours.zero) { $0 + pricing.restartLoss($1) }
        return [
            "before LOSS: A aborts, free",
            "after: A drafts the reverse, \(time ?? "time unknown"), \(Words.work(price)) more",
        ]
    }

    private var demand: String {
        guard let training = snapshot.training else { return "no source says what training asks for" }
        guard training.pendingJobs > 0 else { return "no training job waits" }
        let oldest = training.oldest.map { ", oldest \(Words.ago($0)) \(training.oldestJob)" } ?? ""
        let asks = training.pendingJobs == 1 ? "asks" : "ask"
        let asked = training.askedGPUs.map { " \(asks) \($0) GPUs" } ?? ""
        return "\(Words.count(training.pendingJobs, "job")) pending\(asked)\(oldest)"
    }

    private func service(_ state: PoolState) -> [String] {
        let name = state.pool.shortName
        let estimator = Estimator(state, on: snapshot)
        var lines: [String] = []
        if let arrivals = estimator.arrivals {
            let serves =
                estimator.perNode.map { Words.number($0 * Double(state.nodes)) + " req/s" } ?? "an unknown rate"
            let verb = state.nodes == 1 ? "serves" : "serve"
            lines.append(
                "\(name): \(Words.number(arrivals)) req/s arrive\(climb(estimator)), \(Words.count(state.nodes, "node")) \(verb) \(serves)"
            )
        } else {
            lines.append("\(name): no source says how many requests arrive")
        }
        if let wait = state.wait.known {
            let limit = state.level?.ttft.map { ", TTFT limit \(Words.number($0.value)) s" } ?? ""
            let since = state.hurtSince.map { ", missed since \($0.clock)" } ?? ""
            lines.append("wait \(Words.number(wait.value)) s\(limit)\(since)")
        }
        return lines
    }

    /// ` and climb (996 in 5 min)`.
    private func climb(_ estimator: Estimator) -> String {
        guard estimator.rise > 0, let arrivals = estimator.arrivals else { return "" }
        let soon = Words.number(arrivals + estimator.rise * QueueLoad.horizon)
        return " and climb (\(soon) in \(Int(QueueLoad.horizon / 60)) min)"
    }

    private func note(_ taken: Taken) -> [String] {
        switch taken.from {
        case .training where taken.route == nil: return gang(taken)
        case .spare, .inference, .training:
            return snapshot.pool(taken.from).map { state in
                let rest = state.nodes - proposal.taken(from: taken.from)
                let verb = taken.from == .spare ? "keep" : "keeps"
                let name = taken.from == .spare ? "the spares" : taken.from.shortName
                return ["\(name) \(verb) \(Words.count(rest, "node")) (floor \(rails.floor(of: state)))"]
            } ?? []
        }
    }

    private func gang(_ taken: Taken) -> [String] {
        guard let job = snapshot.job(taken.job) else { return ["no source names the job that loses nodes"] }
        let rest = job.nodes - taken.nodes.count
        let size = job.isElastic ? "\(job.minNodes)..\(job.maxNodes)" : "rigid"
        var lines: [String] = []
        if rest < job.minNodes {
            lines.append("\(job.name) keeps \(rest) of \(job.nodes) (\(size)): it stops until it has \(job.minNodes)")
        } else if job.givesFreely(taken.nodes.count) {
            return [
                "\(job.name) goes \(job.nodes) -> \(rest) nodes (\(size)) and steps on: nothing restarts, nothing is lost"
            ]
        } else {
            let time = Words.duration(
                (job.checkpointTime ?? StepTimes.checkpoint) + (job.restartTime ?? StepTimes.restart))
            lines.append("\(job.name) goes \(job.nodes) -> \(rest) nodes (\(size)); all restart, about \(time)")
            if let left = job.remaining.known, rest > 0 {
                let later = Seconds(left.value * Double(job.nodes) / Double(rest))
                let ends = (snapshot.at + left).clock
                lines.append("its end \(ends) becomes \((snapshot.at + later).clock) if the nodes stay away")
            }
        }
        if let at = job.checkpointAt {
            lines.append("its last durable checkpoint: \(at.clock), \(Words.ago(snapshot.at - at)) ago")
        }
        return lines
    }
}
