// SPDX-License-Identifier: Apache-2.0

/// What does not fit together in what the exporters of a plant say: machines that are likely one under two names, and
/// engines that stand nowhere. Nothing is wrong with them; the operator's table of names mends it.
package struct JoinHints: Sendable {
    /// One sentence each, the most telling first; empty: all fits.
    package let sentences: [String]

    /// - Parameters:
    ///   - engines: those of each source.
    ///   - aliases: the operator's table of names, as `HostNames` takes it.
    package init(_ hosts: [HostFacts], _ engines: [[EngineFacts]], aliases: [String: String] = [:]) {
        let identity = EngineIdentity(aliases: aliases)
        let join = HostJoin(hosts, aliases: aliases)
        sentences =
            JoinHints(join, hosts, identity.once(engines.flatMap(\.self))).sentences
            + engines.flatMap { Self.twins($0, identity) }
    }

    /// Targets of one source that are one server.
    static func twins(_ engines: [EngineFacts], _ identity: EngineIdentity) -> [String] {
        identity.twins(engines).prefix(3).map {
            "\($0.first) and \($0.second) are one engine: it is counted once, one target will do"
        }
    }

    init(_ join: HostJoin, _ hosts: [HostFacts], _ engines: [EngineFacts]) {
        sentences = Self.twoNames(join, hosts) + Self.oneSided(join, hosts) + Self.placeless(join, engines)
    }

    private static let cure = "join them under 'names' in the configuration"

    /// An address where exporters of two kinds name the machine each in its own way. One exporter that speaks of several
    /// machines, and several of a kind behind one address, are no such case.
    private static func twoNames(_ join: HostJoin, _ facts: [HostFacts]) -> [String] {
        var named: [String: [String: Set<String>]] = [:]
        for host in join.hosts {
            for fact in host.facts.map({ facts[$0] }) where fact.name != nil {
                named[HostNames.address(fact.address), default: [:]][fact.exporter, default: []].insert(host.name)
            }
        }
        let odd = named.filter { _, kinds in
            kinds.count > 1 && kinds.values.allSatisfy { $0.count == 1 } && Set(kinds.values).count > 1
        }
        return odd.sorted { HostNames.precedes($0.key, $1.key) }.prefix(3).map { address, kinds in
            let words = kinds.sorted { $0.key < $1.key }.map { "\($0.value.first ?? "") by \($0.key)" }
            return "\(address) is named \(words.joined(separator: ", ")): \(cure)"
        }
    }

    /// Machines whose accelerators are known and whose own exporter is not, while it is known of others.
    private static func oneSided(_ join: HostJoin, _ facts: [HostFacts]) -> [String] {
        var bare: [String] = []
        var empty: [String] = []
        var both = 0
        // What is down says nothing of what is missing.
        for host in join.hosts where !host.facts.contains(where: { facts[$0].noAnswer != nil }) {
            let own = host.facts.contains { facts[$0].exporter == "node_exporter" }
            let gpus = host.facts.contains { !facts[$0].gpus.isEmpty }
            if own, gpus { both += 1 } else if own { empty.append(host.name) } else { bare.append(host.name) }
        }
        // A plant without node_exporter on its GPU nodes has none to join.
        guard !bare.isEmpty, both + empty.count > 0 else { return [] }
        let start = "\(Words.count(bare.count, "host")) with GPUs and no node_exporter (\(Words.names(bare)))"
        guard !empty.isEmpty else { return [start] }
        return [
            "\(start), \(empty.count) with node_exporter and no GPUs (\(Words.names(empty))): where they are the same, \(cure)"
        ]
    }

    /// Engines that stand on no node, where nodes are known at all.
    private static func placeless(_ join: HostJoin, _ engines: [EngineFacts]) -> [String] {
        guard !join.hosts.isEmpty else { return [] }
        let lost = Set(engines.filter { !$0.isFrontend && join.host(of: $0) == nil }.map { $0.node ?? $0.address })
        guard !lost.isEmpty else { return [] }
        return [
            "engines at \(Words.names(lost.sorted(by: HostNames.precedes))) are on no known node: give 'node' in the source, "
                + "or \(cure)"
        ]
    }

}
