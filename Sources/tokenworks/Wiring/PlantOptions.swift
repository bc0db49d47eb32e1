// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Factory
import Foundation
import Planning
import Simulation

/// Which plant a command speaks of: the flags that every command shares.
struct PlantOptions: ParsableArguments {
    enum Backend: String, ExpressibleByArgument, CaseIterable { case simulated, live, slurm }

    @Option(name: .long, help: "Configuration file (default: $XDG_CONFIG_HOME/tokenworks/config.yaml).")
    var config: String?

    @Option(
        name: .long,
        help:
            "simulated, live, or slurm: the cluster of this host; without it the configuration decides, else simulated."
    )
    var backend: Backend?

    @Option(name: .long, parsing: .unconditional, help: "Simulation: seed of everything random (default: 10).")
    var seed: UInt64?

    @Option(
        name: .long, parsing: .unconditional,
        help: "Simulation: plant seconds per second, 1 to 3600 (default: 30; 5 while a move runs).")
    var speed: Double?

    @Option(name: .long, help: "Simulation: demand from a CSV trace, plain or gzip, instead of the generator.")
    var trace: String?

    @Option(name: .long, help: "Simulation: a drill by name or file; tokenworks drills lists them (default: burst).")
    var drill: String?

    @Option(name: .long, help: "Simulation: what its nodes are: h100, h200, b200, gb200 (default: h100).")
    var hardware: String?

    @Option(
        name: .long,
        help: "Simulation: several sites, as india,japan,norway, each with so many nodes (default: one place).")
    var sites: String?

    @Option(
        name: .customLong("demand-scale"), parsing: .unconditional,
        help: "Simulation: factor on the demand (default: its p99 needs 55 % of the plant).")
    var demandScale: Double?

    @Option(name: .long, help: "The site to look at, and to move nodes in (default: the first).")
    var site: String?

    @Option(name: .long, help: "Live: a metrics endpoint to poll; may be given several times.")
    var scrape: [String] = []

    @Option(name: .long, help: "Live: a file with one endpoint URL a line.")
    var targets: String?

    @Option(name: .long, help: "Live: a Prometheus-compatible server to ask, as http://prometheus:9090.")
    var prometheus: [String] = []

    @Option(name: .long, parsing: .unconditional, help: "Live: seconds between two polls (default: 5; status: 2).")
    var interval: Double?

    @Option(name: .long, help: "Folder of audit and journal (default: $XDG_STATE_HOME/tokenworks).")
    var state: String?

    private var simulationFlags: [String] {
        [
            seed.map { _ in "--seed" }, speed.map { _ in "--speed" },
            trace.map { _ in "--trace" }, drill.map { _ in "--drill" }, hardware.map { _ in "--hardware" },
            sites.map { _ in "--sites" },
            demandScale.map { _ in "--demand-scale" },
        ].compactMap { $0 }
    }

    private var liveFlags: [String] {
        [
            scrape.isEmpty ? nil : "--scrape", targets.map { _ in "--targets" },
            prometheus.isEmpty ? nil : "--prometheus",
        ].compactMap { $0 }
    }

    /// Whether the flags ask for a plant in this process; a folder for its state does not.
    var namesPlant: Bool {
        backend != nil || !simulationFlags.isEmpty || !liveFlags.isEmpty || interval != nil || site != nil
    }

    func validate() throws {
        try check(speed, in: PlantLimits.speed, "--speed")
        try check(demandScale, in: PlantLimits.demandScale, "--demand-scale")
        try check(interval, in: PlantLimits.interval, "--interval")
        if drill != nil, trace != nil {
            throw ValidationError(
                "--drill changes the generator's demand and --trace replaces it; give one of them.")
        }
        if let sites { _ = try Self.places(sites) }
        if let hardware, Hardware.named(hardware) == nil {
            throw ValidationError(
                "--hardware must be one of \(Hardware.all.map(\.name).joined(separator: ", ")), not '\(hardware)'.")
        }
        if prometheus.count > 1 {
            throw ValidationError(
                "--prometheus asks one server; name several as 'sources' of the configuration (docs/configuration.md).")
        }
        if let live = liveFlags.first, let simulated = simulationFlags.first {
            throw ValidationError(
                "\(simulated) belongs to the simulation and \(live) to a live plant; give one of them.")
        }
        if backend == .simulated, let live = liveFlags.first {
            throw ValidationError("\(live) polls a live plant; remove it or --backend simulated.")
        }
        if let backend, backend != .simulated, let simulated = simulationFlags.first {
            throw ValidationError("\(simulated) belongs to the simulation; remove it or --backend \(backend.rawValue).")
        }
        if backend == .slurm, let live = liveFlags.first {
            throw ValidationError("\(live) polls exporters; name them beside '- slurm: {}' in the configuration.")
        }
    }

    private func check(_ value: Double?, in range: ClosedRange<Double>, _ flag: String) throws {
        guard let value, !range.contains(value) else { return }
        throw ValidationError(
            "\(flag) must be from \(Self.plain(range.lowerBound)) to \(Self.plain(range.upperBound)), not \(Self.plain(value))."
        )
    }

    private static func plain(_ number: Double) -> String {
        number.rounded() == number && abs(number) < 1e15 ? String(Int(number)) : String(number)
    }

