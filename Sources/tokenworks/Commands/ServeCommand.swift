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

    @Option(name: .long, help: "Group whose members may act (default: only this account and root).")
    var operators: String?

    @Option(name: .long, help: "Group whose members may look (default: this account's group).")
    var viewers: String?

    @Flag(name: .long, help: "Set a damaged history file aside and begin a new one; the audit stays as it is.")
    var freshHistory = false

    func validate() throws {
        _ = try PlantSize(nodes, flag: "--nodes")
    }

    func run() async throws {
        do {
            let settled = try options.settled(size: PlantSize(nodes, flag: "--nodes"))
            let path = SocketChoice.listening(socket ?? settled.daemonSocket, state: PlantFolder.state(of: settled))
            let access = Access(operators: try group(operators), viewers: try group(viewers))
            try await serve(settled, on: try Self.sockets(path, access), access)
        } catch let complaint as Complaint {
            throw complaint.said
        }
    }

    private func group(_ name: String?) throws -> UInt32? {
        guard let name else { return nil }
        if let number = Access.number(ofGroup: name) { return number }
        throw Complaint("there is no group '\(name)' on this host: make it with 'groupadd --system \(name)'", .badInput)
    }

    private static func sockets(_ path: String, _ access: Access) throws -> [ListeningSocket] {
        do throws(LinkError) {
            return try ListeningSocket.all(path, access)
        } catch {
            throw error.complaint
        }
    }

    private func serve(_ settled: Configuration, on sockets: [ListeningSocket], _ access: Access) async throws {
        let history = DaemonHistory(directory: PlantFolder.state(of: settled))
        let assembly: Assembly
        do {
            assembly = try await Assembly(settled, reading: false, strict: true, shelf: history.shelf)
            try history.open(fresh: freshHistory).forEach(Output.complain)
        } catch {
            sockets.forEach { $0.remove() }
            throw error
        }
        assembly.notes.forEach(Output.line)
        // Before anybody is answered: one picture instead of the sixty of a simulation's past. Who connects meanwhile waits.
        await assembly.runPast()
        let polling = Task { await assembly.plant.run(every: .seconds(assembly.interval)) }
        let host = ServerTalk.Host(
            build: Version.current, plant: assembly.name, kind: assembly.kind, started: Date().timeIntervalSince1970)
        let server = LinkServer(assembly.plant, host: host, on: sockets, access)
        let serving = Task { try await server.run() }
        // Before anybody hears that it is there: who hears it may ask it to end.
        let signals = Signals([SIGTERM, SIGINT, SIGHUP])
        Output.line("tokenworks serves \(assembly.name) on unix:\(sockets[0].path)")
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
        sockets.forEach { $0.remove() }
        history.close()
        Output.line("ended")
    }
}
