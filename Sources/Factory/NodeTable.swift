// SPDX-License-Identifier: Apache-2.0

/// Every node of the plant, as columns: the same index is the same node in each.
///
/// Names and topology are shared storage between snapshots; only the measured columns change from poll to poll.
package struct NodeTable: Sendable {
    /// Unique names, in display order: by rack, then by number.
    package var ids: [NodeID] = []
    /// Racks or scalable units, each a run of consecutive nodes. They cover the table without a gap.
    package var groups: [NodeGroup] = []
    package var states: [NodeState] = []
    /// Since when the node is in its state.
    package var since: [PlantTime] = []
    /// Whether the node was in its state when it was first heard of: since then at least. Shorter than the table: it was not.
    package var isOlder: [Bool] = []
    /// Index into the snapshot's `pools`; `NodeTable.none` for a node of no pool.
    package var pools: [UInt8] = []
    /// Index into the snapshot's `jobs`; -1 for none.
    package var jobs: [Int32] = []
    /// When the node was last heard of; the epoch: never. Older than `FactorySnapshot.staleAfter(of:)`: stale.
    package var heardAt: [PlantTime] = []
    /// Twice the poll of the slowest source that speaks of the node; nil, or shorter than the table: the snapshot's.
    package var staleAfter: [Seconds?] = []

    /// IT power of the node. Unit: W.
    package var power = Column(count: 0)
    /// Highest power the node is built for: the full tenth of the heatmap. Unit: W.
    package var powerLimit = Column(count: 0)
    /// Any kernel running (DCGM GPU_UTIL), mean of the node's GPUs. Range 0...1.
    package var gpuUtilisation = Column(count: 0)
    /// Tensor pipes active, mean of the node's GPUs. Range 0...1.
    package var tensorActive = Column(count: 0)
    /// GPU memory used, share of the node's total. Range 0...1.
    package var gpuMemory = Column(count: 0)
    /// Hottest GPU. Unit: C.
    package var temperature = Column(count: 0)
    /// CPU busy. Range 0...1.
    package var cpu = Column(count: 0)
    /// Host memory used. Range 0...1.
    package var memory = Column(count: 0)

    package var host = HostColumns()

    /// What is not normal, by node index; a normal node has no entry.
    package var conditions: [Int: NodeCondition] = [:]
    package var gpus = GPUTable()

    package static let none = UInt8.max

    package init() {}

    package var count: Int { ids.count }
    package var indices: Range<Int> { ids.indices }

    /// When a node was last heard of; nil: never. A link rounds, so that never may come as a part of a second.
    package func lastHeard(of node: Int) -> PlantTime? {
        heardAt.indices.contains(node) && heardAt[node].epoch >= 1 ? heardAt[node] : nil
    }

    /// Adds the nodes of another table after these. Into an empty table it copies nothing.
    ///
    /// - Precondition: no node is in both, and pools and jobs are counted alike.
    package mutating func append(_ other: NodeTable) {
        guard count > 0 else {
            self = other
            return
        }
        let first = count
        let firstGPU = Int(gpus.starts.last ?? 0)
        groups += other.groups.map {
            NodeGroup(name: $0.name, range: ($0.range.lowerBound + first)..<($0.range.upperBound + first))
        }
        ids += other.ids
        states += other.states
        since += other.since
        if !isOlder.isEmpty || !other.isOlder.isEmpty {
            isOlder += Array(repeating: false, count: max(0, first - isOlder.count)) + other.isOlder
        }
        pools += other.pools
        jobs += other.jobs
        if !staleAfter.isEmpty || !other.staleAfter.isEmpty {
            staleAfter += Array(repeating: nil, count: max(0, first - staleAfter.count)) + other.staleAfter
        }
        heardAt += other.heardAt
        for path in Self.columns {
            self[keyPath: path].extend(to: first)
            self[keyPath: path].values += other[keyPath: path].values
        }
        for (index, condition) in other.conditions { conditions[first + index] = condition }
        host.append(other.host, after: first)
        gpus.append(other.gpus, nodes: other.count, after: first, firstGPU)
    }

    /// Every measured column.
    package static var columns: [WritableKeyPath<NodeTable, Column>] {
        [\.power, \.powerLimit, \.gpuUtilisation, \.tensorActive, \.gpuMemory, \.temperature, \.cpu, \.memory]
    }
}

/// Consecutive nodes that share a rack or a scalable unit.
package struct NodeGroup: Sendable, Codable, Hashable {
    package var name: String
    package var range: Range<Int>
    package init(name: String, range: Range<Int>) {
        self.name = name
        self.range = range
    }
}

