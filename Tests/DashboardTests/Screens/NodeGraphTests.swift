// SPDX-License-Identifier: Apache-2.0

import Factory
import Screen
import TestSupport
import Testing

@testable import Dashboard

@Suite("The graphs of a node")
struct NodeGraphTests {
    private static let node = NodeID("su01-n05")

    /// The sample with a past of one node and of its GPUs: what a daemon adds.
    private static func snapshot(gpu: Int? = nil) -> FactorySnapshot {
        var snapshot = SampleFactory.simulated()
        let subject = PastSubject(node, gpu: gpu)
        for quantity in NodeQuantity.remembered {
            for reach in TrendReach.allCases {
                let values = (0..<reach.count).map { index -> Float in
                    if (120..<150).contains(index) { return .nan }
                    let share = 0.5 + 0.4 * Float((index * 7) % 60) / 60 - (index < 60 ? 0.4 : 0)
                    return quantity == .power ? share * (gpu == nil ? 9000 : 1000) : share
                }
                snapshot.nodeTrends[NodeTrendKey(subject, quantity, reach)] = Trend(
                    step: reach.step, end: snapshot.at, values: values)
            }
        }
        return snapshot
    }

    private static func rig(_ snapshot: FactorySnapshot, width: Int = 120, height: Int = 36) -> ScreenRig {
        var rig = ScreenRig(SampleFactory.simulated(), width: width, height: height)
        _ = rig.state.open(.node(node))
        rig.tell(.snapshotArrived(snapshot))
        return rig
    }

    @Test("four graphs stand under the node's first line, as wide as the screen lets them be")
    func looks() {
        for (width, height) in goldenSizes {
            var rig = Self.rig(Self.snapshot(), width: width, height: height)
            expectGolden(rig.frame(width, height), "node-graphs-\(width)x\(height)")
            rig.press("w")
            rig.press(.right)
            rig.tell(.snapshotArrived(Self.snapshot(gpu: 0)))
            expectGolden(rig.frame(width, height), "node-graphs-gpu-\(width)x\(height)")
        }
    }

    @Test("w is five minutes or an hour, and right goes through the GPUs and back to the node")
    func keys() {
        var rig = Self.rig(Self.snapshot())
        #expect(dump(rig.frame(120, 36)).contains("5 min"))
        rig.press("w")
        #expect(dump(rig.frame(120, 36)).contains("60 min"))
        #expect(rig.state.view.gpu == nil && !rig.state.view.opened.isEmpty)
        rig.press(.right)
        #expect(rig.state.view.gpu == 0)
        #expect(dump(rig.frame(120, 36)).contains("gpu0 util"), "before its past has come")
        rig.press(.left)
        #expect(rig.state.view.gpu == nil)
        rig.press(.left)
        #expect(rig.state.view.gpu == 7)
        rig.press(.right)
        #expect(rig.state.view.gpu == nil)
    }

    @Test("where no past is kept the keys say so, and the footer does not offer them")
    func none() {
        var rig = Self.rig(SampleFactory.simulated())
        #expect(!dump(rig.frame(120, 36)).contains("w span"))
        rig.press("w")
        #expect(dump(rig.frame(120, 36)).contains("no past of nodes is kept here"))
        let with = Self.rig(Self.snapshot())
        #expect(dump(with.frame(120, 36)).contains("w span"))
    }

    @Test("a node whose past is on its way keeps the rows of the graphs")
    func still() {
        var rig = Self.rig(Self.snapshot())
        let row = { (frame: Frame) in
            dump(frame).split(separator: "\n", omittingEmptySubsequences: false).firstIndex { $0.contains("JOB") }
        }
        let before = row(rig.frame(120, 36))
        rig.press("j")
        #expect(before != nil && row(rig.frame(120, 36)) == before)
    }
}
