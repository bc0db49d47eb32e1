// SPDX-License-Identifier: Apache-2.0

package import Factory

/// Everything that a daemon remembers beyond the trends of its screens, and what of it is kept for the next run.
package struct Chronicle: Sendable {
    private var nodes = NodeChronicle()
    private var series = SeriesChronicle()
    private var lastAt: PlantTime?
    private var keptAt: PlantTime?
    /// An open chapter is kept this often, where it is small. Unit: wall seconds.
    private static let openPace = 10.0
    /// A clock that was set back by less is waited for: an hour of memory is worth two minutes. Unit: s.
    static let clockStep = 120.0
    /// Bytes of an open chapter that is written again and again.
    private static let small = 1 << 18

    package init() {}

    /// Packed bytes and open ones of nodes and accelerators.
    package var size: (packed: Int, open: Int) { nodes.size }
    /// Samples of nodes and accelerators that are packed.
    package var kept: Int { nodes.kept }

    /// Takes in a snapshot; one that comes within a wall second of the last is passed over.
    ///
    /// - Returns: what is to be kept now.
    package mutating func take(_ snapshot: FactorySnapshot) -> [KeptChapter] {
        let speed = max(1, snapshot.kind.speed)
        if let lastAt {
            let passed = (snapshot.at - lastAt).value
            if passed < 0, snapshot.kind != .live || passed < -Self.clockStep {
                // Another run of a simulation, or a clock that was far ahead: what was is no past of this.
                self = Chronicle()
            } else if passed < 0.95 * speed {
                return []
            }
        }
        lastAt = snapshot.at
        let (node, nodeMinutes) = nodes.take(snapshot, speed: speed)
        let (own, ownMinutes) = series.take(snapshot, speed: speed)
        var kept: [KeptChapter] = []
        func keep(_ subject: KeptChapter.Subject, _ grain: KeptChapter.Grain, _ chapter: SampleLog.Chapter?) {
            guard let chapter else { return }
            let names = subject == .nodes ? nodes.names : series.names
            kept.append(KeptChapter(subject, grain, names: names, chapter: chapter))
        }
        keep(.nodes, .fine, node)
        keep(.nodes, .minute, nodeMinutes)
        keep(.series, .fine, own)
        keep(.series, .minute, ownMinutes)
        if (snapshot.at - (keptAt ?? snapshot.at)).value >= Self.openPace * speed {
            kept += open(atMost: Self.small)
            keptAt = snapshot.at
        }
        keptAt = keptAt ?? snapshot.at
        return kept
    }

    /// The chapters that are open now.
    ///
    /// - Parameter limit: bytes of one that is too large.
    func open(atMost limit: Int = .max) -> [KeptChapter] {
        var kept: [KeptChapter] = []
        func keep(_ subject: KeptChapter.Subject, _ grain: KeptChapter.Grain, _ log: SampleLog, _ names: [String]) {
            guard log.tracks * log.length * log.scales.count * 2 <= limit, let chapter = log.openChapter else { return }
            kept.append(KeptChapter(subject, grain, names: names, chapter: chapter, isOpen: true))
        }
        keep(.nodes, .fine, nodes.fine, nodes.names)
        keep(.nodes, .minute, nodes.minutes.log, nodes.names)
        keep(.series, .fine, series.fine, series.names)
        keep(.series, .minute, series.minutes.log, series.names)
        return kept
    }

    /// The graphs of some nodes and accelerators.
    package func trends(of wanted: Set<PastSubject>, in snapshot: FactorySnapshot) -> [NodeTrendKey: Trend] {
        let speed = max(1, snapshot.kind.speed)
        var trends: [NodeTrendKey: Trend] = [:]
        for subject in wanted {
            guard let index = snapshot.nodes.ids.firstIndex(of: subject.node) else { continue }
            var hold = max(snapshot.staleAfter(of: index), Seconds(2 * speed))
            // The past that a simulation is given before it is watched is looked at this seldom.
            if snapshot.kind != .live { hold = max(hold, Seconds(31)) }
            trends.merge(nodes.trends(of: subject, speed: speed, hold: hold, at: snapshot.at)) { own, _ in own }
        }
        return trends
    }

    mutating func begin(with nodes: [KeptChapter]) { self.nodes.begin(with: nodes) }
}
