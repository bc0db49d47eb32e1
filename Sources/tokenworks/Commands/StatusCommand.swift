// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Factory
import Foundation

/// One look at the plant, without a terminal.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Print the plant's state once, for people or as JSON.",
        discussion: """
            Where a daemon of this host has the plant, it is asked. Else a simulation runs its seed for --at plant seconds, \
            and real targets are polled twice, --interval apart.
            """)

    @OptionGroup var options: PlantOptions

    @Option(name: .long, parsing: .unconditional, help: "Simulation: number of 8-GPU nodes, 1 to 10000 (default: 64).")
    var nodes: Int?

    @Flag(name: .long, help: "One JSON object, documented in docs/status.md; unknown values are null.")
    var json = false

    @Option(
        name: .long, parsing: .unconditional,
        help: "Simulation: plant seconds to run before looking, 0 to 2592000 (default: 600).")
    var at: Double?

    func validate() throws {
        _ = try PlantSize(nodes, flag: "--nodes")
        if options.speed != nil { throw ValidationError("--speed is the dashboard's; status takes --at seconds.") }
        guard (0...2_592_000).contains(at ?? 0) else {
            throw ValidationError("--at must be from 0 to 2592000 seconds (30 days).")
        }
    }

    func run() async throws {
        do {
            try await look()
        } catch let complaint as Complaint {
            throw complaint.said
        }
    }

    private func plantAtHand() async throws -> any PlantAtHand {
        if let daemon = try DaemonChoice(options, isOwn: nodes != nil || at != nil) {
            let visit = try await DaemonVisit(daemon, program: "status")
            Output.complain("the plant of the daemon at \(daemon.address)")
            return visit
        }
        let assembly = try await Assembly(options.settled(size: PlantSize(nodes, flag: "--nodes")), reading: true)
        assembly.notes.forEach(Output.complain)
        return OwnPlant(assembly, at: at, interval: options.interval ?? 2)
    }

    private func look() async throws {
        var hand = try await plantAtHand()
        let snapshot = try await hand.look()
        await hand.leave()
        let report = StatusReport(snapshot)
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            Output.json(String(decoding: try encoder.encode(report), as: UTF8.self))
        } else {
            report.lines.forEach(Output.line)
        }
        let up = snapshot.sources.reduce(0) { $0 + $1.targetsUp }
        if snapshot.kind == .live, up == 0 {
            throw Complaint(
                "no target answers: \(report.targets.first.map { "\($0.name): \($0.problem ?? "")" } ?? "none was heard of in time; give a longer --interval")",
                .unreachable)
        }
    }
}
