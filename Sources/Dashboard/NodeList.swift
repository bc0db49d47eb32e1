// SPDX-License-Identifier: Apache-2.0

package import Factory

/// What the node list is ordered by.
package enum NodeSort: String, Sendable, Hashable, CaseIterable {
    case worst = "worst first"
    case name, power, utilisation = "GPU%", temperature = "hottest", since = "newest"

    package var next: NodeSort {
        let all = Self.allCases
        let index = all.firstIndex(of: self) ?? 0
        return all[(index + 1) % all.count]
    }
}

/// The rows of the node list: indices into the node table, filtered and in order.
package struct NodeList: Sendable {
    package private(set) var order: [Int] = []
    /// Nodes that are abnormal, of those the filter lets through.
    package private(set) var abnormal = 0
    /// Nodes on the move, of those the filter lets through.
    package private(set) var moving = 0

    package init() {}

    package init(
        _ snapshot: FactorySnapshot, _ conditions: NodeConditions, held: HeldColumns, sort: NodeSort, filter: String
    ) {
        let nodes = snapshot.nodes
        let matched = NodeFilter(filter, snapshot).map { filter in nodes.indices.filter { filter.matches($0) } }
        let all = matched ?? Array(nodes.indices)
        for node in all {
            guard let kind = conditions.kind(node) else { continue }
            if kind == .moving { moving += 1 } else { abnormal += 1 }
        }
        order = Self.sorted(all, by: sort, nodes: nodes, held: held, conditions: conditions)
    }

    private static func sorted(
        _ all: [Int], by sort: NodeSort, nodes: NodeTable, held: HeldColumns, conditions: NodeConditions
    ) -> [Int] {
        func falling(_ key: (Int) -> Double?) -> [Int] {
            let keyed = all.map { (node: $0, key: key($0) ?? -.infinity) }
            return keyed.sorted { $0.key == $1.key ? $0.node < $1.node : $0.key > $1.key }.map(\.node)
        }
        switch sort {
        case .worst:
            let listed = all.filter { conditions.kind($0) != nil }.sorted { conditions.isWorse($0, than: $1) }
            return listed + all.filter { conditions.kind($0) == nil }
        case .name: return all
        case .power: return falling { held.power[$0] }
        case .utilisation: return falling { held.gpuUtilisation[$0] ?? held.cpu[$0] }
        case .temperature: return falling { held.temperature[$0] }
        case .since: return falling { (conditions[$0]?.since ?? nodes.since[safe: $0])?.epoch }
        }
    }
}

extension Array {
    /// The element, or nil outside the array.
    subscript(safe index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}
