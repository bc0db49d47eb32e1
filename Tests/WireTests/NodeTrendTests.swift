// SPDX-License-Identifier: Apache-2.0

import Factory
import Testing

@testable import Wire

@Suite("The past of what is opened") struct NodeTrendTests {
    private static let first = PastSubject(NodeID("n3"))
    private static let gpu = PastSubject(NodeID("n3"), gpu: 2)

    private static func snapshot(_ at: Double, _ subjects: [PastSubject]) -> FactorySnapshot {
        var snapshot = Sample.filled()
        snapshot.at = PlantTime(epoch: at)
        snapshot.sequence = UInt64(at)
        for subject in subjects {
            for reach in TrendReach.allCases {
                let values = (0..<300).map { Float($0 % 97) / 97 + Float(at) }
                snapshot.nodeTrends[NodeTrendKey(subject, .tensorActive, reach)] = Trend(
                    step: reach.step, end: snapshot.at, values: values)
            }
        }
        return snapshot
    }

    @Test("a client gets the past of the node it has opened, and not of one that another has")
    func own() {
        var pair = Pair(view: PlantView())
        pair.show(Self.snapshot(1000, [Self.first, PastSubject(NodeID("n4"))]))
        #expect(pair.received?.nodeTrends.isEmpty == true)
        pair.toClient(.look(PlantView(opened: [3])))
        #expect(pair.server.subjects == [Self.first])
        let sent = Self.snapshot(1000, [Self.first])
        #expect(pair.received?.nodeTrends == sent.nodeTrends)
        #expect(pair.received?.trends.keys == sent.trends.keys, "those of the plant are there as well")
        pair.toClient(.look(PlantView(opened: [])))
        #expect(pair.received?.nodeTrends.isEmpty == true && pair.server.subjects.isEmpty)
    }

    @Test("an accelerator of an opened node has its own, in place of the node's")
    func accelerator() {
        var pair = Pair(view: PlantView(opened: [3], gpu: 2))
        pair.show(Self.snapshot(1000, [Self.first, Self.gpu]))
        // The places of a view mean something once the first table has been seen.
        pair.show(Self.snapshot(1001, [Self.first, Self.gpu]))
        #expect(pair.server.subjects == [Self.gpu])
        #expect(Set(pair.received?.nodeTrends.keys.map(\.subject) ?? []) == [Self.gpu])
    }

    @Test("a second more costs what it brings, not the graph")
    func growth() {
        var pair = Pair(view: PlantView(opened: [3]))
        var trend = Trend(step: Seconds(1), end: PlantTime(epoch: 1000), values: (0..<300).map { Float($0) })
        let key = NodeTrendKey(Self.first, .power, .recent)
        var snapshot = Self.snapshot(1000, [])
        snapshot.nodeTrends = [key: trend]
        pair.show(snapshot)
        snapshot = snapshot.next
        pair.show(snapshot)
        #expect(pair.received?.nodeTrends[key] == trend)
        for _ in 0..<2 {
            pair.sentBytes = 0
            snapshot = snapshot.next
            trend.values = Array(trend.values.dropFirst() + [trend.values[299] + 1])
            trend.end = trend.end + Seconds(1)
            snapshot.nodeTrends = [key: trend]
            pair.show(snapshot)
        }
        #expect(pair.received?.nodeTrends[key] == trend)
        #expect(pair.sentBytes < 200, "\(pair.sentBytes) bytes")
    }
}
