// SPDX-License-Identifier: Apache-2.0

package import Factory

extension ServingProfile {
    /// Llama 70B in FP8 on a node of 8 x H100: the standard model of the simulated plant.
    ///
    /// From FACTORY.md section 3: e_b .65, e_f .45, e_p .5; weights 70 GB, 163,840 B of FP8 KV cache per token. The
    /// prefill curve fits the measured 55/78/137/379/848 ms at 512...8192 tokens within 10 %. Weights load cold.
    package static let llama70BOnH100 = ServingProfile(
        name: "70B FP8 on 8 x H100", gpusPerNode: 8, baseITL: Seconds(0.008), itlPerSequence: Seconds(0.000_020),
        itlPerKVToken: Seconds(9.4e-9), prefillRate: TokensPerSecond(56_500), prefillFloor: Seconds(0.050),
        prefillPerToken: Seconds(63.7e-6), prefillPerTokenSquared: 4.8e-9,
        // 640 GB, a tenth kept for activations, less the weights.
        kvTokens: 3_090_000, maxSequences: 1024, loadTime: Seconds(110), warmTime: Seconds(10),
        drainTime: Seconds(30))

    /// The same node serving long reasoning, whose answers in flight take minutes to finish.
    package static let llama70BThinkingOnH100: ServingProfile = {
        var profile = llama70BOnH100
        profile.name = "70B FP8 thinking on 8 x H100"
        profile.drainTime = Seconds(360)
        return profile
    }()
}
