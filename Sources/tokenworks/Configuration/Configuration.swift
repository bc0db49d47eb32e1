// SPDX-License-Identifier: Apache-2.0

import Backends
import Control
import Factory
import Planning
import Simulation
import SlurmText

/// What a configuration file says. Everything is optional: without a file tokenworks opens its simulation.
struct Configuration: Equatable {
    /// The path it was read from; nil: no file.
    var file: String?
    /// Name of the plant: the title row, the audit's folder.
    var plant: String?
    var sources: [Source] = []
    var control: [Control] = []
    var rails = RailSettings()
    var theme: String?
    var glyphs: String?
    var colours: String?
    /// The name to show by every other name and address of a machine.
    var aliases: [String: String] = [:]
    /// What the classes of a live plant were promised, by name.
    var levels: [String: ServiceLevel] = [:]
    /// Whether plain commands speak of this host's daemon; nil: where one is.
    var daemon: Daemon?
    /// Whom to tell of what nobody may be looking at; nil: nobody.
    var notify: Notifier.Settings?
    /// Folder of audit and journal; nil: the XDG state folder.
    var state: String?
    /// The site that a command speaks of; nil: the first. Never in the file.
    var visited: String?
    /// The lines of values that only show to be wrong when they are used, by key: `sources[0].scrape.file`.
    var lines: [String: Int] = [:]

    /// One observer.
    enum Source: Equatable {
        case simulated(Simulated)
        case scrape(Scrape)
        case prometheus(Prometheus)
        case slurm(Slurm)
    }

    /// The simulated factory.
    struct Simulated: Equatable {
        var nodes: Int?
        var seed: UInt64?
        var speed: Double?
        var trace: String?
        var demandScale: Double?
        /// A shipped drill's name, or a file's path.
        var drill: String?
        var hardware: Hardware?
        var site: SiteProfile?
        /// Unit: W of IT power.
        var powerCap: Double?
        /// Several places; empty: one, at `site`.
        var sites: [Site] = []
    }

    /// One site of a simulated factory.
    struct Site: Equatable {
        var profile: SiteProfile
        /// nil: as many as the simulation's `nodes`.
        var nodes: Int?
    }

    /// Exposition endpoints.
    struct Scrape: Equatable {
        var urls: [String] = []
        var file: String?
        /// Seconds between two polls.
        var interval: Double?
        /// Seconds until a target counts as not answering.
        var timeout: Double?
        /// What shows the targets who asks.
        var credentials: ScrapeCredentials?
        /// What their pages say of training jobs.
        var training: [TrainingMetric] = []
        /// Seconds until a job that pushes nothing is stale.
        var trainingStale: Double?
        /// Whom the targets are believed.
        var tls: ScrapeTLS?
        /// What names the machine and the site of each target.
        var node: TargetNaming?
        var site: TargetNaming?
    }

    /// Whose plant it is that a command speaks of which names none.
    enum Daemon: Equatable {
        /// Always one in its own process.
        case never
        /// A daemon's, whose absence is an error; where it has no place of its own: the usual ones.
        case expected(socket: String?)
    }

    /// One actuator.
    enum Control: Equatable {
        case simulated(enabled: Bool)
        case slurm(SlurmControl)
    }

    /// Whether it names a plant: then its absence is an error, never a simulation.
    var namesLivePlant: Bool {
        sources.contains { if case .simulated = $0 { false } else { true } }
    }

    /// Whether it names the simulation, not only leaves room for it.
    var namesSimulation: Bool {
        control.contains { $0.engine == "simulated" }
            || sources.contains { if case .simulated = $0 { true } else { false } }
    }
}

extension Configuration {
    /// Reads the text of a configuration file.
    ///
    /// - Throws: the first thing that is wrong, with file and line; nothing is half taken over.
    init(parsing text: String, file: String) throws(ConfigurationError) {
        self.file = file
        var top = try YAMLSection(parsing: text, file: file)
        plant = try top.string("plant")
        if let plant, !Self.isPlantName(plant) {
            throw ConfigurationError(
                file: file, line: top.line(of: "plant"),
                text: "plant: '\(plant)' must be 1 to 32 letters, digits, '-', '_' or '.', and not begin with '.'")
        }
        theme = try top.string("theme")
        glyphs = try top.word("glyphs", of: ["auto", "braille", "block", "ascii"])
        colours = try top.word("colours", of: ["auto", "256", "16", "8", "never"])
        daemon = try DaemonSection.read(&top)
        notify = try NotifySection.read(&top)
        if notify != nil { lines["notify.command"] = top.line(of: "notify") }
        state = try top.string("state").map { Self.path($0, beside: file) }
        if theme != nil { lines["theme"] = top.line(of: "theme") }
        aliases = try ScrapeSection.aliases(&top)
        levels = try LevelSection.read(&top)
        for section in try top.sections("sources") ?? [] {
            sources.append(try source(section))
        }
        for section in try top.sections("control") ?? [] {
            let actuator = try Self.actuator(section)
            guard !control.contains(where: { $0.engine == actuator.engine }) else {
                throw ConfigurationError(
                    file: file, line: section.line,
                    text: "control: at most one actuator per engine, '\(actuator.engine)' is given twice")
            }
            control.append(actuator)
        }
        if let section = try top.section("rails") {
            // A live plant's classes are known only when it has answered, and its nodes are not moved in this version.
            rails = try Self.rails(section, pools: namesLivePlant ? nil : Self.simulatedPools)
        }
        try top.finish()
        try checkEngines(line: top.line(of: "sources"))
        if !levels.isEmpty, !namesLivePlant {
            throw ConfigurationError(
                file: file, line: top.line(of: "classes"),
                text: "classes: the simulation's classes have levels of their own; remove it, or name a live source")
        }
    }

