// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

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
            DashboardCommand.self, StatusCommand.self, MoveCommand.self, MovesCommand.self, AuditCommand.self,
            ConfigCommand.self,
        ],
        defaultSubcommand: DashboardCommand.self)
}

/// The version that `--version` and the audit name.
enum Version {
    static let current = "0.1.0"
}
