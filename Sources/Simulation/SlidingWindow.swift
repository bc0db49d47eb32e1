// SPDX-License-Identifier: Apache-2.0

import RealModule

/// An exponentially fading mean of one value a second.
struct Smoothed: Sendable {
    var value: Double
    private let keep: Double

    init(over seconds: Double, value: Double = 0) {
        self.value = value
        keep = Double.exp(-1 / seconds)
    }

    mutating func add(_ new: Double) { value = new + (value - new) * keep }
}

/// Good and all requests of the last five minutes, and the queue of the last minute, in steps of ten seconds.
struct SlidingWindow: Sendable {
    private var good = [Double](repeating: 0, count: 30)
    private var all = [Double](repeating: 0, count: 30)
    private var queues = [Double](repeating: 0, count: 7)
    private var goodSum = 0.0
    private var allSum = 0.0
    private var bucket = 0

    mutating func add(good newGood: Double, all newAll: Double, queue: Double, at second: Int) {
        if second / 10 != bucket {
            bucket = second / 10
            good[bucket % 30] = 0
            all[bucket % 30] = 0
            queues[bucket % 7] = queue
            // Summed afresh: differences of floating-point sums would drift over days.
            goodSum = good.reduce(0, +)
            allSum = all.reduce(0, +)
        }
        good[bucket % 30] += newGood
        all[bucket % 30] += newAll
        goodSum += newGood
        allSum += newAll
    }

    /// nil when nothing was asked in five minutes.
    var goodShare: Double? { allSum > 0.5 ? min(1, goodSum / allSum) : nil }

    /// Requests that the queue grew by in the last minute.
    func queueGrowth(now: Double) -> Double { now - queues[(bucket + 1) % 7] }
}
