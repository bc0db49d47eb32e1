// SPDX-License-Identifier: Apache-2.0

import Factory

/// What is wrong with a node for a while.
struct Episode: Sendable {
    /// `rack` is all of a rack's nodes at once; `network` a rack whose links lose packets.
    enum Kind: Sendable { case failed, hot, slow, rack, network }
    let node: Int
    let kind: Kind
    let since: Double
    var until: Double
    let gpu: Int
    /// The XID of a failure that has one; 0 otherwise.
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
    private var nextRack: Double
    private var nextNetwork: Double
    /// Racks draw from a stream of their own: they change nothing of what breaks in nodes.
    private var rackDice: Dice
    private let perRack: Int
    var episodes: [Episode] = []
    /// Nodes that come back after a repair and load their weights: the node and when it serves.
    var reloading: [(node: Int, until: Double)] = []
    private(set) var failures = 0

    /// Mean GPU-hours between failures [Llama 3: 419 in 54 days on 16,384 GPUs].
    static let gpuHoursPerFailure = 50_700.0
    /// Node-seconds between two spells of heat or of slowness: one a month and one in two months.
    private static let secondsPerHeat = 30 * 86_400.0
    private static let secondsPerSlowness = 60 * 86_400.0
    /// Rack-seconds between two losses of a whole rack and between two spells of lost packets: 20 and 5 a year in a
    /// cluster of about 45 racks [Dean, LADIS 2009].
    private static let secondsPerRackLoss = 45.0 / 20 * 365 * 86_400
    private static let secondsPerRackNetwork = 45.0 / 5 * 365 * 86_400
    /// What interrupts, and how often of 419 times [Llama 3, table 5; small ones are added to their likes].
    private static let causes: [(weight: Int, xid: Int, text: String)] = [
        (148, 79, "off the bus"), (75, 95, "HBM ECC"), (71, 0, "host software"), (42, networkCause, ""),
        (43, 0, "host hardware"), (19, 94, "contained ECC"), (14, 119, "GSP timeout"), (7, 74, "NVLink"),
    ]
    private static let networkCause = -1

    init(seed: UInt64, nodes: Int, gpusPerNode: Int = 8, perRack: Int = 4, start: Double) {
        dice = Dice(seed: seed, stream: 4)
        self.nodes = nodes
        self.gpusPerNode = gpusPerNode
        let mean = Self.gpuHoursPerFailure / Double(gpusPerNode * nodes) * 3600
        nextFailure = start + dice.exponential(mean: mean)
        nextHeat = start + dice.exponential(mean: Self.secondsPerHeat / Double(nodes))
        nextSlowness = start + dice.exponential(mean: Self.secondsPerSlowness / Double(nodes))
        self.perRack = perRack
        rackDice = Dice(seed: seed, stream: 5)
        let racks = Double((nodes + perRack - 1) / perRack)
        nextRack = start + rackDice.exponential(mean: Self.secondsPerRackLoss / racks)
        nextNetwork = start + rackDice.exponential(mean: Self.secondsPerRackNetwork / racks)
    }

    /// The next thing that breaks by now, if any; ask until nil.
    mutating func next(at now: Double) -> Episode? {
        if nextFailure <= now {
            let since = nextFailure
            nextFailure += dice.exponential(mean: secondsPerFailure)
            failures += 1
            var draw = dice.index(below: Self.causes.reduce(0) { $0 + $1.weight })
            let cause =
                Self.causes.first { cause in
                    draw -= cause.weight
                    return draw < 0
                } ?? Self.causes[0]
            let gpu = dice.index(below: gpusPerNode)
            // A reboot and a test for most, a part for some: five hours on average.
            let repair = 3600 + dice.exponential(mean: 4 * 3600)
            let node = dice.index(below: nodes)
            guard cause.xid != Self.networkCause else {
                return Episode(
                    node: node, kind: .network, since: since, until: now + repair / 6, gpu: 0, xid: 0, text: "")
            }
            return Episode(
                node: node, kind: .failed, since: since, until: now + repair, gpu: gpu, xid: cause.xid,
                text: cause.xid > 0 ? "XID \(cause.xid) gpu\(gpu), \(cause.text)" : cause.text)
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
        return nextOfRack(at: now)
    }

    private mutating func nextOfRack(at now: Double) -> Episode? {
        let racks = Double((nodes + perRack - 1) / perRack)
        if nextRack <= now {
            let since = nextRack
            nextRack += rackDice.exponential(mean: Self.secondsPerRackLoss / racks)
            // One to six hours to get back.
            return Episode(
                node: rackDice.index(below: nodes), kind: .rack, since: since,
                until: now + rackDice.between(3600, 6 * 3600), gpu: 0, xid: 0, text: "")
        }
        if nextNetwork <= now {
            let since = nextNetwork
            nextNetwork += rackDice.exponential(mean: Self.secondsPerRackNetwork / racks)
            return Episode(
                node: rackDice.index(below: nodes), kind: .network, since: since,
                until: now + rackDice.between(1200, 7200), gpu: 0, xid: 0, text: "")
        }
        return nil
    }

    var failedCount: Int { episodes.count { $0.kind == .failed } }

    /// The failure a node has, if it has one.
    func failure(of node: Int) -> Episode? { episodes.first { $0.node == node && $0.kind == .failed } }
}
