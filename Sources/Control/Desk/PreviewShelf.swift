// SPDX-License-Identifier: Apache-2.0

import Factory

/// The plans that may still be confirmed: those made since the allocation last changed.
struct PreviewShelf: Sendable {
    private struct Kept {
        var preview: PlanPreview
        var by: String
    }

    /// More open plans than this push out the oldest.
    static let limit = 64

    private var kept: [Kept] = []
    private var lastNumber: Int

    /// - Parameter lastNumber: the highest decision number that was ever given away.
    init(lastNumber: Int) {
        self.lastNumber = lastNumber
    }

    var next: DecisionID { DecisionID(lastNumber + 1) }

    func preview(_ decision: DecisionID) -> PlanPreview? { kept.first { $0.preview.decision == decision }?.preview }

    /// The open plan that the same operator had for the same draft.
    func standing(_ draft: Draft, by who: String) -> PlanPreview? {
        kept.last { $0.by == who && $0.preview.draft == draft }?.preview
    }

    /// Keeps a plan; it replaces the one of the same decision.
    mutating func keep(_ preview: PlanPreview, by who: String) {
        lastNumber = max(lastNumber, preview.decision.number)
        kept.removeAll { $0.preview.decision == preview.decision }
        kept.append(Kept(preview: preview, by: who))
        if kept.count > Self.limit { kept.removeFirst() }
    }

    mutating func empty() { kept = [] }

    /// Drops the plans of another allocation.
    mutating func keepOnly(_ revision: AllocationRevision) { kept.removeAll { $0.preview.revision != revision } }
}

extension PlanPreview {
    /// Whether a confirmation of the other plan would mean this one: the same units the same way at the same price, and at the
    /// cost of the same jobs. What these have not saved grows meanwhile.
    func isSamePlan(as other: PlanPreview) -> Bool {
        revision == other.revision && to == other.to && waves == other.waves && tier == other.tier
            && takes.map(\.nodes) == other.takes.map(\.nodes) && takes.map(\.from) == other.takes.map(\.from)
            && takes.map(\.route) == other.takes.map(\.route) && takes.map(\.job) == other.takes.map(\.job)
            && takes.map(\.jobIDs) == other.takes.map(\.jobIDs)
    }
}

extension Taken {
    /// Whom the scheduler puts back or waits for, in no order; nil: it is not about jobs.
    fileprivate var jobIDs: Set<JobID>? { jobs.map { Set($0.map(\.id)) } }
}
