// SPDX-License-Identifier: Apache-2.0

import Factory
import RealModule

/// Demand in rows of ten minutes, fitted to published facts of real traffic (FACTORY.md section 4): not a sine.
///
/// The logarithm of each class's rate is a first-order autoregression with heavy-tailed innovations, so that jumps of
/// 30 % come about fifteen times a day; burstiness and lengths wander beside it.
struct TrafficGenerator: Sendable {
    /// Seconds from row to row.
    static let step = 600.0
    static let classes = shapes.map { ServingClass($0.name) }

    /// The facts of one class.
    private struct Shape: Sendable {
        let name: String
        /// Mean requests/s of the published trace.
        let rate: Double
        /// Of the log-rate: from row to row, standard deviation of an innovation, degrees of freedom of its tail.
        let memory: Double
        let innovation: Double
        let freedom: Double
        /// Bounds of rate over mean: published peak and trough.
        let bounds: ClosedRange<Double>
        /// Of the variance over mean of arrivals: median, and standard deviation of its logarithm.
        let burstiness: Double
        let burstinessSpread: Double
        /// Mean tokens, and the standard deviation of the logarithm of the means.
        let input: Double
        let output: Double
        let lengthSpread: Double
    }

    /// In the order of `ServedClass.all`.
    private static let shapes = [
        // An API that runs for hours and rests for hours.
        Shape(
            name: "bulk", rate: 1637, memory: 0.912, innovation: 0.571, freedom: 4.5, bounds: 0.05...1.68,
            burstiness: 33, burstinessSpread: 1.5, input: 328, output: 54, lengthSpread: 0.2),
        Shape(
            name: "chat", rate: 209.5, memory: 0.916, innovation: 0.163, freedom: 4.5, bounds: 0.4...2.98,
            burstiness: 8, burstinessSpread: 1.41, input: 957, output: 176, lengthSpread: 0.2),
        // The trace counts no input: an image is about a thousand vision tokens and a short question.
        Shape(
            name: "image", rate: 9.5, memory: 0.886, innovation: 0.106, freedom: 4.5, bounds: 0.51...1.4,
            burstiness: 9, burstinessSpread: 0.83, input: imageTokens, output: 131, lengthSpread: 0.13),
        Shape(
            name: "think", rate: 16, memory: 0.892, innovation: 0.219, freedom: 4.5, bounds: 0.27...2.66,
            burstiness: 5, burstinessSpread: 1.2, input: 1506, output: 1737, lengthSpread: 0.25),
    ]
    /// Prompt of an image request, where nobody counts it. Unit: tokens.
    static let imageTokens = 1200.0

    /// The state of one class: deviations from its means, in logarithms.
    private struct Wander: Sendable {
        var rate = 0.0
        var burstiness = 0.0
        var length = 0.0
    }

    /// One stream a class, so that one more class changes nothing of the others.
    private var dice: [Dice]
    private var wanders = Array(repeating: Wander(), count: shapes.count)

    init(seed: UInt64) {
        dice = Self.shapes.indices.map { Dice(seed: seed, stream: 110 + UInt64($0)) }
    }

    /// The next row, one demand a class.
    mutating func next() -> [ClassDemand] {
        var row: [ClassDemand] = []
        for (index, shape) in Self.shapes.enumerated() { row.append(next(shape, at: index)) }
        return row
    }

    private mutating func next(_ shape: Shape, at index: Int) -> ClassDemand {
        var wander = wanders[index]
        let unitTail = Double.sqrt((shape.freedom - 2) / shape.freedom)
        wander.rate =
            shape.memory * wander.rate + shape.innovation * unitTail * dice[index].studentT(freedom: shape.freedom)
        // A log-normal's mean lies above its median by this much.
        let centre = shape.innovation * shape.innovation / (1 - shape.memory * shape.memory) / 2
        let low = Double.log(shape.bounds.lowerBound) + centre
        let high = Double.log(shape.bounds.upperBound) + centre
        wander.rate = min(max(wander.rate, low), high)
        wander.burstiness = Self.drift(wander.burstiness, memory: 0.8, &dice[index])
        wander.length = Self.drift(wander.length, memory: 0.95, &dice[index])
        wanders[index] = wander
        let length = Double.exp(shape.lengthSpread * wander.length)
        return ClassDemand(
            rate: shape.rate * Double.exp(wander.rate - centre),
            burstiness: shape.burstiness * Double.exp(shape.burstinessSpread * wander.burstiness),
            input: shape.input * Double.sqrt(length), output: shape.output * length)
    }

    /// An autoregression of standard deviation 1.
    private static func drift(_ value: Double, memory: Double, _ dice: inout Dice) -> Double {
        memory * value + Double.sqrt(1 - memory * memory) * dice.normal()
    }
}
