// SPDX-License-Identifier: Apache-2.0

import Factory

/// Sends trends whole once, and then what they grow by.
struct TrendSender: Sendable {
    private var sent: [String: Trend] = [:]

    /// - Parameter trends: by their names.
    mutating func next(_ trends: [String: Trend]) -> WireHistory {
        var history = WireHistory()
        history.gone = sent.keys.filter { trends[$0] == nil }.sorted()
        for (name, trend) in trends.sorted(by: { $0.key < $1.key }) {
            if let series = Self.growth(of: sent[name], to: trend, name) { history.series.append(series) }
        }
        sent = trends
        return history
    }

    /// nil when nothing grew.
    private static func growth(of old: Trend?, to new: Trend, _ name: String) -> WireSeries? {
        var series = WireSeries()
        series.key = name
        series.step = new.step.value
        series.end = new.end.epoch
        series.values = new.values
        guard let old, old.step == new.step, new.step.value > 0 else { return series }
        let steps = ((new.end - old.end).value / new.step.value).rounded()
        guard steps >= 0, steps < Double(old.values.count) else { return series }
        // So many values went at the front when so many came at the end and the count is what it is.
        let dropped = old.values.count + Int(steps) - new.values.count
        guard dropped >= 0, dropped <= old.values.count else { return series }
        var kept = 0
        while dropped + kept < old.values.count, kept < new.values.count,
            old.values[dropped + kept].bitPattern == new.values[kept].bitPattern
        { kept += 1 }
        if steps == 0, dropped == 0, kept == new.values.count, old.end == new.end { return nil }
        series.dropped = UInt32(dropped)
        series.kept = UInt32(kept)
        series.values = Array(new.values[kept...])
        return series
    }
}

/// The trends that have come.
struct TrendReceiver: Sendable {
    private(set) var trends: [TrendKey: Trend] = [:]
    private(set) var nodeTrends: [NodeTrendKey: Trend] = [:]

    /// - Throws: `RecordError` for growth of what is not there.
    mutating func take(_ history: WireHistory) throws(RecordError) {
        for name in history.gone { set(name, nil) }
        for series in history.series {
            let old = self[series.key]?.values ?? []
            let (dropped, kept) = (Int(series.dropped), Int(series.kept))
            // A quantity that this program does not know is no graph of its, and does not grow.
            guard isKnown(series.key) else { continue }
            guard dropped + kept <= old.count, kept + series.values.count <= 1 << 20 else {
                throw RecordError(text: "a trend that grows out of nothing")
            }
            let trend = Trend(
                step: Seconds(series.step), end: PlantTime(epoch: series.end),
                values: Array(old[dropped..<dropped + kept]) + series.values)
            set(series.key, trend)
        }
    }

    private func isKnown(_ name: String) -> Bool { TrendKey(name: name) != nil || NodeTrendKey(name: name) != nil }

    private subscript(name: String) -> Trend? {
        TrendKey(name: name).map { trends[$0] } ?? NodeTrendKey(name: name).flatMap { nodeTrends[$0] }
    }

    private mutating func set(_ name: String, _ trend: Trend?) {
        if let key = TrendKey(name: name) {
            trends[key] = trend
        } else if let key = NodeTrendKey(name: name) {
            // More than any view asks for: a daemon that sends more is not believed.
            if trend == nil || nodeTrends.count < 1 << 10 { nodeTrends[key] = trend }
        }
    }
}
