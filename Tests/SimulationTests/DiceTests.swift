// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Simulation

struct DiceTests {
    @Test(
        "arrivals have the mean and the burstiness asked for", arguments: [(5.0, 1.0), (200, 8), (200, 49), (0.5, 4)])
    func arrivals(mean: Double, burstiness: Double) {
        var dice = Dice(seed: 11, stream: 1)
        let count = 40_000
        let values = (0..<count).map { _ in dice.arrivals(mean: mean, burstiness: burstiness) }
        let found = values.reduce(0, +) / Double(count)
        let variance = values.reduce(0) { $0 + ($1 - found) * ($1 - found) } / Double(count)
        #expect(abs(found / mean - 1) < 0.05, "seed 11")
        #expect(abs(variance / found / burstiness - 1) < 0.1, "seed 11")
        #expect(values.allSatisfy { $0 >= 0 && $0 == $0.rounded() })
    }

    @Test("a seed gives one stream, another seed or stream another")
    func streams() {
        func draw(_ seed: UInt64, _ stream: UInt64) -> [UInt64] {
            var dice = Dice(seed: seed, stream: stream)
            return (0..<8).map { _ in dice.next() }
        }
        #expect(draw(1, 1) == draw(1, 1))
        #expect(draw(1, 1) != draw(2, 1))
        #expect(draw(1, 1) != draw(1, 2))
    }

    @Test("slow noise stays within -1 and 1 and moves little within a second")
    func slowNoise() {
        var last = SlowNoise.value(seed: 3, lane: 9, at: 0, period: 60)
        for second in 1..<2000 {
            let value = SlowNoise.value(seed: 3, lane: 9, at: Double(second), period: 60)
            #expect(abs(value) <= 1)
            #expect(abs(value - last) < 0.06)
            last = value
        }
    }
}
