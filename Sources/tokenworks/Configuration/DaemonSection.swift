// SPDX-License-Identifier: Apache-2.0

extension Configuration {
    /// Where the file says that the daemon has its socket.
    var daemonSocket: String? {
        if case .expected(let socket) = daemon { socket } else { nil }
    }
}

/// `daemon`: whether commands that name no plant speak of this host's daemon.
enum DaemonSection {
    static func read(_ top: inout YAMLSection) throws(ConfigurationError) -> Configuration.Daemon? {
        guard top.isMapping("daemon") else {
            return try top.flag("daemon").map { $0 ? .expected(socket: nil) : .never }
        }
        guard var section = try top.section("daemon") else { return nil }
        let line = section.line(of: "socket")
        let socket = try section.string("socket").map { Configuration.path($0, beside: section.file) }
        try section.finish()
        guard let socket else {
            throw ConfigurationError(
                file: section.file, line: section.line,
                text: "daemon: give 'socket', the path of the daemon's socket, or write 'daemon: true'")
        }
        guard socket.hasPrefix("/"), socket.utf8.count <= 107 else {
            throw ConfigurationError(
                file: section.file, line: line,
                text: "daemon.socket: expected an absolute path of at most 107 bytes, not '\(socket)'")
        }
        return .expected(socket: socket)
    }
}