    /// The two kinds of plant do not mix: a simulated node beside a real one would be a lie on the screen.
    private func checkEngines(line: Int) throws(ConfigurationError) {
        let simulated = sources.contains { if case .simulated = $0 { true } else { false } }
        if simulated, namesLivePlant {
            throw ConfigurationError(
                file: file ?? "", line: line, text: "sources: 'simulated' cannot stand beside real sources; remove one")
        }
        if simulated, sources.count > 1 {
            throw ConfigurationError(file: file ?? "", line: line, text: "sources: 'simulated' is given twice")
        }
        if namesLivePlant, control.contains(where: { $0.engine == "simulated" }) {
            throw ConfigurationError(
                file: file ?? "", line: line,
                text: "control: the engine 'simulated' cannot act on real sources; remove it")
        }
        let clusters = sources.count { if case .slurm = $0 { true } else { false } }
        guard clusters < 2 else {
            throw ConfigurationError(
                file: file ?? "", line: line, text: "sources: 'slurm' is given twice; one plant is one cluster")
        }
        if clusters == 0, control.contains(where: { $0.engine == "slurm" }) {
            throw ConfigurationError(
                file: file ?? "", line: line,
                text: "control: the engine 'slurm' needs its source: add '- slurm: {}' to sources")
        }
    }

    /// A path as the file means it: what is relative lies beside the file, wherever the program was started.
    static func path(_ path: String, beside file: String) -> String {
        guard !path.hasPrefix("/"), let end = file.lastIndex(of: "/") else { return path }
        return file[...end] + path
    }

    private mutating func source(_ section: YAMLSection) throws(ConfigurationError) -> Source {
        var section = section
        guard section.keys.count == 1 else {
            throw ConfigurationError(
                file: section.file, line: section.line,
                text: "\(section.path): expected one of: simulated, scrape, prometheus, slurm")
        }
        let source: Source? =
            if let simulated = try section.section("simulated") {
                .simulated(try readSimulated(simulated))
            } else if let scrape = try section.section("scrape") {
                .scrape(try readScrape(scrape))
            } else if let prometheus = try section.section("prometheus") {
                .prometheus(try readPrometheus(prometheus))
            } else if let slurm = try section.section("slurm") {
                .slurm(try readSlurm(slurm))
            } else {
                nil
            }
        try section.finish()
        guard let source else {
            throw ConfigurationError(file: section.file, line: section.line, text: "\(section.path): names no source")
        }
        return source
    }

    private mutating func readSimulated(_ section: YAMLSection) throws(ConfigurationError) -> Simulated {
        var section = section
        lines["\(section.path).trace"] = section.line(of: "trace")
        var simulated = Simulated()
        simulated.nodes = try section.whole("nodes", in: PlantLimits.nodes)
        simulated.seed = try section.whole("seed", in: 0...Int.max).map(UInt64.init)
        simulated.speed = try section.number("speed", in: PlantLimits.speed)
        simulated.trace = try section.string("trace").map { Self.path($0, beside: section.file) }
        simulated.demandScale = try section.number("demand_scale", in: PlantLimits.demandScale)
        lines["\(section.path).drill"] = section.line(of: "drill")
        simulated.drill = try section.string("drill").map {
            DrillFile.isPath($0) ? Self.path($0, beside: section.file) : $0
        }
        simulated.hardware = try HardwareSection.read(&section, key: "hardware")
        simulated.site = try section.word("site", of: SiteProfile.all.map(\.site.name)).flatMap(SiteProfile.named)
        simulated.powerCap = try section.number("power_cap_watts", in: 1...1e12)
        try Self.check(simulated, section)
        simulated.sites = try SiteSection.read(&section)
        try section.finish()
        if simulated.drill != nil, simulated.trace != nil {
            throw ConfigurationError(
                file: section.file, line: section.line(of: "drill"),
                text: "\(section.path): a drill changes the generator's demand, and a trace replaces it; remove one")
        }
        return simulated
    }

