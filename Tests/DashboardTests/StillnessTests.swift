// SPDX-License-Identifier: Apache-2.0

import Factory
import Testing

@testable import Dashboard

@Suite("What keeps still")
struct StillnessTests {
    private func table(_ shares: [Float], power: Bool = true) -> NodeTable {
        var table = NodeTable()
        table.ids = shares.indices.map { NodeID("n\($0)") }
        table.groups = [NodeGroup(name: "rack", range: shares.indices)]
        if power {
            table.power = Column(shares.map { $0 * 10_000 })
            table.powerLimit = Column(shares.map { _ in 10_000 })
        } else {
            table.power = Column(count: shares.count)
            table.cpu = Column(shares)
        }
        return table
    }

    @Test(
        "a heat digit stays until the value has moved by more than 0.6 of a level",
        arguments: [
            (0.58, 0.62, 5), (0.58, 0.63, 5), (0.58, 0.645, 6), (0.61, 0.56, 6), (0.61, 0.54, 5), (0.99, 1.2, 9),
        ] as [(Float, Float, Int)])
    func hysteresis(first: Float, second: Float, level: Int) {
        var held = HeldColumns()
        held.hold(table([first]))
        held.hold(table([second]))
        #expect(held.level(0) == level)
    }

    @Test("a value that vanishes or appears shows at once")
    func missing() {
        var held = HeldColumns()
        held.hold(table([0.5, .nan]))
        #expect(held.level(0) == 5 && held.level(1) == nil)
        held.hold(table([.nan, 0.5]))
        #expect(held.level(0) == nil && held.level(1) == 5)
    }

    @Test("without power the tenths are of the next best quantity, and the title says so")
    func fallback() {
        var held = HeldColumns()
        held.hold(table([0.42], power: false))
        #expect(held.heatQuantity == .cpu && held.level(0) == 4)
        #expect(held.heatQuantity.title.contains("CPU"))
    }

    @Test("a graph moves on by whole columns: between, only its last one changes")
    func columns() {
        let values = (0..<720).map { Float($0 % 37) }
        let end = SampleFactory.now.epoch - SampleFactory.now.epoch.truncatingRemainder(dividingBy: 3600)
        var changes: [Int] = []
        for step in 0..<12 {
            let before = Trend(
                step: Seconds(5), end: PlantTime(epoch: end + Double(step) * 5),
                values: Array(values[step..<(step + 600)]))
            let after = Trend(
                step: Seconds(5), end: PlantTime(epoch: end + Double(step + 1) * 5),
                values: Array(values[(step + 1)..<(step + 601)]))
            let (left, right) = (before.columns(60, span: Seconds(1800)), after.columns(60, span: Seconds(1800)))
            #expect(left.count == 60 && right.count == 60)
            changes.append(zip(left, right).count { $0 != $1 })
        }
        // Six steps share a column.
        #expect(changes.count { $0 > 1 } == 2)
    }

    @Test("what nobody knew stays a gap in a sum only when nobody knew it")
    func sums() {
        let left = Trend(step: Seconds(5), end: SampleFactory.now, values: [1, .nan, .nan])
        let right = Trend(step: Seconds(5), end: SampleFactory.now, values: [4, .nan])
        let sum = Trend.sum([left, right])?.values ?? []
        #expect(sum.count == 3 && sum[0] == 1 && sum[1] == 4 && sum[2].isNaN)
    }

    @Test("a scale grows at once and shrinks late")
    func scale() {
        var top = ScaleTop()
        top.follow(peak: 95)
        #expect(top.value == 100)
        top.follow(peak: 60)
        #expect(top.value == 100)
        top.follow(peak: 101)
        #expect(abs(top.value - 120) < 0.01)
        top.follow(peak: 30)
        #expect(top.value == 30)
    }

    @Test(
        "numbers read as SCREENS.md writes them",
        arguments: [
            (Figures.latency(Seconds(17.1)), "17.1 s"), (Figures.latency(Seconds(0.31)), "0.31 s"),
            (Figures.milliseconds(Seconds(0.049)), "49 ms"), (Figures.growth(3100, of: 9700), "+3.1k/min"),
            (Figures.growth(3, of: 9700), "flat"), (Figures.growth(-200, of: 10), "-200/min"),
            (Figures.factor(30), "30"),
            (Figures.factor(0.128), "0.128"), (Figures.latency(Seconds(.nan)), "-"),
        ])
    func figures(text: String, expected: String) {
        #expect(text == expected)
    }
}
