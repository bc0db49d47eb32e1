// SPDX-License-Identifier: Apache-2.0

/// A measured quantity of nodes: a column of `NodeTable`.
package enum NodeQuantity: String, Sendable, Hashable, CaseIterable {
    case power, powerLimit, gpuUtilisation, tensorActive, gpuMemory, temperature, cpu, memory

    package var column: any WritableKeyPath<NodeTable, Column> & Sendable {
        switch self {
        case .power: \.power
        case .powerLimit: \.powerLimit
        case .gpuUtilisation: \.gpuUtilisation
        case .tensorActive: \.tensorActive
        case .gpuMemory: \.gpuMemory
        case .temperature: \.temperature
        case .cpu: \.cpu
        case .memory: \.memory
        }
    }
}

/// What of a plant somebody looks at, so that a link carries no more.
///
/// What concerns the whole plant (its pools, jobs, moves, events, states of nodes) is always in it. A measured value that
/// nobody looks at is missing in the snapshots that come.
package struct PlantView: Sendable, Hashable {
    /// Quantities of every node.
    package var overview: [NodeQuantity]
    /// Nodes of which every quantity is wanted, by their place in the newest snapshot. At most `PlantView.limit` count.
    package var nodes: [Int]
    /// Nodes whose accelerators, and whose exporters' words, are wanted.
    package var opened: [Int]
    /// Whether the words of engines, training jobs and targets are wanted: where numbers come from.
    package var origins: Bool
    /// The accelerator of the opened nodes whose past is wanted, counted from 0; nil: that of the nodes themselves.
    package var gpu: Int?

    package static let limit = 200

    package init(
        overview: [NodeQuantity] = [.power, .powerLimit], nodes: [Int] = [], opened: [Int] = [], origins: Bool = false,
        gpu: Int? = nil
    ) {
        self.overview = overview
        self.nodes = nodes
        self.opened = opened
        self.origins = origins
        self.gpu = gpu
    }
}

extension FactorySnapshot {
    /// Whose past a view of this snapshot shows.
    package func subjects(of view: PlantView) -> Set<PastSubject> {
        Set(view.opened.filter(nodes.ids.indices.contains).map { PastSubject(nodes.ids[$0], gpu: view.gpu) })
    }
}
