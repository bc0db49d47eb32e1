// SPDX-License-Identifier: Apache-2.0

import Factory

/// What is wrong with a node for a while.
struct Episode: Sendable {
    enum Kind: Sendable { case failed, hot, slow }
    let node: Int
    let kind: Kind
    let since: Double
    let until: Double
    let gpu: Int
    /// The XID of a failure; 0 otherwise.
    let xid: Int
    let text: String
}

/// When and what breaks: Poisson processes over the whole plant.
struct Breakage: Sendable {
    private var dice: Dice
    private let nodes: Int
    private let gpusPerNode: Int
    private var secondsPerFailure: Double { Self.gpuHoursPerFailure / Double(gpusPerNode * nodes) * 3600 }
    private var nextFailure: Double
    private var nextHeat: Double
    private var nextSlowness: Double
    var episodes: [Episode] = []
    /// Nodes that come back after a repair and load their weights: the node and when it serves.
    var reloading: [(node: Int, until: Double)] = []
    private(set) var failures = 0

    /// Mean GPU-hours between failures [Llama 3: 419 in 54 days on 16,384 GPUs].
    static let gpuHoursPerFailure = 50_700.0
    /// Node-seconds between two spells of heat or of slowness: one a month and one in two months.
    private static let secondsPerHeat = 30 * 86_400.0
    private static let secondsPerSlowness = 60 * 86_400.0
    private static let xids = [
        (79, "off the bus"), (79, "off the bus"), (94, "contained ECC"), (95, "ECC"), (119, "GSP timeout"),
        (74, "NVLink"),
    ]

    init(seed: UInt64, nodes: Int, gpusPerNode: Int = 8, start: Double) {
        dice = Dice(seed: seed, stream: 4)
        self.nodes = nodes
        self.gpusPerNode = gpusPerNode
        let mean = Self.gpuHoursPerFailure / Double(gpusPerNode * nodes) * 3600
        nextFailure = start + dice.exponential(mean: mean)
        nextHeat = start + dice.exponential(mean: Self.secondsPerHeat / Double(nodes))
        nextSlowness = start + dice.exponential(mean: Self.secondsPerSlowness / Double(nodes))
    }

    /// The next thing that breaks by now, if any; ask until nil.
    mutating func next(at now: Double) -> Episode? {
        if nextFailure <= now {
            let since = nextFailure
            nextFailure += dice.exponential(mean: secondsPerFailure)
            failures += 1
            let (xid, what) = Self.xids[dice.index(below: Self.xids.count)]
            let gpu = dice.index(below: gpusPerNode)
            // A reboot and a test for most, a part for some: five hours on average.
            let repair = 3600 + dice.exponential(mean: 4 * 3600)
            return Episode(
                node: dice.index(below: nodes), kind: .failed, since: since, until: now + repair, gpu: gpu, xid: xid,
                text: "XID \(xid) gpu\(gpu), \(what)")
        }
        if nextHeat <= now {
            let since = nextHeat
            nextHeat += dice.exponential(mean: Self.secondsPerHeat / Double(nodes))
            let gpu = dice.index(below: gpusPerNode)
            return Episode(
                node: dice.index(below: nodes), kind: .hot, since: since, until: now + dice.between(900, 3600),
                gpu: gpu,
                xid: 0, text: "throttled gpu\(gpu)")
        }
        if nextSlowness <= now {
            let since = nextSlowness
            nextSlowness += dice.exponential(mean: Self.secondsPerSlowness / Double(nodes))
            return Episode(
                node: dice.index(below: nodes), kind: .slow, since: since, until: now + dice.between(1800, 7200),
                gpu: dice.index(below: gpusPerNode), xid: 0, text: "step \(Gang.straggle) x median")
        }
        return nil
    }

    var failedCount: Int { episodes.count { $0.kind == .failed } }

    /// The failure a node has, if it has one.
    func failure(of node: Int) -> Episode? { episodes.first { $0.node == node && $0.kind == .failed } }
}
