// SPDX-License-Identifier: Apache-2.0

import Factory

extension TrendKey {
    /// `decode inference/chat`, `power`.
    var name: String { pool.map { "\(quantity.rawValue) \($0)" } ?? quantity.rawValue }

    init?(name: String) {
        let parts = name.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let quantity = Quantity(rawValue: String(first)) else { return nil }
        self.init(quantity, parts.count > 1 ? Pool(described: String(parts[1])) : nil)
    }
}

/// Sends trends whole once, and then what they grow by.
struct TrendSender: Sendable {
    private var sent: [TrendKey: Trend] = [:]

    mutating func next(_ trends: [TrendKey: Trend]) -> WireHistory {
        var history = WireHistory()
        history.gone = sent.keys.filter { trends[$0] == nil }.map(\.name).sorted()
        for (key, trend) in trends.sorted(by: { $0.key.name < $1.key.name }) {
            if let series = Self.growth(of: sent[key], to: trend, key.name) { history.series.append(series) }
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

extension [TrendKey: Trend] {
    /// - Throws: `RecordError` for growth of what is not there.
    mutating func take(_ history: WireHistory) throws(RecordError) {
        for name in history.gone { if let key = TrendKey(name: name) { self[key] = nil } }
        for series in history.series {
            // A quantity that this program does not know is no graph of its.
            guard let key = TrendKey(name: series.key) else { continue }
            let old = self[key]?.values ?? []
            let (dropped, kept) = (Int(series.dropped), Int(series.kept))
            guard dropped + kept <= old.count, kept + series.values.count <= 1 << 20 else {
                throw RecordError(text: "a trend that grows out of nothing")
            }
            self[key] = Trend(
                step: Seconds(series.step), end: PlantTime(epoch: series.end),
                values: Array(old[dropped..<dropped + kept]) + series.values)
        }
    }
}
