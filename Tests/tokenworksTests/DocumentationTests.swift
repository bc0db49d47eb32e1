// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import Planning
import Testing

@testable import tokenworks

@Suite("What the documentation says is so")
struct DocumentationTests {
    @Test("every command line of README parses")
    func commands() throws {
        let lines = try Document("README.md").lines.filter { $0.hasPrefix("    tokenworks") }
        #expect(lines.count >= 8)
        for line in lines {
            var words = line.split(separator: "#")[0].split(separator: " ").dropFirst().map {
                $0.trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
            }
            // `[--yes | --confirm NAME]` are flags side by side; `show | verify` is one or the other.
            while let bar = words.firstIndex(of: "|") {
                words.removeSubrange(bar...(words[bar + 1].hasPrefix("--") ? bar : bar + 1))
            }
            #expect(throws: Never.self, "\(line)") { try Tokenworks.parseAsRoot(words) }
        }
    }

    @Test("README's exit statuses are the program's, each with its meaning")
    func statuses() throws {
        let rows = try Document("README.md").rows.filter { Int32($0[0]) != nil }
        #expect(rows.compactMap { Int32($0[0]) } == ExitStatus.allCases.map(\.rawValue))
        for row in rows {
            let status = Int32(row[0]).flatMap(ExitStatus.init(rawValue:))
            #expect(status.map { row[1].hasPrefix($0.meaning) } == true, "\(row)")
        }
    }

    @Test("the examples of docs/configuration.md are configurations")
    func examples() throws {
        let blocks = try Document("docs/configuration.md").blocks("yaml")
        #expect(blocks.count >= 2)
        for block in blocks { #expect(throws: Never.self) { try Configuration(parsing: block, file: "doc") } }
    }

    @Test("docs/commands.md has every flag of every command, and no other")
    func flags() throws {
        let page = try Document("docs/commands.md")
        let documented = Set(page.rows.flatMap { Document.quoted($0[0]) }.filter { $0.hasPrefix("--") })
        var there: Set<String> = []
        for command in Self.commands(below: Tokenworks.self) {
            for word in Tokenworks.helpMessage(for: command).split(whereSeparator: \.isWhitespace)
            where word.hasPrefix("--") && word.dropFirst(2).allSatisfy({ $0.isLetter || $0 == "-" }) {
                there.insert(String(word))
            }
        }
        there.subtract(["--help", "--version"])
        #expect(there.subtracting(documented) == [], "not documented")
        #expect(documented.subtracting(there) == [], "documented, not there")
        for name in Tokenworks.configuration.subcommands.compactMap({ $0.configuration.commandName }) {
            #expect(page.lines.contains { $0.hasPrefix("## ") && $0.contains(name) }, "\(name)")
        }
    }

    private static func commands(below command: any ParsableCommand.Type) -> [any ParsableCommand.Type] {
        [command] + command.configuration.subcommands.flatMap(commands)
    }

    @Test("docs/configuration.md has every key of the file, and no other")
    func keys() throws {
        let lines = try Document("docs/configuration.md").blocks("yaml").flatMap { $0.split(separator: "\n") }
        let text = lines.map { $0.prefix { $0 != "#" } }.joined(separator: " ")
        let words = text.split { !($0.isLetter || $0.isNumber || $0 == "_" || $0 == ":") }.filter { $0.hasSuffix(":") }
        let documented = Set(words.map { String($0.dropLast()) }).subtracting(["http", "gpu07", "70b", ""])
        var there: Set<String> = []
        // The sentence on an unknown key lists those that there are.
        for nest in [
            "%", "daemon: {socket: /s, %}", "notify: {command: [/p], %}", "classes: {m: {itl: 1, %}}",
            "sources: [{simulated: {%}}]",
            "sources: [{scrape: {%}}]",
            "sources: [{scrape: {training: [{%}]}}]",
            "sources: [{scrape: {basic_auth: {user: u, password_file: p, %}}}]", "control: [{simulated: {%}}]",
            "sources: [{slurm: {%}}]", "sources: [{slurm: {rest: {%}}}]", "control: [{slurm: {training: [t], %}}]",
            "sources: [{prometheus: {url: u, %}}]",
            "sources: [{scrape: {tls: {%}}}]", "sources: [{scrape: {node: {%}}}]",
            "sources: [{simulated: {hardware: {like: h100, %}}}]",
            "sources: [{simulated: {sites: [{name: norway, %}]}}]",
        ] {
            let error = try #require(throws: ConfigurationError.self) {
                try Configuration(parsing: nest.replacingOccurrences(of: "%", with: "nobody: 1"), file: "doc")
            }
            there.formUnion(error.text.split(separator: ": ").last?.split(separator: ", ").map(String.init) ?? [])
        }
        #expect(there.union(["simulated", "scrape", "prometheus", "slurm"]) == documented)
    }

    @Test("every rail is documented with the default that it has")
    func rails() throws {
        var known: [String] = []
        for row in try Document("docs/configuration.md").rows where row[0].hasPrefix("`") {
            let keys = Document.quoted(row[0])
            let defaults = row[1].split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
            known += keys
            for (key, value) in zip(keys, defaults) where Double(value) != nil {
                let settled = try Configuration(parsing: "rails: {\(key): \(value)}", file: "doc")
                #expect(settled.rails == RailSettings(), "\(key): \(value)")
            }
        }
        // The sentence on an unknown key lists those that there are.
        let error = try #require(throws: ConfigurationError.self) {
            try Configuration(parsing: "rails: {nobody: 1}", file: "doc")
        }
        let allowed = error.text.split(separator: ": ").last?.split(separator: ", ").map(String.init) ?? []
        #expect(known.sorted() == allowed)
    }
}
