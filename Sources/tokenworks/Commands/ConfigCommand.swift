// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

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
            if let theme = settled.theme { _ = try ThemeFiles.load(theme) }
            for source in settled.sources {
                switch source {
                case .simulated(let simulated):
                    if let trace = simulated.trace { _ = try Traces.load(trace) }
                case .scrape(let scrape):
                    _ = try Targets.load(scrape)
                }
            }
            Output.line("\(file): no mistakes found; \(Self.summary(of: settled))")
        }

        private static func summary(of settled: Configuration) -> String {
            let plant = settled.plant.map { "plant '\($0)', " } ?? ""
            guard settled.namesLivePlant else { return plant + "simulated" }
            let targets = settled.sources.reduce(0) { count, source in
                if case .scrape(let scrape) = source { count + scrape.urls.count } else { count }
            }
            return plant + "live, read-only, \(targets) targets named here"
        }
    }
}
