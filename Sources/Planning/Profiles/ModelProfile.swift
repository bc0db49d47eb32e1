// SPDX-License-Identifier: Apache-2.0

/// A model as a machine sees it.
package struct ModelProfile: Sendable, Hashable {
    /// For people: `70B`.
    package let name: String
    /// All parameters, and those that a token passes.
    package let parameters: Double
    package let active: Double
    package let layers: Double
    /// Of FP8 KV cache. Unit: bytes per token.
    package let kvBytes: Double
    /// Accelerators that hold one copy and answer together (tensor or expert parallel).
    package var ranks: Int
    /// The engine that serves it, for people.
    package let stack: String

    /// Llama 3.1 8B: grouped KV heads of 8 x 128 in 32 layers.
    package static let small = ModelProfile(
        name: "8B", parameters: 8e9, active: 8e9, layers: 32, kvBytes: 65_536, ranks: 1, stack: "vLLM")
    /// Llama 70B: 8 x 128 in 80 layers.
    package static let medium = ModelProfile(
        name: "70B", parameters: 70e9, active: 70e9, layers: 80, kvBytes: 163_840, ranks: 8, stack: "vLLM TP8")
    /// Llama 3.1 405B: 8 x 128 in 126 layers.
    package static let large = ModelProfile(
        name: "405B", parameters: 405e9, active: 405e9, layers: 126, kvBytes: 258_048, ranks: 8, stack: "TRT-LLM TP8")
    /// DeepSeek-R1: 671B, 37B active; latent attention keeps 576 numbers a layer.
    package static let reasoning = ModelProfile(
        name: "R1 MoE", parameters: 671e9, active: 37e9, layers: 61, kvBytes: 35_136, ranks: 8, stack: "SGLang EP8")

    package static let all = [small, medium, large, reasoning]

    /// Weights in the format that a hardware serves in. Unit: bytes.
    package func weights(on hardware: Hardware) -> Double { parameters * hardware.servingBytes }

    /// Whether one copy and a useful cache fit into its ranks.
    package func fits(_ hardware: Hardware) -> Bool {
        weights(on: hardware) < 0.8 * hardware.memory * Double(ranks)
    }
}
