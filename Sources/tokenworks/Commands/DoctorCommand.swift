// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Backends
import Control
import Factory
import Foundation
import NcursesTerminal

/// Looks at everything that the dashboard needs, and says what is missing and why. Changes nothing.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Look at terminal, locale, configuration, state folder and every target, and say what is missing.",
        discussion: """
            Each target is asked once. Exit status 0 when nothing is wrong (a hint is not), else that of the first thing \
            that is: 78 the configuration, 65 a list or drill, 73 the state folder, 69 a target that does not answer.
            """)

    @OptionGroup var options: PlantOptions

    @Flag(name: .long, help: "One JSON object: an array of checks, each with area, verdict and text.")
    var json = false

    func run() async throws {
        let checks = await Examination(options).checks
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            Output.json(String(decoding: try encoder.encode(["checks": checks]), as: UTF8.self))
        } else {
            for check in checks {
                let area = check.area + String(repeating: " ", count: max(1, 15 - check.area.count))
                Output.line(
                    "\(check.verdict.rawValue.padding(toLength: 6, withPad: " ", startingAt: 0))\(area)\(check.text)")
            }
        }
        let worst = checks.filter { $0.verdict == .wrong }.map(\.status)
        if let status = worst.first { throw ExitCode(status.rawValue) }
    }
}

/// One thing that was looked at.
struct DoctorCheck: Encodable {
    enum Verdict: String, Encodable { case ok, hint, wrong }

    let area: String
    let verdict: Verdict
    let text: String
    /// How the program ends when it is wrong.
    var status = ExitStatus.failed

    private enum CodingKeys: String, CodingKey { case area, verdict, text }
}

/// Everything that is looked at, in the order in which a start needs it.
private struct Examination {
    private(set) var checks: [DoctorCheck] = []
    private var hosts: [HostFacts] = []
    private var engines: [[EngineFacts]] = []

    init(_ options: PlantOptions) async {
        let terminal = TerminalReport()
        // A pipe is no fault: half of all commands run in one.
        add("terminal", terminal.canOpen ? .ok : .hint, terminal.terminal)
        add("locale", terminal.isUTF8 ? .ok : .hint, terminal.locale)
        guard let settled = configuration(options) else { return }
        theme(settled)
        state(settled)
        guard settled.namesLivePlant else {
            simulation(settled)
            return
        }
        if let slurm = SlurmWiring.settings(settled) { await cluster(slurm) }
        await targets(settled)
        for named in PrometheusWiring.named(in: settled) { await prometheus(named) }
        // Over all sources: what does not fit may come from two of them.
        let hints = JoinHints(hosts, engines, aliases: settled.aliases)
        for hint in hints.sentences { add("names", .hint, hint) }
    }

    private mutating func add(
        _ area: String, _ verdict: DoctorCheck.Verdict, _ text: String, _ status: ExitStatus = .failed
    ) {
        checks.append(DoctorCheck(area: area, verdict: verdict, text: text, status: status))
    }

    private mutating func configuration(_ options: PlantOptions) -> Configuration? {
        do {
            let settled = try options.settled()
            let plant = settled.namesLivePlant ? "a live plant" : "the simulation"
            let named = PlantFolder.name(of: settled)
            add("configuration", .ok, "\(settled.file ?? "none, with the defaults"): \(plant), named \(named)")
            return settled
        } catch let complaint as Complaint {
            add("configuration", .wrong, complaint.text, complaint.status)
        } catch {
            add("configuration", .wrong, "\(error)", .badConfiguration)
        }
        return nil
    }

    private mutating func theme(_ settled: Configuration) {
        do {
            _ = try ThemeFiles.load(settled.theme ?? "default")
            add("theme", .ok, settled.theme ?? "default")
        } catch let complaint as Complaint {
            add("theme", .wrong, complaint.text, complaint.status)
        } catch {
            add("theme", .wrong, "\(error)")
        }
    }

    /// Where the audit lies or will lie: the folder itself, or the nearest one above it that is there.
    private mutating func state(_ settled: Configuration) {
        let folder = PlantFolder.state(of: settled)
        var place = folder
        while !FileManager.default.fileExists(atPath: place), place != "/", !place.isEmpty {
            place = (place as NSString).deletingLastPathComponent
        }
        var isFolder: ObjCBool = false
        _ = FileManager.default.fileExists(atPath: place, isDirectory: &isFolder)
        if isFolder.boolValue, FileManager.default.isWritableFile(atPath: place) {
            add("state", .ok, place == folder ? "\(folder) can be written" : "\(folder) will be made in \(place)")
        } else {
            add(
                "state", .wrong, "\(folder): \(place) cannot be written, so nothing can act; --state names another",
                .noAudit)
        }
    }

