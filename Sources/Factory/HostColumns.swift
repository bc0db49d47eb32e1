// SPDX-License-Identifier: Apache-2.0

/// What node_exporter says of hosts beside processors and memory: what a node's own screen shows.
package struct HostColumns: Sendable {
    /// Through all real ports. Unit: B/s.
    package var networkIn = Column(count: 0)
    package var networkOut = Column(count: 0)
    /// Through InfiniBand. Unit: B/s.
    package var fabricIn = Column(count: 0)
    package var fabricOut = Column(count: 0)
    /// Unit: B/s.
    package var diskRead = Column(count: 0)
    package var diskWritten = Column(count: 0)
    /// Part of the time in which some process waited for it. Range 0...1.
    package var cpuPressure = Column(count: 0)
    package var memoryPressure = Column(count: 0)
    package var ioPressure = Column(count: 0)
    /// By node, where a source says it.
    package var bootedAt: [Int: PlantTime] = [:]
    /// Processes that were killed for want of memory since the boot, by node; no entry for none.
    package var oomKills: [Int: Int] = [:]

    package init() {}

    static var columns: [WritableKeyPath<HostColumns, Column>] {
        [
            \.networkIn, \.networkOut, \.fabricIn, \.fabricOut, \.diskRead, \.diskWritten, \.cpuPressure,
            \.memoryPressure, \.ioPressure,
        ]
    }

    /// Takes what the facts of one host say.
    mutating func take(_ facts: HostFacts, as node: Int, of count: Int) {
        networkIn.set(facts.networkIn, at: node, of: count)
        networkOut.set(facts.networkOut, at: node, of: count)
        fabricIn.set(facts.fabricIn, at: node, of: count)
        fabricOut.set(facts.fabricOut, at: node, of: count)
        diskRead.set(facts.diskRead, at: node, of: count)
        diskWritten.set(facts.diskWritten, at: node, of: count)
        cpuPressure.set(facts.cpuPressure, at: node, of: count)
        memoryPressure.set(facts.memoryPressure, at: node, of: count)
        ioPressure.set(facts.ioPressure, at: node, of: count)
        if let at = facts.bootedAt { bootedAt[node] = at }
        if let kills = facts.oomKills, kills > 0 { oomKills[node] = kills }
    }

    /// Adds those of another table after the first so many.
    mutating func append(_ other: HostColumns, after first: Int) {
        for path in Self.columns where other[keyPath: path].count > 0 {
            self[keyPath: path].extend(to: first)
            self[keyPath: path].values += other[keyPath: path].values
        }
        for (node, at) in other.bootedAt { bootedAt[first + node] = at }
        for (node, kills) in other.oomKills { oomKills[first + node] = kills }
    }
}
