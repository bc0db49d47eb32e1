// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation

/// How the program ends: documented in README, the same for every command.
enum ExitStatus: Int32, CaseIterable {
    case done = 0
    case failed = 1
    case noTerminal = 2
    case refused = 3
    case needsConfirmation = 4
    case moveNotDone = 5
    case usage = 64
    case badInput = 65
    case unreachable = 69
    case noAudit = 73
    case badConfiguration = 78

    var meaning: String {
        switch self {
        case .done: "all well"
        case .failed: "failed in a way that none of the others names"
        case .noTerminal: "stdin or stdout is not a terminal, or TERM cannot show the dashboard"
        case .refused: "the plan was refused, by a guard rail or because nothing can act"
        case .needsConfirmation: "the plan needs a confirmation that was not given, or another one"
        case .moveNotDone: "the move was accepted and did not end well"
        case .usage: "a flag, command or value that is not known"
        case .badInput: "a trace, drill, theme, target list or notify program that cannot be used"
        case .unreachable: "no target of the plant answers, or no daemon; of `doctor`, one target that does not"
        case .noAudit: "the audit cannot be written or does not verify; nothing was done"
        case .badConfiguration: "the configuration is wrong; file and line are named"
        }
    }

    static var help: String {
        let lines = allCases.map { "  \($0.rawValue < 10 ? " " : "")\($0.rawValue)  \($0.meaning)" }
        return "Exit status:\n" + lines.joined(separator: "\n") + "\nEnded by a signal: the signal itself."
    }
}

/// An error for people: what happened, where, what to do; and the status to end with.
struct Complaint: Error, CustomStringConvertible {
    var text: String
    var status: ExitStatus

    init(_ text: String, _ status: ExitStatus) {
        self.text = text
        self.status = status
    }

    var description: String { text }

    /// Says it on stderr, made safe for a terminal, and gives what to throw.
    var said: ExitCode {
        Output.complain(text)
        return ExitCode(status.rawValue)
    }
}

extension ExitStatus {
    /// The terminal is gone, so nobody reads a sentence.
    static var lostTerminal: ExitCode { ExitCode(ExitStatus.noTerminal.rawValue) }
}
