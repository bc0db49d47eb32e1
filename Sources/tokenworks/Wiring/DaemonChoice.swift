// SPDX-License-Identifier: Apache-2.0

import Foundation
import Link
import Wire

/// The daemon that a command speaks of which names no plant: where one is configured, or has been, its absence is an error
/// and never a simulation.
struct DaemonChoice {
    let address: LinkAddress
    private let path: String
    /// Why a daemon should be here, in words.
    private let reason: String
    private let options: PlantOptions
    private let hasLivePlant: Bool

    /// What the packaged unit serves.
    static let systemConfiguration = "/etc/tokenworks/config.yaml"
    private static let systemSocket = "/run/tokenworks/tokenworks.sock"

    /// - Parameters:
    ///   - isOwn: a flag that `options` do not know asks for a plant in this process.
    ///   - system: the packaged unit's configuration.
    /// - Returns: nil where the command's plant is one in this process.
    /// - Throws: `Complaint`.
    init?(
        _ options: PlantOptions, isOwn: Bool,
        environment: [String: String] = ProcessInfo.processInfo.environment, system: String = systemConfiguration
    ) throws {
        guard !isOwn, !options.namesPlant else { return nil }
        var settled = try ConfigurationFile.load(options.config, environment: environment)
        if let state = options.state { settled.state = state }
        let state = PlantFolder.state(of: settled, environment: environment)
        switch settled.daemon {
        case .never: return nil
        case .expected(let socket?): (path, reason) = (socket, "\(settled.file ?? "") names it")
        case .expected(nil):
            path = SocketChoice.standing(state: state, environment) ?? SocketChoice.first(state: state, environment)
            reason = "\(settled.file ?? "") says 'daemon: true'"
        case nil:
            // A file that the command line names is a plant that the command line names.
            guard options.config == nil else { return nil }
            if let found = SocketChoice.standing(state: state, environment) {
                (path, reason) = (found, "its socket or lock is there")
            } else if SocketChoice.isThere(system) {
                (path, reason) = (Self.systemSocket, "\(system) is there")
            } else {
                return nil
            }
        }
        address = .unix(SocketChoice.open(path))
        self.options = options
        hasLivePlant = settled.namesLivePlant
    }

    /// Connects and is welcomed.
    ///
    /// - Throws: `Complaint`, with the line that starts the daemon and the one that opens a plant without it.
    func connect(program: String) async throws -> (RemotePlant, Welcome) {
        do throws(LinkError) {
            return try await DaemonOptions.connect(to: address, program: program)
        } catch {
            guard error.kind == .unreachable else { throw error.complaint }
            throw Complaint(absence(error.text), .unreachable)
        }
    }

    private func absence(_ words: String) -> String {
        let own = "--backend " + (hasLivePlant ? "live' polls in this process" : "simulated' opens a simulation")
        // A folder that may not be searched says nothing of who serves in it.
        let folder = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
        if access(folder, X_OK) != 0, errno == EACCES { return "\(words); without it 'tokenworks \(own)" }
        // One that is there and does not answer would refuse another.
        if words.contains("no daemon answered within") {
            return
                "\(words): it hangs; look at it, and kill it if need be, then '\(start)'; without it 'tokenworks \(own)"
        }
        return
            "no daemon serves on \(path), and one should (\(reason)): start it with '\(start)'; without it 'tokenworks \(own)"
    }

    /// The line that starts it.
    var start: String {
        if path == Self.systemSocket { return "systemctl start tokenworks" }
        var words = ["tokenworks", "serve"]
        if let config = options.config { words += ["--config", config] }
        if let state = options.state { words += ["--state", state] }
        if reason.hasPrefix("its") { words += ["--socket", path] }
        return words.map(Self.quoted).joined(separator: " ")
    }

    private static func quoted(_ word: String) -> String {
        let plain = word.unicodeScalars.allSatisfy {
            $0.properties.isAlphabetic || "0123456789/._-+:@%".unicodeScalars.contains($0)
        }
        return plain ? word : "'" + word.replacingOccurrences(of: "'", with: "'\\''") + "'"
    }
}
