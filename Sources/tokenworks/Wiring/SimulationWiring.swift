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

/// The sites of a simulated factory, each a plant, all on one clock.
struct SimulatedFactory {
    let clock: SimulationClock
    let sites: [(id: SiteID, backend: SimulatedBackend)]
    let kind: PlantKind
    /// What was left out, in sentences.
    let notes: [String]

    /// - Throws: `Complaint`.
    init(_ named: Configuration.Simulated, poll: Seconds) throws {
        let clock = SimulationClock(speed: named.speed ?? SimulationClock.standardSpeed)
        let places = named.sites.isEmpty ? [Configuration.Site(profile: named.site ?? .standard)] : named.sites
        var notes: [String] = []
        sites = try places.enumerated().map { index, place in
            var own = named
            own.site = place.profile
            own.nodes = place.nodes ?? named.nodes
            // Each site has a demand of its own.
            own.seed = (named.seed ?? SimulationSettings.standardSeed) &+ UInt64(index)
            // What befalls the factory befalls its first site.
            if index > 0, own.trace == nil { own.drill = "calm" }
            let settings = try SimulationWiring.settings(own)
            let backend = SimulatedBackend(
                settings, traffic: try SimulationWiring.traffic(own, seed: settings.seed), clock: clock, poll: poll)
            if index == 0, !backend.leftOut.isEmpty {
                let names = backend.leftOut.joined(separator: ", ")
                let count = settings.nodes == 1 ? "1 node has" : "\(settings.nodes) nodes have"
                notes.append("\(backend.trafficName): \(count) no place for \(names); that demand is left out")
            }
            return (place.profile.site, backend)
        }
        self.clock = clock
        self.notes = notes
        kind = .simulated(speed: clock.speed, demandScale: sites[0].backend.demandScale, seed: sites[0].backend.seed)
    }
}
