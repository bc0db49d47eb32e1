// SPDX-License-Identifier: Apache-2.0

import Foundation
import Link

/// Where a daemon of this host has its socket.
enum SocketChoice {
    private static let name = "tokenworks.sock"

    /// Where a new daemon listens: what it was told, what systemd made for it, the session's runtime folder, the state folder.
    static func listening(
        _ named: String?, state: String, environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> String {
        if let named { return named.hasPrefix("/") ? named : FileManager.default.currentDirectoryPath + "/" + named }
        return places(state: state, environment)[0]
    }

    /// Where a client looks: the first of these that is there, else the first.
    ///
    /// - Throws: `Complaint` for an address that is none.
    static func attaching(
        _ named: String?, state: String, environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws -> LinkAddress {
        let found = standing(state: state, environment) ?? first(state: state, environment)
        do throws(LinkError) {
            return try LinkAddress(named ?? "unix:" + open(found))
        } catch {
            throw Complaint(error.text, .usage)
        }
    }

    /// The gate of the daemon of this host, for sessions of keys.
    static func gate(
        _ named: String?, state: String, environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws -> String {
        guard case .unix(let path) = try attaching(named.map { "unix:" + $0 }, state: state, environment: environment)
        else { return "" }
        return Door.gate.path(of: path)
    }

    /// The socket for those who only look, where the main one is not for this account.
    static func open(_ main: String) -> String {
        let view = Door.view.path(of: main)
        return access(main, W_OK) != 0 && access(view, W_OK) == 0 ? view : main
    }

    /// Where this host's daemon is or was: a socket, else the lock that a daemon leaves. nil: there never was one.
    static func standing(state: String, _ environment: [String: String]) -> String? {
        let places = places(state: state, environment) + ["/run/tokenworks/\(name)"]
        return places.first(where: isThere) ?? places.first { hasServed($0 + ".lock") }
    }

    /// Where a client looks for a daemon of which there is no trace.
    static func first(state: String, _ environment: [String: String]) -> String {
        places(state: state, environment)[0]
    }

    /// Whether a daemon has served by that lock: a start that failed leaves it empty.
    private static func hasServed(_ lock: String) -> Bool {
        var facts = stat()
        return lstat(lock, &facts) == 0 ? facts.st_size > 0 : errno == EACCES
    }

    /// What a folder hides that may not be searched counts as there: only what is certainly absent is absent.
    static func isThere(_ path: String) -> Bool {
        var facts = stat()
        return lstat(path, &facts) == 0 || errno == EACCES
    }

    private static func places(state: String, _ environment: [String: String]) -> [String] {
        // The XDG specification: a relative path there is invalid and must be ignored.
        let folders = [environment["RUNTIME_DIRECTORY"], environment["XDG_RUNTIME_DIR"].map { $0 + "/tokenworks" }]
        return (folders.compactMap { $0 }.filter { $0.hasPrefix("/") } + [state + "/run"]).map { "\($0)/\(name)" }
    }
}

extension LinkError {
    var complaint: Complaint {
        switch kind {
        case .unreachable, .refused: Complaint(text, .unreachable)
        case .unusable: Complaint(text, .badInput)
        }
    }
}
