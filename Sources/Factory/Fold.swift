// SPDX-License-Identifier: Apache-2.0

/// Joins what the sources of one plant said into one snapshot.
package struct Fold: Sendable {
    private let plant: String
    private var sequence: UInt64 = 0

    package init(plant: String) {
        self.plant = plant
    }

    /// - Parameter observations: the latest of every source, in the order of the configuration.
    package mutating func fold(_ observations: [Observation]) -> FactorySnapshot {
        sequence += 1
        let newest = observations.map(\.at).max() ?? PlantTime(epoch: 0)
        var snapshot = FactorySnapshot(plant: plant, kind: observations.first?.kind ?? .live, at: newest)
        snapshot.sequence = sequence
        snapshot.sources = observations.map(\.source)
        if let only = observations.first {
            snapshot.nodes = only.nodes
            snapshot.pools = only.pools
            snapshot.jobs = only.jobs
            snapshot.training = only.training
            snapshot.trained = only.trained
            snapshot.mfu = only.mfu
            snapshot.revision = only.revision ?? AllocationRevision(0)
            snapshot.staleAfter = only.interval * 2
        }
        snapshot.ledger = Ledger(counting: snapshot.nodes.states)
        return snapshot
    }
}
