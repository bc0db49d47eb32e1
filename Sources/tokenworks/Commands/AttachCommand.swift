// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Link
import NcursesTerminal
import Wire

/// Opens the control room on a plant that a daemon runs.
struct AttachCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "attach", abstract: "Open the dashboard on a plant that 'tokenworks serve' runs.",
        discussion:
            "Leaving it stops nothing. A link that drops is found again by itself; the last picture stays, locked.")

    @OptionGroup var daemon: DaemonOptions
    @OptionGroup var looks: LookOptions

    @Flag(name: .long, help: "Look only: no key acts.")
    var viewer = false

    @Option(
        name: .long,
        help: "A name for this session: the next of that name begins where this one ends (default: main).")
    var session = "main"

    func validate() throws {
        guard (1...32).contains(session.utf8.count), session.allSatisfy({ $0.isASCII && !$0.isWhitespace }) else {
            throw ValidationError("--session is a word of 1 to 32 ASCII characters, not '\(session)'.")
        }
    }

    func run() async throws {
        do {
            let theme = try ThemeFiles.load(looks.theme ?? "default")
            let (plant, welcome) = try await daemon.connect(
                program: "attach", wants: viewer ? "viewer" : "", session: session)
            try await AttachedSession(plant, welcome, theme: theme, terminal: looks.terminal).run()
        } catch let complaint as Complaint {
            throw complaint.said
        }
    }
}

/// Which daemon a command speaks to.
struct DaemonOptions: ParsableArguments {
    @Argument(
        help:
            "Where the daemon is, as unix:/path/of/the.sock or ssh://[user@]host[:port][/path] (default: the one of this host)."
    )
    var address: String?

    /// Connects and is welcomed.
    ///
    /// - Throws: `Complaint`.
    func connect(
        program: String, wants: String = "", session: String = ""
    ) async throws -> (RemotePlant, Welcome) {
        let address = try SocketChoice.attaching(address, state: ConfigurationFile.stateFolder())
        let plant = RemotePlant(address, build: Version.current, wants: wants, session: session, program: program)
        do {
            return (plant, try await plant.connect())
        } catch let error as LinkError {
            throw error.complaint
        }
    }
}

/// How a dashboard looks on its terminal.
struct LookOptions: ParsableArguments {
    @Option(name: .long, help: "A theme of themes/, by its name (default: default).")
    var theme: String?

    @Option(name: .long, help: "Colours of the terminal (default: what TERM and NO_COLOR say).")
    var color: DashboardCommand.Colours?

    @Option(name: .long, help: "Glyphs of graphs and borders (default: what the locale and TERM can show).")
    var glyphs: DashboardCommand.Tier?

    var terminal: TerminalOptions {
        TerminalOptions(colour: (color ?? .auto).choice, glyphs: (glyphs ?? .auto).glyphs)
    }
}
