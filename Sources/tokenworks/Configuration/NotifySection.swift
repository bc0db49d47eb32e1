// SPDX-License-Identifier: Apache-2.0

import Control

/// `notify`: the program that is told of failed moves, and when a second operator is wanted.
enum NotifySection {
    private static let usualTimeout = 10.0

    static func read(_ top: inout YAMLSection) throws(ConfigurationError) -> Notifier.Settings? {
        guard var section = try top.section("notify") else { return nil }
        let line = section.line(of: "command")
        let command = try section.strings("command")
        let timeout = try section.number("timeout", in: 0.1...300)
        try section.finish()
        guard let command, let program = command.first else {
            throw ConfigurationError(
                file: section.file, line: section.line,
                text: "notify: give 'command', a list of the program's absolute path and its arguments")
        }
        guard program.hasPrefix("/") else {
            throw ConfigurationError(
                file: section.file, line: line, text: "notify.command: '\(program)' is no absolute path of a program")
        }
        return Notifier.Settings(command: command, timeout: timeout ?? usualTimeout)
    }
}
