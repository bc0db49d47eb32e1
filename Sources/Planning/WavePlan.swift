// SPDX-License-Identifier: Apache-2.0

package import Factory

/// The units of a move by wave, and the limits that made the waves.
package struct WavePlan: Sendable, Hashable {
    package var waves: [[NodeID]] = []
    /// Shortest time between the starts of two waves.
    package var spacing = Seconds.zero
    /// Nodes that other moves have in transit, and the most there may be.
    package var inTransit = 0
    package var transitLimit = 0
    /// Nodes that other moves took in the last ten minutes and the last hour, and the most there may be.
    package var usedTenMinutes = 0
    package var tenMinutesLimit = 0
    package var usedHour = 0
    package var hourLimit = 0

    package init() {}

    /// - Parameter reverses: the move that is taken back; what is undone does not count against its undoing.
    package init(
        _ nodes: [NodeID], on snapshot: FactorySnapshot, _ settings: RailSettings, reverses: DecisionID? = nil
    ) {
        let total = snapshot.nodes.count
        inTransit = Self.inTransit(snapshot)
        transitLimit = RailSettings.nodes(settings.transitShare, of: total)
        tenMinutesLimit = RailSettings.nodes(settings.perTenMinutes, of: total)
        hourLimit = RailSettings.nodes(settings.perHour, of: total)
        for move in snapshot.moves where move.decision != reverses {
            let started = move.units.count { $0.phase != .aborted || $0.step != nil }
            let age = snapshot.at - Self.lastStart(move, at: snapshot.at)
            if age < Seconds(3600) { usedHour += started }
            if age < Seconds(600) {
                usedTenMinutes += move.waveSpacing > .zero ? min(started, Self.largestWave(move)) : started
            }
        }
        let free = tenMinutesLimit - usedTenMinutes
        let size = max(1, min(transitLimit - inTransit, free))
        waves = stride(from: 0, to: nodes.count, by: size).map { Array(nodes[$0..<min($0 + size, nodes.count)]) }
        if nodes.count > free, waves.count > 1 { spacing = Seconds(600) }
    }

    /// The nodes that moves have on the way: seen so by the plant, or still to start in an open move's next wave.
    ///
    /// A gang that restarts is not in transit here: its nodes change no pool.
    private static func inTransit(_ snapshot: FactorySnapshot) -> Int {
        var seen: Set<NodeID> = []
        for (index, state) in snapshot.nodes.states.enumerated() {
            switch state {
            case .cordoned, .draining, .unloading, .releasing, .joining, .loading, .warming, .canary:
                if index < snapshot.nodes.ids.count { seen.insert(snapshot.nodes.ids[index]) }
            default: break
            }
        }
        var waiting = 0
        for move in snapshot.moves where move.isOpen {
            let started = move.units.filter { !$0.isFinished && $0.phase != .waiting }
            started.forEach { seen.insert($0.node) }
            let next = Dictionary(grouping: move.units.filter { $0.phase == .waiting }, by: \.wave).values.map(\.count)
            waiting += max(0, (next.max() ?? 0) - started.count)
        }
        return seen.count + waiting
    }

    /// The latest that a unit of a move can have started: nobody notes when its waves began.
    private static func lastStart(_ move: MoveStatus, at now: PlantTime) -> PlantTime {
        move.units.contains { $0.wave > 0 } ? move.finishedAt ?? now : move.startedAt
    }

    private static func largestWave(_ move: MoveStatus) -> Int {
        Dictionary(grouping: move.units, by: \.wave).values.map(\.count).max() ?? 0
    }
}
