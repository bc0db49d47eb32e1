// SPDX-License-Identifier: Apache-2.0

/// Which engines are one: a server may be known to two sources, and to one source under two spellings of its address.
///
/// A server is a host and a port, and a path where several stand behind one address; `https` or `http`, and a slash at the
/// end, make no other of it. Hosts are the same where the operator's table of names says so, and this machine is itself
/// under every name.
package struct EngineIdentity: Sendable {
    private let names: HostNames

    /// - Parameter aliases: the operator's table of names, as `HostNames` takes it.
    package init(aliases: [String: String] = [:]) {
        // The table goes by addresses, and a loopback has several.
        let plain = Dictionary(aliases.map { (HostNames.address($0), $1) }, uniquingKeysWith: { first, _ in first })
        names = HostNames([], aliases: aliases.merging(plain) { first, _ in first })
    }

    private struct Place: Hashable {
        var server, product, model, engine: String
    }

    private func place(_ facts: EngineFacts) -> Place {
        Place(server: server(of: facts.target), product: facts.product, model: facts.model, engine: facts.engine)
    }

    /// Each engine once, with its newest word, in the order in which they were given.
    package func once(_ engines: [EngineFacts]) -> [EngineFacts] {
        var newest: [Place: Int] = [:]
        for (index, facts) in engines.enumerated() {
            let place = place(facts)
            if let other = newest[place], engines[other].at >= facts.at { continue }
            newest[place] = index
        }
        return newest.values.sorted().map { engines[$0] }
    }

    /// Targets of one source that are one server: both are asked, and one would do.
    package func twins(_ engines: [EngineFacts]) -> [(first: String, second: String)] {
        var first: [Place: String] = [:]
        var twins: [(first: String, second: String)] = []
        for facts in engines {
            guard let other = first[place(facts)] else {
                first[place(facts)] = facts.target
                continue
            }
            if other != facts.target, !twins.contains(where: { $0 == (other, facts.target) }) {
                twins.append((other, facts.target))
            }
        }
        return twins
    }

    /// `gpu07:8000`, or `gpu07:8000/second/metrics`.
    func server(of target: String) -> String {
        var rest = Substring(target)
        var port = "80"
        for (scheme, standard) in [("http://", "80"), ("https://", "443")] where rest.lowercased().hasPrefix(scheme) {
            rest = rest.dropFirst(scheme.count)
            port = standard
        }
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        var path = rest.dropFirst(authority.count)
        while path.last == "/" { path = path.dropLast() }
        if path == "/metrics" { path = "" }
        var host = authority
        // The colons of an address in brackets are its own.
        if let colon = authority.lastIndex(of: ":"), !authority[colon...].contains("]") {
            host = authority[..<colon]
            port = String(authority[authority.index(after: colon)...])
        }
        return "\(names.canonical(HostNames.address(String(host)))):\(port)\(path)"
    }
}
