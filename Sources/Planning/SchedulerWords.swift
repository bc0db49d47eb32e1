// SPDX-License-Identifier: Apache-2.0

import Factory

/// What a plan says of nodes that a scheduler frees: the jobs on them end, or are put back.
struct SchedulerWords {
    let proposal: Proposal
    let snapshot: FactorySnapshot
    /// Jobs that are waited for and have lines of their own; of those that are put back each has.
    private static let told = 4

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
        if back.contains(where: { snapshot.job($0.id)?.checkpointTime != .zero }) {
            lines.append("who is put back is told to save first, and begins again from what it has saved")
        } else if !back.isEmpty {
            lines.append(
                "who is put back is not told to save (no checkpoint_signal), and begins from what it saved itself")
        }
        return lines + QueueOutlook(proposal, on: snapshot).starts
    }

    /// What the plan does to people's jobs: nothing of it is left out.
    var warnings: [String] { jobs(freedBy: .requeue).map(putBack) + QueueOutlook(proposal, on: snapshot).pins }

    /// The jobs on nodes that are freed in one way, each once.
    private func jobs(freedBy route: MoveRoute) -> [JobAtStake] {
        var seen: Set<JobID> = []
        return proposal.takes.filter { $0.route == route }.flatMap { $0.jobs ?? [] }.filter {
            seen.insert($0.id).inserted
        }
    }

    private func wait(_ job: JobAtStake) -> String {
        guard let ends = job.ends else {
            return "waits for \(name(job)) to end by itself: it has no time limit, so nobody knows when"
        }
        return
            "waits for \(name(job)) to end by itself: \(ends.clock) at the latest, in \(Words.ago(ends - snapshot.at))"
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
