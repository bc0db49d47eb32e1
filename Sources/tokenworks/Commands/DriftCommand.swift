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
        abstract: "Say what Slurm has otherwise than tokenworks left it, and what can be done.",
        discussion: """
            A reconfigure or a restart of slurmctld goes back to the lists of slurm.conf, and administrators act too. \
            Nodes that a move has left drained are named as well, with the lines that give them back. Nothing is done \
            about any of it by itself.
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
        guard let control = settings.control else {
            throw Complaint(
                "no partition is given to training or inference: name them under 'control:'", .badConfiguration)
        }
        let name = PlantFolder.name(of: settled)
        let folder = PlantFolder.state(of: settled)
        let keeper = SlurmMemoryFile(directory: folder, plant: name)
        // Who runs moves has its own memory of the lists, and would write over this one: it has to end first.
        let records = adopt ? try alone(folder, name) : nil
        let kept = try kept(keeper)
        let (partitions, leftovers) = try await cluster(settings, kept, control)
        say(leftovers, under: try open(folder, name), isLost: kept == nil)
        // Drains stand in Slurm, whatever became of the file.
        guard var memory = kept else {
            Output.line(
                "no change of a list of this cluster is remembered in \(folder): there is nothing that could differ")
            return
        }
        guard !memory.intended.isEmpty else {
            Output.line("tokenworks has changed no list of this cluster: there is nothing that could differ")
            return
        }
        let drifts = SlurmDrift.all(memory.intended, partitions, moving: moving(leftovers))
        guard !drifts.isEmpty else {
            Output.line("the lists are as tokenworks left them; a reconfigure or a restart of slurmctld reverts them:")
            permanent(memory)
            return
        }
        Output.line("not as tokenworks left it: \(SlurmDrift.words(drifts))")
        guard let records else {
            Output.line("adopt: tokenworks drift --adopt takes Slurm's lists for what is meant")
            Output.line(
                "again: plan the move anew (r, or tokenworks move): each node is drained before its list changes")
            Output.line("for good: in slurm.conf, then scontrol reconfigure:")
            permanent(memory)
            return
        }
        memory.intended = SlurmDrift.adopted(partitions, insteadOf: memory.intended)
        // The lock lasts until the file is written.
        try withExtendedLifetime(records) { try keep(memory, keeper) }
        Output.line("adopted: Slurm's lists are what is meant from now on")
    }

    private func moving(_ leftovers: [SlurmLeftover]) -> Set<String> {
        Set(leftovers.filter(\.isOurs).flatMap(\.nodes))
    }

    /// The moves that have begun and have no end yet.
    private func open(_ folder: String, _ name: String) throws -> Set<DecisionID> {
        do {
            let past = try AuditPast.read(directory: folder, plant: name)
            return Set(past?.leftOpen.compactMap(\.started.decision) ?? [])
        } catch {
            throw Complaint(error.text, .noAudit)
        }
    }

    /// Nodes that a move holds, or has left.
    ///
    /// - Parameter isLost: nothing is remembered: a drain may be of another tokenworks, or of this one before that was lost.
    private func say(_ leftovers: [SlurmLeftover], under open: Set<DecisionID>, isLost: Bool) {
        let byHand = "where that is gone, put each into one of the two lists and resume it"
        for left in leftovers {
            let mark = left.mark
            let what = "\(Words.names(left.nodes)) drained by \(mark.decision), \(mark.from) -> \(mark.to)"
            if isLost {
                Output.line("\(what): of a tokenworks (\(mark.writer)) that nothing here remembers; \(byHand)")
            } else if !left.isOurs {
                Output.line("\(what): of another tokenworks (\(mark.writer)); \(byHand)")
            } else if open.contains(mark.decision) {
                Output.line("\(what): that move is open; abort it or let it go on (tokenworks, M)")
            } else {
                Output.line("\(what): that move is not under way; to give back what it holds:")
                left.lines.forEach { Output.line("  \($0)") }
            }
        }
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

    private func cluster(
        _ settings: SlurmSettings, _ memory: SlurmMemory?, _ control: SlurmControl
    ) async throws -> (partitions: [SlurmPartition], leftovers: [SlurmLeftover]) {
        do throws(SlurmFailure) {
            let command = try SlurmCommand(
                configuration: settings.configuration, folder: settings.folder, variables: settings.variables)
            return try await SlurmLeftover.all(of: command, memory, control: control)
        } catch {
            throw Complaint("slurm \(error.text)", .unreachable)
        }
    }

    /// - Returns: what has the plant to itself as long as it lives.
    private func alone(_ folder: String, _ name: String) throws -> PlantRecords {
        let records: PlantRecords
        do {
            records = try PlantRecords.open(directory: folder, plant: name)
        } catch {
            throw Complaint("\(error.text) End it first, then adopt.", .noAudit)
        }
        guard let open = records.past.leftOpen.first?.started.decision else { return records }
        throw Complaint(
            "\(open) is open, and its lists are on their way: start tokenworks, let it go on or abort it, then adopt",
            .refused)
    }
}
