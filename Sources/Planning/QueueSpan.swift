// SPDX-License-Identifier: Apache-2.0

import Factory

/// What comes to a queue, and how long it stays.
struct QueueLoad {
    /// Requests/s that arrive now.
    var arrivals: Double
    /// Requests/s by which that rises each second, for the next five minutes.
    var rise = 0.0
    /// Requests that wait now.
    var waiting: Double
    /// The wait after which a request is turned away or gives up; infinite where nobody says. Unit: s.
    var patience = Double.infinity

    /// As far ahead as a rise is believed in: about what a move takes, after which there is another plan. Unit: s.
    static let horizon = 300.0
    /// A rise is taken in steps of a minute.
    private static let step = 60.0

    /// When arrivals change, after now.
    var changes: [Double] { rise > 0 ? stride(from: Self.step, through: Self.horizon, by: Self.step).map { $0 } : [] }

    /// Mean arrivals of the step in which a time lies.
    func arrivals(from time: Double) -> Double {
        let middle = (time / Self.step).rounded(.down) * Self.step + Self.step / 2
        return arrivals + rise * (time >= Self.horizon ? Self.horizon : middle)
    }
}

/// A time in which a class keeps its nodes, so that its queue is a straight line down to zero or up to what patience lets
/// wait.
struct QueueSpan {
    /// Seconds from now; `end` is infinite for the last.
    var start: Double
    var end: Double
    /// Requests that wait at the start.
    var waiting: Double
    /// Requests/s that the nodes serve.
    var service: Double
    /// Requests/s by which the queue grows, or, once patience is at its end, that go unserved.
    var growth: Double
    var patience: Double

    /// The spans between changes of the nodes and of arrivals, in order; at least one.
    static func list(_ changes: [Estimator.Change], nodes: Int, perNode: Double, load: QueueLoad) -> [QueueSpan] {
        let sorted = changes.sorted { $0.at < $1.at }
        let times = Set(sorted.map(\.at.value) + load.changes).filter { $0 > 0 }.sorted()
        var spans: [QueueSpan] = []
        var waiting = load.waiting
        var next = sorted[...]
        var nodes = nodes
        for (start, end) in zip([0] + times, times + [.infinity]) {
            while let change = next.first, change.at.value <= start {
                nodes += change.nodes
                next.removeFirst()
            }
            let service = perNode * Double(max(0, nodes))
            var span = QueueSpan(
                start: start, end: end, waiting: 0, service: service,
                growth: load.arrivals(from: start) - service, patience: load.patience)
            span.waiting = min(waiting, span.most)
            spans.append(span)
            waiting = end.isFinite ? span.queue(at: end) : 0
        }
        return spans
    }

    /// Requests that wait when the newest has just patience enough.
    private var most: Double { patience.isFinite ? patience * service : .infinity }

    /// Requests that wait at a time within the span.
    func queue(at time: Double) -> Double { min(most, max(0, waiting + growth * (time - start))) }

    /// Seconds a request that comes at a time within the span waits.
    func wait(at time: Double) -> Double {
        if service <= 0, growth > 0 { return patience }
        let queue = queue(at: time)
        return queue <= 0 ? 0 : service > 0 ? queue / service : .infinity
    }

    /// Requests/s that nobody serves at a time within the span.
    func turnedAway(at time: Double) -> Double {
        growth > 0 && queue(at: time) >= most ? growth : 0
    }

    /// The last moment of the span at which the wait is over a limit; nil for none, infinity for ever.
    func lastOver(_ limit: Double) -> Double? {
        if end.isFinite, wait(at: end) > limit { return end }
        if end.isInfinite, growth >= 0 { return wait(at: start) > limit || growth > 0 ? .infinity : nil }
        guard wait(at: start) > limit, growth < 0 else { return nil }
        return start + (waiting - limit * service) / -growth
    }
}
