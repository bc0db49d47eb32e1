// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import Planning
import Simulation

/// Days of a simulated plant under a policy, as fast as they go, and what came of it.
struct SimulateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Run a policy on a simulated plant without a terminal, and print what came of it.",
        discussion: """
            A policy decides once a minute; what it wants passes the planner and its guard rails like an operator's \
            plans. static is the smallest fixed split whose every class does at least as well as under the policy of \
            --against, which runs first on the same input and seed. docs/simulate.md says what each figure means.
            """)

    @Option(name: .long, help: "A drill by name or file (default: calm).")
    var drill: String?

    @Option(name: .long, help: "Demand from a CSV trace, plain or gzip, instead of the generator.")
    var trace: String?

    @Option(name: .long, parsing: .unconditional, help: "Number of nodes, 1 to 10000 (default: 64).")
    var nodes: Int?

    @Option(name: .long, parsing: .unconditional, help: "Days of the plant's clock, 0.01 to 366.")
    var days: Double = 1

    @Option(name: .long, help: "static, threshold or proportional.")
    var policy: String = "threshold"

    @Option(name: .long, help: "With --policy static: the policy it is compared with (default: threshold).")
    var against: String?

    @Option(name: .long, parsing: .unconditional, help: "Seed of everything random (default: 10).")
    var seed: UInt64?

    @Option(
        name: .customLong("demand-scale"), parsing: .unconditional,
        help: "Factor on the demand (default: its p99 needs 55 % of the plant).")
    var demandScale: Double?

    @Option(name: .long, help: "What its nodes are: h100, h200, b200, gb200 (default: h100).")
    var hardware: String?

    @Option(name: .long, help: "Write a line of JSON every ten minutes, for each move, and the summary, to this file.")
    var json: String?

    func validate() throws {
        _ = try PlantSize(nodes, flag: "--nodes")
        guard (0.01...366).contains(days) else { throw ValidationError("--days must be from 0.01 to 366.") }
        let names = Policies.names.joined(separator: ", ")
        guard Policies.names.contains(policy) else {
            throw ValidationError("--policy must be one of \(names), not '\(policy)'.")
        }
        if let against {
            guard policy == "static" else {
                throw ValidationError(
                    "--against is what static is compared with; leave it out, or ask for --policy static.")
            }
            guard Policies.names.contains(against), against != "static" else {
                throw ValidationError("--against must be a policy that moves nodes: threshold or proportional.")
            }
        }
        if drill != nil, trace != nil {
            throw ValidationError(
                "--drill changes the generator's demand and --trace replaces it; give one of them.")
        }
        if let demandScale, !PlantLimits.demandScale.contains(demandScale) {
            throw ValidationError("--demand-scale must be from 0.0001 to 10000.")
        }
        if let hardware, Hardware.named(hardware) == nil {
            throw ValidationError(
                "--hardware must be one of \(Hardware.all.map(\.name).joined(separator: ", ")), not '\(hardware)'.")
        }
    }

    func run() async throws {
        do {
            try await simulate()
        } catch let complaint as Complaint {
            throw complaint.said
        }
    }
}

extension SimulateCommand {
    private func simulate() async throws {
        var named = Configuration.Simulated()
        (named.nodes, named.seed, named.demandScale, named.trace) = (nodes, seed, demandScale, trace)
        named.hardware = hardware.flatMap(Hardware.named)
        named.drill = trace == nil ? drill ?? "calm" : nil
        let settings = try SimulationWiring.settings(named)
        let trial = Trial(
            settings: settings, traffic: try SimulationWiring.traffic(named, seed: settings.seed),
            length: (days * 86_400).rounded(), rails: RailSettings())
        let file = try json.map { try TrialFile(path: $0) }
        let began = Date()
        var results: [TrialResult] = []
        if policy == "static" {
            let other = try await run(against ?? "threshold", trial)
            results.append(other)
            guard let fixed = try await StaticSplit(trial: trial, other: other).find() else {
                try file?.write(.summary(other))
                TrialTable(results, wall: Date().timeIntervalSince(began)).lines.forEach(Output.line)
                throw Complaint(
                    "no fixed split of \(settings.nodes) nodes meets every level as often as \(other.policy) does; give it more --nodes",
                    .refused)
            }
            var again = trial.settings
            again.split = fixed.classes.map { fixed.split?[$0.name] ?? 1 }
            // Once more, for the file.
            if let file {
                _ = try await Trial(settings: again, traffic: trial.traffic, length: trial.length, rails: trial.rails)
                    .run(StaticPolicy(), write: file.write)
            }
            results.append(fixed)
        } else {
            results.append(try await run(policy, trial, write: file?.write))
        }
        for result in results { try file?.write(.summary(result)) }
        try file?.close()
        TrialTable(results, wall: Date().timeIntervalSince(began)).lines.forEach(Output.line)
    }

    private func run(
        _ name: String, _ trial: Trial, write: ((TrialLine) throws -> Void)? = nil
    ) async throws -> TrialResult {
        guard let policy = Policies.named(name) else { throw Complaint("there is no policy '\(name)'", .usage) }
        return try await trial.run(policy, write: write)
    }
}

/// The file of `--json`: a line at a time.
final class TrialFile {
    private let handle: FileHandle
    private let path: String
    private let encoder = JSONEncoder()

    /// - Throws: `Complaint` for a path that cannot be written.
    init(path: String) throws {
        self.path = path
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard FileManager.default.createFile(atPath: path, contents: nil),
            let handle = FileHandle(forWritingAtPath: path)
        else { throw Complaint("\(path): cannot be written; choose another file for --json", .badInput) }
        self.handle = handle
    }

    func write(_ line: TrialLine) throws {
        do {
            try handle.write(contentsOf: try encoder.encode(line) + Data("\n".utf8))
        } catch {
            throw Complaint("\(path): \(error.localizedDescription)", .failed)
        }
    }

    func close() throws { try handle.close() }
}
