// SPDX-License-Identifier: Apache-2.0

import Factory
import Testing

@Suite("Readings and columns")
struct ReadingTests {
    @Test("a reading knows its value while it is fresh or stale")
    func known() {
        #expect(Reading.fresh(3).known == 3)
        #expect(Reading.stale(3, age: Seconds(9)).known == 3)
        #expect(Reading<Int>.missing.known == nil)
        #expect(Reading(Int?.none) == .missing)
        #expect(Reading(Optional(3)) == .fresh(3))
    }

    @Test("a mapped reading keeps its freshness and its age")
    func map() {
        #expect(Reading.fresh(3).map { $0 * 2 } == .fresh(6))
        #expect(Reading.stale(3, age: Seconds(9)).map { $0 * 2 } == .stale(6, age: Seconds(9)))
        #expect(Reading<Int>.missing.map { $0 * 2 } == .missing)
    }

    @Test("an unknown is never a zero, in sums and means")
    func unknown() {
        let column = Column([1, .nan, 3])
        #expect(column[1] == nil)
        #expect(column[0] == 1 && column[2] == 3)
        #expect(column[3] == nil && column[-1] == nil)
        #expect(column.sum() == 4)
        #expect(column.mean() == 2)
        #expect(column.sum(1..<2) == nil)
        #expect(column.mean(0..<99) == 2)
        #expect(Column(count: 5).sum() == nil)
        #expect(Column(count: 0).mean() == nil)
    }

    @Test("columns with the same unknowns are the same")
    func equality() {
        #expect(Column([1, .nan]) == Column([1, .nan]))
        #expect(Column([1, .nan]) != Column([1, 0]))
        #expect(Column([1]) != Column([1, .nan]))
        #expect(Column([0]) == Column([-0.0]))
    }

    @Test("a sum over classes is as old as its oldest part, and missing only without any")
    func sums() {
        var snapshot = FactorySnapshot(plant: "p", kind: .live, at: PlantTime(epoch: 0))
        #expect(snapshot.decode == .missing)
        var pools = ["a", "b", "c"].map { PoolState(.inference(ServingClass($0))) }
        pools[0].decode = .fresh(TokensPerSecond(1))
        pools[1].decode = .stale(TokensPerSecond(2), age: Seconds(30))
        snapshot.pools = pools
        #expect(snapshot.decode == .stale(TokensPerSecond(3), age: Seconds(30)))
        snapshot.pools[1].decode = .missing
        #expect(snapshot.decode == .fresh(TokensPerSecond(1)))
        snapshot.pools[0].decode = .missing
        #expect(snapshot.decode == .missing)
    }
}
