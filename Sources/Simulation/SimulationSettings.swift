// SPDX-License-Identifier: Apache-2.0

package import Factory
package import Planning

/// What makes one simulated plant differ from another.
package struct SimulationSettings: Sendable, Hashable {
    /// Nodes, or racks where the hardware is one. Range: 1...10,000.
    package var nodes: Int
    /// The same seed, traffic and advances give the same plant, to the bit.
    package var seed: UInt64
    /// Factor on the traffic's demand; nil: the one at which the 99th percentile of demand needs `demandShare` of the nodes.
    package var demandScale: Double?
    /// Share of the nodes that the 99th percentile of demand needs when `demandScale` is nil. Range: 0...1.
    package var demandShare: Double
    /// The plant's clock at its first second.
    package var start: PlantTime
    /// What its nodes are; a GB200 plant moves whole racks.
    package var hardware: Hardware
    /// Where it stands.
    package var site = SiteProfile.standard
    /// The most its machines may draw; nil: no cap. Unit: W.
    package var powerCap: Double?
    /// What befalls it beside what breaks by itself; nil: nothing.
    package var drill: Drill?
    /// Nodes of each served class at the start, in the order of their names; nil: what the first half hour needs.
    package var split: [Int]?

    /// The plants that can be simulated; `init` brings other counts to the nearest end.
    package static let nodeRange = 1...10_000
    /// 2026-01-05T00:00:00Z, a Monday.
    package static let standardStart = PlantTime(epoch: 1_767_571_200)
    /// Four calm hours: what disturbs it in them is the drill.
    package static let standardSeed: UInt64 = 10
    /// Every class that a simulated plant can serve.
    package static let classes = ServedClass.all.map(\.serving)

    /// The standard plant is 64 nodes.
    package init(
        nodes: Int = 64, seed: UInt64 = SimulationSettings.standardSeed, demandScale: Double? = nil,
        demandShare: Double = 0.55, start: PlantTime = SimulationSettings.standardStart,
        hardware: Hardware = .h100
    ) {
        self.nodes = min(max(nodes, Self.nodeRange.lowerBound), Self.nodeRange.upperBound)
        self.seed = seed
        self.demandScale = demandScale
        self.demandShare = demandShare
        self.start = start
        self.hardware = hardware
    }
}
