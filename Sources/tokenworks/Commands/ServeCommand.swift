// SPDX-License-Identifier: Apache-2.0

import Archive
import ArgumentParser
import Control
import Factory
import Foundation
import Link
import Wire

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

    @Flag(name: .long, help: "Set a damaged history file aside and begin a new one; the audit stays as it is.")
    var freshHistory = false

    func validate() throws {
        _ = try PlantSize(nodes, flag: "--nodes")
    }

    func run() async throws {
        do {
            let settled = try options.settled(size: PlantSize(nodes, flag: "--nodes"))
            let path = SocketChoice.listening(socket, state: PlantFolder.state(of: settled))
            try await serve(settled, on: try Self.socket(path))
        } catch let complaint as Complaint {
            throw complaint.said
        }
    }

    private static func socket(_ path: String) throws -> ListeningSocket {
        do throws(LinkError) {
            return try ListeningSocket(path)
        } catch {
            throw error.complaint
        }
    }

    private func serve(_ settled: Configuration, on socket: ListeningSocket) async throws {
        let history = DaemonHistory(directory: PlantFolder.state(of: settled))
        let assembly: Assembly
        do {
            assembly = try await Assembly(settled, reading: false, strict: true, shelf: history.shelf)
            try history.open(fresh: freshHistory).forEach(Output.complain)
            await history.states.load()
        } catch {
            socket.remove()
            throw error
        }
        assembly.notes.forEach(Output.line)
        // Before anybody is answered: one picture instead of the sixty of a simulation's past. Who connects meanwhile waits.
        await assembly.runPast()
        let polling = Task { await assembly.plant.run(every: .seconds(assembly.interval)) }
        let host = ServerTalk.Host(
            build: Version.current, plant: assembly.name, kind: assembly.kind, started: Date().timeIntervalSince1970)
        let server = LinkServer(assembly.plant, host: host, on: socket, states: history.states)
        let serving = Task { try await server.run() }
        // Before anybody hears that it is there: who hears it may ask it to end.
        let signals = Signals([SIGTERM, SIGINT, SIGHUP])
        Output.line("tokenworks serves \(assembly.name) on unix:\(socket.path)")
        Readiness.ready.tell()
        let number = await signals.first()
        Output.line("signal \(number): ending")
        Readiness.stopping.tell()
        polling.cancel()
        // Bounded: a source or a client that does not answer must not keep a daemon from its end.
        await Session.finish(polling, within: .seconds(5))
        await Session.finish(
            Task {
                do { try await serving.value } catch { Output.complain("the socket: \(error)") }
            }, within: .seconds(5))
        socket.remove()
        await history.close()
        Output.line("ended")
    }
}
