// SPDX-License-Identifier: Apache-2.0

package import Factory
package import Simulation

/// A simulated plant behind the same doors as a real one: wall time goes in, plant time comes out faster.
///
/// The plant advances in whole seconds while it is observed. Time that passes without an observation (a stopped
/// program, a laptop asleep) is caught up for at most `mostSeconds`; the rest does not happen.
package actor SimulatedBackend: Observer, Actuator {
    /// The engine, in refusals and command lines.
    package nonisolated let name = "simulation"
    /// The factor on the traffic's demand in use.
    package nonisolated let demandScale: Double
    package nonisolated let seed: UInt64
    /// Classes of the traffic that the plant does not model.
    package nonisolated let leftOut: [String]
    /// Where demand comes from, for people.
    package nonisolated let trafficName: String

    private var plant: SimulatedPlant
    private var chosenSpeed: Double
    private let poll: Seconds
    private var lastWall: Double?
    /// Plant seconds that have passed but do not make a whole one.
    private var owed = 0.0

    /// Half a plant minute a second.
    package static let standardSpeed = 30.0
    /// Speeds that can be chosen.
    package static let speedRange = 1.0...3600.0
    /// The fastest that plant time passes while a move runs, so that people can follow and stop it.
    package static let speedWhileMoving = 5.0
    /// Plant seconds that one observation advances at most: two polls at the highest speed.
    private static let mostSeconds = 7200.0

    /// - Parameter poll: wall seconds between two observations.
    package init(
        _ settings: SimulationSettings, traffic: Traffic, speed: Double = SimulatedBackend.standardSpeed,
        poll: Seconds = Seconds(1)
    ) {
        plant = SimulatedPlant(settings, traffic: traffic)
        demandScale = plant.demandScale
        seed = settings.seed
        leftOut = plant.leftOut
        trafficName = traffic.name
        chosenSpeed = Self.clamped(speed)
        self.poll = poll
    }

    /// Plant seconds per wall second, now.
    package var speed: Double { plant.isMoving ? min(chosenSpeed, Self.speedWhileMoving) : chosenSpeed }

    /// Advances to the wall clock at the present speed, and looks.
    package func observe(at now: Double) -> Observation {
        if let lastWall, now > lastWall { pass((now - lastWall) * speed) }
        lastWall = now
        return plant.observe(speed: speed, poll: poll)
    }

    private func pass(_ seconds: Double) {
        owed += min(seconds, Self.mostSeconds)
        let whole = owed.rounded(.down)
        owed -= whole
        plant.advance(to: plant.now + Seconds(whole))
    }

    /// Begins a step; a refusal is the plant's own sentence.
    package func perform(_ order: StepOrder) throws(ActuatorError) {
        if let refusal = plant.begin(order) { throw ActuatorError(.refused, engine: name, text: refusal) }
    }

    /// How a step stands on the plant's clock.
    package func progress(of order: StepOrder) -> StepProgress { plant.progress(of: order) }

    /// One line that says in words what the step does.
    package nonisolated func commands(for order: StepOrder) -> [String] {
        let place =
            switch order.step {
            case .restore: " to \(order.from)"
            case .join, .load, .park: " to \(order.to)"
            default: ""
            }
        return ["simulation: \(order.step.rawValue) \(order.node)\(place)"]
    }

    /// Speeds outside `speedRange` become its nearest end. Returns what was set.
    package func setSpeed(_ speed: Double) throws(ActuatorError) -> Double {
        guard speed.isFinite else { throw ActuatorError(.refused, engine: name, text: "Speed has to be a number.") }
        chosenSpeed = Self.clamped(speed)
        return chosenSpeed
    }

    private static func clamped(_ speed: Double) -> Double {
        min(max(speed, speedRange.lowerBound), speedRange.upperBound)
    }
}
