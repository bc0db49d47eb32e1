// SPDX-License-Identifier: Apache-2.0

import Factory
import Screen

/// What training waits for, in the Queue panel: the other bidder.
struct TrainingLines {
    private let snapshot: FactorySnapshot

    init(_ snapshot: FactorySnapshot) { self.snapshot = snapshot }

    func lines(_ rows: Int) -> [TextLine] {
        guard rows > 0 else { return [] }
        guard let demand = snapshot.training else { return [TextLine("train  -", .dim)] }
        guard demand.pendingJobs > 0 else { return [TextLine("train  no job is pending", .dim)] }
        let role: Role = demand.age == nil ? .text : .stale
        let pending = Words.count(demand.pendingJobs, "job")
        guard rows > 1 else {
            var line = TextLine("train ", .dim)
            let asked = demand.askedGPUs.map { "ask \($0) GPUs, \(demand.oldest.map { Words.age($0) } ?? "-")" }
            line.add("\(pending) \(asked ?? "pending")", role)
            return [line]
        }
        var first = TextLine("train ", .dim)
        first.add("\(pending) pending\(demand.askedGPUs.map { " ask \($0) GPUs" } ?? "")", role)
        if let age = demand.age { first.add(" \(Words.age(age)) ago", .stale) }
        let lines = [first, demand.oldest == nil && demand.askedGPUs == nil ? room(demand, role) : oldest(demand)]
        return rows > 2 ? lines + (running(demand).map { [$0] } ?? []) : lines
    }

    private func oldest(_ demand: TrainingDemand) -> TextLine {
        var line = TextLine("  oldest ", .dim)
        line.add("\(demand.oldest.map { Words.age($0) } ?? "-") \(demand.oldestJob) \(demand.oldestReason)")
        return line
    }

    /// Where nobody lists the jobs: what a queue's own metrics say instead.
    private func room(_ demand: TrainingDemand, _ role: Role) -> TextLine {
        var words: [String] = []
        if let used = demand.gpusUsed, let all = demand.gpusInAll { words.append("\(used)/\(all) GPUs") }
        if let wait = demand.wait { words.append("waited p95 \(Words.wait(wait))") }
        return TextLine("  ")
            + TextLine(
                words.isEmpty ? "no source says for how long" : words.joined(separator: ", "),
                words.isEmpty ? .dim : role)
    }

    /// nil where nobody says how many run: jobs that speak for themselves are some of them.
    private func running(_ demand: TrainingDemand) -> TextLine? {
        let incomplete = snapshot.jobs.count { $0.phase == .incomplete }
        if demand.running == nil, !snapshot.listsEveryJob { return nil }
        let listed = snapshot.jobs.count { $0.phase == .running || $0.phase == .checkpointing }
        var line = TextLine("  \(Words.count(demand.running ?? listed, "job")) running", .dim)
        if incomplete > 0 { line.add(", \(incomplete) incomplete!", .warning) }
        return line
    }
}
