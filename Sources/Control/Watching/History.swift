// SPDX-License-Identifier: Apache-2.0

package import Factory

/// How much of the past is kept, and in which steps.
package struct HistorySettings: Sendable, Hashable {
    /// Finest step. Unit: plant seconds.
    package var finest: Seconds
    /// How many steps, each twice as long as the one before: 12 reach from 5 s to 2.8 h a column.
    package var levels: Int
    /// Columns kept of each step.
    package var columns: Int
    /// Least wall time between two columns, so that a graph moves no faster than the eye wants.
    package var wallStep: Seconds

    package init(finest: Seconds = Seconds(5), levels: Int = 12, columns: Int = 480, wallStep: Seconds = Seconds(5)) {
        self.finest = finest
        self.levels = levels
        self.columns = columns
        self.wallStep = wallStep
    }
}

/// The past of every quantity, of each pool and of the plant, in plant time.
///
/// Every series is kept at all steps at once, and a snapshot shows the finest whose columns are `wallStep` apart at the
/// present speed. So a change of speed changes the step of the whole graph and never its evenness. Memory is bounded by
/// `levels * columns * 4` bytes a series, and by `seriesLimit` series.
package struct History: Sendable {
    private let settings: HistorySettings
    private var series: [TrendKey: Series] = [:]
    private var lastAt: PlantTime?
    private var shown: (level: Int, ends: PlantTime)?
    private var trends: [TrendKey: Trend] = [:]
    private var demandEnds: PlantTime?
    private var arrivals: [Pool: Trend] = [:]
    /// Columns of this length or a little less make the demand that plans are made with. Unit: plant seconds.
    private static let minute = 60.0

    /// More pools than this in one plant have no history of their own.
    static let seriesLimit = 1024

    package init(_ settings: HistorySettings = HistorySettings()) {
        self.settings = settings
    }

    /// Takes in a snapshot and returns the trends it should carry.
    ///
    /// A value stands for the time since the snapshot before. Time that goes back (another run of a simulation) starts
    /// the history anew; a live clock that was set back a little is waited for.
    package mutating func take(_ snapshot: FactorySnapshot) -> [TrendKey: Trend] {
        add(snapshot)
        return current(speed: snapshot.kind.speed, at: lastAt ?? snapshot.at)
    }

    /// Takes in a snapshot.
    package mutating func add(_ snapshot: FactorySnapshot) {
        if let last = lastAt, snapshot.at < last {
            // The time that comes a second time has been drawn already.
            if snapshot.kind == .live, (last - snapshot.at).value <= Chronicle.clockStep { return }
            self = History(settings)
        }
        let since = lastAt ?? snapshot.at
        if snapshot.at > since || lastAt == nil {
            let samples = Samples.all(of: snapshot)
            for key in samples.keys where series[key] == nil && series.count < Self.seriesLimit {
                series[key] = Series(settings)
            }
            for key in series.keys {
                series[key]?.add(samples[key] ?? .nan, since: since, until: snapshot.at)
            }
            lastAt = snapshot.at
        }
    }

    /// Puts what a source remembers before what was seen here; where both speak, what was seen counts.
    ///
    /// - Parameter now: the moment of the snapshot that is taken in next.
    package mutating func begin(with past: [TrendKey: Trend], at now: PlantTime) {
        for (key, trend) in past where series[key] != nil || series.count < Self.seriesLimit {
            series[key] = series[key, default: Series(settings)].following(trend, until: lastAt ?? now, settings)
        }
        (shown, demandEnds) = (nil, nil)
    }

    /// What arrived in each class, in steps of about a minute.
    package mutating func demand() -> [Pool: Trend] {
        guard let now = lastAt else { return [:] }
        var level = 0
        while level < settings.levels - 1, settings.finest.value * Double(2 << level) <= Self.minute { level += 1 }
        let step = settings.finest.value * Double(1 << level)
        let ends = PlantTime(epoch: (now.epoch / step).rounded(.down) * step)
        if demandEnds == ends { return arrivals }
        demandEnds = ends
        arrivals = [:]
        for (key, series) in series where key.quantity == .arrivals {
            if let pool = key.pool { arrivals[pool] = series.trend(level: level) }
        }
        return arrivals
    }

    /// Values in memory: bounded, whatever the run.
    var stored: Int { series.values.reduce(0) { $0 + $1.stored } }

    private mutating func current(speed: Double, at now: PlantTime) -> [TrendKey: Trend] {
        let level = level(at: speed)
        let step = settings.finest.value * Double(1 << level)
        let ends = PlantTime(epoch: (now.epoch / step).rounded(.down) * step)
        // Between two columns the arrays of the snapshot before are shared.
        if let shown, shown == (level, ends) { return trends }
        shown = (level, ends)
        trends = series.compactMapValues { $0.trend(level: level) }
        return trends
    }

    private func level(at speed: Double) -> Int {
        let wanted = settings.wallStep.value * (speed.isFinite && speed > 0 ? speed : 1)
        var level = 0
        while level < settings.levels - 1, settings.finest.value * Double(1 << level) < wanted { level += 1 }
        return level
    }
}

extension PlantKind {
    /// Plant seconds per wall second.
    var speed: Double {
        if case .simulated(let speed, _, _) = self { speed } else { 1 }
    }
}
