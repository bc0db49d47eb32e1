// SPDX-License-Identifier: Apache-2.0

import Factory
import Screen
import Testing

@testable import Dashboard

/// An exporter may say anything: a number that no machine has must not end the program.
@Suite("Huge numbers")
struct HugeNumbersTests {
    @Test("every screen of a node is drawn", arguments: [1e30, 3e38, .infinity, -.infinity, -1e30] as [Float])
    func nodes(value: Float) {
        var snapshot = SampleFactory.simulated()
        let count = snapshot.nodes.count
        for path in NodeTable.columns where path != \NodeTable.powerLimit {
            snapshot.nodes[keyPath: path] = Column(Array(repeating: value, count: count))
        }
        let gpus = Array(repeating: value, count: snapshot.nodes.gpus.power.count)
        snapshot.nodes.gpus.utilisation = Column(gpus)
        snapshot.nodes.gpus.memory = Column(gpus)
        for (width, height) in [(20, 5), (80, 24), (120, 36), (200, 50)] {
            var driver = Driver(snapshot, width: width, height: height)
            #expect(!driver.text.isEmpty)
            driver.press("j")
            driver.press(.enter)
            #expect(driver.state.screen == .node && !driver.text.isEmpty)
        }
    }

    @Test(
        "a heatmap shows the nearest of its ten digits", arguments: [(1e30, 9), (.infinity, 9), (-1e30, 0), (0.49, 4)])
    func tenths(share: Double, digit: Int) {
        #expect(HeldColumns.tenth(share) == digit)
    }
}
