// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Backends
import Control
import Factory
import SlurmText

/// Where Slurm's partitions are not as tokenworks left them, and what can be done about it.
struct DriftCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drift",
        abstract: "Say where Slurm's partitions are not as tokenworks left them, and what can be done.",
        discussion: """
            A reconfigure or a restart of slurmctld goes back to the lists of slurm.conf, and administrators act too. \
            Nothing is done about it by itself.
            """)

    @Option(name: .long, help: "Configuration file (default: $XDG_CONFIG_HOME/tokenworks/config.yaml).")
    var config: String?

    @Option(name: .long, help: "Folder of audit and journal (default: $XDG_STATE_HOME/tokenworks).")
    var state: String?

    @Flag(name: .long, help: "Take Slurm's lists for what is meant from now on; nothing is changed in Slurm.")
    var adopt = false

    func run() async throws {
        do {
            try await look()
        } catch let complaint as Complaint {
            throw complaint.said
        }
    }

    private func look() async throws {
        var settled = try ConfigurationFile.load(config)
        if let state { settled.state = state }
        guard let settings = SlurmWiring.settings(settled) else {
            throw Complaint("there is no Slurm in the configuration: add '- slurm: {}' to sources", .badConfiguration)
        }
        let name = PlantFolder.name(of: settled)
        let keeper = SlurmMemoryFile(directory: PlantFolder.state(of: settled), plant: name)
        guard var memory = try kept(keeper), !memory.intended.isEmpty else {
            Output.line("tokenworks has changed no list of this cluster: there is nothing that could differ")
            return
        }
        let partitions = try await lists(settings)
        let drifts = SlurmDrift.all(memory.intended, partitions)
        guard !drifts.isEmpty else {
            Output.line("the lists are as tokenworks left them; a reconfigure or a restart of slurmctld reverts them:")
            permanent(memory)
            return
        }
        Output.line("not as tokenworks left it: \(SlurmDrift.words(drifts))")
        guard adopt else {
            Output.line("adopt: tokenworks drift --adopt takes Slurm's lists for what is meant")
            Output.line(
                "again: plan the move anew (r, or tokenworks move): each node is drained before its list changes")
            Output.line("for good: in slurm.conf, then scontrol reconfigure:")
            permanent(memory)
            return
        }
        try alone(settled, name)
        for partition in partitions where memory.intended[partition.name] != nil {
            memory.intended[partition.name] = partition.nodes.names
        }
        try keep(memory, keeper)
        Output.line("adopted: Slurm's lists are what is meant from now on")
    }

    private func permanent(_ memory: SlurmMemory) {
        SlurmDrift.lines(memory.intended).forEach { Output.line("  \($0)") }
    }

    private func kept(_ keeper: SlurmMemoryFile) throws -> SlurmMemory? {
        do { return try keeper.load() } catch { throw Complaint(error.text, .noAudit) }
    }

    private func keep(_ memory: SlurmMemory, _ keeper: SlurmMemoryFile) throws {
        do { try keeper.save(memory) } catch { throw Complaint(error.text, .noAudit) }
    }

    private func lists(_ settings: SlurmSettings) async throws -> [SlurmPartition] {
        do throws(SlurmFailure) {
            let command = try SlurmCommand(
                configuration: settings.configuration, folder: settings.folder, variables: settings.variables)
            return try await SlurmCommandReader(command: command).partitions()
        } catch {
            throw Complaint("slurm \(error.text)", .unreachable)
        }
    }

    /// Who runs moves has its own memory of the lists, and would write over this one.
    private func alone(_ settled: Configuration, _ name: String) throws {
        do {
            _ = try PlantRecords.open(directory: PlantFolder.state(of: settled), plant: name)
        } catch {
            throw Complaint("\(error.text) End it first, then adopt.", .noAudit)
        }
    }
}
