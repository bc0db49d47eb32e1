// SPDX-License-Identifier: Apache-2.0

import Factory

/// What a plan says of nodes that a scheduler frees: the jobs on them end, or are put back.
struct SchedulerWords {
    let proposal: Proposal
    let snapshot: FactorySnapshot
    private let outlook: QueueOutlook
    /// Jobs that are waited for and have lines of their own; of those that are put back each has.
    private static let told = 4

    init(proposal: Proposal, snapshot: FactorySnapshot) {
        self.proposal = proposal
        self.snapshot = snapshot
        outlook = QueueOutlook(proposal, on: snapshot)
    }

    /// What becomes of the jobs, and what the nodes are worth to those that wait.
    var notes: [String] {
        var lines: [String] = []
        let idle = proposal.takes.filter { ($0.jobs ?? []).isEmpty && $0.job == nil }.flatMap(\.nodes)
        if !idle.isEmpty {
            lines.append("nothing runs on \(Words.names(idle.map(\.name))): free at once, whichever way")
        }
        let waited = jobs(freedBy: .drain)
        lines += waited.prefix(Self.told).map { wait($0) }
        if waited.count > Self.told { lines.append("and for \(Words.count(waited.count - Self.told, "more job"))") }
        let back = jobs(freedBy: .requeue)
        if !back.isEmpty { lines.append(saving(back)) }
        return lines + outlook.starts
    }

    /// What the plan does to people's jobs: nothing of it is left out. First what is worst: who would not come back.
    var warnings: [String] {
        let back = jobs(freedBy: .requeue)
        return back.compactMap(stranded) + back.map(putBack) + outlook.pins(without: Set(back.map(\.id)))
    }

    /// What those that are put back save before, and whether they begin again.
    private func saving(_ back: [JobAtStake]) -> String {
        let isTold = back.contains { snapshot.job($0.id)?.checkpointTime != .zero }
        let first = "who is put back is \(isTold ? "told to save first" : "not told to save (no checkpoint_signal)")"
        switch back.count(where: { outlook.obstacle(again: $0.id) == nil }) {
        case 0: return "\(first); it stays in the queue until it has the nodes again"
        case back.count: return "\(first), and begins again from what it has saved\(isTold ? "" : " itself")"
        default: return "\(first), and begins again from what it has saved, where it can start"
        }
    }

    /// What would not come back by itself.
    private func stranded(_ job: JobAtStake) -> String? {
        outlook.obstacle(again: job.id).map { "\(name(job)) could NOT start again after the move: it \($0)" }
    }

    /// The jobs on nodes that are freed in one way, each once.
    private func jobs(freedBy route: MoveRoute) -> [JobAtStake] {
        var seen: Set<JobID> = []
        return proposal.takes.filter { $0.route == route }.flatMap { $0.jobs ?? [] }.filter {
            seen.insert($0.id).inserted
        }
    }

    private func wait(_ job: JobAtStake) -> String {
        guard let ends = job.ends else { return "waits, nobody knows how long (no time limit), for \(name(job))" }
        // When comes before whom: of a row that is cut the end goes.
        return "waits until \(ends.clock) at the latest, \(Words.duration(ends - snapshot.at)), for \(name(job))"
    }

    private func putBack(_ job: JobAtStake) -> String {
        let size = Words.count(job.nodes, "node")
        let since = job.savedAt.map { "since its checkpoint of \($0.clock)" } ?? "since its start at most"
        let end = job.ends.map { "it would end by itself \($0.clock) at the latest" } ?? "it has no time limit"
        return
            "puts \(name(job)) back into the queue, on all its \(size): loses \(Words.work(job.lost)) \(since); \(end)"
    }

    /// `job 71001 sft-v2 of nlp1 (account nlp)`
    private func name(_ job: JobAtStake) -> String {
        "job \(job.id) \(job.name.isEmpty ? "" : job.name + " ")of \(job.payer)"
    }
}
