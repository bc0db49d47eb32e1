// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Control
import Factory
import Foundation

/// Which audit a command reads.
struct AuditOptions: ParsableArguments {
    @Option(name: .long, help: "Configuration file (default: $XDG_CONFIG_HOME/tokenworks/config.yaml).")
    var config: String?

    @Option(name: .long, help: "Name of the plant (default: the configuration's; else sim).")
    var plant: String?

    @Option(name: .long, help: "Folder of audit and journal (default: $XDG_STATE_HOME/tokenworks).")
    var state: String?

    @Option(name: .long, help: "An audit file by its path, instead of a plant's.")
    var file: String?

    func validate() throws {
        if let plant, !Configuration.isPlantName(plant) {
            throw ValidationError("--plant must be 1 to 32 letters, digits, '-', '_' or '.', not '\(plant)'.")
        }
    }

    /// - Throws: `Complaint`.
    func path() throws -> String {
        if let file { return file }
        let settled = try ConfigurationFile.load(config)
        let name = plant ?? PlantFolder.name(of: settled)
        return PlantFolder.path(state: state ?? settled.state, plant: name) + "/audit.jsonl"
    }
}

/// Shows and verifies the audit.
struct AuditCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Show or verify the audit.", subcommands: [Show.self, Verify.self])

    /// Prints records, oldest first.
    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Print the last records, oldest first.")

        @OptionGroup var files: AuditOptions

        @Option(name: .long, help: "How many records.")
        var limit = 50

        @Option(name: .long, help: "Only one decision: d-12.")
        var decision: String?

        func validate() throws {
            guard limit >= 1 else { throw ValidationError("--limit must be at least 1.") }
            if let decision, DecisionID(parsing: decision) == nil {
                throw ValidationError("--decision must look like d-12, not '\(decision)'.")
            }
        }

        func run() throws {
            do {
                let only = decision.flatMap(DecisionID.init(parsing:))
                let records = try files.records().filter { only == nil || $0.decision == only }
                if records.isEmpty { Output.line("no records in \(try files.path())") }
                records.suffix(limit).map(Self.line).forEach(Output.line)
            } catch let complaint as Complaint {
                throw complaint.said
            }
        }

        private static func line(_ record: AuditRecord) -> String {
            let wall = PlantTime(epoch: record.wall).iso8601
            let what = [record.decision?.description, record.node?.name, record.step?.rawValue].compactMap { $0 }
            return "\(record.sequence) \(wall) \(record.kind.rawValue) \(record.by)\(what.isEmpty ? "" : " " + what.joined(separator: " ")): \(record.text)"
        }
    }

    /// Checks every link of the chain.
    struct Verify: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check every hash of the chain and that every question has its answer.",
            discussion: """
                An unkeyed chain shows a changed, missing or inserted record. It cannot show a tail that was cut off \
                or a file that was rewritten as a whole: compare the head that is printed with one you noted elsewhere.
                """)

        @OptionGroup var files: AuditOptions

        func run() throws {
            do {
                try verify()
            } catch let complaint as Complaint {
                throw complaint.said
            }
        }
    }
}
