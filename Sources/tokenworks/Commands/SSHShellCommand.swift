// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import Link
import NcursesTerminal
import Wire

/// What a forced-command key runs: the dashboard, or the bridge for `attach ssh://`, in the name of the key's owner.
struct SSHShellCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ssh-shell", abstract: "What an ssh key runs that may do nothing else: see docs/remote.md.",
        discussion: """
            For authorized_keys of the daemon's account, one line a person: \
            restrict,pty,command="tokenworks ssh-shell --role viewer --as eve" ssh-ed25519 AAAA... \
            It opens the dashboard, or carries 'tokenworks attach ssh://'; no other command is run, and no shell.
            """)

    enum Role: String, ExpressibleByArgument, CaseIterable {
        case viewer
        case `operator`
    }

    @Option(name: .long, help: "What the owner of the key may do: viewer or operator.")
    var role: Role

    @Option(name: .customLong("as"), help: "Their name, as everybody sees it and the audit keeps it.")
    var name: String

    @Option(name: .long, help: "Path of the daemon's socket (default: the daemon of this host).")
    var socket: String?

    @OptionGroup var looks: LookOptions

    func run() async throws {
        do {
            let environment = ProcessInfo.processInfo.environment
            let wish = try Wish(environment["SSH_ORIGINAL_COMMAND"])
            let voucher = try voucher(from: environment["SSH_CONNECTION"])
            let gate = try SocketChoice.gate(socket, state: ConfigurationFile.stateFolder())
            switch wish {
            case .bridge: try bridge(gate, voucher)
            case .dashboard(let isViewer): try await dashboard(gate, voucher, wants: isViewer ? "viewer" : "")
            }
        } catch let complaint as Complaint {
            throw complaint.said
        }
    }

    /// What ssh was asked to run here: one of a short list, compared as a whole, never given to a shell.
    enum Wish: Equatable {
        case dashboard(isViewer: Bool)
        case bridge

        /// - Throws: `Complaint` for anything else.
        init(_ command: String?) throws {
            switch command ?? "" {
            case "", "tokenworks", "tokenworks attach": self = .dashboard(isViewer: false)
            case "tokenworks attach --viewer": self = .dashboard(isViewer: true)
            case "tokenworks dial-stdio": self = .bridge
            case let other:
                let what =
                    other.hasPrefix("tokenworks dial-stdio --socket") ? "; leave the path out of the address" : ""
                throw Complaint(
                    "this key opens the dashboard (ssh -t), or carries 'tokenworks attach ssh://', and runs nothing else; "
                        + "it was asked for '\(other.prefix(80))'\(what)", .usage)
            }
        }
    }

    private func voucher(from connection: String?) throws -> Voucher {
        let origin = connection?.split(separator: " ").first.map(String.init) ?? "-"
        do throws(WireError) {
            return try Voucher(name: name, mayAct: role == .operator, origin: origin)
        } catch {
            throw Complaint("--as: \(error.text)", .usage)
        }
    }

    private func bridge(_ gate: String, _ voucher: Voucher) throws {
        do throws(LinkError) {
            try StdioBridge.run(gate, voucher: voucher)
        } catch {
            throw error.complaint
        }
    }

    private func dashboard(_ gate: String, _ voucher: Voucher, wants: String) async throws {
        guard isatty(STDIN_FILENO) != 0 else {
            throw Complaint("this key opens the dashboard, and that needs a terminal: 'ssh -t'", .noTerminal)
        }
        let theme = try ThemeFiles.load(looks.theme ?? "default")
        let plant: RemotePlant
        let welcome: Welcome
        do {
            plant = RemotePlant(
                try LinkAddress("unix:" + gate), build: Version.current, wants: wants,
                session: AttachCommand.session, voucher: voucher)
            welcome = try await plant.connect()
        } catch let error as LinkError {
            throw error.complaint
        }
        try await AttachedSession(plant, welcome, theme: theme, terminal: looks.terminal).run()
    }
}