    private static func places(_ list: String) throws -> [Configuration.Site] {
        let names = list.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        guard Set(names).count == names.count else { throw ValidationError("--sites names a site twice: \(list).") }
        return try names.map { name in
            guard let profile = SiteProfile.named(name) else {
                let known = SiteProfile.all.map(\.site.name).joined(separator: ", ")
                throw ValidationError(
                    "--sites: '\(name)' is none of \(known); other places go into the configuration (docs/configuration.md)."
                )
            }
            return Configuration.Site(profile: profile)
        }
    }

    /// Reads the configuration and lets the flags win over it.
    ///
    /// - Parameter size: the simulated plant's size, when a flag gives it.
    /// - Throws: `Complaint`.
    func settled(
        size: PlantSize? = nil, environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws -> Configuration {
        let simulationFlags = self.simulationFlags + (size.map { [$0.flag] } ?? [])
        if let size, let live = liveFlags.first ?? (backend == .live ? "--backend live" : nil) {
            throw Complaint(
                "\(size.flag) belongs to the simulation and \(live) to a live plant; give one of them", .usage)
        }
        var settled = try ConfigurationFile.load(config, environment: environment)
        if let state { settled.state = state }
        settled.visited = site
        if !liveFlags.isEmpty {
            let timeout = settled.sources.compactMap {
                if case .scrape(let scrape) = $0 { scrape.timeout } else { nil }
            }.first
            // A name that the configuration gives to its simulation is no name for a real plant, nor for its audit.
            if settled.namesSimulation { settled.plant = nil }
            settled.control = []
            let patience = PrometheusWiring.named(in: settled).first?.timeout
            settled.sources = []
            if !scrape.isEmpty || targets != nil {
                settled.sources.append(
                    .scrape(.init(urls: scrape, file: targets, interval: interval, timeout: timeout)))
            }
            if let prometheus = prometheus.first {
                settled.sources.append(.prometheus(.init(url: prometheus, interval: interval, timeout: patience)))
            }
            return settled
        }
        if backend == .live, !settled.namesLivePlant {
            throw Complaint(
                "--backend live needs a plant: give --scrape URL, --targets FILE or --prometheus URL, or name 'sources' in the configuration"
                    + (settled.file.map { " (\($0))" } ?? ""), .usage)
        }
        if backend == .slurm, SlurmWiring.named(in: settled) == nil {
            // Read as it is found; which partition is whose, and that nodes may move, only a configuration says.
            if settled.namesSimulation { settled.plant = nil }
            settled.control = []
            settled.sources = [.slurm(Configuration.Slurm())]
        }
        let wantsSimulation = backend == .simulated || !simulationFlags.isEmpty
        if settled.namesLivePlant, wantsSimulation {
            guard backend == .simulated else {
                throw Complaint(
                    "\(simulationFlags.first ?? "") belongs to the simulation, but \(settled.file ?? "the configuration") names a live plant; add --backend simulated",
                    .usage)
            }
            settled.sources = []
            settled.control = []
            // The simulation must not write into the audit of the real plant.
            settled.plant = nil
        }
        if settled.namesLivePlant {
            if let interval {
                settled.sources = settled.sources.map { source in
                    switch source {
                    case .scrape(var scrape):
                        scrape.interval = interval
                        return .scrape(scrape)
                    case .prometheus(var prometheus):
                        prometheus.interval = interval
                        return .prometheus(prometheus)
                    case .slurm(var slurm):
                        slurm.interval = max(2, interval)
                        return .slurm(slurm)
                    case .simulated: return source
                    }
                }
            }
            return settled
        }
        if interval != nil {
            throw Complaint(
                "--interval is the time between two polls of a live plant, and this one is simulated; leave it out",
                .usage)
        }
        if drill != nil || trace != nil {
            settled.lines = settled.lines.filter { !$0.key.hasSuffix(".drill") && !$0.key.hasSuffix(".trace") }
        }
        settled.sources = [.simulated(simulation(over: settled, nodes: size?.nodes))]
        return settled
    }

    private func simulation(over settled: Configuration, nodes: Int?) -> Configuration.Simulated {
        var simulated = Configuration.Simulated()
        for case .simulated(let named) in settled.sources { simulated = named }
        if let nodes { simulated.nodes = nodes }
        if let seed { simulated.seed = seed }
        if let speed { simulated.speed = speed }
        // Each replaces the other one of the file.
        if let trace { (simulated.trace, simulated.drill) = (trace, nil) }
        if let drill { (simulated.drill, simulated.trace) = (drill, nil) }
        if let hardware { simulated.hardware = Hardware.named(hardware) }
        if let sites, let places = try? Self.places(sites) { (simulated.sites, simulated.site) = (places, nil) }
        if let demandScale { simulated.demandScale = demandScale }
        return simulated
    }
}

/// The size of the simulated plant, and the flag that gave it.
struct PlantSize {
    let nodes: Int
    let flag: String

    /// - Returns: nil when the flag was not given.
    /// - Throws: `ValidationError` outside the limits.
    init?(_ nodes: Int?, flag: String) throws {
        guard let nodes else { return nil }
        guard PlantLimits.nodes.contains(nodes) else {
            throw ValidationError(
                "\(flag) must be from \(PlantLimits.nodes.lowerBound) to \(PlantLimits.nodes.upperBound), not \(nodes)."
            )
        }
        self.nodes = nodes
        self.flag = flag
    }
}
