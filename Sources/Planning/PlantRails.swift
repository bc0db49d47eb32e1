// SPDX-License-Identifier: Apache-2.0

import Factory

/// Rails 15 and 17 to 20: what the plant and this program owe before anything moves.
extension GuardRails {
    /// 15: no data, no moves.
    static func plantData(_ proposal: Proposal, _ snapshot: FactorySnapshot, _ settings: RailSettings) -> Opinion {
        let limit = settings.staleAfter(snapshot)
        let silent = snapshot.sources.filter { source in
            guard let answered = source.answeredAt else { return true }
            return snapshot.at - answered > limit
        }
        guard let first = silent.first else {
            let count = snapshot.sources.count
            return count == 0
                ? .fail("no source answers")
                : .ok(count == 1 ? "the source answers" : "all \(count) sources answer")
        }
        let last = first.answeredAt.map { "last answered \(Words.ago(snapshot.at - $0)) ago" } ?? "has never answered"
        let text = "\(first.name) \(last)\(first.problem.map { ": \($0)" } ?? "")"
        let heard = snapshot.nodes.indices.contains { node in
            node >= snapshot.nodes.heardAt.count || snapshot.at - snapshot.nodes.heardAt[node] <= limit
        }
        // Beside a source of requests there may be none of nodes.
        if silent.count == snapshot.sources.count || !heard { return .fail(text) }
        return .warn(text)
    }

    /// 17: a property of the poller, tested there.
    static func pollBudget(_ proposal: Proposal, _ snapshot: FactorySnapshot, _ settings: RailSettings) -> Opinion {
        .unjudged("the poller keeps its budget; a plan cannot break it")
    }

    /// 18: nothing here decides by itself.
    static func advisory(_ proposal: Proposal, _ snapshot: FactorySnapshot, _ settings: RailSettings) -> Opinion {
        .ok("an operator decides, nothing is automatic")
    }

    /// 19: a live plant is not touched by default.
    static func dryRun(_ proposal: Proposal, _ snapshot: FactorySnapshot, _ settings: RailSettings) -> Opinion {
        switch snapshot.kind {
        case .simulated: .ok("a simulated plant: nothing real moves")
        case .live:
            snapshot.observeOnly == nil
                ? .unjudged("the configuration lets this plant be changed") : .ok("nothing can act: nothing is sent")
        }
    }

    /// 20: the desk writes the audit before it acts, or refuses.
    static func audit(_ proposal: Proposal, _ snapshot: FactorySnapshot, _ settings: RailSettings) -> Opinion {
        .unjudged("written before anything acts, or nothing does")
    }
}
