// SPDX-License-Identifier: Apache-2.0

/// Why there can be no dashboard on this terminal. Nothing has been written to it.
package struct TerminalError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Kind: Sendable, Hashable {
        /// stdin or stdout is a pipe, a file or closed.
        case notATerminal
        /// TERM is unset, `dumb`, or names nothing that can place the cursor.
        case unusable
        /// The system refused to open or set the terminal.
        case system
    }
    package var kind: Kind
    /// One sentence or two: what is wrong and what to do.
    package var description: String

    static func notATerminal(_ stream: String) -> TerminalError {
        TerminalError(kind: .notATerminal, description: "\(stream) is not a terminal; \(instead)")
    }

    static let unset = TerminalError(
        kind: .unusable, description: "TERM is not set, so nothing is known of this terminal; set it, or \(instead)")

    static func cannotDraw(term: String) -> TerminalError {
        TerminalError(
            kind: .unusable,
            description: "TERM=\(term) cannot place the cursor; set TERM to what you have, or \(instead)")
    }

    static func noDescriptions(tried: [String]) -> TerminalError {
        TerminalError(
            kind: .unusable,
            description:
                "no terminal description for \(tried.joined(separator: ", ")); install ncurses-base, or \(instead)")
    }

    static func system(_ doing: String, _ reason: String) -> TerminalError {
        TerminalError(kind: .system, description: "cannot \(doing) the terminal: \(reason); \(instead)")
    }

    private static let instead = "`tokenworks status` works without a terminal"
}