/// The accelerators, node after node.
package struct GPUTable: Sendable {
    /// Node `i` owns the GPUs `starts[i]..<starts[i + 1]`; empty when no source speaks of GPUs.
    package var starts: [Int32] = []
    /// Unit: W.
    package var power = Column(count: 0)
    /// Any kernel running. Range 0...1.
    package var utilisation = Column(count: 0)
    /// Range 0...1.
    package var tensorActive = Column(count: 0)
    /// Memory used, share of the GPU's total. Range 0...1.
    package var memory = Column(count: 0)
    /// Unit: C.
    package var temperature = Column(count: 0)
    /// Unit: MHz.
    package var clock = Column(count: 0)
    /// Both ways together. Unit: B/s.
    package var pcie = Column(count: 0)
    package var nvlink = Column(count: 0)
    /// Part of the time in which its clocks were held down for power, and for heat. Range 0...1.
    package var heldForPower = Column(count: 0)
    package var heldForHeat = Column(count: 0)
    /// By GPU index; no entry for none.
    package var faults: [Int: GPUFaults] = [:]
    /// The last XID of a GPU (sticky in DCGM), by GPU index; no entry for none.
    package var lastXID: [Int: Int] = [:]
    /// Model names by GPU index, where a source says them.
    package var models: [Int: String] = [:]

    package init() {}

    /// The GPUs of one node.
    package func range(of node: Int) -> Range<Int> {
        guard node >= 0, node + 1 < starts.count else { return 0..<0 }
        return Int(starts[node])..<Int(starts[node + 1])
    }

    fileprivate mutating func append(_ other: GPUTable, nodes: Int, after first: Int, _ firstGPU: Int) {
        while starts.count <= first { starts.append(Int32(firstGPU)) }
        for node in 0..<nodes { starts.append(Int32(firstGPU + other.range(of: node).upperBound)) }
        for path in Self.columns {
            self[keyPath: path].extend(to: firstGPU)
            self[keyPath: path].values += other[keyPath: path].values
        }
        for path in Self.rareColumns where other[keyPath: path].count > 0 {
            self[keyPath: path].extend(to: firstGPU)
            self[keyPath: path].values += other[keyPath: path].values
        }
        for (index, xid) in other.lastXID { lastXID[firstGPU + index] = xid }
        for (index, fault) in other.faults { faults[firstGPU + index] = fault }
        for (index, model) in other.models { models[firstGPU + index] = model }
    }

    private static var columns: [WritableKeyPath<GPUTable, Column>] {
        [\.power, \.utilisation, \.tensorActive, \.memory, \.temperature]
    }

    /// Those that are empty where no source says them.
    private static var rareColumns: [WritableKeyPath<GPUTable, Column>] {
        [\.clock, \.pcie, \.nvlink, \.heldForPower, \.heldForHeat]
    }

    /// Sets what only some sources say of one of so many GPUs.
    mutating func setRare(_ gpu: GPUFacts, at index: Int, of count: Int) {
        clock.set(gpu.clock, at: index, of: count)
        pcie.set(gpu.pcie, at: index, of: count)
        nvlink.set(gpu.nvlink, at: index, of: count)
        heldForPower.set(gpu.heldForPower, at: index, of: count)
        heldForHeat.set(gpu.heldForHeat, at: index, of: count)
    }
}

/// Why a node is worth a row in the worst-first list.
package struct NodeCondition: Sendable, Codable, Hashable {
    /// The kinds, worst first: the order of the list.
    package enum Kind: Int, Sendable, Codable, Comparable, CaseIterable {
        case failed, stuck, suspect, hot, slow, idleHeld, stale, moving
        package static func < (left: Kind, right: Kind) -> Bool { left.rawValue < right.rawValue }

        /// The word in the STATE column.
        package var label: String {
            switch self {
            case .failed: "FAILED"
            case .stuck: "STUCK"
            // It works, and something it reported makes one doubt how long.
            case .suspect: "SUSPECT"
            case .hot: "HOT"
            case .slow: "SLOW"
            case .idleHeld: "IDLE-HELD"
            case .stale: "STALE"
            case .moving: "MOVING"
            }
        }
    }

    package var kind: Kind
    /// What is wrong, in a few words: `XID 79 gpu3`.
    package var text: String
    package var since: PlantTime
    /// Whether it was so when the node was first heard of: it began before `since`, and nobody here knows when.
    package var isOlder = false

    package init(kind: Kind, text: String, since: PlantTime) {
        self.kind = kind
        self.text = text
        self.since = since
    }
}
