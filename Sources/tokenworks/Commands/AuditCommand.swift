// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Control
import Factory
import Foundation

/// Which audit a command reads.
struct AuditOptions: ParsableArguments {
    @Option(name: .long, help: "Configuration file (default: $XDG_CONFIG_HOME/tokenworks/config.yaml).")
    var config: String?

    @Option(name: .long, help: "Name of the plant (default: the configuration's; else sim; a site's is sim-india).")
    var plant: String?

    @Option(name: .long, help: "Folder of audit and journal (default: $XDG_STATE_HOME/tokenworks).")
    var state: String?

    @Option(name: .long, help: "An audit file by its path, instead of a plant's.")
    var file: String?

    /// Records held at once: more than a plant writes in a year of nights.
    static let all = 1_000_000

    func validate() throws {
        if let plant, !Configuration.isPlantName(plant) {
            throw ValidationError("--plant must be 1 to 32 letters, digits, '-', '_' or '.', not '\(plant)'.")
        }
    }

    /// Records that a daemon gives at once.
    private static let atOnce = 1000

    /// What a daemon knows.
    struct Answer {
        /// Oldest first.
        var records: [AuditRecord]
        /// Plans that wait for a second operator now; empty unless they were asked for.
        var requests: [ControlRoom.Request] = []
    }

    /// What the daemon of this host has written; nil where the flags name an audit, or nobody serves: a file can be read
    /// without.
    ///
    /// - Parameter waiting: whether to ask for what waits, too.
    /// - Throws: `Complaint`.
    func fromDaemon(program: String, waiting: Bool = false) async throws -> Answer? {
        guard config == nil, plant == nil, state == nil, file == nil else { return nil }
        guard let daemon = try DaemonChoice(PlantOptions.parse([]), isOwn: false) else { return nil }
        var visit: DaemonVisit
        do {
            visit = try await DaemonVisit(daemon, program: program)
        } catch let complaint as Complaint where complaint.status == .unreachable {
            Output.complain("\(complaint.text); read instead: \(try path())")
            return nil
        }
        let records = await visit.plant.audit(limit: Self.atOnce)
        let requests = waiting ? try await visit.look().room?.requests ?? [] : []
        await visit.leave()
        Output.complain("from the daemon at \(daemon.address)")
        if records.count >= Self.atOnce {
            Output.complain("the last \(Self.atOnce) records; --file or --state reads the whole audit, where you may")
        }
        return Answer(records: records.reversed(), requests: requests)
    }

    /// - Throws: `Complaint`.
    func path() throws -> String {
        if let file { return file }
        let (folder, name) = try plantHere()
        return PlantRecords.path(directory: folder, plant: name)
    }

    /// The plant whose audit is meant, and the folder of its state.
    ///
    /// - Throws: `Complaint`.
    func plantHere() throws -> (folder: String, name: String) {
        let settled = try ConfigurationFile.load(config)
        var named = settled
        named.state = state ?? settled.state
        return (PlantFolder.state(of: named), plant ?? PlantFolder.name(of: settled))
    }

    /// Names of the plants that have an audit beside this one: several sites are several plants.
    ///
    /// - Throws: `Complaint`.
    func others() throws -> [String] {
        let path = try path()
        let folder = (path as NSString).deletingLastPathComponent
        // ignored because a folder that cannot be listed has no hint to give.
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        let own = (path as NSString).lastPathComponent
        return files.filter { $0.hasPrefix("audit-") && $0.hasSuffix(".jsonl") && $0 != own }.sorted().map {
            String($0.dropFirst(6).dropLast(6))
        }
    }

    /// Oldest first, at most `limit`.
    ///
    /// - Throws: `Complaint`, also when the chain is broken: what follows the fault cannot be trusted.
    func records(limit: Int) throws -> [AuditRecord] {
        let path = try path()
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        do {
            let verdict = try AuditReading.verify(file: path)
            if verdict.fault != nil { throw Complaint(verdict.sentence, .noAudit) }
            return try AuditReading.show(file: path, limit: limit)
        } catch let error as RecordsError {
            throw Complaint(error.text, .noAudit)
        }
    }
}

/// Shows and verifies the audit.
struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Show or verify the audit.", subcommands: [Show.self, Verify.self])

    /// Prints records, oldest first.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Print the last records, oldest first.")

        @OptionGroup var files: AuditOptions

        @Option(name: .long, parsing: .unconditional, help: "How many records.")
        var limit = 50

        @Option(name: .long, help: "Only one decision: d-12.")
        var decision: String?

        func validate() throws {
            guard limit >= 1 else { throw ValidationError("--limit must be at least 1.") }
            if let decision, DecisionID(parsing: decision) == nil {
                throw ValidationError("--decision must look like d-12, not '\(decision)'.")
            }
        }

        func run() async throws {
            do {
                let only = decision.flatMap(DecisionID.init(parsing:))
                let asked = try await files.fromDaemon(program: "audit")
                let records = try (asked?.records ?? files.records(limit: only == nil ? limit : AuditOptions.all))
                    .filter { only == nil || $0.decision == only }
                if records.isEmpty {
                    let place = try asked == nil ? files.path() : "the daemon's audit"
                    Output.line("no records \(only.map { "of \($0) " } ?? "")in \(place)")
                }
                records.suffix(limit).map(Self.line).forEach(Output.line)
            } catch let complaint as Complaint {
                throw complaint.said
            }
        }

        private static func line(_ record: AuditRecord) -> String {
            let wall = "\(PlantTime(epoch: record.wall).iso8601) (plant \(record.at.iso8601))"
            let what = [record.decision?.description, record.node?.name, record.step?.rawValue].compactMap { $0 }
            return
                "\(record.sequence) \(wall) \(record.kind.rawValue) \(record.by)\(what.isEmpty ? "" : " " + what.joined(separator: " ")): \(record.text)"
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

        @Option(name: .long, help: "A head noted earlier: it must be in the chain.")
        var head: String?

        func run() throws {
            do {
                try verify()
            } catch let complaint as Complaint {
                throw complaint.said
            }
        }

        private func verify() throws {
            let path = try files.path()
            guard FileManager.default.fileExists(atPath: path) else {
                // A name that somebody mistyped must not pass for a chain that holds.
                throw Complaint(
                    "\(path) does not exist: nothing has been asked of this plant yet, or it has another name",
                    .noAudit)
            }
            do {
                let verdict = try AuditReading.verify(file: path, head: head)
                guard verdict.isIntact else { throw Complaint(verdict.sentence, .noAudit) }
                Output.line(verdict.sentence)
            } catch let error as RecordsError {
                throw Complaint(error.text, .noAudit)
            }
        }
    }
}
