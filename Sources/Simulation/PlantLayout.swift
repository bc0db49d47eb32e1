// SPDX-License-Identifier: Apache-2.0

import RealModule

/// How many nodes each pool has when the plant opens.
struct PlantLayout: Sendable, Hashable {
    /// One count per class.
    let serving: [Int]
    let training: Int
    let spare: Int

    /// - Parameter needs: nodes that the first half hour's demand needs at its highest, per class.
    init(nodes: Int, needs: [Double]) {
        // One spare in twenty, and one as soon as losing it leaves every pool its node.
        spare = nodes >= 4 ? max(1, Int((Double(nodes) * 0.05).rounded())) : 0
        let forTraining = nodes >= 2 ? 1 : 0
        var serving = needs.map { max(1, Int(min(Double(nodes), $0 * Self.margin).rounded(.up))) }
        var over = serving.reduce(0, +) - (nodes - spare - forTraining)
        while over > 0, let largest = serving.indices.max(by: { serving[$0] < serving[$1] }), serving[largest] > 1 {
            serving[largest] -= 1
            over -= 1
        }
        self.serving = serving
        training = nodes - spare - serving.reduce(0, +)
    }

    /// A split that somebody has chosen; the spares and at least a node for training stay out of it.
    init(nodes: Int, serving: [Int]) {
        precondition(serving.reduce(0, +) <= nodes, "a split of \(serving) does not fit \(nodes) nodes")
        spare = nodes >= 4 ? max(1, Int((Double(nodes) * 0.05).rounded())) : 0
        self.serving = serving
        training = max(0, nodes - spare - serving.reduce(0, +))
    }

    /// Present demand over what it needs: enough for bursts, not for a rise.
    private static let margin = 1.12

    /// Fewest nodes a decision may leave to a class.
    var servingFloors: [Int] { serving.map { max(1, Int((Double($0) * 0.7).rounded(.down))) } }
    var spareFloor: Int { min(1, spare) }
}
