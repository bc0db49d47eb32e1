// SPDX-License-Identifier: Apache-2.0

import Backends
import Factory
import Planning
import Simulation

/// From what a configuration says of the simulation to the settings of a plant.
enum SimulationWiring {
    /// What is said of the simulation; nothing where nothing is said.
    static func named(in settled: Configuration) -> Configuration.Simulated {
        for case .simulated(let simulated) in settled.sources { return simulated }
        return Configuration.Simulated()
    }

    /// - Throws: `Complaint` for a drill that cannot be read, or not be run on such a plant.
    static func settings(_ named: Configuration.Simulated) throws -> SimulationSettings {
        var settings = SimulationSettings(
            nodes: named.nodes ?? 64, seed: named.seed ?? SimulationSettings.standardSeed,
            demandScale: named.demandScale, hardware: named.hardware ?? .h100)
        settings.powerCap = named.powerCap
        if let site = named.site { settings.site = site }
        if let name = drill(of: named) { settings.drill = try DrillFile.load(name).checked(for: settings) }
        return settings
    }

    /// The drill that runs: the one named; the standard one where neither it nor a trace is.
    static func drill(of named: Configuration.Simulated) -> String? {
        named.drill ?? (named.trace == nil ? ShippedDrills.standard : nil)
    }

    static func traffic(_ named: Configuration.Simulated, seed: UInt64) throws -> Traffic {
        try named.trace.map(Traces.load) ?? .generated(seed: seed)
    }
}
