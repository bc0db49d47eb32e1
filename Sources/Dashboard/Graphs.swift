// SPDX-License-Identifier: Apache-2.0

package import Factory

/// What the graphs of the main screen show, with scales that change seldom.
package struct Graphs: Sendable {
    /// The queue of one class.
    package struct Queue: Sendable {
        package var line = Line()
        package var isSeconds = true
    }

    /// One graph.
    package struct Line: Sendable {
        package var trend: Trend?
        /// Where the graph turns into a warning; nil when nobody knows a limit.
        package var limit: Float?
        package var top = ScaleTop()
    }

    package private(set) var decode = Line()
    package private(set) var prefill = Line()
    /// The queue of each class in seconds of work; in waiting requests where no source knows the seconds.
    package private(set) var queues: [ServingClass: Queue] = [:]
    /// The class whose queue is shown: stays the same until another is hurt.
    package private(set) var watched: ServingClass?

    package init() {}

    package mutating func follow(_ snapshot: FactorySnapshot) {
        watch(snapshot)
        Self.follow(&decode, plantTrend(.decode, snapshot), limit: decodeLimit(snapshot))
        Self.follow(&prefill, plantTrend(.prefill, snapshot), limit: nil)
        var queues: [ServingClass: Queue] = [:]
        for pool in snapshot.classes {
            guard let serving = pool.pool.servingClass else { continue }
            queues[serving] = Self.queue(pool, after: self.queues[serving] ?? Queue(), snapshot)
        }
        self.queues = queues
    }

    private static func queue(_ pool: PoolState, after before: Queue, _ snapshot: FactorySnapshot) -> Queue {
        let seconds = snapshot.trends[TrendKey(.wait, pool.pool)]
        let isSeconds = seconds?.values.contains { !$0.isNaN } ?? false
        var queue = before
        if queue.isSeconds != isSeconds { queue = Queue(isSeconds: isSeconds) }
        let limit = isSeconds ? pool.level?.ttft.map { Float($0.value) } : nil
        let trend = isSeconds ? seconds : snapshot.trends[TrendKey(.waiting, pool.pool)]
        follow(&queue.line, trend, limit: limit)
        return queue
    }

    private mutating func watch(_ snapshot: FactorySnapshot) {
        let current = watched.flatMap { snapshot.pool(.inference($0)) }
        let worst = snapshot.worstClass
        if let current, current.isHurt || worst?.isHurt != true { return }
        watched = worst?.pool.servingClass
    }

    private func plantTrend(_ quantity: Quantity, _ snapshot: FactorySnapshot) -> Trend? {
        if let whole = snapshot.trends[TrendKey(quantity)] { return whole }
        return Trend.sum(snapshot.classes.compactMap { snapshot.trends[TrendKey(quantity, $0.pool)] })
    }

    /// Tokens per second that the serving nodes make within their service levels: capacity times the answers' length.
    private func decodeLimit(_ snapshot: FactorySnapshot) -> Float? {
        var sum = 0.0
        for pool in snapshot.classes {
            guard let rate = pool.capacity.known, let tokens = pool.outputTokens.known else { return nil }
            sum += rate.value * tokens.value
        }
        return sum > 0 ? Float(sum) : nil
    }

    private static func follow(_ line: inout Line, _ trend: Trend?, limit: Float?) {
        line.trend = trend
        line.limit = limit
        let peak = trend?.values.lazy.filter { !$0.isNaN }.max() ?? 0
        // A limit far above the values would press them flat: then it is not drawn.
        let seen = limit.map { $0 <= peak * 3 ? max(peak, $0) : peak } ?? peak
        line.top.follow(peak: seen)
    }
}

/// The upper end of a graph's scale: a round number, finer than decades, that changes seldom.
package struct ScaleTop: Sendable, Hashable {
    package private(set) var value: Float = 1

    package init() {}

    /// Grows at once when the peak passes it; shrinks only when the peak is below half of it.
    package mutating func follow(peak: Float) {
        guard peak.isFinite, peak > 0 else { return }
        if peak > value || peak < value * 0.5 { value = Self.round(peak) }
    }

    private static func round(_ peak: Float) -> Float {
        var power: Float = 1
        while power * 10 < peak { power *= 10 }
        while power >= peak && power > 1e-30 { power /= 10 }
        for step: Float in [1.2, 1.6, 2, 2.5, 3, 4, 5, 6, 8, 10] where power * step >= peak { return power * step }
        return power * 10
    }
}
