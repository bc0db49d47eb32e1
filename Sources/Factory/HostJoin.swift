// SPDX-License-Identifier: Apache-2.0

/// The machines behind the facts of many exporters.
///
/// An exporter that names its host is believed; one that does not belongs to the host whose exporter answers at the same
/// address. An engine's page names no host, so it is placed by address alone, and nowhere when two hosts share that.
struct HostJoin {
    /// One machine and the facts that speak of it.
    struct Host {
        var name: String
        /// Whether the host's own exporter, which knows best, gave the name.
        var isOwnName: Bool
        /// Indices into the facts.
        var facts: [Int]
    }

    /// In display order: by rack, then by number.
    private(set) var hosts: [Host] = []
    private var byName: [String: Int] = [:]
    /// -1 where two hosts share an address.
    private var byAddress: [String: Int] = [:]
    private let names: HostNames

    init(_ facts: [HostFacts]) {
        names = HostNames(facts.lazy.compactMap(\.name))
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
            } else {
                place(index, fact, as: address)
            }
        }
        sort()
    }

    private mutating func place(_ index: Int, _ fact: HostFacts, as name: String) {
        let key = names.canonical(name)
        let isOwn = fact.exporter == "node_exporter"
        let host: Int
        if let known = byName[key] {
            host = known
            hosts[host].facts.append(index)
            if isOwn, !hosts[host].isOwnName { (hosts[host].name, hosts[host].isOwnName) = (name, true) }
        } else {
            host = hosts.count
            hosts.append(Host(name: name, isOwnName: isOwn, facts: [index]))
            byName[key] = host
        }
        let address = HostNames.address(fact.address)
        byAddress[address] = byAddress[address, default: host] == host ? host : -1
    }

    private mutating func sort() {
        let order = hosts.indices.sorted { left, right in
            let a = HostNames.rack(of: hosts[left].name)
            let b = HostNames.rack(of: hosts[right].name)
            return a == b ? HostNames.precedes(hosts[left].name, hosts[right].name) : HostNames.precedes(a, b)
        }
        var moved = [Int](repeating: -1, count: hosts.count)
        for (new, old) in order.enumerated() { moved[old] = new }
        hosts = order.map { hosts[$0] }
        byName = byName.mapValues { moved[$0] }
        byAddress = byAddress.mapValues { $0 < 0 ? -1 : moved[$0] }
    }

    /// The host at an address, or of that name; nil when there is none, or more than one.
    func host(at address: String) -> Int? {
        if let host = byAddress[HostNames.address(address)] { return host < 0 ? nil : host }
        return byName[names.canonical(address)]
    }

    /// Racks as runs of the table; hosts whose names speak of none are one run.
    var groups: [NodeGroup] {
        var groups: [NodeGroup] = []
        for (index, host) in hosts.enumerated() {
            let rack = HostNames.rack(of: host.name)
            let name = rack.isEmpty ? "hosts" : rack
            if let last = groups.last, last.name == name {
                groups[groups.count - 1].range = last.range.lowerBound..<(index + 1)
            } else {
                groups.append(NodeGroup(name: name, range: index..<(index + 1)))
            }
        }
        return groups
    }
}
