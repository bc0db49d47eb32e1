// SPDX-License-Identifier: Apache-2.0

import Factory

/// What a client's view means for the snapshot at hand: places that exist, and no more of them than it may have.
struct SettledView: Sendable, Equatable {
    var overview: Set<NodeQuantity> = []
    var nodes: [Int] = []
    var opened: [Int] = []
    var origins = false
    var gpu: Int?

    init() {}

    init(_ view: PlantView, nodes count: Int) {
        overview = Set(view.overview)
        var seen: Set<Int> = []
        opened = view.opened.filter { (0..<count).contains($0) && seen.insert($0).inserted }
        opened = Array(opened.prefix(Self.openedLimit))
        nodes = opened + view.nodes.filter { (0..<count).contains($0) && seen.insert($0).inserted }
        nodes = Array(nodes.prefix(PlantView.limit))
        origins = view.origins
        gpu = view.gpu
    }

    /// Nodes that show their accelerators at once.
    static let openedLimit = 4

    /// The cells of a column that it asks for; nil: all.
    func places(_ reach: Reach, in snapshot: FactorySnapshot) -> [Int]? {
        switch reach {
        case .always: nil
        case .overview(let quantity): overview.contains(quantity) ? nil : nodes
        case .opened: opened
        case .accelerators: Array(opened.flatMap { snapshot.nodes.gpus.range(of: $0) }.prefix(PlantView.limit * 2))
        }
    }
}
