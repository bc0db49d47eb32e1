// SPDX-License-Identifier: Apache-2.0

import Archive
import ArgumentParser
import Foundation
import Link
import Logging

/// Runs a plant for many clients: it polls, keeps the history, runs the moves and writes the audit, whoever is attached.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Run a plant that dashboards attach to.",
        discussion: """
            It stays in the foreground and ends in order on SIGTERM, SIGINT and SIGHUP. tokenworks attach opens a \
            dashboard on it; closing that dashboard stops nothing.
            """)

    @OptionGroup var options: PlantOptions

    @Option(name: .long, parsing: .unconditional, help: "Simulation: number of 8-GPU nodes, 1 to 10000 (default: 64).")
    var nodes: Int?

    @Option(
        name: .long,
        help: "Path of the socket (default: tokenworks/tokenworks.sock in $XDG_RUNTIME_DIR, else in the state folder).")
    var socket: String?

    @Option(name: .long, help: "Group whose members may act (default: only this account and root).")
    var operators: String?

    @Option(name: .long, help: "Group whose members may look (default: this account's group).")
    var viewers: String?

    @Flag(name: .long, help: "Set a damaged history file aside and begin a new one; the audit stays as it is.")
    var freshHistory = false

    @Option(
        name: .long, help: "Serve metrics for Prometheus there, as 127.0.0.1:9464 or [::1]:9464 (default: nowhere).")
    var metrics: String?

    @Option(
        name: .long,
        help:
            "Write the log, a line of JSON each, into a file that turns over at 10 MiB, five of them (default: stderr)."
    )
    var log: String?

    func validate() throws {
        _ = try PlantSize(nodes, flag: "--nodes")
    }

    func run() async throws {
        // A reader of the log, or of the line that says that it serves, may go away; the daemon stays.
        signal(SIGPIPE, SIG_IGN)
        // And a file that may not grow is a write that fails.
        signal(SIGXFSZ, SIG_IGN)
        do {
            let settled = try options.settled(size: PlantSize(nodes, flag: "--nodes"))
            let path = SocketChoice.listening(socket ?? settled.daemonSocket, state: PlantFolder.state(of: settled))
            let address = try metrics.map(Self.address)
            let sink = try LogSink(log.map { .file(Self.absolute($0)) } ?? .standardError) { count, why in
                JSONLogHandler.line(
                    "error", "lines of the log were lost", ["count": .stringConvertible(count), "why": "\(why)"],
                    at: Date().timeIntervalSince1970)
            }
            defer { sink.finish() }
            let access = Access(operators: try group(operators), viewers: try group(viewers))
            try await serve(settled, on: try Self.sockets(path, access), access, metrics: address, sink)
        } catch let complaint as Complaint {
            throw complaint.said
        }
    }

    private func group(_ name: String?) throws -> UInt32? {
        guard let name else { return nil }
        if let number = Access.number(ofGroup: name) { return number }
        throw Complaint("there is no group '\(name)' on this host: make it with 'groupadd --system \(name)'", .badInput)
    }

    private static func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    }

    private static func address(_ text: String) throws -> MetricsAddress {
        do throws(LinkError) {
            return try MetricsAddress(text)
        } catch {
            throw Complaint("--metrics: \(error.text)", .usage)
        }
    }

    private static func sockets(_ path: String, _ access: Access) throws -> [ListeningSocket] {
        do throws(LinkError) {
            return try ListeningSocket.all(path, access)
        } catch {
            throw error.complaint
        }
    }

    private func serve(
        _ settled: Configuration, on sockets: [ListeningSocket], _ access: Access, metrics: MetricsAddress?,
        _ sink: LogSink
    ) async throws {
        let log = DaemonLog(logger: Logger(label: "tokenworks") { _ in JSONLogHandler(sink) })
        let history = DaemonHistory(directory: PlantFolder.state(of: settled), log: log)
        do {
            let assembly = try await Assembly(settled, reading: false, strict: true, shelf: history.shelf)
            for sentence in try history.open(fresh: freshHistory) {
                Output.complain(sentence)
                log.hear(history: sentence, plant: nil)
            }
            await history.states.load()
            assembly.notes.forEach(Output.line)
            try await DaemonRun(assembly, settled, on: sockets, access, states: history.states, log: log)
                .run(metrics: metrics)
        } catch {
            sockets.forEach { $0.remove() }
            await history.close()
            throw error
        }
        await history.close()
    }
}
