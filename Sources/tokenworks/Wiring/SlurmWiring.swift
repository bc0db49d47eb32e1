// SPDX-License-Identifier: Apache-2.0

import Backends
import Factory
import Foundation
import SlurmText

/// From what a configuration says of a Slurm cluster to how it is read.
enum SlurmWiring {
    /// The cluster that is named; nil: none.
    static func named(in settled: Configuration) -> Configuration.Slurm? {
        settled.sources.lazy.compactMap { if case .slurm(let named) = $0 { named } else { nil } }.first
    }

    /// Which partition is for what; nil: nobody has said.
    static func control(in settled: Configuration) -> SlurmControl? {
        settled.control.lazy.compactMap { if case .slurm(let control) = $0 { control } else { nil } }.first
    }

    /// - Parameter waits: an observation waits for the whole look: for a single look.
    static func settings(
        _ settled: Configuration, waits: Bool = false,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> SlurmSettings? {
        guard let named = named(in: settled) else { return nil }
        var settings = SlurmSettings()
        (settings.configuration, settings.folder) = (named.configuration, named.folder)
        settings.rest = named.rest
        settings.variables = environment.filter { ["SLURM_CONF", "PATH"].contains($0.key) }
        if let interval = named.interval { settings.interval = Seconds(interval) }
        settings.control = control(in: settled)
        settings.aliases = settled.aliases
        if waits { settings.patience = .seconds(30) }
        return settings
    }

    /// So often a plant with a cluster is looked at, so that a fault is on the screen soon; the cluster has its own pace.
    static let tick = 0.5

    /// Looks at what the configuration names, without asking anybody.
    ///
    /// - Parameter key: where it stands: `sources[0].slurm`.
    static func check(_ named: Configuration.Slurm, at key: String, of settled: Configuration) throws {
        let faulty = named.folder == nil && named.configuration != nil ? "\(key).conf" : key
        try settled.blaming(faulty) {
            do throws(SlurmFailure) {
                let environment = ProcessInfo.processInfo.environment
                _ = try SlurmCommand(
                    configuration: named.configuration, folder: named.folder, variables: environment)
            } catch {
                throw Complaint("slurm \(error.text)", .badInput)
            }
        }
    }
}
