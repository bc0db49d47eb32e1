// SPDX-License-Identifier: Apache-2.0

import Factory
import Screen

/// A measured column of the node list.
struct NodeMetric {
    let title: String
    let width: Int
    /// Higher stays longer.
    let priority: Int
    /// Columns of the number alone.
    private let digits: Int
    private let prefix: String
    private let unit: String
    private let column: Column
    private let format: @Sendable (Double) -> String

    /// The number, as displayed; `-` when nobody has said it.
    func text(_ node: Int) -> String { column[node].map(format) ?? "-" }

    /// `GPU 99%`: the number with its name; nil when it is unknown.
    func named(_ node: Int) -> String? {
        column[node].map { prefix + SafeText(format($0)).padded(to: digits, align: .right).string + unit }
    }

    /// What a plant of this kind is asked first: accelerators, or hosts where no accelerator is known.
    static func of(_ held: HeldColumns, width: Int) -> [NodeMetric] {
        let percent: @Sendable (Double) -> String = { Words.fixed($0 * 100, 0) }
        let cpu = NodeMetric(
            title: "CPU%", width: 4, priority: 3, digits: 3, prefix: "CPU ", unit: "%", column: held.cpu,
            format: percent)
        let memory = NodeMetric(
            title: "MEM%", width: 4, priority: 2, digits: 3, prefix: "mem ", unit: "%", column: held.memory,
            format: percent)
        if held.heatQuantity == .cpu { return [cpu, memory] }
        let gpus = [
            NodeMetric(
                title: "GPU%", width: 4, priority: 4, digits: 3, prefix: "GPU ", unit: "%", column: held.gpuUtilisation,
                format: percent),
            NodeMetric(
                title: "TENS", width: 4, priority: 3, digits: 3, prefix: "tensor ", unit: "%",
                column: held.tensorActive,
                format: percent),
            NodeMetric(
                title: "kW", width: 4, priority: 4, digits: 4, prefix: "", unit: " kW", column: held.power,
                format: { Words.fixed($0 / 1000, $0 < 99_950 ? 1 : 0) }),
            NodeMetric(
                title: "C", width: 3, priority: 3, digits: 3, prefix: "", unit: " C", column: held.temperature,
                format: { Words.fixed($0, 0) }),
        ]
        return width > 100 ? gpus + [cpu, memory] : gpus
    }
}
