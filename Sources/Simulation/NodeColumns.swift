// SPDX-License-Identifier: Apache-2.0

import Factory
import Planning

/// The measured columns of nodes and GPUs at one moment, filled in one pass.
struct NodeColumns {
    private static let throttleTemperature = 87.0
    private let machine: Hardware
    private let gpus: Int

    private let seed: UInt64
    private let seconds: Double
    private var power, utilisation, tensor, gpuMemory, temperature, cpu, memory: [Float]
    private var gpuPower, gpuUtilisation, gpuTensor, gpuMemories, gpuTemperature: [Float]

    init(nodes: Int, of machine: Hardware, seed: UInt64, at seconds: Double) {
        self.seed = seed
        self.machine = machine
        gpus = machine.gpusPerUnit
        self.seconds = seconds
        let each = [Float](repeating: .nan, count: nodes)
        power = each
        utilisation = each
        tensor = each
        gpuMemory = each
        temperature = each
        cpu = each
        memory = each
        let all = [Float](repeating: .nan, count: nodes * gpus)
        gpuPower = all
        gpuUtilisation = all
        gpuTensor = all
        gpuMemories = all
        gpuTemperature = all
    }

    /// One node and its GPUs. It drifts by a few per cent over a minute, and every node and GPU is a little different.
    ///
    /// - Parameter hotGPU: the one that throttles, if one does.
    mutating func fill(_ node: Int, _ activity: NodeActivity, hotGPU: Int?) {
        let drift = SlowNoise.value(seed: seed, lane: UInt64(node), at: seconds, period: 60)
        let own = SlowNoise.bias(seed: seed, lane: UInt64(node))
        let draw = min(1, activity.draw * (1 + 0.03 * drift + 0.02 * own))
        let busy = min(1, activity.utilisation * (1 + 0.01 * drift))
        let active = activity.tensor * (1 + 0.04 * drift + 0.02 * own)
        var hottest = 0.0
        var bits = Dice.mix(seed ^ UInt64(node) &* 0x9E37_79B9_7F4A_7C15)
        var sum = 0.0
        for place in 0..<gpus {
            // Eight bits of one scrambled number per GPU: a fixed difference, -1 to 1.
            let bias = Double(Int(bits & 0xFF) - 128) / 128
            bits = bits >> 8 | bits << 56
            let gpu = node * gpus + place
            let isHot = place == hotGPU
            let gpuDraw = min(1, draw * (1 + 0.03 * bias)) * (isHot ? 0.7 : 1)
            let heat = isHot ? Self.throttleTemperature + drift : 32 + 38 * gpuDraw + 2 * bias + own + 0.8 * drift
            gpuPower[gpu] = Float(machine.gpuIdle + (machine.gpuPeak - machine.gpuIdle) * gpuDraw)
            gpuUtilisation[gpu] = Float(busy)
            gpuTensor[gpu] = Float(min(1, active * (1 + 0.03 * bias) * (isHot ? 0.7 : 1)))
            gpuMemories[gpu] = Float(min(1, activity.gpuMemory * (1 + 0.01 * bias)))
            gpuTemperature[gpu] = Float(heat)
            hottest = max(hottest, heat)
            sum += gpuDraw
        }
        power[node] = Float(machine.unitIdle + (machine.unitPeak - machine.unitIdle) * sum / Double(gpus))
        utilisation[node] = Float(busy)
        tensor[node] = Float(min(1, active))
        gpuMemory[node] = Float(activity.gpuMemory)
        temperature[node] = Float(hottest)
        cpu[node] = Float(activity.cpu * (1 + 0.1 * drift))
        memory[node] = Float(activity.memory)
    }

    /// Hands the columns over; a node that was not filled reads as unknown.
    consuming func pour(into table: inout NodeTable) {
        table.power = Column(power)
        table.powerLimit = Column([Float](repeating: Float(machine.unitPeak), count: power.count))
        table.gpuUtilisation = Column(utilisation)
        table.tensorActive = Column(tensor)
        table.gpuMemory = Column(gpuMemory)
        table.temperature = Column(temperature)
        table.cpu = Column(cpu)
        table.memory = Column(memory)
        table.gpus.power = Column(gpuPower)
        table.gpus.utilisation = Column(gpuUtilisation)
        table.gpus.tensorActive = Column(gpuTensor)
        table.gpus.memory = Column(gpuMemories)
        table.gpus.temperature = Column(gpuTemperature)
    }
}
