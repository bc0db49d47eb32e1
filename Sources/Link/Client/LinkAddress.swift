// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Where a daemon is: `unix:PATH`, or `ssh://[user@]host[:port][/path]`.
package enum LinkAddress: Sendable, Hashable, CustomStringConvertible {
    case unix(String)
    case ssh(SSHTarget)

    /// - Throws: `LinkError`, with the forms there are.
    package init(_ text: String) throws(LinkError) {
        if text.hasPrefix("unix:") {
            var path = String(text.dropFirst("unix:".count))
            if path.hasPrefix("//") { path.removeFirst(2) }
            _ = try SocketPath.address(path)
            self = .unix(path)
        } else if text.hasPrefix("ssh://") {
            self = .ssh(try SSHTarget(String(text.dropFirst("ssh://".count)), in: text))
        } else {
            throw LinkError(
                .unusable,
                "'\(text)' is no address of a daemon: write unix:/path/of/the.sock or ssh://[user@]host[:port][/path/of/the.sock]"
            )
        }
    }

    package var description: String {
        switch self {
        case .unix(let path): "unix:\(path)"
        case .ssh(let target): "ssh://\(target)"
        }
    }
}

/// A daemon on another host, reached by the system's own ssh.
package struct SSHTarget: Sendable, Hashable, CustomStringConvertible {
    package var user: String?
    package var host: String
    package var port: Int?
    /// The socket there; nil: where that host's daemon has it.
    package var path: String?

    init(_ text: String, in whole: String) throws(LinkError) {
        func complain(_ what: String) -> LinkError {
            LinkError(.unusable, "'\(whole)': \(what); write ssh://[user@]host[:port][/path/of/the.sock]")
        }
        guard text.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value < 0x7F }) else {
            throw complain("it has letters that no host name has")
        }
        var place = text[...]
        if let slash = place.firstIndex(of: "/") {
            path = String(place[slash...])
            place = place[..<slash]
            if path == "/" { path = nil }
            if let path { _ = try SocketPath.address(path) }
        }
        if let at = place.lastIndex(of: "@") {
            user = String(place[..<at])
            place = place[place.index(after: at)...]
            guard user?.isEmpty == false else { throw complain("there is no user before the @") }
        }
        // An address of IPv6 has colons of its own.
        if place.first == "[", let end = place.firstIndex(of: "]") {
            host = String(place[place.index(after: place.startIndex)..<end])
            place = place[place.index(after: end)...]
        } else {
            let end = place.firstIndex(of: ":") ?? place.endIndex
            host = String(place[..<end])
            place = place[end...]
        }
        if !place.isEmpty {
            guard place.first == ":", let number = Int(place.dropFirst()), (1...65_535).contains(number) else {
                throw complain("the port is none of 1 to 65535")
            }
            port = number
        }
        guard !host.isEmpty else { throw complain("there is no host") }
        // ssh would take it for an option, and some options run programs.
        guard !host.hasPrefix("-"), user?.hasPrefix("-") != true else {
            throw complain("neither host nor user may begin with '-'")
        }
    }

    package var description: String {
        let host = host.contains(":") ? "[\(host)]" : host
        return (user.map { $0 + "@" } ?? "") + host + (port.map { ":\($0)" } ?? "") + (path ?? "")
    }

    /// What ssh is called with, its own name left out.
    ///
    /// - Parameter mayAsk: whether it may ask for passwords and host keys on the terminal.
    func arguments(mayAsk: Bool) -> [String] {
        var words = [
            "-T", "-C", "-o", "ServerAliveInterval=5", "-o", "ServerAliveCountMax=3", "-o", "ConnectTimeout=20",
        ]
        if !mayAsk { words += ["-o", "BatchMode=yes"] }
        if let port { words += ["-p", String(port)] }
        words += ["--", place, Self.far, "dial-stdio"]
        if let path { words += ["--socket", Self.quoted(path)] }
        return words
    }

    /// What ssh is called with to have another command of tokenworks there, on a terminal of its own.
    package func terminalArguments(_ command: [String]) -> [String] {
        var words = ["-t", "-C", "-o", "ServerAliveInterval=5", "-o", "ServerAliveCountMax=3"]
        if let port { words += ["-p", String(port)] }
        words += ["--", place, Self.far]
        return words + (command + (path.map { ["unix:" + $0] } ?? [])).map(Self.quoted)
    }

    /// Becomes ssh: this process ends, and its terminal and its status are ssh's.
    ///
    /// - Returns: only where there is no ssh: why.
    package func become(_ command: [String], program: String = SSHTarget.program) -> LinkError {
        var arguments = ([program] + terminalArguments(command)).map { strdup($0) } + [nil]
        execvp(program, &arguments)
        let words = SystemWords.text(errno)
        arguments.forEach { free($0) }
        return LinkError(
            .unusable, "\(program) cannot be run: \(words); install openssh-client, or name another with TOKENWORKS_SSH"
        )
    }

    /// `[user@]host`, as ssh takes it.
    private var place: String { (user.map { $0 + "@" } ?? "") + host }

    /// What a person types behind `ssh` to get there.
    var login: String { (port.map { "-p \($0) " } ?? "") + place }

    /// What tokenworks is called on the other host, where the environment names its path.
    static let far = getenv("TOKENWORKS_FAR").map { word(String(cString: $0)) } ?? "tokenworks"

    /// As the shell there needs it: a plain path as it is, so that a `~` is its user's home.
    static func word(_ path: String) -> String {
        let isPlain = path.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "-")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "~"):
                true
            default: false
            }
        }
        return isPlain && !path.isEmpty ? path : quoted(path)
    }

    /// The system's ssh, or the one that the environment names.
    package static let program = getenv("TOKENWORKS_SSH").map { String(cString: $0) } ?? "ssh"

    /// For the shell of the other host, to which ssh gives all words as one line.
    private static func quoted(_ word: String) -> String {
        "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}
