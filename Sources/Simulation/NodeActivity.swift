// SPDX-License-Identifier: Apache-2.0

import Factory

/// How hard a node works, before noise. Everything but `draw` is a share of what the part can do.
struct NodeActivity: Sendable {
    /// Part of the way from idle to full power. Range 0...1.
    var draw: Double
    var utilisation: Double
    var tensor: Double
    var gpuMemory: Double
    var cpu: Double
    var memory: Double

    static let idle = NodeActivity(draw: 0, utilisation: 0, tensor: 0, gpuMemory: 0.01, cpu: 0.01, memory: 0.04)
    /// A notebook that holds memory and computes nothing.
    static let held = NodeActivity(draw: 0.01, utilisation: 0, tensor: 0, gpuMemory: 0.34, cpu: 0.02, memory: 0.11)

    /// Reading, classifying, deduplicating.
    static let curating = NodeActivity(
        draw: 0.35, utilisation: 0.6, tensor: 0.12, gpuMemory: 0.5, cpu: 0.7, memory: 0.6)

    /// A gang's member; `tensor` follows MFU, because only tensor work is useful work.
    static func training(_ gang: Gang) -> NodeActivity {
        if gang.request.kind == .curation { return .curating }
        guard gang.request.trains else { return .held }
        switch gang.phase {
        case .running:
            return NodeActivity(
                draw: 0.1 + (0.62 + 0.5 * gang.utilisation) * gang.fed, utilisation: 0.98 * gang.fed,
                tensor: 1.2 * gang.utilisation * gang.supply, gpuMemory: 0.9, cpu: 0.16, memory: 0.36)
        case .checkpointing:
            return NodeActivity(draw: 0.3, utilisation: 0.4, tensor: 0.05, gpuMemory: 0.9, cpu: 0.35, memory: 0.55)
        case .restarting:
            return NodeActivity(draw: 0.1, utilisation: 0.15, tensor: 0.02, gpuMemory: 0.55, cpu: 0.3, memory: 0.3)
        case .incomplete, .pending:
            return NodeActivity(draw: 0.01, utilisation: 0, tensor: 0, gpuMemory: 0.02, cpu: 0.01, memory: 0.2)
        }
    }

    /// An engine at a part of its allowed batch.
    static func serving(load: Double) -> NodeActivity {
        let load = min(1, load)
        return NodeActivity(
            draw: 0.18 + 0.6 * load, utilisation: 0.3 + 0.68 * load, tensor: 0.04 + 0.28 * load, gpuMemory: 0.91,
            cpu: 0.06 + 0.1 * load, memory: 0.24)
    }

    /// A node on its way; nil for a state that is no step of a way.
    static func moving(_ state: NodeState, load: Double) -> NodeActivity? {
        switch state {
        case .cordoned: serving(load: load)
        case .draining: serving(load: load * 0.5)
        case .unloading, .releasing, .joining:
            NodeActivity(draw: 0.03, utilisation: 0.02, tensor: 0, gpuMemory: 0.3, cpu: 0.1, memory: 0.2)
        case .restarting:
            NodeActivity(draw: 0.1, utilisation: 0.15, tensor: 0.02, gpuMemory: 0.55, cpu: 0.3, memory: 0.3)
        case .loading: NodeActivity(draw: 0.08, utilisation: 0.05, tensor: 0, gpuMemory: 0.5, cpu: 0.4, memory: 0.45)
        case .warming: NodeActivity(draw: 0.3, utilisation: 0.6, tensor: 0.1, gpuMemory: 0.91, cpu: 0.2, memory: 0.24)
        case .canary: NodeActivity(draw: 0.35, utilisation: 0.5, tensor: 0.12, gpuMemory: 0.91, cpu: 0.08, memory: 0.24)
        case .serving, .training, .checkpointing, .spare, .failed, .unknown, .out: nil
        }
    }
}
