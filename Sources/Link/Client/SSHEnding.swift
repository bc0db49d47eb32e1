// SPDX-License-Identifier: Apache-2.0

import Glibc

/// How ssh ended, and what it said: the far side's silence is seldom the daemon's doing.
struct SSHEnding: Sendable, Hashable {
    enum Way: Sendable, Hashable {
        case exit(Int32)
        case signal(Int32)
    }

    /// nil: it still runs.
    var way: Way?
    /// Its last line; empty: it said nothing.
    var words: String

    /// The last line of what ssh wrote, without what could steer a terminal, and no longer than a sentence.
    static func words(_ bytes: [UInt8]) -> String {
        let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline).map { line in
            let seen = line.unicodeScalars.filter {
                switch $0.properties.generalCategory {
                case .control, .format, .surrogate, .privateUse, .unassigned: false
                default: true
                }
            }
            return String(String.UnicodeScalarView(seen).prefix(longest))
        }
        return lines.last { $0.contains { !$0.isWhitespace } } ?? ""
    }

    /// Letters of a line that are kept.
    private static let longest = 300

    /// Why there is no connection, and what to do; nil: not for anything that ssh or the command there did wrong.
    ///
    /// - Parameter mayAsk: whether it could ask for passwords and host keys on the terminal.
    func sentence(_ target: SSHTarget, mayAsk: Bool) -> String? {
        let login = target.login
        switch way {
        case nil, .exit(0)?: return nil
        case .signal(let number)?: return "ssh was ended by the signal \(number) (\(Self.name(number)))\(said)"
        case .exit(255)?: return "ssh has failed\(said); " + advice(login, mayAsk: mayAsk)
        case .exit(127)?:
            return "ssh reached \(target.host), but there is no '\(SSHTarget.far)' there\(said); "
                + "install tokenworks there, or name its path on that host with TOKENWORKS_FAR"
        case .exit(126)?:
            return "ssh reached \(target.host), but you may not run '\(SSHTarget.far)' there\(said); "
                + "ask for its mode to be 755, or name another with TOKENWORKS_FAR"
        case .exit(let status)?:
            if words.isEmpty {
                return "the command there ended with status \(status) and said nothing; "
                    + "try 'ssh \(login) \(SSHTarget.far) dial-stdio' in a terminal"
            }
            return "on \(target.host): \(there)"
        }
    }

    private var said: String { words.isEmpty ? "" : ": \(words)" }

    /// What tokenworks there said, without its name, which stands before the sentence here as well.
    private var there: String {
        let name = "tokenworks: "
        return words.hasPrefix(name) ? String(words.dropFirst(name.count)) : words
    }

    private func advice(_ login: String, mayAsk: Bool) -> String {
        let has = { (text: String) in words.lowercased().contains(text) }
        if has("host key verification failed") || has("host identification has changed") {
            return "run 'ssh \(login)' in a terminal and look at the key of that host before you take it"
        }
        if has("permission denied") || has("too many authentication failures") {
            return mayAsk
                ? "look whether the user name is right and your key is known there: 'ssh \(login)'"
                : "a lost link cannot ask for a password: use a key or ssh-agent, or leave and attach again"
        }
        if has("could not resolve") {
            return "look whether the name is right, or give it a HostName in ~/.ssh/config"
        }
        if has("connection refused") { return "look whether sshd runs there, and on that port" }
        if has("timed out") || has("timeout") || has("no route to host") || has("unreachable") {
            return "look whether the host is up, and the network or VPN between"
        }
        return "try 'ssh \(login)' in a terminal"
    }

    private static func name(_ signal: Int32) -> String { strsignal(signal).map { String(cString: $0) } ?? "unknown" }
}
