// SPDX-License-Identifier: Apache-2.0

import Factory

extension Trend {
    /// The last `span` in at most so many columns, oldest first.
    ///
    /// Steps that share a column are averaged. Columns are cut at fixed moments of the plant's clock, so that a graph moves on by whole
    /// columns and only its last one changes between.
    func columns(_ count: Int, span: Seconds) -> [Float] {
        guard count > 0, step.value > 0, !values.isEmpty, (end.epoch / step.value).magnitude < 1e15 else { return [] }
        let perColumn = stepsPerColumn(count, span: span)
        let last = Int((end.epoch / step.value).rounded())
        var columns: [Float] = []
        var sum: Float = 0
        var known = 0
        for (back, value) in values.reversed().enumerated() {
            let index = last - back
            if !value.isNaN {
                sum += value
                known += 1
            }
            if index % perColumn == 0 || back == values.count - 1 {
                columns.append(known > 0 ? sum / Float(known) : .nan)
                (sum, known) = (0, 0)
                if columns.count == count { break }
            }
        }
        return columns.reversed()
    }

    /// The time that so many columns show.
    func shown(_ count: Int, span: Seconds) -> Seconds {
        let steps = min(values.count, count * stepsPerColumn(count, span: span))
        return Seconds(Double(steps) * step.value)
    }

    /// The time that one of so many columns stands for.
    func columnSpan(_ count: Int, span: Seconds) -> Seconds {
        Seconds(Double(stepsPerColumn(count, span: span)) * step.value)
    }

    private func stepsPerColumn(_ count: Int, span: Seconds) -> Int {
        guard count > 0, step.value > 0 else { return 1 }
        return max(1, Int((span.value / step.value / Double(count)).rounded(.up)))
    }

    /// The sum of several trends that end together and step alike; a moment that one of them does not know is summed without it.
    static func sum(_ trends: [Trend]) -> Trend? {
        guard var total = trends.first else { return nil }
        for trend in trends.dropFirst() where trend.step == total.step {
            let length = max(total.values.count, trend.values.count)
            let left = total.values, right = trend.values
            total.values = (0..<length).map { index in
                let mine = index - (length - left.count), theirs = index - (length - right.count)
                let a = mine >= 0 ? left[mine] : .nan
                let b = theirs >= 0 ? right[theirs] : .nan
                return a.isNaN ? b : b.isNaN ? a : a + b
            }
            total.end = max(total.end, trend.end)
        }
        return total
    }
}