    private mutating func simulation(_ settled: Configuration) {
        do {
            let named = SimulationWiring.named(in: settled)
            let factory = try SimulatedFactory(named, poll: Seconds(1))
            let nodes = factory.sites.count == 1 ? "" : " in \(factory.sites.count) sites"
            let drill = SimulationWiring.drill(of: named).map { ", drill \($0)" } ?? ""
            add("simulation", .ok, "\(named.nodes ?? 64) nodes\(nodes)\(drill)")
            for note in factory.notes { add("simulation", .hint, note) }
        } catch let complaint as Complaint {
            add("simulation", .wrong, complaint.text, complaint.status)
        } catch {
            add("simulation", .wrong, "\(error)")
        }
    }

    private mutating func cluster(_ settings: SlurmSettings) async {
        let checkup = await SlurmCheckup(settings, at: WallClock.now())
        hosts += checkup.hosts
        for finding in checkup.findings {
            let verdict: DoctorCheck.Verdict =
                switch finding.verdict {
                case .fine: .ok
                case .hint: .hint
                case .wrong: .wrong
                }
            add("slurm", verdict, finding.text, .unreachable)
        }
    }

    private mutating func prometheus(_ named: Configuration.Prometheus) async {
        do {
            let checkup = await PrometheusCheckup(try PrometheusWiring.settings(named), at: WallClock.now())
            hosts += checkup.hosts
            engines.append(checkup.engines)
            for finding in checkup.findings {
                let verdict: DoctorCheck.Verdict =
                    switch finding.verdict {
                    case .fine: .ok
                    case .hint: .hint
                    case .wrong: .wrong
                    }
                add("prometheus", verdict, finding.text, .unreachable)
            }
        } catch let complaint as Complaint {
            add("prometheus", .wrong, complaint.text, complaint.status)
        } catch {
            add("prometheus", .wrong, "\(error)")
        }
    }

    /// Every target once, a few at a time.
    private mutating func targets(_ settled: Configuration) async {
        var all: [(target: ScrapeTarget, settings: ScrapeSettings)] = []
        do {
            for case .scrape(let scrape) in settled.sources {
                let settings = ScrapeSettings(deadline: .seconds(scrape.timeout ?? 4))
                all += try Targets.load([scrape]).map { ($0, settings) }
            }
        } catch let complaint as Complaint {
            return add("targets", .wrong, complaint.text, complaint.status)
        } catch {
            return add("targets", .wrong, "\(error)")
        }
        if let hint = FileLimit.hint(targets: all.count) { add("files", .hint, hint) }
        var found: [(Int, Look)] = []
        await withTaskGroup(of: (Int, Look).self) { group in
            for (index, one) in all.enumerated() {
                if index >= Self.atOnce, let done = await group.next() { found.append(done) }
                group.addTask { (index, await Self.look(at: one.target, one.settings)) }
            }
            for await done in group { found.append(done) }
        }
        found.sort { $0.0 < $1.0 }
        checks += found.flatMap(\.1.checks)
        memory(found.map(\.1.memory), limit: all.first?.settings.memoryLimit ?? 0)
        hosts += found.flatMap(\.1.hosts)
        engines.append(found.flatMap(\.1.engines))
    }

    /// Pages are remembered to be compared with the next ones; beyond the limit they are read anew each time.
    private mutating func memory(_ pages: [Int], limit: Int) {
        let needed = pages.reduce(0, +)
        guard needed > 0 else { return }
        func megabytes(_ bytes: Int) -> String { "\(Words.fixed(Double(bytes) / 1_048_576, 1)) MiB" }
        let text = "to compare pages with the ones before takes \(megabytes(needed)) of \(megabytes(limit))"
        add(
            "memory", needed > limit ? .hint : .ok,
            needed > limit ? "\(text): what does not fit is read anew at each poll" : text)
    }

    /// What one target came to.
    private struct Look: Sendable {
        var checks: [DoctorCheck]
        /// Bytes that remembering its page takes.
        var memory = 0
        var hosts: [HostFacts] = []
        var engines: [EngineFacts] = []
    }

    private static let atOnce = 32

    private static func look(at target: ScrapeTarget, _ settings: ScrapeSettings) async -> Look {
        do throws(TargetError) {
            let lint = try await MetricsLint.fetch(target, settings: settings)
            let gives =
                lint.gives.isEmpty
                ? "nothing that is known (docs/live.md lists what is)" : lint.gives.joined(separator: "; ")
            var checks = [
                DoctorCheck(
                    area: "target", verdict: lint.gives.isEmpty ? .hint : .ok, text: "\(target.name) gives \(gives)")
            ]
            checks += lint.missing.map {
                DoctorCheck(area: "target", verdict: .hint, text: "\(target.name) lacks \($0)")
            }
            if lint.rejected > 0 {
                let text =
                    "\(target.name): \(lint.rejected) lines are not understood; tokenworks lint-metrics \(target.url)"
                checks.append(DoctorCheck(area: "target", verdict: .hint, text: text))
            }
            return Look(checks: checks, memory: lint.memory, hosts: lint.hosts, engines: lint.engines)
        } catch {
            return Look(
                checks: [DoctorCheck(area: "target", verdict: .wrong, text: error.description, status: .unreachable)])
        }
    }
}
