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

    @Test("a graph stays until the one that was asked for comes, dim, and never on another node")
    func kept() {
        var rig = Self.rig(Self.snapshot())
        var next = Self.snapshot()
        let lit = { (rig: ScreenRig) in rig.frame(120, 36).cells.filter { $0.role == .graph }.count }
        let dim = { (rig: ScreenRig) in
            rig.frame(120, 36).cells.filter { $0.role == .stale && $0.scalar >= 0x2800 && $0.scalar < 0x2900 }.count
        }
        let whole = lit(rig)
        #expect(whole > 100 && dim(rig) == 0)
        // A poll that brings none, as when the table of nodes has changed.
        next.nodeTrends = [:]
        rig.tell(.snapshotArrived(next))
        #expect(lit(rig) == whole)
        rig.tell(.snapshotArrived(Self.snapshot()))
        rig.press(.right)
        #expect(lit(rig) == 0 && dim(rig) == whole)
        #expect(dump(rig.frame(120, 36)).contains("gpu0 util"))
        rig.tell(.snapshotArrived(Self.snapshot()))
        #expect(dim(rig) == whole, "the next poll still is of the node")
        rig.tell(.snapshotArrived(Self.snapshot(gpu: 0)))
        #expect(lit(rig) > 100 && dim(rig) == 0)
        rig.press(.right)
        for _ in 0..<3 { rig.tell(.snapshotArrived(Self.snapshot(gpu: 0))) }
        #expect(lit(rig) == 0 && dim(rig) == 0, "nobody keeps a past of that one")
        rig.tell(.snapshotArrived(Self.snapshot(gpu: 1)))
        #expect(lit(rig) > 100)
        rig.press("j")
        #expect(lit(rig) == 0 && dim(rig) == 0)
    }

    @Test(
        "each graph says its scale with the unit and its time, wherever it has the rows",
        arguments: [(80, 24), (120, 36), (200, 50)])
    func axes(width: Int, height: Int) throws {
        var rig = Self.rig(Self.snapshot(), width: width, height: height)
        let lines = Screen.lines(of: rig.frame(width, height))
        let title = try #require(lines.firstIndex { $0.contains("util ") && $0.contains("power ") })
        let scale = lines[title + 1]
        #expect(scale.contains("100 %") && scale.contains(" kW"), "\(scale)")
        let time = try #require(lines.firstIndex { $0.contains("-5 min") })
        #expect(lines[time].occurrences(of: "now") == 4 && lines[time].occurrences(of: "-5 min") == 4, "\(lines[time])")
        #expect(time - title == (height == 24 ? 3 : 5))
        #expect(lines[time - 1].contains(" 0"))
        #expect(lines[time].contains("-2.5 min") == (width >= 200), "\(lines[time])")
        rig.press("w")
        let hour = Screen.lines(of: rig.frame(width, height))
        #expect(hour[time].occurrences(of: "-60 min") == 4, "\(hour[time])")
    }

    @Test("the mark of a span stands where the graph has that moment")
    func mark() throws {
        // 300 steps in 26 columns are 12 a column: the graph ends at the 25th, and so does its time.
        let trend = Trend(step: Seconds(1), end: PlantTime(epoch: 3000), values: Array(repeating: 1, count: 300))
        #expect(trend.cells(of: Seconds(300), in: 13, .braille) == 12.5)
        #expect(trend.cells(of: Seconds(300), in: 25, .block) == 25)
        var frame = Frame(width: 40, height: 1)
        GraphTime(span: Seconds(300), cells: 30).draw(into: &frame, x: 0, y: 0, width: 40)
        #expect(Screen.lines(of: frame)[0] == "          -5 min     -2.5 min        now")
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

extension String {
    /// How often a word is in it.
    fileprivate func occurrences(of word: String) -> Int { ranges(of: word).count }
}
