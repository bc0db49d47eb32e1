// SPDX-License-Identifier: Apache-2.0

import Archive
import Backends
import Control
import Factory
import Foundation
import Planning
import Simulation

/// A plant put together from a settled configuration, and who works with it.
struct Assembly {
    let plant: any HostedPlant
    let name: String
    let kind: PlantKind
    let who: Operator
    /// Sentences to be shown once: what was left out, what was mended.
    let notes: [String]
    /// Wall seconds between two polls.
    let interval: Double
    /// The plants that it is made of, each with the name that its audit bears.
    let sites: [(name: String, plant: any HostedPlant)]
    /// nil on a live plant.
    private let clock: SimulationClock?
    /// The clock of a simulation that runs without a terminal: as fast as it can.
    private var virtualWall = 0.0

    /// - Parameters:
    ///   - reading: the command will change nothing: the audit is not opened.
    ///   - strict: an audit that cannot be written is an error; else the plant is only observed, and says why.
    ///   - shelf: where a daemon keeps the past of its plant; nil: nothing of nodes is remembered.
    /// - Throws: `Complaint`.
    init(
        _ settled: Configuration, reading: Bool, strict: Bool = true, shelf: HistoryShelf? = nil
    ) async throws {
        name = PlantFolder.name(of: settled)
        who = Self.operatorHere()
        var notes: [String] = []
        if settled.namesLivePlant {
            var observers: [any Observer] = []
            var paces = PrometheusWiring.named(in: settled).map { $0.interval ?? 5 }
            if settled.sources.contains(where: { if case .scrape = $0 { true } else { false } }) {
                let (observer, interval) = try Self.scraping(settled, waits: reading)
                observers.append(observer)
                paces.append(interval)
            }
            observers += try PrometheusWiring.observers(settled, waits: reading)
            var engine = SlurmEngine.none
            var records: PlantRecords?
            if var slurm = SlurmWiring.settings(settled, waits: reading) {
                engine = await SlurmEngine(settled, slurm, plant: name)
                let (opened, problem) = try Self.records(
                    settled, name: name, wanted: !reading && engine.observeOnly == nil, strict: strict)
                engine.observeOnly = engine.observeOnly ?? problem
                notes +=
                    (opened?.mended ?? []) + (opened?.past.warnings ?? [])
                    + (problem.map { ["OBSERVE only: \($0)"] } ?? [])
                // A plan that is only looked at needs no audit; what would act is refused by the desk without one.
                records = opened ?? (reading && engine.observeOnly == nil ? .inMemory(plant: name) : nil)
                slurm.board = engine.board
                // The plant is looked at oftener than its sources want to be asked.
                if !reading { observers = zip(observers, paces).map { PacedObserver($0, interval: $1) } }
                observers.insert(SlurmObserver(slurm), at: 0)
                paces.append(SlurmWiring.tick)
            }
            var past: AuditPast?
            if records == nil, !reading {
                let (read, problem) = Self.past(settled, name: name)
                past = read
                notes += problem.map { [$0] } ?? []
            }
            interval = paces.min() ?? 5
            kind = .live
            clock = nil
            let plantName = name
            let live = LocalPlant(
                name: name, observers: observers, actuator: engine.actuator, observeOnly: engine.observeOnly,
                planner: Planner(rails: settled.rails), records: records, past: past, aliases: settled.aliases,
                levels: settled.levels,
                remembers: shelf != nil, store: shelf.map { HistoryKeeper($0, plant: plantName, now: WallClock.now) },
                // A single look waits for the observer's own limit; a dashboard goes on without it.
                patience: reading ? Self.minute : Collector.quarterSecond)
            plant = live
            sites = [(name, live)]
        } else {
            let factory = try Self.simulating(settled)
            interval = Self.simulationPoll
            clock = factory.clock
            kind = factory.kind
            notes += factory.notes
            let isEnabled = !settled.control.contains(.simulated(enabled: false))
            // Without a screen every poll counts: one that is not waited for would look before the plant got there.
            let patience = strict ? Self.minute : Collector.quarterSecond
            var plants: [(id: SiteID, plant: LocalPlant)] = []
            for site in factory.sites {
                let name = factory.sites.count == 1 ? name : "\(name)-\(site.id)"
                let (records, problem) = try Self.records(
                    settled, name: name, wanted: !reading && isEnabled, strict: strict)
                notes += (records?.mended ?? []) + (problem.map { ["OBSERVE only: \($0)"] } ?? [])
                let observeOnly =
                    isEnabled
                    ? problem : "control: simulated is not enabled in \(settled.file ?? "the configuration")"
                // A plan that is only looked at needs no audit; what would act is refused by the desk without one.
                let plant = LocalPlant(
                    name: name, observers: [site.backend], actuator: isEnabled ? site.backend : nil,
                    observeOnly: observeOnly, planner: Planner(rails: settled.rails),
                    records: records ?? (reading && isEnabled ? .inMemory(plant: name) : nil),
                    // Another run of a simulation is another past: it is remembered, and not kept.
                    remembers: shelf != nil, patience: patience,
                    enginePatience: patience)
                plants.append((site.id, plant))
            }
            plant = plants.count == 1 ? plants[0].plant : Fleet(plants)
            let name = name
            sites = plants.map { (plants.count == 1 ? name : "\(name)-\($0.id)", $0.plant) }
        }
        self.notes = notes
        guard let site = settled.visited else { return }
        let outcome = await plant.perform(.visit(SiteID(site)), by: who)
        if outcome.verdict != .accepted { throw Complaint("--site: \(outcome.text)", .usage) }
    }

