// SPDX-License-Identifier: Apache-2.0

import Factory

/// A time in which a class keeps its nodes, so that its queue is a straight line down to zero.
struct QueueSpan {
    /// Seconds from now; `end` is infinite for the last.
    var start: Double
    var end: Double
    /// Requests that wait at the start.
    var waiting: Double
    /// Requests/s that the nodes serve.
    var service: Double
    /// Requests/s by which the queue grows.
    var growth: Double

    /// The spans between changes of the nodes, in order; at least one.
    static func list(
        _ changes: [Estimator.Change], nodes: Int, perNode: Double, arrivals: Double, waiting: Double
    ) -> [QueueSpan] {
        var spans: [QueueSpan] = []
        var nodes = nodes
        var queue = waiting
        var start = 0.0
        let sorted = changes.sorted { $0.at < $1.at }
        for change in sorted where change.at.value <= start { nodes += change.nodes }
        var later = sorted.filter { $0.at.value > start }[...]
        while true {
            let service = perNode * Double(max(0, nodes))
            let end = later.first?.at.value ?? .infinity
            let span = QueueSpan(start: start, end: end, waiting: queue, service: service, growth: arrivals - service)
            spans.append(span)
            guard end.isFinite else { return spans }
            queue = span.queue(at: end)
            while let change = later.first, change.at.value <= end {
                nodes += change.nodes
                later.removeFirst()
            }
            start = end
        }
    }

    /// Requests that wait at a time within the span.
    func queue(at time: Double) -> Double { max(0, waiting + growth * (time - start)) }

    /// Seconds a request that comes at a time within the span waits.
    func wait(at time: Double) -> Double {
        let queue = queue(at: time)
        return queue <= 0 ? 0 : service > 0 ? queue / service : .infinity
    }

    /// The last moment of the span at which the wait is over a limit; nil for none, infinity for ever.
    func lastOver(_ limit: Double) -> Double? {
        if end.isFinite, wait(at: end) > limit { return end }
        if end.isInfinite, growth >= 0 { return wait(at: start) > limit || growth > 0 ? .infinity : nil }
        guard wait(at: start) > limit, growth < 0 else { return nil }
        return start + (waiting - limit * service) / -growth
    }
}
