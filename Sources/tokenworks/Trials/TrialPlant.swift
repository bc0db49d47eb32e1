// SPDX-License-Identifier: Apache-2.0

import Factory
import Simulation

/// A simulated plant without a wall clock: whoever holds it says how far it goes.
actor TrialPlant: Actuator {
    nonisolated let name = "simulation"
    private var plant: SimulatedPlant

    init(_ settings: SimulationSettings, traffic: Traffic) {
        plant = SimulatedPlant(settings, traffic: traffic)
    }

    /// Advances to a time since the start, and looks.
    func observe(at seconds: Double, since start: PlantTime) -> Observation {
        plant.advance(to: start + Seconds(seconds))
        // A poll a minute: what is older than that is stale.
        return plant.observe(speed: 1, poll: Seconds(60))
    }

    /// Advances without looking: a plant that nobody moves costs its ticks only.
    func advance(to seconds: Double, since start: PlantTime) { plant.advance(to: start + Seconds(seconds)) }

    func perform(_ order: StepOrder) throws(ActuatorError) {
        if let refusal = plant.begin(order) { throw ActuatorError(.refused, engine: name, text: refusal) }
    }

    func progress(of order: StepOrder) -> StepProgress { plant.progress(of: order) }
    nonisolated func commands(for orders: [StepOrder]) -> [String] { [] }
    func setSpeed(_ speed: Double) -> Double { speed }

    var books: PlantBooks { plant.books }
    var lost: GPUHours { plant.lost }
    var demandScale: Double { plant.demandScale }
    var leftOut: [String] { plant.leftOut }
}
