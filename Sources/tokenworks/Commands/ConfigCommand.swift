// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Backends
import Control
import SlurmText

/// Speaks of the configuration.
struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Check the configuration.", subcommands: [Check.self])

    /// Reads the configuration as every command would, and everything that it names on this host.
    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Read the configuration and the files it names; contact no target.")

        @Option(name: .long, help: "Configuration file (default: $XDG_CONFIG_HOME/tokenworks/config.yaml).")
        var config: String?

        func run() throws {
            do {
                try check()
            } catch let complaint as Complaint {
                throw complaint.said
            }
        }

        private func check() throws {
            let settled = try ConfigurationFile.load(config)
            guard let file = settled.file else {
                let path = ConfigurationFile.folder() + "/config.yaml"
                Output.line("\(path) does not exist: the simulation opens, with its defaults")
                return
            }
            if let theme = settled.theme { try settled.blaming("theme") { _ = try ThemeFiles.load(theme) } }
            if let notify = settled.notify, let problem = Notifier.problem(with: notify.command) {
                try settled.blaming("notify.command") { throw Complaint(problem, .badInput) }
            }
            for (index, source) in settled.sources.enumerated() { try Self.check(source, at: index, of: settled) }
            Output.line("\(file): no mistakes found; \(Self.summary(of: settled))")
        }

        private static func check(_ source: Configuration.Source, at index: Int, of settled: Configuration) throws {
            switch source {
            case .simulated(let simulated):
                if simulated.drill != nil {
                    try settled.blaming("sources[\(index)].simulated.drill") {
                        _ = try SimulationWiring.settings(simulated)
                    }
                }
                guard let trace = simulated.trace else { return }
                try settled.blaming("sources[\(index)].simulated.trace") { _ = try Traces.load(trace) }
            case .scrape(let scrape):
                let key = "sources[\(index)].scrape"
                for (item, url) in scrape.urls.enumerated() {
                    try settled.blaming("\(key).targets[\(item)]") { _ = try Targets.load([.init(urls: [url])]) }
                }
                try settled.blaming("\(key).credentials") {
                    try Targets.complaining { () throws(TargetError) in try scrape.credentials?.check() }
                }
                try settled.blaming("\(key).tls") {
                    try Targets.complaining { () throws(TargetError) in try scrape.tls?.check() }
                }
                guard let file = scrape.file else { return }
                try settled.blaming("\(key).file") { _ = try Targets.load([.init(file: file)]) }
            case .prometheus(let named):
                try PrometheusWiring.check(named, at: "sources[\(index)].prometheus", of: settled)
            case .slurm(let named):
                try SlurmWiring.check(named, at: "sources[\(index)].slurm", of: settled)
            }
        }

        private static func summary(of settled: Configuration) -> String {
            let plant = settled.plant.map { "plant '\($0)', " } ?? ""
            guard settled.namesLivePlant else { return plant + "simulated" }
            let targets = settled.sources.reduce(0) { count, source in
                if case .scrape(let scrape) = source { count + scrape.urls.count } else { count }
            }
            let servers = PrometheusWiring.named(in: settled).map { ", Prometheus at \($0.url)" }.joined()
            let cluster = SlurmWiring.named(in: settled) == nil ? "" : ", a Slurm cluster"
            let acts = SlurmWiring.control(in: settled)?.isEnabled == true ? "nodes may move" : "read-only"
            return plant + "live, \(acts), \(targets) targets named here\(servers)\(cluster)"
        }
    }
}
