// SPDX-License-Identifier: Apache-2.0

import Factory
import Planning
import Testing

@Suite("Capacity model")
struct CapacityModelTests {
    private let model = CapacityModel(.llama70BOnH100)
    private let level = ServiceLevel(ttft: Seconds(2), itl: Seconds(0.050), target: Share(0.95))

    @Test(
        "a node serves what FACTORY.md says at 50 ms, within 10 %",
        arguments: [("chat", 928.0, 141.0, 40.9), ("think", 1250, 1400, 10.3)])
    func rate(name: String, input: Double, output: Double, expected: Double) {
        let rate = model.maxRate(input: input, output: output, level: level).value
        #expect(abs(rate / expected - 1) < 0.1, "\(name): \(rate)")
    }

    @Test(
        "the prefill curve meets the measured points within 10 %",
        arguments: [(512.0, 55.0), (1024, 78), (2048, 137), (4096, 379), (8192, 848)])
    func prefill(tokens: Double, milliseconds: Double) {
        let time = model.prefillTime(tokens: tokens).value * 1000
        #expect(abs(time / milliseconds - 1) < 0.1, "\(time) ms")
    }

    @Test("the coefficients are those of the hardware")
    func coefficients() {
        #expect(abs(model.itl(batch: 0, contextTokens: 0).value - 0.008) < 0.0001)
        #expect(abs(model.itl(batch: 100, contextTokens: 0).value - 0.010) < 0.0001)
        #expect(abs(model.itl(batch: 1, contextTokens: 1e6).value - 0.01742) < 0.0001)
    }

    @Test("the steady state obeys Little's law", arguments: [0.5, 5, 20, 40])
    func little(rate: Double) throws {
        let state = try #require(model.steadyState(rate: RequestsPerSecond(rate), input: 928, output: 141))
        let residence = state.ttft.value + 141 * state.itl.value
        #expect(abs(state.batch - rate * residence) < 1e-6 * (1 + state.batch))
        #expect(abs(state.prefillShare.value - rate * 928 / model.profile.prefillRate.value) < 1e-12)
        let own = model.itl(batch: state.batch, contextTokens: model.contextTokens(input: 928, output: 141)).value
        #expect(abs(state.itl.value * (1 - state.prefillShare.value) - own) < 1e-12)
    }

    @Test("the highest rate meets the level and a little more does not")
    func edge() throws {
        let rate = model.maxRate(input: 1250, output: 1400, level: level)
        let at = try #require(model.steadyState(rate: rate, input: 1250, output: 1400))
        #expect(at.itl <= level.itl)
        let above = model.steadyState(rate: rate * 1.001, input: 1250, output: 1400)
        #expect(above.map { $0.itl > level.itl } ?? true)
    }

    @Test("more of anything never serves more")
    func monotone() {
        let base = model.maxRate(input: 1000, output: 300, level: level)
        #expect(model.maxRate(input: 2000, output: 300, level: level) < base)
        #expect(model.maxRate(input: 1000, output: 600, level: level) < base)
        #expect(model.maxRate(input: 1000, output: 300, cached: Share(0.5), level: level) > base)
        var strict = level
        strict.itl = Seconds(0.025)
        #expect(model.maxRate(input: 1000, output: 300, level: strict) < base)
    }

    @Test("KV cache and sequences bind where they are small")
    func limits() {
        var small = ServingProfile.llama70BOnH100
        small.kvTokens = 100_000
        let byCache = CapacityModel(small).maxRate(input: 1250, output: 1400, level: level)
        #expect(byCache < model.maxRate(input: 1250, output: 1400, level: level) * 0.5)
        small = .llama70BOnH100
        small.maxSequences = 10
        #expect(
            CapacityModel(small).maxRate(input: 1250, output: 1400, level: level)
                < model.maxRate(input: 1250, output: 1400, level: level) * 0.2)
    }

    @Test("a level below the idle engine's own time is met by no rate")
    func impossible() {
        let level = ServiceLevel(ttft: nil, itl: Seconds(0.005), target: Share(0.9))
        #expect(model.maxRate(input: 100, output: 100, level: level) == .zero)
    }

    @Test("a flow that prefill alone fills has no steady state")
    func saturated() {
        #expect(model.steadyState(rate: RequestsPerSecond(100), input: 928, output: 141) == nil)
    }
}
