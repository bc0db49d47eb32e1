// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Dashboard
import Testing

@testable import tokenworks

@Suite("The command line")
struct CommandLineTests {
    /// A line of words and the command that it means.
    static let lines: [(String, String)] = [
        ("", "DashboardCommand"), ("--nodes 10000 --seed 7 --speed 600", "DashboardCommand"),
        ("dashboard --theme mono --color never --glyphs ascii", "DashboardCommand"),
        ("--color 256", "DashboardCommand"),
        ("--trace factory.csv.gz --speed 600", "DashboardCommand"),
        ("--scrape http://127.0.0.1:9100/metrics --scrape http://b/", "DashboardCommand"),
        ("status --json", "StatusCommand"), ("status --at 0 --nodes 1", "StatusCommand"),
        ("move --to inference --nodes 2 --from training --dry-run", "MoveCommand"),
        ("move --to chat --node n1 --node n2 --nodes 3", "MoveCommand"),
        ("move --to chat --yes", "MoveCommand"), ("move --to training --confirm rl-r3", "MoveCommand"),
        ("move --to training --reason why --plant-nodes 10", "MoveCommand"), ("moves --limit 3", "MovesCommand"),
        ("audit show --limit 5 --decision d-12", "Show"), ("audit verify --plant lab --head abc", "Verify"),
        ("config check --config c.yaml", "Check"),
        ("serve --nodes 100 --socket /run/x.sock --state /var/lib/t", "ServeCommand"),
        ("attach", "AttachCommand"), ("attach unix:/run/x.sock --viewer --theme mono", "AttachCommand"),
        ("who unix:/run/x.sock", "WhoCommand"), ("attach ssh://eve@host:22/run/x.sock", "AttachCommand"),
        ("dial-stdio --socket /run/x.sock", "DialStdioCommand"),
    ]

    @Test("what is documented parses, the dashboard by default", arguments: lines)
    func parses(_ line: String, _ command: String) throws {
        let parsed = try Tokenworks.parseAsRoot(line.split(separator: " ").map(String.init))
        #expect("\(type(of: parsed))" == command)
    }

    @Test(
        "what is not known, or out of range, ends with the status for usage",
        arguments: [
            "--nope", "nope", "--nodes 0", "--nodes 1000000000", "--nodes many", "--color pink", "--glyphs round",
            "status --at -1", "status --at 2592001", "status --nodes 0", "move", "move --to chat --nodes 0",
            "move --to chat --nodes 1 --node a --node b",
            "move --to chat --plant-nodes 0", "moves --limit 0", "audit show --limit 0", "audit show --decision x",
            "audit show --plant ../x", "config nope", "--speed 0", "--theme", "dashboard extra",
        ])
    func refuses(_ line: String) throws {
        let error = try #require(throws: (any Error).self) {
            try Tokenworks.parseAsRoot(line.split(separator: " ").map(String.init))
        }
        #expect(Tokenworks.exitCode(for: error).rawValue == ExitStatus.usage.rawValue)
        let message = Tokenworks.message(for: error)
        #expect(!message.isEmpty && !message.contains("tokenworksTests"))
    }

    @Test("a first word that is no command is answered with those there are")
    func unknownCommand() {
        #expect(
            Tokenworks.unknownCommand(in: ["staus"])?.contains("dashboard, serve, attach, who, status, move") == true)
        for known in [[], ["status"], ["help", "move"], ["--nodes", "3"], ["-h"]] as [[String]] {
            #expect(Tokenworks.unknownCommand(in: known) == nil)
        }
    }

    @Test("the help names every command, every exit status, and no flag without a word")
    func help() {
        let top = Tokenworks.helpMessage(columns: 200)
        for command in ["dashboard", "status", "move", "moves", "audit", "config"] {
            #expect(top.contains("\n  \(command) "), "\(command)")
        }
        for status in ExitStatus.allCases { #expect(top.contains(status.meaning), "\(status)") }
        for command in [
            DashboardCommand.self, StatusCommand.self, MoveCommand.self, MovesCommand.self, AuditCommand.Show.self,
            AuditCommand.Verify.self, ConfigCommand.Check.self,
        ] as [any ParsableCommand.Type] {
            let lines = command.helpMessage(columns: 200).split(separator: "\n")
            let flags = lines.indices.filter { lines[$0].hasPrefix("  --") }
            #expect(!flags.isEmpty)
            for flag in flags {
                // A long flag has its words in the next line.
                let next = flag + 1 < lines.count && lines[flag + 1].hasPrefix("      ") ? lines[flag + 1] : ""
                let words = (lines[flag] + " " + next).split(separator: " ")
                #expect(words.count > 3, "\(command): \(lines[flag])")
            }
        }
    }

    @Test("every key of the dashboard has a sentence, and every intent has a key")
    func keys() {
        #expect(Keymap.table.allSatisfy { !$0.help.isEmpty && !$0.keys.isEmpty && !$0.screens.isEmpty })
        #expect(Set(Keymap.table.map(\.intent)) == Set(Intent.allCases))
    }

    @Test("--version is one word")
    func version() {
        #expect(Version.current.split(separator: ".").count == 3)
        #expect(Tokenworks.configuration.version == Version.current)
    }
}
