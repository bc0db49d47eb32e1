// SPDX-License-Identifier: Apache-2.0

package import Factory

/// What crossing LOSS costs, by the newest word on the jobs.
extension MoveMachine {
    /// What jobs have not saved grows while a move is held or waits, and a save makes it small again: what the plan promised
    /// is not what is lost. Ignored for jobs that nobody knows any more, and for whoever has crossed.
    package mutating func reprice(on snapshot: FactorySnapshot) {
        let open = status.units.indices.filter { index in
            let unit = status.units[index]
            return unit.route == .requeue && !unit.pastLoss && !unit.isFinished && unit.confirmed != nil
        }
        guard status.isOpen, !open.isEmpty else { return }
        let work = NodeWork(snapshot)
        var counted: Set<JobID> = []
        for (jobs, units) in Dictionary(grouping: open, by: { status.units[$0].confirmed ?? [] }) {
            guard let lost = work.unsaved(jobs, counted: &counted) else { continue }
            // It is booked once a wave.
            let waves = Set(units.map { status.units[$0].wave }).count
            for index in units { status.units[index].atStake = lost * (1 / Double(waves)) }
        }
    }
}
