// SPDX-License-Identifier: Apache-2.0

/// The steps of the nodes of a plan that come from one pool and are freed in one way, in the order in which each takes them.
package struct PlannedPath: Sendable, Hashable {
    package var from: Pool
    /// nil: by pools.
    package var route: MoveRoute?
    package var steps: [PlannedStep]
}

extension PlanPreview {
    /// The plan's steps, a path for each donor and each way of freeing its nodes.
    package var paths: [PlannedPath] {
        var paths: [PlannedPath] = []
        for step in steps {
            if let place = paths.firstIndex(where: { $0.from == step.from && $0.route == step.route }) {
                paths[place].steps.append(step)
            } else {
                paths.append(PlannedPath(from: step.from, route: step.route, steps: [step]))
            }
        }
        return paths
    }

    /// What tells a path from the plan's other ones: its donor, its way or both; empty where there is only one.
    package func name(of path: PlannedPath) -> String {
        let paths = paths
        let donor = Set(paths.map(\.from)).count > 1 ? [path.from.shortName] : []
        let way = Set(paths.map(\.route)).count > 1 ? path.route.map { [$0.rawValue] } ?? [] : []
        return (donor + way).joined(separator: ", ")
    }
}
