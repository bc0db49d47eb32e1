// SPDX-License-Identifier: Apache-2.0

import Factory
import Planning
import Testing

@Suite("Confirmation tiers")
struct TierTests {
    struct Case: Sendable {
        var nodes: Int
        var from: Pool
        var lost: Double
        var jobName = ""
        var tier: ConfirmationTier
    }

    @Test(
        "what is lost and how much moves decide what is asked",
        arguments: [
            Case(nodes: 1, from: .spare, lost: 0, tier: .yes),
            Case(nodes: 5, from: .spare, lost: 0, tier: .yes),
            Case(nodes: 6, from: .spare, lost: 0, tier: .typeName("spare")),
            Case(nodes: 6, from: SamplePlant.chatPool, lost: 0, tier: .typeName("chat")),
            Case(nodes: 1, from: .training, lost: 5, jobName: "rl-r3", tier: .typeName("rl-r3")),
            Case(nodes: 20, from: .training, lost: 5, jobName: "rl-r3", tier: .typeName("rl-r3")),
            Case(nodes: 21, from: .spare, lost: 0, tier: .reason),
            Case(nodes: 21, from: .training, lost: 5, jobName: "rl-r3", tier: .reason),
        ])
    func tiers(_ wanted: Case) {
        let plant = SamplePlant(training: 50, chat: 14, think: 14, spare: 22)
        let taken = Taken(
            from: wanted.from, job: nil, jobName: wanted.jobName, owner: "",
            nodes: (0..<wanted.nodes).map { NodeID("n\($0)") }, lost: GPUHours(wanted.lost))
        let proposal = Proposal(
            decision: DecisionID(9), to: SamplePlant.thinkPool, asked: wanted.nodes, takes: [taken])
        let tier = Tiers.tier(
            of: proposal, losing: GPUHours(wanted.lost), [], on: plant.snapshot, RailSettings())
        #expect(tier == wanted.tier)
    }

    @Test("a failed rail, HOLD and an observed plant leave nothing to confirm")
    func refused() throws {
        var plant = SamplePlant()
        plant.changed = { $0.mode = .hold }
        let held = try #require(plant.plan(Draft()))
        #expect(held.tier == .refused("HOLD is on: release it with H before a move can start."))
        plant.changed = { $0.mode = .observe }
        let observed = try #require(plant.plan(Draft()))
        #expect(observed.tier == .refused("This plant is only observed: nothing can be sent."))
        plant.changed = { $0.sources = [] }
        let blind = try #require(plant.plan(Draft()))
        #expect(blind.tier == .refused("Rail 15 (data): no source answers."))
        #expect(blind.isRefused)
    }
}
