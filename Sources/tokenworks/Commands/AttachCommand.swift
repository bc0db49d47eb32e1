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
    var session = AttachCommand.session

    /// The name of a session that was given none.
    static let session = "main"

    @Option(
        name: .long,
        help: "Run the whole dashboard on another host, [user@]host[:port], in ssh -t: nothing is needed here but ssh.")
    var on: String?

    func validate() throws {
        guard (1...32).contains(session.utf8.count), session.allSatisfy({ $0.isASCII && !$0.isWhitespace }) else {
            throw ValidationError("--session is a word of 1 to 32 ASCII characters, not '\(session)'.")
        }
    }

    func run() async throws {
        do {
            if let on { throw try there(on) }
            let theme = try ThemeFiles.load(looks.theme ?? "default")
            let (plant, welcome) = try await daemon.connect(
                program: "attach", wants: viewer ? "viewer" : "", session: session)
            try await AttachedSession(plant, welcome, theme: theme, terminal: looks.terminal).run()
        } catch let complaint as Complaint {
            throw complaint.said
        }
    }
}

extension AttachCommand {
    /// Becomes ssh with the same command there; comes back only where that cannot be.
    private func there(_ host: String) throws -> Complaint {
        var words = ["attach"]
        if viewer { words.append("--viewer") }
        if session != AttachCommand.session { words += ["--session", session] }
        if let theme = looks.theme { words += ["--theme", theme] }
        if let color = looks.color { words += ["--color", color.rawValue] }
        if let glyphs = looks.glyphs { words += ["--glyphs", glyphs.rawValue] }
        let target: SSHTarget
        do throws(LinkError) {
            guard case .ssh(let named) = try LinkAddress("ssh://" + host) else {
                return Complaint("--on: no host", .usage)
            }
            target = named
            if let address = daemon.address {
                guard case .unix(let path) = try LinkAddress(address), named.path == nil else {
                    return Complaint(
                        "--on names the host; beside it the address is at most the unix: socket there", .usage)
                }
                words.append("unix:" + path)
            }
        } catch {
            return Complaint("--on: \(error.text)", .usage)
        }
        return target.become(words).complaint
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
        let address = try Self.address(address)
        do throws(LinkError) {
            return try await Self.connect(to: address, program: program, wants: wants, session: session)
        } catch {
            throw error.complaint
        }
    }

    /// What a command line names, else the daemon of this host: where the configuration says, or at the usual places.
    ///
    /// - Throws: `Complaint`.
    static func address(_ named: String?) throws -> LinkAddress {
        if let named { return try SocketChoice.attaching(named, state: "") }
        let settled = try ConfigurationFile.load(nil)
        if let socket = settled.daemonSocket { return .unix(SocketChoice.open(socket)) }
        return try SocketChoice.attaching(nil, state: PlantFolder.state(of: settled))
    }

    static func connect(
        to address: LinkAddress, program: String, wants: String = "", session: String = AttachCommand.session
    ) async throws(LinkError) -> (RemotePlant, Welcome) {
        let plant = RemotePlant(address, build: Version.current, wants: wants, session: session, program: program)
        do {
            return (plant, try await plant.connect())
        } catch {
            throw error as? LinkError ?? LinkError(.unusable, "\(address): \(error)")
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
