// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Factory

@Suite("A log of samples")
struct SampleLogTests {
    private static func log(tracks: Int = 2, longest: Int = 300, length: Int = 10) -> SampleLog {
        SampleLog(scales: [.share, .coarse], tracks: tracks, longest: longest, length: length)
    }

    /// Adds a moment in which every track of a quantity has one value.
    private static func add(_ log: inout SampleLog, _ at: Double, _ share: Float, _ power: Float) {
        let scales = log.scales
        log.add(at: at) { quantity, row in
            row.update(repeating: scales[quantity].code(quantity == 0 ? share : power))
        }
    }

    @Test("a trend has the values of its moments, packed or not, and ends at the last whole step")
    func trend() throws {
        var log = Self.log()
        for second in 1...25 { Self.add(&log, 1000 + Double(second) + 0.25, Float(second) / 100, 1024) }
        #expect(log.chapters.count == 2 && log.openTimes.count == 5)
        let trend = try #require(
            log.trend(0, 1, step: Seconds(1), count: 20, hold: Seconds(2), at: PlantTime(epoch: 1025.25)))
        #expect(trend.end == PlantTime(epoch: 1025) && trend.step == Seconds(1))
        #expect(trend.values.count == 20)
        #expect(trend.values.last == 0.24 && trend.values.first == 0.05)
        let means = try #require(
            log.trend(0, 1, step: Seconds(5), count: 4, hold: Seconds(5), at: PlantTime(epoch: 1025.25)))
        #expect(abs((means.values.last ?? 0) - 0.22) < 0.0001, "the mean of 20 to 24")
    }

    @Test("a moment stands for as long as it may be held, and no longer; an unknown moment is unknown at once")
    func gaps() throws {
        var log = Self.log()
        Self.add(&log, 1000, 0.5, 100)
        Self.add(&log, 1006, .nan, 100)
        Self.add(&log, 1008, 0.25, .nan)
        let trend = try #require(
            log.trend(0, 0, step: Seconds(1), count: 100, hold: Seconds(3), at: PlantTime(epoch: 1008)))
        // 1000 ... 1008: nothing before the first moment.
        let shown = trend.values.map { $0.isNaN ? -1 : $0 }
        #expect(shown == [0.5, 0.5, 0.5, 0.5, -1, -1, -1, -1, 0.25])
    }

    @Test("no more is kept than was asked, and the oldest goes first")
    func bounded() {
        var log = Self.log(longest: 30)
        for second in 0..<200 { Self.add(&log, Double(second), 0.5, 100) }
        #expect(log.chapters.reduce(0) { $0 + $1.times.count } == 30)
        #expect(log.firstTime == 170)
    }

    @Test("a new track is unknown in what is packed, and one that is picked keeps its past")
    func tracks() throws {
        var log = Self.log()
        for second in 1...12 { Self.add(&log, Double(second), 0.5, 100) }
        log.grow(to: 3)
        Self.add(&log, 13, 0.75, 100)
        let now = PlantTime(epoch: 13)
        let new = try #require(log.trend(0, 2, step: Seconds(1), count: 3, hold: Seconds(1), at: now))
        #expect(new.values.map { $0.isNaN ? -1 : $0 } == [-1, -1, 0.75])
        log.pick([2, 0])
        #expect(log.tracks == 2)
        let old = try #require(log.trend(0, 1, step: Seconds(1), count: 13, hold: Seconds(1), at: now))
        #expect(old.values == Array(repeating: 0.5, count: 12) + [0.75])
        #expect(log.trend(0, 0, step: Seconds(1), count: 13, hold: Seconds(1), at: now)?.values.last == 0.75)
    }

    @Test("a key of a node's trend is read as it is written, and a name that is none is refused")
    func names() {
        for gpu in [nil, 0, 7] {
            for reach in TrendReach.allCases {
                let key = NodeTrendKey(PastSubject(NodeID("a b.c 1"), gpu: gpu), .tensorActive, reach)
                #expect(NodeTrendKey(name: key.name) == key)
                #expect(TrendKey(name: key.name) == nil)
            }
        }
        for name in [
            "", "decode", "decode inference/chat", "node.power.recent", "gpu-1.power.hour a", "x.power.hour a",
        ] {
            #expect(NodeTrendKey(name: name) == nil, "\(name)")
        }
    }
}
