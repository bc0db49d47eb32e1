// SPDX-License-Identifier: Apache-2.0

package import Factory

/// Which gang gets a node that joins training, as far as a planner can tell.
package enum GangChoice {
    /// A gang that stands still for want of nodes; then curation, while it starves others; then gangs that take nodes in
    /// without a restart; then any that runs and has room. Of equals the one with the most room. nil: the node waits for a
    /// pending job.
    package static func next(_ jobs: [JobState]) -> JobState? {
        let incomplete = jobs.filter { $0.phase == .incomplete && $0.nodes < $0.minNodes }
        if let first = incomplete.min(by: { $0.minNodes - $0.nodes < $1.minNodes - $1.nodes }) { return first }
        let growing = jobs.filter { $0.phase != .pending && $0.nodes < $0.maxNodes }
        func roomiest(_ jobs: [JobState]) -> JobState? {
            jobs.max { $0.maxNodes - $0.nodes < $1.maxNodes - $1.nodes }
        }
        if jobs.contains(where: \.isStarved), let feeds = roomiest(growing.filter { $0.kind == .curation }) {
            return feeds
        }
        return roomiest(growing.filter { $0.changesFreely && $0.kind != .curation }) ?? roomiest(growing)
    }
}
