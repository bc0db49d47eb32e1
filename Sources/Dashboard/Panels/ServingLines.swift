// SPDX-License-Identifier: Apache-2.0

import Factory
import Screen

/// What waits in a scheduler's queue for the nodes of classes, in the Queue panel: a line each.
///
/// It is not the queue of requests above it: a job that serves is to start, and nobody has an answer from it yet.
struct ServingLines {
    private let demands: [ServingDemand]
    private let training: TrainingDemand?

    init(_ snapshot: FactorySnapshot) {
        training = snapshot.training
        demands = snapshot.training?.serving ?? []
    }

    var count: Int { demands.count }

    /// Those for which somebody waits first, where there are too few rows for all.
    func lines(_ rows: Int, width: Int) -> [TextLine] {
        let shown = demands.count <= rows ? demands : waiting + demands.filter { $0.pendingJobs == 0 }
        return shown.prefix(rows).map { line($0).fitted(width) }
    }

    /// The whole queue in one line, where there is no row for each that waits in it; nil where there is.
    func folded(below rows: Int) -> TextLine? {
        guard let training, waiting.count > rows else { return nil }
        let counts = ["train \(training.pendingJobs)"] + waiting.map { "\($0.pool.shortName) \($0.pendingJobs)" }
        return TextLine("jobs wait: ", .dim) + TextLine(counts.joined(separator: ", "), role)
    }

    private var waiting: [ServingDemand] { demands.filter { $0.pendingJobs > 0 } }
    private var role: Role { training?.age == nil ? .text : .stale }

    private func line(_ demand: ServingDemand) -> RankedRow {
        var row = RankedRow(separator: ", ")
        var first = TextLine(demand.pool.shortName + " ", .dim)
        guard demand.pendingJobs > 0 else {
            first.add("no job is pending", .dim)
            row.add(first, rank: 0)
            return row
        }
        first.add("\(Words.count(demand.pendingJobs, "job")) pending", role)
        row.add(first, rank: 0)
        if let asked = demand.askedGPUs { row.add("ask \(asked) GPUs", role, rank: 2) }
        if let oldest = demand.oldest { row.add(Words.age(oldest), role, rank: 1) }
        row.add(demand.oldestReason, role, rank: 3)
        row.add(demand.oldestJob.isEmpty ? "" : "job \(demand.oldestJob)", .dim, rank: 4)
        return row
    }
}
