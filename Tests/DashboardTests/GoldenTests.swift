// SPDX-License-Identifier: Apache-2.0

import Dashboard
import Factory
import Screen
import TestSupport
import Testing

@Suite("The main screen as text")
struct GoldenTests {
    struct Plant: Sendable, CustomTestStringConvertible {
        let name: String
        let snapshot: @Sendable () -> FactorySnapshot
        var testDescription: String { name }
    }

    static let plants = [
        Plant(name: "simulated", snapshot: { SampleFactory.simulated() }),
        Plant(name: "calm", snapshot: { SampleFactory.calm() }),
        Plant(name: "large", snapshot: { SampleFactory.large() }),
        Plant(name: "hosts", snapshot: { SampleFactory.hosts() }),
        Plant(name: "empty", snapshot: { SampleFactory.empty() }),
        Plant(name: "shared", snapshot: { SharedRoomTests.shared(helm: "adam", asking: "adam") }),
    ]
    static let sizes = [[80, 24], [120, 36], [200, 50], [20, 5], [60, 20]]

    @Test("the main screen is drawn as it was", arguments: plants, sizes)
    func main(plant: Plant, size: [Int]) {
        let state = SampleFactory.dashboard(plant.snapshot(), width: size[0], height: size[1])
        expectGolden(state.render(width: size[0], height: size[1]), "main-\(plant.name)-\(size[0])x\(size[1])")
    }

    @Test("the main screen without Unicode is drawn as it was")
    func ascii() {
        let state = SampleFactory.dashboard(SampleFactory.large(), glyphs: .ascii)
        expectGolden(state.render(width: 120, height: 36), "main-large-ascii-120x36")
    }
}
