// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation

/// The command line: the dashboard by default, and everything its keys do as commands.
@main
struct Tokenworks: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokenworks",
        abstract: "The terminal control room for AI factories.",
        discussion: """
            Without a command it opens the dashboard: on the plant that the configuration names, or on a simulated \
            factory where there is no configuration. Nothing is changed in a plant without a plan that you confirm.

            \(ExitStatus.help)
            """,
        version: Version.current,
        subcommands: [
            DashboardCommand.self, ServeCommand.self, AttachCommand.self, WhoCommand.self, DialStdioCommand.self,
            StatusCommand.self,
            MoveCommand.self, MovesCommand.self, AuditCommand.self, DriftCommand.self,
            SimulateCommand.self, DrillsCommand.self, ConfigCommand.self, DoctorCommand.self,
            LintMetricsCommand.self, SSHShellCommand.self,
        ],
        defaultSubcommand: DashboardCommand.self)

    static func main() async {
        let arguments = Array(CommandLine.arguments.dropFirst())
        if let problem = unknownCommand(in: arguments) {
            Output.complain(problem)
            Foundation.exit(ExitStatus.usage.rawValue)
        }
        await main(arguments)
    }

    /// What is wrong with a first word that is no flag: the default command would only call it unexpected.
    static func unknownCommand(in arguments: [String]) -> String? {
        guard let word = arguments.first, !word.hasPrefix("-"), word != "help" else { return nil }
        let all = configuration.subcommands.map { $0.configuration }
        guard !all.contains(where: { $0.commandName == word }) else { return nil }
        // Not those that only programs call.
        let names = all.filter { $0.shouldDisplay }.compactMap { $0.commandName }
        return
            "there is no command '\(word)'; commands: \(names.joined(separator: ", ")); tokenworks --help explains them"
    }
}

/// The version that `--version` and the audit name.
enum Version {
    static let current = "0.1.0"
}
