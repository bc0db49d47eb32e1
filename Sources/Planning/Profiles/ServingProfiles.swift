// SPDX-License-Identifier: Apache-2.0

package import Factory

/// How a model on a machine becomes the inputs of the capacity model (FACTORY.md section 3).
extension ServingProfile {
    /// Two all-reduces a layer, where more than one accelerator answers. Unit: s.
    private static let allReduce = 25e-6
    /// Sequences that one copy's engine schedules at once.
    private static let sequencesPerCopy = 1024.0
    /// Of the memory, what activations and the runtime keep.
    private static let reserve = 0.1
    /// How much slower a prompt alone is than prompts in a full batch: the measured 70B points (FACTORY.md section 3).
    private static let aloneFactor = 3.6

    /// - Parameter drain: the longest answer in flight, p99.
    package init(
        _ model: ModelProfile, on hardware: Hardware, efficiency: ServingEfficiency = .standard,
        drain: Seconds = Seconds(30), purpose: String = ""
    ) {
        let gpus = Double(hardware.gpusPerUnit)
        let ranks = Double(model.ranks)
        let copies = max(1, gpus / ranks)
        let bandwidth = hardware.bandwidth * efficiency.bandwidth
        let weights = model.weights(on: hardware)
        let talk = model.ranks > 1 ? 2 * model.layers * Self.allReduce : 0
        let prefillRate = gpus * hardware.servingPeak * efficiency.prefill / (2 * model.active)
        let perToken = Self.aloneFactor / (prefillRate / copies)
        self.init(
            name: "\(model.name) \(hardware.servingFormat) \(model.stack)\(purpose) on \(hardware.title)",
            gpusPerNode: hardware.gpusPerUnit, baseITL: Seconds(weights / (ranks * bandwidth) + talk),
            itlPerSequence: Seconds(2 * model.active / (gpus * hardware.servingPeak * efficiency.decode)),
            itlPerKVToken: Seconds(model.kvBytes / (gpus * bandwidth)), prefillRate: TokensPerSecond(prefillRate),
            prefillFloor: Seconds(0.050 * model.layers / 80), prefillPerToken: Seconds(perToken),
            prefillPerTokenSquared: perToken * 7.55e-5,
            kvTokens: max(0, gpus * hardware.memory * (1 - Self.reserve) - copies * weights) / model.kvBytes,
            maxSequences: Self.sequencesPerCopy * copies, loadTime: LoadTime.cold(weights),
            warmTime: Seconds(10), drainTime: drain)
        nearLoadTime = LoadTime.disk(weights)
        warmLoadTime = LoadTime.warm(weights)
    }

    /// Llama 70B in FP8 on a node of 8 x H100: the standard model of the simulated plant.
    package static let llama70BOnH100 = ServingProfile(.medium, on: .h100)

    /// The same node serving long reasoning, whose answers in flight take minutes to finish.
    package static let llama70BThinkingOnH100 = ServingProfile(
        .medium, on: .h100, drain: Seconds(360), purpose: " thinking")

    /// Llama-2 70B in BF16 on 8 x H100, tensor parallel, as Splitwise measured it (ISCA'24): an older, slower stack.
    ///
    /// A straight line through their token times, and their prompt times' own curve.
    package static let llama2OnOlderStack: ServingProfile = {
        var profile = llama70BOnH100
        profile.name = "Llama-2 70B BF16 (Splitwise, 2023) on 8 x H100"
        profile.baseITL = Seconds(0.0296)
        profile.itlPerSequence = Seconds(0.000_314)
        profile.itlPerKVToken = .zero
        profile.prefillFloor = Seconds(0.050)
        profile.prefillPerToken = Seconds(63.7e-6)
        profile.prefillPerTokenSquared = 4.8e-9
        return profile
    }()
}

/// Parts of a machine's peak that serving reaches.
package struct ServingEfficiency: Sendable, Hashable {
    /// Of the memory's bandwidth, of the compute while decoding, and of the compute while prefilling. Range 0...1.
    package var bandwidth: Double
    package var decode: Double
    package var prefill: Double

    /// What a plant reaches day by day: FACTORY.md section 3.
    package static let standard = ServingEfficiency(bandwidth: 0.65, decode: 0.45, prefill: 0.5)
    /// What the best submissions of MLPerf Inference v5.1 reach: fitted to their 70B rows.
    package static let tuned = ServingEfficiency(bandwidth: 0.75, decode: 0.75, prefill: 0.8)
}

/// How long weights take to load: size over bandwidth, and the engine's start.
///
/// Straight lines through the defaults of FACTORY.md section 3: 70B FP8 cold 110 s, from NVMe 45, warm 15; 405B FP8 330, 130, 35.
package enum LoadTime {
    /// From an object store.
    package static func cold(_ bytes: Double) -> Seconds { Seconds(bytes / 1.523e9 + 64) }
    /// From the node's own NVMe.
    package static func disk(_ bytes: Double) -> Seconds { Seconds(bytes / 3.941e9 + 27.2) }
    /// From the host's memory.
    package static func warm(_ bytes: Double) -> Seconds { Seconds(bytes / 16.75e9 + 10.8) }
}
