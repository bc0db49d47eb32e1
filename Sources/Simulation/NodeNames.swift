// SPDX-License-Identifier: Apache-2.0

import Factory

/// Names of nodes, scalable units and racks: `su01-n07` in `su01`, in rack `su01-r2`.
struct NodeNames: Sendable {
    let ids: [NodeID]
    let groups: [NodeGroup]
    private let places: [NodeID: Int]

    /// Nodes of one scalable unit [DGX SuperPOD].
    private static let nodesPerUnit = 32
    private let perRack: Int

    /// - Parameter perRack: nodes that share power and a switch; a divisor of 32.
    init(count: Int, perRack: Int = 4) {
        self.perRack = perRack
        var ids: [NodeID] = []
        var groups: [NodeGroup] = []
        let units = (count + Self.nodesPerUnit - 1) / Self.nodesPerUnit
        let digits = max(2, String(units).count)
        for unit in 0..<units {
            let name = "su" + Self.padded(unit + 1, to: digits)
            let range = unit * Self.nodesPerUnit..<min(count, (unit + 1) * Self.nodesPerUnit)
            groups.append(NodeGroup(name: name, range: range))
            ids += range.map { NodeID("\(name)-n" + Self.padded($0 - range.lowerBound + 1, to: 2)) }
        }
        self.ids = ids
        self.groups = groups
        places = Dictionary(uniqueKeysWithValues: ids.enumerated().map { ($1, $0) })
    }

    func index(of id: NodeID) -> Int? { places[id] }

    /// The nodes of the rack in which a node stands.
    func rack(of node: Int) -> Range<Int> {
        let first = node / perRack * perRack
        return first..<min(ids.count, first + perRack)
    }

    /// `su01-r2`: racks count from 1 in each scalable unit.
    func rackName(of node: Int) -> String {
        let unit = node / Self.nodesPerUnit
        return "\(groups[unit].name)-r\(node % Self.nodesPerUnit / perRack + 1)"
    }

    func rack(named name: String) -> Range<Int>? {
        let firsts = stride(from: 0, to: ids.count, by: perRack)
        return firsts.first { rackName(of: $0) == name }.map(rack)
    }

    private static func padded(_ number: Int, to digits: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
}