    /// A cap that idle machines are above can be kept by nobody.
    private static func check(_ simulated: Simulated, _ section: YAMLSection) throws(ConfigurationError) {
        guard let cap = simulated.powerCap else { return }
        let machine = simulated.hardware ?? .h100
        let nodes = simulated.nodes ?? 64
        let idle = Double(nodes) * machine.unitIdle
        guard cap < idle else { return }
        throw ConfigurationError(
            file: section.file, line: section.line(of: "power_cap_watts"),
            text: "\(section.path).power_cap_watts: \(nodes) nodes draw \(Int(idle)) W when they do nothing")
    }

    private mutating func readScrape(_ section: YAMLSection) throws(ConfigurationError) -> Scrape {
        var section = section
        var scrape = Scrape()
        lines["\(section.path).file"] = section.line(of: "file")
        for (index, line) in section.itemLines(of: "targets").enumerated() {
            lines["\(section.path).targets[\(index)]"] = line
        }
        scrape.urls = try section.strings("targets") ?? []
        scrape.file = try section.string("file").map { Self.path($0, beside: section.file) }
        scrape.interval = try section.number("interval", in: PlantLimits.interval)
        scrape.timeout = try section.number("timeout", in: 0.1...60)
        scrape.credentials = try credentials(&section)
        scrape.training = try TrainingSection.read(&section)
        scrape.trainingStale = try section.number("training_stale", in: 1...86_400)
        lines["\(section.path).tls"] = section.line(of: "tls")
        scrape.tls = try ScrapeSection.tls(&section)
        scrape.node = try ScrapeSection.naming("node", &section)
        scrape.site = try ScrapeSection.naming("site", &section)
        try section.finish()
        guard !scrape.urls.isEmpty || scrape.file != nil else {
            throw ConfigurationError(
                file: section.file, line: section.line,
                text: "\(section.path): give 'targets' (a list of URLs) or 'file'")
        }
        return scrape
    }

    /// Secrets stand in files of their own: this one is copied, shown and kept in version control.
    mutating func credentials(_ section: inout YAMLSection) throws(ConfigurationError) -> ScrapeCredentials? {
        lines["\(section.path).credentials"] = section.line(of: "bearer_token_file")
        let token = try section.string("bearer_token_file").map { Self.path($0, beside: section.file) }
        let line = section.line(of: "basic_auth")
        guard var basic = try section.section("basic_auth") else {
            return token.map { .bearer(tokenFile: $0) }
        }
        lines["\(section.path).credentials"] = line
        let user = try basic.string("user")
        let file = try basic.string("password_file").map { Self.path($0, beside: basic.file) }
        try basic.finish()
        guard token == nil else {
            throw ConfigurationError(
                file: section.file, line: line,
                text: "\(section.path): give 'bearer_token_file' or 'basic_auth', not both")
        }
        guard let user, !user.contains(":"), let file else {
            throw ConfigurationError(
                file: section.file, line: line,
                text: "\(basic.path): needs 'user' (without a colon) and 'password_file'")
        }
        return .basic(user: user, passwordFile: file)
    }

    private static func actuator(_ section: YAMLSection) throws(ConfigurationError) -> Control {
        var section = section
        if let slurm = try section.section("slurm") {
            let control = try readSlurmControl(slurm)
            try section.finish()
            return .slurm(control)
        }
        guard var simulated = try section.section("simulated") else {
            try section.finish()
            throw ConfigurationError(
                file: section.file, line: section.line, text: "\(section.path): expected one of: simulated, slurm")
        }
        let enabled = try simulated.flag("enabled") ?? true
        try simulated.finish()
        try section.finish()
        return .simulated(enabled: enabled)
    }

    /// Every name of a simulated pool that `floors` may use.
    private static let simulatedPools: [String] =
        SimulationSettings.classes.map(\.name) + SimulationSettings.classes.map { "inference/\($0.name)" } + [
            "training", "spare",
        ]

    /// A plant's name becomes a folder's name.
    static func isPlantName(_ name: String) -> Bool {
        (1...32).contains(name.count) && !name.hasPrefix(".")
            && name.unicodeScalars.allSatisfy {
                ("a"..."z").contains($0) || ("A"..."Z").contains($0) || ("0"..."9").contains($0)
                    || "-_.".unicodeScalars.contains($0)
            }
    }
}

/// What the flags and the configuration accept; one place, so that both say the same.
enum PlantLimits {
    static let nodes = 1...10_000
    static let speed = 1.0...3600.0
    static let demandScale = 0.0001...10_000.0
    static let interval = 0.25...3600.0
}

extension Configuration {
    /// Adds to a complaint the line of the configuration that names what it is about.
    func blaming<T>(_ key: String, _ work: () throws -> T) throws -> T {
        do {
            return try work()
        } catch let complaint as Complaint {
            let line = lines[key].map { ":\($0)" } ?? ""
            throw Complaint("\(file ?? "")\(line): \(key): \(complaint.text)", complaint.status)
        }
    }
}
