// SPDX-License-Identifier: Apache-2.0

import Factory
import Testing

@testable import Planning

@Suite("What policies want")
struct PolicyTests {
    private static let chat = Pool.inference(ServingClass("chat"))

    /// A class of ten nodes that serve 100 requests/s.
    private static func snapshot(
        arrivals: Double, at minute: Double, nodes: Int = 10, hurt: Bool = false
    ) -> FactorySnapshot {
        let now = PlantTime(epoch: 1_000_000 + minute * 60)
        var snapshot = FactorySnapshot(plant: "t", kind: .simulated(speed: 1, demandScale: 1, seed: 1), at: now)
        var pool = PoolState(chat)
        pool.nodes = nodes
        pool.arrivals = .fresh(RequestsPerSecond(arrivals))
        pool.capacity = .fresh(RequestsPerSecond(10 * Double(nodes)))
        pool.waiting = .fresh(Count(0))
        pool.level = ServiceLevel(ttft: Seconds(0.5), itl: Seconds(0.05), target: Share(0.99))
        pool.ttft95 = .fresh(Seconds(0.1))
        pool.hurtSince = hurt ? now : nil
        snapshot.pools = [pool]
        return snapshot
    }

    @Test("static wants nothing, whatever happens")
    func still() {
        #expect(StaticPolicy().decide(Self.snapshot(arrivals: 500, at: 0, hurt: true)).isEmpty)
    }

    @Test("threshold wants a fifth more for a class that is too busy, and at once for one that is hurt")
    func up() {
        var policy = ThresholdPolicy()
        #expect(policy.decide(Self.snapshot(arrivals: 70, at: 0)).isEmpty)
        #expect(policy.decide(Self.snapshot(arrivals: 76, at: 1)) == [Draft(to: Self.chat, nodes: 2)])
        #expect(policy.decide(Self.snapshot(arrivals: 10, at: 2, hurt: true)) == [Draft(to: Self.chat, nodes: 2)])
    }

    @Test("threshold gives back only after twenty quiet minutes, and only what will not be asked for again")
    func down() {
        var policy = ThresholdPolicy()
        for minute in 0..<18 {
            #expect(policy.decide(Self.snapshot(arrivals: 30, at: Double(minute))).isEmpty)
        }
        #expect(
            policy.decide(Self.snapshot(arrivals: 30, at: 19)) == [Draft(to: .training, from: Self.chat, nodes: 2)])
        // 50 of 80 is over 0.6: the eight that stay would be busy again.
        for minute in 20..<45 { _ = policy.decide(Self.snapshot(arrivals: 50, at: Double(minute))) }
        #expect(policy.decide(Self.snapshot(arrivals: 50, at: 45)).isEmpty)
    }

    @Test("proportional wants what the last half hour's highest needs, with its margin")
    func proportional() {
        var policy = ProportionalPolicy()
        #expect(policy.decide(Self.snapshot(arrivals: 100, at: 0)) == [Draft(to: Self.chat, nodes: 2)])
        for minute in 1..<27 { _ = policy.decide(Self.snapshot(arrivals: 50, at: Double(minute))) }
        // Its highest is still in the window.
        #expect(policy.decide(Self.snapshot(arrivals: 50, at: 28)) == [Draft(to: Self.chat, nodes: 2)])
        for minute in 29..<60 { _ = policy.decide(Self.snapshot(arrivals: 50, at: Double(minute))) }
        #expect(
            policy.decide(Self.snapshot(arrivals: 50, at: 60)) == [Draft(to: .training, from: Self.chat, nodes: 4)])
    }

    @Test("a queue is work: it is to be gone in ten minutes")
    func queue() {
        var policy = ProportionalPolicy()
        var snapshot = Self.snapshot(arrivals: 80, at: 0)
        snapshot.pools[0].waiting = .fresh(Count(12_000))
        #expect(policy.decide(snapshot) == [Draft(to: Self.chat, nodes: 2)])
    }

    @Test("a class of which nothing is known gets nothing and gives nothing")
    func unknown() {
        var snapshot = Self.snapshot(arrivals: 500, at: 0)
        snapshot.pools[0].arrivals = .missing
        for name in Policies.names {
            var policy = Policies.named(name)
            #expect(policy?.decide(snapshot) == [])
            #expect(policy?.name == name)
        }
        #expect(Policies.named("oracle") == nil)
    }
}
