// SPDX-License-Identifier: Apache-2.0

import Factory

/// What is not normal, node by node.
extension SimulatedPlant {
    /// Seconds a gang may stand before its idle GPUs are worth a row.
    private static let idleDelay = 60.0

    func conditions() -> [Int: NodeCondition] {
        var found: [Int: NodeCondition] = [:]
        addIdle(to: &found)
        for node in states.indices where states[node].ledger.allocation == .inTransit {
            found[node] = NodeCondition(kind: .moving, text: way(of: node), since: since[node])
        }
        for episode in breakage.episodes {
            let kind: NodeCondition.Kind =
                switch episode.kind {
                case .failed: .failed
                case .hot: .hot
                case .slow, .network, .rack: .slow
                }
            // A node that has left its work is not slow at it.
            if kind == .slow, gangOf[episode.node] < 0 { continue }
            found[episode.node] = NodeCondition(
                kind: kind, text: episode.text, since: PlantTime(epoch: episode.since))
        }
        return found
    }

    private func way(of node: Int) -> String {
        guard let unit = orders[node], !unit.isOver else {
            return isReloading(node) ? "loads the new model" : "back from repair"
        }
        return "\(unit.order.decision) to \(unit.order.to.shortName)"
    }

    /// GPUs that somebody holds and nobody uses.
    private func addIdle(to found: inout [Int: NodeCondition]) {
        let idle = gangs.map { gang -> String? in
            if gang.request.kind == .interactive { return "\(gang.gpus) GPUs idle" }
            guard gang.phase == .incomplete, clock - gang.since >= Self.idleDelay else { return nil }
            return "\(gang.gpus) GPUs idle, \(gang.missing) short"
        }
        for node in states.indices where states[node] == .training {
            let index = Int(gangOf[node])
            if index >= 0 {
                guard let text = idle[index] else { continue }
                found[node] = NodeCondition(
                    kind: .idleHeld, text: text, since: PlantTime(epoch: gangs[index].since))
            } else if poolOf[node] == UInt8(trainingPool), clock - since[node].epoch >= Self.idleDelay {
                found[node] = NodeCondition(kind: .idleHeld, text: "no job fits", since: since[node])
            }
        }
    }
}
