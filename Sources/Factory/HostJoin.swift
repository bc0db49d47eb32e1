// SPDX-License-Identifier: Apache-2.0

/// The machines behind the facts of many exporters.
///
/// An exporter that names its host is believed; one that does not belongs to the host whose exporter answers at the same
/// address. An engine is placed where the operator's words say that it is, else by its address alone, and nowhere when two
/// hosts share that.
struct HostJoin {
    /// One machine and the facts that speak of it.
    struct Host {
        var name: String
        /// Whether the host's own exporter, which knows best, gave the name.
        var isOwnName: Bool
        /// Where it stands, as its targets say; nil: they do not.
        var site: String?
        /// Indices into the facts.
        var facts: [Int]
    }

    /// In display order: by rack, then by number.
    private(set) var hosts: [Host] = []
    private var byName: [String: Int] = [:]
    /// -1 where two hosts share an address.
    private var byAddress: [String: Int] = [:]
    private let names: HostNames

    /// - Parameter aliases: the operator's table of names, as `HostNames` takes it.
    init(_ facts: [HostFacts], aliases: [String: String] = [:]) {
        names = HostNames(facts.lazy.compactMap(\.name), aliases: aliases)
        for (index, fact) in facts.enumerated() where fact.name != nil { place(index, fact, as: fact.name ?? "") }
        var byUUID: [String: Int] = [:]
        for (place, host) in hosts.enumerated() {
            for gpu in host.facts.flatMap({ facts[$0].gpus }) where !gpu.uuid.hasPrefix("gpu ") {
                byUUID[gpu.uuid] = place
            }
        }
        for (index, fact) in facts.enumerated() where fact.name == nil {
            let address = HostNames.address(fact.address)
            // A page of accelerators that another address answers for is of the machine that has them.
            if let host = host(at: fact.address) ?? fact.gpus.lazy.compactMap({ byUUID[$0.uuid] }).first {
                hosts[host].facts.append(index)
                hosts[host].site = hosts[host].site ?? fact.site
            } else {
                place(index, fact, as: address)
            }
        }
        sort()
    }

    private mutating func place(_ index: Int, _ fact: HostFacts, as name: String) {
        let key = names.canonical(name)
        let title = names.title(of: key)
        let isScheduler = fact.allocation != nil
        let isOwn = title != nil || fact.exporter == "node_exporter" || isScheduler
        let name = title ?? name
        let host: Int
        if let known = byName[key] {
            host = known
            hosts[host].facts.append(index)
            if isOwn, !hosts[host].isOwnName || isScheduler { (hosts[host].name, hosts[host].isOwnName) = (name, true) }
        } else {
            host = hosts.count
            hosts.append(Host(name: name, isOwnName: isOwn, facts: [index]))
            byName[key] = host
        }
        hosts[host].site = hosts[host].site ?? fact.site
        let address = HostNames.address(fact.address)
        byAddress[address] = byAddress[address, default: host] == host ? host : -1
    }

    private mutating func sort() {
        let order = hosts.indices.sorted { left, right in
            let a = run(of: hosts[left])
            let b = run(of: hosts[right])
            return a == b ? HostNames.precedes(hosts[left].name, hosts[right].name) : HostNames.precedes(a, b)
        }
        var moved = [Int](repeating: -1, count: hosts.count)
        for (new, old) in order.enumerated() { moved[old] = new }
        hosts = order.map { hosts[$0] }
        byName = byName.mapValues { moved[$0] }
        byAddress = byAddress.mapValues { $0 < 0 ? -1 : moved[$0] }
    }

    /// The site and the rack of a host, as far as they are known: what stands together.
    private func run(of host: Host) -> String {
        let rack = HostNames.rack(of: host.name)
        guard let site = host.site else { return rack }
        return rack.isEmpty ? site : "\(site) \(rack)"
    }

    /// The host that an engine runs on; nil when nobody knows, or no exporter speaks of it.
    func host(of engine: EngineFacts) -> Int? {
        engine.node.map { byName[names.canonical($0)] } ?? host(at: engine.address)
    }

    /// The host at an address, or of that name; nil when there is none, or more than one.
    func host(at address: String) -> Int? {
        // What the operator's table says of an address stands above what answers there.
        if let host = byAddress[HostNames.address(address)],
            host >= 0 || names.title(of: names.canonical(address)) == nil
        {
            return host < 0 ? nil : host
        }
        return byName[names.canonical(address)]
    }

    /// Racks as runs of the table; hosts whose names speak of none are one run.
    var groups: [NodeGroup] {
        var groups: [NodeGroup] = []
        for (index, host) in hosts.enumerated() {
            let run = run(of: host)
            let name = run.isEmpty ? "hosts" : run
            if let last = groups.last, last.name == name {
                groups[groups.count - 1].range = last.range.lowerBound..<(index + 1)
            } else {
                groups.append(NodeGroup(name: name, range: index..<(index + 1)))
            }
        }
        return groups
    }
}
