// SPDX-License-Identifier: Apache-2.0

import Factory

/// The graphs of a node that came last: they stay until those that are asked for come, so that nothing flashes.
struct NodePast: Sendable {
    private(set) var subject: PastSubject?
    private(set) var trends: [NodeTrendKey: Trend] = [:]
    /// Pictures that came without what is wanted.
    private var missed = 0
    /// After so many nothing will come: what is not wanted any more must not stand there for good.
    private static let patience = 3

    /// Takes what a picture has of the subject; else keeps what there is of the same node, and of no other.
    mutating func take(_ snapshot: FactorySnapshot, _ wanted: PastSubject) {
        let found = snapshot.nodeTrends.filter { $0.key.subject == wanted }
        if !found.isEmpty {
            (subject, trends, missed) = (wanted, found, 0)
        } else if subject?.node != wanted.node {
            self = NodePast()
        }
    }

    /// The same of a new picture.
    mutating func arrived(_ snapshot: FactorySnapshot, _ wanted: PastSubject) {
        missed += 1
        take(snapshot, wanted)
        if missed >= Self.patience { self = NodePast() }
    }
}