    private static let minute: @Sendable () async -> Void = {
        // ignored because a cancelled wait is over as well.
        try? await Task.sleep(for: .seconds(60))
    }

    private static let simulationPoll = 0.25
    /// Plant seconds before the dashboard opens, and the polls that look at them.
    private static let past = 1800.0
    private static let pastPolls = 60

    /// Gives a simulation a past before it is watched, so that its graphs and forecasts have something to say; a live plant has its own.
    func runPast() async {
        guard let clock else { return }
        let speed = clock.speed
        let now = WallClock.now()
        for left in stride(from: Self.pastPolls, to: 0, by: -1) where !Task.isCancelled {
            await plant.tick(now: now - Double(left) * Self.past / Double(Self.pastPolls) / speed)
        }
    }

    /// Polls until there is something to show.
    ///
    /// - Parameters:
    ///   - span: plant seconds that a simulation runs before it is looked at; nil: 600.
    ///   - interval: wall seconds between the two polls of a live plant.
    mutating func observeOnce(simulatedFor span: Double?, interval: Double) async throws -> FactorySnapshot {
        guard let clock else {
            guard span == nil else {
                throw Complaint("--at belongs to the simulation, and this plant is live; leave it out", .usage)
            }
            await plant.tick(now: WallClock.now())
            try await Task.sleep(for: .seconds(interval))
            await plant.tick(now: WallClock.now())
            return await snapshot()
        }
        let span = span ?? 600
        await plant.tick(now: virtualWall)
        let speed = clock.speed
        // Fine enough for the trends that the planner reads, and few enough polls for a month.
        let step = max(10, span / 2000)
        var ran = 0.0
        while ran < span {
            ran = min(ran + step, span)
            // The plant takes whole seconds: a rounded quotient must not lose the last one.
            virtualWall = ran / speed + 1e-6
            await plant.tick(now: virtualWall)
        }
        return await snapshot()
    }

    /// One more poll; a simulation goes on by a second of its clock without waiting for it.
    mutating func advance() async throws -> FactorySnapshot {
        if clock == nil {
            try await Task.sleep(for: .seconds(interval))
            await plant.tick(now: WallClock.now())
        } else {
            virtualWall += 1
            await plant.tick(now: virtualWall)
        }
        return await snapshot()
    }

    func snapshot() async -> FactorySnapshot {
        if let newest = await plant.newest { return newest }
        return FactorySnapshot(plant: name, kind: kind, at: PlantTime(epoch: WallClock.now()))
    }

    /// The account that runs the program: the kernel's answer, not the environment's.
    static func operatorHere() -> Operator {
        let uid = getuid()
        let name = getpwuid(uid).flatMap { $0.pointee.pw_name }.map { String(cString: $0) }
        return Operator(name: name ?? "uid \(uid)", mayAct: true)
    }

    /// - Parameter waits: a poll waits for every target as long as it may take: for a single look.
    /// - Throws: `Complaint`, with the line of the configuration where that named what cannot be used.
    private static func simulating(_ settled: Configuration) throws -> SimulatedFactory {
        let named = SimulationWiring.named(in: settled)
        let key = settled.lines.keys.first {
            named.drill != nil && $0.hasSuffix(".simulated.drill")
                || named.trace != nil && $0.hasSuffix(".simulated.trace")
        }
        let make = { try SimulatedFactory(named, poll: Seconds(simulationPoll)) }
        return try key.map { try settled.blaming($0, make) } ?? make()
    }

