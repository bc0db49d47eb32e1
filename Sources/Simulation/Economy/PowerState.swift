// SPDX-License-Identifier: Apache-2.0

import Factory
import Planning

/// What the plant draws, and what a cap leaves it.
struct PowerState: Sendable {
    /// What the machines would draw, and do draw. Unit: W.
    private(set) var wanted = 0.0
    private(set) var drawn = 0.0
    /// What the serving nodes draw of it. Unit: W.
    private(set) var serving = 0.0
    /// The most they may draw; nil: no cap. Unit: W.
    var cap: Double?

    /// How much longer a prefill takes at most under a cap; decoding hardly feels it (FACTORY.md section 3, Splitwise).
    private static let slowestPrefill = 1.3
    /// The cap is felt whole when the plant wants so much more than it may.
    private static let fullExcess = 0.2

    var isCapped: Bool { cap.map { wanted > $0 } ?? false }
    private var excess: Double { cap.map { $0 > 0 ? max(0, wanted / $0 - 1) : 0 } ?? 0 }
    var prefillSlowdown: Double { 1 + (Self.slowestPrefill - 1) * min(1, excess / Self.fullExcess) }
    /// Part of its speed that training keeps: it is compute from end to end. Range 0...1.
    var trainingShare: Double { 1 / (1 + excess) }

    /// Part of the way from idle to what a node would draw that the cap leaves it. Range 0...1.
    private(set) var throttle = 1.0

    /// - Parameters:
    ///   - watts: what the machines would draw; `idle`: what they draw whatever they do, which no cap takes away.
    ///   - serving, servingIdle: the same of the serving nodes.
    mutating func take(wanted watts: Double, idle: Double, serving: Double, servingIdle: Double) {
        wanted = watts
        drawn = max(idle, min(watts, cap ?? .infinity))
        throttle = watts > idle ? (drawn - idle) / (watts - idle) : 1
        self.serving = servingIdle + (serving - servingIdle) * throttle
    }
}

extension SimulatedPlant {
    /// Every ten seconds: nothing that draws changes faster.
    mutating func advancePower() {
        guard second % 10 == 0 else { return }
        var counts = [Int](repeating: 0, count: inference.count)
        var sum = 0.0
        for index in inference.indices {
            counts[index] = inference[index].nodes
            sum += Double(counts[index]) * draw(.serving(load: inference[index].load))
        }
        let serving = sum
        var busy = counts.reduce(0, +)
        for gang in gangs {
            sum += Double(gang.nodes) * draw(.training(gang))
            busy += gang.nodes
        }
        // Spares, nodes on their way and failed ones: idle or nearly so, and a failed one draws nothing.
        let idle = max(0, settings.nodes - busy - breakage.failedCount)
        let each = settings.hardware.unitIdle
        power.take(
            wanted: sum + Double(idle) * each, idle: Double(busy + idle) * each, serving: serving,
            servingIdle: Double(counts.reduce(0, +)) * each)
        for index in inference.indices { inference[index].prefillSlowdown = power.prefillSlowdown }
    }

    private func draw(_ activity: NodeActivity) -> Double {
        let machine = settings.hardware
        return machine.unitIdle + (machine.unitPeak - machine.unitIdle) * min(1, activity.draw)
    }
}
