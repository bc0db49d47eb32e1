// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Factory

@Suite("What a live class was promised, and how that is kept") struct ClassWatchTests {
    private static let level = ServiceLevel(ttft: Seconds(1), itl: Seconds(0.1), target: Share(0.9))

    /// The class `m` after looks 15 s apart; each says how many of 100 first tokens came in time, and how many wait.
    private func pool(
        _ looks: [(inTime: Double?, waiting: Double)], levels: [String: ServiceLevel] = ["m": level]
    )
        -> PoolState?
    {
        var fold = Fold(plant: "p", levels: levels)
        var pool: PoolState?
        for (index, look) in looks.enumerated() {
            let second = 1000 + Double(index) * 15
            var facts = engine("m", "x", at: second)
            facts.waiting = look.waiting
            facts.ttft = look.inTime.map { Buckets(bounds: [1, 8, .infinity], counts: [$0, 100 - $0, 0]) }
            facts.itl = Buckets(bounds: [0.1, 1, .infinity], counts: [99, 1, 0])
            pool = fold.fold([exporters([], [facts], at: second)]).pool(.inference(ServingClass("m")))
        }
        return pool
    }

    @Test("the worse promise counts; it is missed since the first look that missed it, once that has lasted a minute")
    func missed() {
        #expect(pool([(97, 0)])?.attainment == .fresh(Share(0.97)))
        let short = pool(Array(repeating: (80, 0), count: 4))
        #expect(short?.attainment == .fresh(Share(0.8)) && short?.isHurt == false)
        #expect(abs((short?.burn.known?.value ?? 0) - 2) < 1e-9)
        #expect(pool(Array(repeating: (80, 0), count: 5))?.hurtSince == PlantTime(epoch: 1000))
        // One good look does not end it; three minutes do.
        let ending: [(inTime: Double?, waiting: Double)] = Array(repeating: (80, 0), count: 5)
        #expect(pool(ending + [(99, 0)])?.isHurt == true)
        #expect(pool(ending + Array(repeating: (99, 0), count: 13))?.isHurt == false)
    }

    @Test("without a level nothing is judged, and a promise of which nothing is known is neither kept nor missed")
    func unknown() {
        let free = pool(Array(repeating: (10, 0), count: 6), levels: ["other": Self.level])
        #expect(free?.level == nil && free?.attainment == .missing && free?.isHurt == false)
        #expect(pool([(nil, 0)])?.attainment == .missing)
        let bulk = ["m": ServiceLevel(ttft: nil, itl: Seconds(0.1), target: Share(0.9))]
        #expect(pool([(nil, 0)], levels: bulk)?.attainment == .fresh(Share(0.99)))
    }

    @Test("a queue's growth is told per minute, once it has been seen for half a minute, with or without a level")
    func trend() {
        #expect(pool([(99, 0), (99, 5)], levels: [:])?.queueTrend == .missing)
        #expect(pool([(99, 0), (99, 5), (99, 10)], levels: [:])?.queueTrend == .fresh(Count(20)))
        #expect(pool([(99, 7), (99, 7), (99, 7)])?.queueTrend == .fresh(Count(0)))
    }

    @Test("the share up to a value lies evenly within its bucket")
    func share() {
        let buckets = Buckets(bounds: [1, 2, .infinity], counts: [50, 40, 10])
        #expect(buckets.share(upTo: 1) == 0.5 && buckets.share(upTo: 1.5) == 0.7)
        #expect(Buckets(bounds: [1, .infinity], counts: [0, 0]).share(upTo: 1) == nil)
    }
}