    private static func scraping(_ settled: Configuration, waits: Bool) throws -> (any Observer, interval: Double) {
        var sources: [Configuration.Scrape] = []
        var interval = 5.0
        var deadline = 4.0
        for case .scrape(let scrape) in settled.sources {
            sources.append(scrape)
            interval = scrape.interval ?? interval
            deadline = scrape.timeout ?? min(deadline, max(1, interval))
        }
        let files = sources.compactMap(\.file)
        let named = sources
        let source =
            files.isEmpty ? nil : TargetSource(files: files) { () throws(TargetError) in try Targets.list(named) }
        let targets = try Targets.load(sources)
        guard !targets.isEmpty else {
            throw Complaint("the plant has no target: the target list is empty; add one URL a line", .badInput)
        }
        var settings = ScrapeSettings(interval: Seconds(interval), deadline: .seconds(deadline))
        // Longer than the deadline: a target that misses it must have said so when the look is over.
        if waits {
            settings.patience = settings.deadline + .milliseconds(500)
            settings.isSingleLook = true
        }
        return (ScrapeObserver(targets: targets, settings: settings, source: source), interval)
    }

    private static func records(
        _ settled: Configuration, name: String, wanted: Bool, strict: Bool
    ) throws -> (PlantRecords?, problem: String?) {
        guard wanted else { return (nil, nil) }
        do {
            return (try PlantRecords.open(directory: PlantFolder.state(of: settled), plant: name), nil)
        } catch {
            guard strict else { return (nil, error.text) }
            throw Complaint(error.text, .noAudit)
        }
    }
}

/// What a plant that nothing may act on has been through.
extension Assembly {
    /// The audit's past, where nothing writes it: a move that was left open is shown, and that nobody drives it.
    private static func past(_ settled: Configuration, name: String) -> (AuditPast?, problem: String?) {
        do throws(RecordsError) {
            return (try AuditPast.read(directory: PlantFolder.state(of: settled), plant: name), nil)
        } catch {
            return (nil, error.text)
        }
    }
}

/// Where a plant's audit lies.
enum PlantFolder {
    /// The configuration's name; else `sim` or `live`, so that the two never share an audit.
    static func name(of settled: Configuration) -> String {
        settled.plant ?? (settled.namesLivePlant ? "live" : "sim")
    }

    static func state(
        of settled: Configuration, environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> String {
        let state = settled.state ?? ConfigurationFile.stateFolder(environment)
        return state.hasPrefix("/") ? state : FileManager.default.currentDirectoryPath + "/" + state
    }
}

/// Demand traces, with the program's own errors.
enum Traces {
    static func load(_ path: String) throws -> Traffic {
        do {
            return try TraceFile.traffic(at: path)
        } catch {
            throw Complaint(error.description, .badInput)
        }
    }
}

/// Exposition endpoints, with the program's own errors.
enum Targets {
    /// The endpoints of several sources, with the program's own error.
    static func load(_ sources: [Configuration.Scrape]) throws -> [ScrapeTarget] {
        try complaining { () throws(TargetError) in try list(sources) }
    }

    /// What a target or its files are refused for, as the program's own error.
    static func complaining<T>(_ work: () throws(TargetError) -> T) throws -> T {
        do throws(TargetError) {
            return try work()
        } catch {
            throw Complaint(error.description, .badInput)
        }
    }

    /// The endpoints of several sources, each once, in their order.
    static func list(_ sources: [Configuration.Scrape]) throws(TargetError) -> [ScrapeTarget] {
        var all: [ScrapeTarget] = []
        for scrape in sources {
            var targets: [ScrapeTarget] = []
            for url in scrape.urls { targets.append(try ScrapeTarget(url)) }
            var labels = targets.map { _ in [String: String]() }
            if let file = scrape.file, TargetGroups.isMeant(by: file) {
                for found in try TargetGroups.load(file) {
                    targets.append(found.target)
                    labels.append(found.labels)
                }
            } else if let file = scrape.file {
                targets += try TargetList.load(file)
            }
            targets.name(node: scrape.node, site: scrape.site, labels: labels)
            try scrape.credentials?.check()
            try scrape.tls?.check()
            for index in targets.indices {
                targets[index].credentials = scrape.credentials
                targets[index].training = scrape.training
                if let stale = scrape.trainingStale { targets[index].trainingStale = Seconds(stale) }
                targets[index].tls = scrape.tls
            }
            all += targets
        }
        var seen: Set<String> = []
        return all.filter { seen.insert($0.url).inserted }
    }
}
