// SPDX-License-Identifier: Apache-2.0

import Factory
import SlurmText

/// Which partition stands for which pool.
struct SlurmPlaces {
    private let control: SlurmControl
    private let memory: SlurmMemory

    init(_ control: SlurmControl, _ memory: SlurmMemory) {
        self.control = control
        self.memory = memory
    }

    func partitions(of pool: Pool) -> [String] {
        switch pool {
        case .training: control.training
        case .inference(let name): control.inference.filter { $0 == name.name }
        case .spare: []
        }
    }

    /// Where a node goes: back to where it was last, else to the first of the pool.
    func destination(of node: String, in pool: Pool) -> String? {
        let partitions = partitions(of: pool)
        return memory.homes[node]?.first(where: partitions.contains) ?? partitions.first
    }
}
