// SPDX-License-Identifier: Apache-2.0

import Factory
import Planning
import Testing

/// Against published figures: FACTORY.md sections 3 and 4, with their sources there.
@Suite("Profiles against what was measured")
struct ProfileTests {
    private func near(_ value: Double, _ expected: Double, _ tolerance: Double) -> Bool {
        abs(value / expected - 1) <= tolerance
    }

    @Test("the formula gives the standard profile's numbers")
    func standard() {
        let profile = ServingProfile.llama70BOnH100
        #expect(near(profile.baseITL.value, 0.008, 0.02))
        #expect(near(profile.itlPerSequence.value, 0.000_020, 0.02))
        #expect(near(profile.itlPerKVToken.value, 9.4e-9, 0.02))
        #expect(near(profile.prefillRate.value, 56_500, 0.02))
        #expect(near(profile.kvTokens, 3_090_000, 0.02))
        #expect(near(profile.loadTime.value, 110, 0.02) && near(profile.nearLoadTime.value, 45, 0.02))
        let large = ServingProfile(.large, on: .h100)
        #expect(near(large.loadTime.value, 330, 0.02) && near(large.nearLoadTime.value, 130, 0.02))
        #expect(near(LoadTime.warm(70e9).value, 15, 0.02) && near(LoadTime.warm(405e9).value, 35, 0.02))
    }

    @Test("at 50 ms a node serves 40.9 chats a second, or 10.3 reasoning requests")
    func rates() {
        let level = ServiceLevel(ttft: nil, itl: Seconds(0.05), target: Share(0.99))
        let model = CapacityModel(.llama70BOnH100)
        #expect(near(model.maxRate(input: 928, output: 141, level: level).value, 40.9, 0.02))
        #expect(near(model.maxRate(input: 1250, output: 1400, level: level).value, 10.3, 0.05))
    }

    @Test(
        "time per token over the batch is Splitwise's within 5 %",
        arguments: [(1, 29.7), (2, 30.1), (4, 31.8), (8, 32.4), (16, 34.2), (32, 38.9), (64, 50.0)])
    func tokenTimes(batch: Double, milliseconds: Double) {
        let itl = CapacityModel(.llama2OnOlderStack).itl(batch: batch, contextTokens: 1024)
        #expect(near(itl.value * 1000, milliseconds, 0.05), "\(itl.value * 1000)")
    }

    @Test(
        "time of a prompt is the measured one within 15 %, with either stack's curve",
        arguments: [(512, 55), (1024, 78), (2048, 137), (4096, 379), (8192, 848)],
        [
            ServingProfile.llama2OnOlderStack, .llama70BOnH100,
        ])
    func promptTimes(_ point: (Double, Double), _ profile: ServingProfile) {
        let time = CapacityModel(profile).prefillTime(tokens: point.0)
        #expect(near(time.value * 1000, point.1, 0.15), "\(time.value * 1000) for \(point.0)")
    }

    /// Output tokens/s and GPU of 70B with MLPerf's lengths (OpenOrca: 294 in, 294 out on average), as its best
    /// submissions run it: copies of two accelerators. MLPerf's limits are 99th percentiles, a quarter above the mean.
    private func throughput(_ p99: Double, on hardware: Hardware = .h200) -> Double {
        var model = ModelProfile.medium
        model.ranks = 2
        let level = ServiceLevel(ttft: nil, itl: Seconds(p99 / 1.25), target: Share(0.99))
        let profile = ServingProfile(model, on: hardware, efficiency: .tuned)
        let rate = CapacityModel(profile).maxRate(input: 294, output: 294, level: level)
        return rate.value * 294 / Double(hardware.gpusPerUnit)
    }

    @Test("the price of latency on 70B is MLPerf's (v5.1, H200): Server .95 to .99 of Offline, Interactive .57 to .65")
    func latencyPrice() {
        // Offline has no limit but the engine's batch; Server 200 ms a token, Interactive 40 ms.
        let offline = throughput(10)
        #expect(near(offline, 4415, 0.1), "\(offline) tok/s and GPU")
        let server = throughput(0.2) / offline
        #expect(server > 0.95 && server <= 1.0, "\(server)")
        let interactive = throughput(0.04) / offline
        #expect(interactive > 0.57 && interactive < 0.66, "\(interactive)")
    }

    @Test("8 x B200 give 9.9 tokens a joule on 70B, within a fifth (102,909 tok/s at 10.40 kW)")
    func tokensPerJoule() {
        let rate = throughput(10, on: .b200) * 8
        #expect(near(rate, 102_909, 0.2), "\(rate) tok/s")
        #expect(near(rate / 10_400, 9.9, 0.2))
    }

    @Test("every model that fits serves; what does not fit has no cache")
    func fits() {
        for hardware in Hardware.all {
            for model in ModelProfile.all {
                let profile = ServingProfile(model, on: hardware)
                #expect(profile.gpusPerNode == hardware.gpusPerUnit)
                guard model.fits(hardware) else { continue }
                let level = ServiceLevel(ttft: nil, itl: Seconds(0.1), target: Share(0.99))
                let rate = CapacityModel(profile).maxRate(input: 500, output: 300, level: level)
                #expect(rate.value > 1, "\(profile.name) \(rate)")
                #expect(profile.kvTokens > 100_000, "\(profile.name)")
            }
        }
        #expect(!ModelProfile.reasoning.fits(.h100) && ModelProfile.reasoning.fits(.h200))
        #expect(Hardware.named("gb200")?.gpusPerUnit == 72 && Hardware.named("h300") == nil)
    }
}
