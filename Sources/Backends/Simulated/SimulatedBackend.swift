// SPDX-License-Identifier: Apache-2.0

package import Factory
package import Simulation

/// A simulated plant behind the same doors as a real one: wall time goes in, plant time comes out faster.
///
/// The plant advances in whole seconds while it is observed.
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
    private let clock: SimulationClock
    private let place: Int
    private let start: PlantTime
    private let poll: Seconds

    /// - Parameters:
    ///   - clock: shared by the sites of one factory.
    ///   - poll: wall seconds between two observations.
    package init(
        _ settings: SimulationSettings, traffic: Traffic, clock: SimulationClock = SimulationClock(),
        poll: Seconds = Seconds(1)
    ) {
        plant = SimulatedPlant(settings, traffic: traffic)
        demandScale = plant.demandScale
        seed = settings.seed
        leftOut = plant.leftOut
        trafficName = traffic.name
        start = settings.start
        self.clock = clock
        place = clock.join()
        self.poll = poll
    }

    /// Plant seconds per wall second, now.
    package nonisolated var speed: Double { clock.speed }

    /// Advances to the wall clock at the present speed, and looks.
    package func observe(at now: Double) -> Observation {
        // The plant takes whole seconds: a sum of fractions must not lose the last one.
        plant.advance(to: start + Seconds(clock.seconds(at: now) + 1e-6))
        clock.set(place, isMoving: plant.isMoving)
        return plant.observe(speed: clock.speed, poll: poll)
    }

    /// Begins a step; a refusal is the plant's own sentence.
    package func perform(_ order: StepOrder) throws(ActuatorError) {
        if let refusal = plant.begin(order) { throw ActuatorError(.refused, engine: name, text: refusal) }
        clock.set(place, isMoving: plant.isMoving)
    }

    /// How a step stands on the plant's clock.
    package func progress(of order: StepOrder) -> StepProgress { plant.progress(of: order) }

    /// One line that says in words what the step does.
    package nonisolated func commands(for orders: [StepOrder]) -> [String] {
        orders.map { order in
            let place =
                switch order.step {
                case .restore: " to \(order.from)"
                case .join, .load, .park: " to \(order.to)"
                default: ""
                }
            return "simulation: \(order.step.rawValue) \(order.node)\(place)"
        }
    }

    /// Speeds outside `SimulationClock.speedRange` become its nearest end. Returns what was set.
    package func setSpeed(_ speed: Double) throws(ActuatorError) -> Double {
        guard speed.isFinite else { throw ActuatorError(.refused, engine: name, text: "Speed has to be a number.") }
        return clock.choose(speed)
    }
}
