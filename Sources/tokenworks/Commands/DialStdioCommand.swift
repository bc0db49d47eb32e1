// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Link

/// The far end of `attach ssh://`: joins standard input and output with the daemon's socket.
struct DialStdioCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dial-stdio",
        abstract: "Join stdin and stdout with the daemon of this host: what attach ssh:// runs here.",
        shouldDisplay: false)

    @Option(name: .long, help: "Path of the socket (default: the daemon of this host).")
    var socket: String?

    func run() throws {
        do {
            let address = try DaemonOptions.address(socket.map { "unix:" + $0 })
            guard case .unix(let path) = address else { return }
            do throws(LinkError) {
                try StdioBridge.run(path)
            } catch {
                throw error.complaint
            }
        } catch let complaint as Complaint {
            throw complaint.said
        }
    }
}
