// SPDX-License-Identifier: Apache-2.0

package import Factory

/// Measured node values as the screen shows them: each stays as it is until it has moved by more than its band.
///
/// Without it every poll would repaint hundreds of digits that say nothing new.
package struct HeldColumns: Sendable {
    /// Power over the node's limit; where no power is known, GPU utilisation, else CPU. Range 0...1.
    package private(set) var heat = Column(count: 0)
    /// What `heat` is of.
    package private(set) var heatQuantity = HeatQuantity.power
    /// Unit: W.
    package private(set) var power = Column(count: 0)
    /// Range 0...1.
    package private(set) var gpuUtilisation = Column(count: 0)
    /// Range 0...1.
    package private(set) var tensorActive = Column(count: 0)
    /// Unit: C.
    package private(set) var temperature = Column(count: 0)
    /// Range 0...1.
    package private(set) var cpu = Column(count: 0)
    /// Range 0...1.
    package private(set) var memory = Column(count: 0)
    private var groups: [NodeGroup] = []

    package init() {}

    /// What the heatmap's digits are tenths of, best first.
    package enum HeatQuantity: Sendable, Hashable {
        case power, gpuUtilisation, cpu, none

        /// For the panel's title.
        package var title: String {
            switch self {
            case .power: "power, tenths of TDP"
            case .gpuUtilisation: "GPU util, tenths (no power known)"
            case .cpu: "CPU, tenths (GPU load unknown)"
            case .none: "no load is known"
            }
        }

        /// Whether no source tells what accelerators do.
        var isOfHosts: Bool { self == .cpu || self == .none }
    }

    /// Takes in a poll.
    package mutating func hold(_ nodes: NodeTable) {
        // Other nodes: what was held says nothing about them.
        if groups != nodes.groups || heat.count != nodes.count {
            self = HeldColumns()
            groups = nodes.groups
        }
        let (newest, quantity) = Self.heat(of: nodes)
        if quantity != heatQuantity { heat = Column(count: 0) }
        heatQuantity = quantity
        Self.keep(&heat, newest, band: 0.06)
        Self.keep(&power, nodes.power, band: 120)
        Self.keep(&gpuUtilisation, nodes.gpuUtilisation, band: 0.03)
        Self.keep(&tensorActive, nodes.tensorActive, band: 0.03)
        Self.keep(&temperature, nodes.temperature, band: 1.5)
        Self.keep(&cpu, nodes.cpu, band: 0.03)
        Self.keep(&memory, nodes.memory, band: 0.02)
    }

    /// The tenth that a node's cell shows, 0...9; nil when nothing is known.
    package func level(_ node: Int) -> Int? {
        heat[node].map { Self.tenth($0) }
    }

    /// The tenth that a share lies in, 0...9. A source may say anything: what no `Int` holds is the highest.
    static func tenth(_ share: Double) -> Int { Int(max(0, min(9, (share * 10).rounded(.down)))) }

    private static func keep(_ held: inout Column, _ newest: Column, band: Float) {
        guard held.count == newest.count else {
            held = newest
            return
        }
        for index in newest.values.indices {
            let value = newest.values[index]
            // Also true when either is NaN: a value that appears or vanishes always shows.
            if !(abs(value - held.values[index]) <= band) { held.values[index] = value }
        }
    }

    private static func heat(of nodes: NodeTable) -> (Column, HeatQuantity) {
        let power = nodes.indices.map { index -> Float in
            guard let watts = nodes.power[index], let limit = nodes.powerLimit[index], limit > 0 else { return .nan }
            return Float(watts / limit)
        }
        if power.contains(where: { !$0.isNaN }) { return (Column(power), .power) }
        if nodes.gpuUtilisation.values.contains(where: { !$0.isNaN }) { return (nodes.gpuUtilisation, .gpuUtilisation) }
        if nodes.cpu.values.contains(where: { !$0.isNaN }) { return (nodes.cpu, .cpu) }
        return (Column(count: nodes.count), .none)
    }
}
