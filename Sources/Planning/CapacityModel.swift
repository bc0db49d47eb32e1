// SPDX-License-Identifier: Apache-2.0

package import Factory

/// What one node of a serving profile can do: the analytic model of FACTORY.md section 3.
///
/// All means; bursts and percentiles are the business of whoever asks.
package struct CapacityModel: Sendable {
    package let profile: ServingProfile

    package init(_ profile: ServingProfile) { self.profile = profile }

    /// How a node stands once a steady flow of requests has settled.
    package struct SteadyState: Sendable, Hashable {
        /// Sequences that run at once.
        package var batch: Double
        /// Time between two tokens of an answer, prefills in between included.
        package var itl: Seconds
        /// Time to the first token without any wait in a queue.
        package var ttft: Seconds
        /// Part of the time spent on prefill. Range 0..<1.
        package var prefillShare: Share
        /// Part of the KV cache in use. Range 0...1.
        package var kvShare: Share
    }

    /// Time per output token of a running batch, prefills not counted.
    ///
    /// - Parameter contextTokens: tokens held in the KV cache by one sequence, mean.
    package func itl(batch: Double, contextTokens: Double) -> Seconds {
        profile.baseITL + Seconds(batch * slope(contextTokens: contextTokens))
    }

    /// Time of the prefill of one prompt on an idle engine: the measured curve, never faster than the peak rate.
    package func prefillTime(tokens: Double) -> Seconds {
        guard tokens > 0 else { return profile.prefillFloor }
        let curve = tokens * profile.prefillPerToken.value + tokens * tokens * profile.prefillPerTokenSquared
        let peak = profile.prefillRate.value > 0 ? tokens / profile.prefillRate.value : 0
        return max(profile.prefillFloor, Seconds(max(curve, peak)))
    }

    /// Mean tokens in the KV cache of a running sequence.
    ///
    /// Long answers stay longer, so a running sequence is seen, on average, past the middle of a mean answer:
    /// (1 + cv²)/2 of it, with the cv² of 0.5 that measured answers show.
    package func contextTokens(input: Double, output: Double) -> Double { input + 0.75 * output }

    /// Where a node settles at a steady rate; nil when it never does, because batch or KV cache outgrow the node.
    ///
    /// Prefills of a busy engine are batched and run at the peak rate, so they take `rate * uncached / peak` of the
    /// time. ITL is linear in the batch, so Little's fixed point has a closed form.
    package func steadyState(
        rate: RequestsPerSecond, input: Double, output: Double, cached: Share = .zero
    )
        -> SteadyState?
    {
        guard rate.value >= 0, input >= 0, output >= 0, rate.value.isFinite, profile.prefillRate.value > 0 else {
            return nil
        }
        let uncached = input * (1 - min(1, max(0, cached.value)))
        let prefillShare = rate.value * uncached / profile.prefillRate.value
        guard prefillShare < 1 else { return nil }
        let context = contextTokens(input: input, output: output)
        let ttft = prefillTime(tokens: uncached)
        let decode = rate.value * output / (1 - prefillShare)
        let feedback = 1 - decode * slope(contextTokens: context)
        guard feedback > 0 else { return nil }
        let batch = (rate.value * ttft.value + decode * profile.baseITL.value) / feedback
        guard batch <= profile.maxSequences, batch * context <= profile.kvTokens else { return nil }
        let stretched = itl(batch: batch, contextTokens: context).value / (1 - prefillShare)
        return SteadyState(
            batch: batch, itl: Seconds(stretched), ttft: ttft, prefillShare: Share(prefillShare),
            kvShare: Share(profile.kvTokens > 0 ? batch * context / profile.kvTokens : 0))
    }

    /// The highest steady rate of a node that still meets the level's ITL, by bisection; zero when none does.
    package func maxRate(input: Double, output: Double, cached: Share = .zero, level: ServiceLevel) -> RequestsPerSecond
    {
        func meets(_ rate: Double) -> Bool {
            guard
                let state = steadyState(rate: RequestsPerSecond(rate), input: input, output: output, cached: cached)
            else { return false }
            return state.itl <= level.itl
        }
        guard meets(0) else { return .zero }
        var low = 0.0
        var high = 1.0
        // Beyond this no profile has a limit at all: the caller gets the bound, not an endless loop.
        while meets(high), high < 1e9 {
            low = high
            high *= 2
        }
        for _ in 0..<48 {
            let middle = (low + high) / 2
            if meets(middle) { low = middle } else { high = middle }
        }
        return RequestsPerSecond(low)
    }

    /// Seconds that one more running sequence adds to each output token.
    private func slope(contextTokens: Double) -> Double {
        profile.itlPerSequence.value + contextTokens * profile.itlPerKVToken.value
    }
}
