// SPDX-License-Identifier: Apache-2.0

import Factory
import Screen
import Testing

@testable import Dashboard

@Suite("What the screens do")
struct ScreenBehaviourTests {
    @Test("every screen draws at every size from nothing on, and marks the plant in its title from 20 columns on")
    func sizes() {
        for (_, opening, snapshot) in ScreenFrameTests.openings {
            var rig = ScreenRig(snapshot)
            _ = rig.state.open(opening)
            rig.tell(.auditArrived(ScreenFrameTests.records()))
            for width in [0, 1, 2, 3, 5, 8, 13, 21, 34, 43, 44, 45, 61, 80, 110, 300] {
                for height in [0, 1, 2, 3, 4, 5, 8, 13, 24, 60] {
                    let frame = rig.frame(width, height)
                    #expect(frame.width == width && frame.height == height)
                }
            }
        }
        for (_, plan) in PlanFrameTests.plans {
            var rig = ScreenRig()
            rig.open(plan)
            rig.press(.tab)
            for width in 0...90 {
                for height in [0, 1, 2, 3, 4, 6, 9, 12, 24] { _ = rig.frame(width, height) }
            }
        }
    }

    @Test("no screen draws outside its area")
    func area() {
        for (_, opening, snapshot) in ScreenFrameTests.openings {
            var rig = ScreenRig(snapshot)
            _ = rig.state.open(opening)
            rig.tell(.auditArrived(ScreenFrameTests.records()))
            for (width, height) in [(30, 6), (60, 12), (90, 20)] {
                var frame = Frame(width: 100, height: 30)
                let area = Rect(x: 3, y: 2, width: width, height: height)
                rig.state.overlays.last?.draw(into: &frame, area: area, rig.state.context)
                for y in 0..<30 {
                    for x in 0..<100 where x < 3 || x >= area.maxX || y < 2 || y >= area.maxY {
                        #expect(frame[x, y] == .blank, "\(opening) wrote at \(x),\(y)")
                    }
                }
            }
        }
    }

    @Test("A aborts the selected move: free while nothing has crossed LOSS, else the way back is planned")
    func abort() {
        var rig = ScreenRig(SampleFactory.simulated())
        rig.press(.character("M"))
        #expect(rig.press(.character("A")).isEmpty, "a question first")
        #expect(rig.press(.character("y")) == [.perform(.abort(DecisionID(2231)))])
        rig.press(.character("j"))
        let effects = rig.press(.character("A"))
        guard case .plan(let draft)? = effects.first else {
            Issue.record("no plan was asked for: \(effects)")
            return
        }
        #expect(draft.reverses == DecisionID(2219))
        #expect(rig.state.screen == .plan)
    }

    @Test("the selection stays on its move when others come and go")
    func selection() {
        var rig = ScreenRig(SampleFactory.simulated())
        rig.press(.character("M"))
        rig.press(.character("j"))
        var snapshot = rig.state.newest
        snapshot.moves.insert(snapshot.moves[0], at: 0)
        snapshot.moves[0].decision = DecisionID(9000)
        rig.tell(.snapshotArrived(snapshot))
        #expect((rig.state.overlays.last as? MovesScreen)?.selected == DecisionID(2219))
    }

    @Test("what the night shift did is two keys away")
    func audit() {
        var rig = ScreenRig(SampleFactory.simulated())
        rig.press(.character("M"))
        #expect(rig.press(.character("a")) == [.audit(limit: 500)])
        rig.tell(.auditArrived(ScreenFrameTests.records()))
        #expect(dump(rig.frame(80, 24)).contains("VERIFIED"))
    }

    @Test("j and k go from node to node and stop at the ends")
    func nodes() {
        var rig = ScreenRig(SampleFactory.simulated())
        _ = rig.state.open(.node(NodeID("su01-n01")))
        let node = { (rig: ScreenRig) in (rig.state.overlays.last as? NodeScreen)?.node.name }
        rig.press(.character("k"))
        #expect(node(rig) == "su01-n01")
        rig.press(.character("j"))
        #expect(node(rig) == "su01-n02")
        rig.press(.character("G"))
        #expect(node(rig) == "su04-n16")
        rig.press(.character("j"))
        #expect(node(rig) == "su04-n16")
    }

    @Test("an unknown reads as a dash, never as a zero, and an old value says its age")
    func unknown() {
        var rig = ScreenRig(SampleFactory.hosts())
        _ = rig.state.open(.node(NodeID("10.0.0.3:9100")))
        let text = dump(rig.frame(80, 24))
        #expect(text.contains("cpu -  memory -"))
        #expect(text.contains("STALE: every number below is 95s old"))
    }

    @Test("the help names every key of its screen and why one does nothing now")
    func help() {
        for kind in [ScreenKind.main, .plan, .moves, .node, .audit] {
            var rig = ScreenRig(SampleFactory.hosts(), width: 200, height: 120)
            _ = rig.state.open(.help(of: kind))
            let text = dump(rig.frame(200, 120))
            for row in Keymap.rows(on: kind) { #expect(text.contains(row.label), "\(kind): \(row.label)") }
            #expect(text.contains("no control: is configured"))
        }
    }

    @Test("the help can be read to its end on a small screen")
    func helpScrolls() {
        var rig = ScreenRig(SampleFactory.simulated(), width: 60, height: 12)
        _ = rig.state.open(.help(of: .main))
        let first = dump(rig.frame(60, 12))
        rig.press(.character("G"))
        let last = dump(rig.frame(60, 12))
        #expect(first != last)
        #expect(last.contains("Stay"))
    }

    @Test("quitting while moves run asks: y quits, everything else stays")
    func quit() {
        for (key, quits) in [(Key.character("y"), true), (.escape, false), (.enter, false), (.character("q"), false)] {
            var rig = ScreenRig(SampleFactory.simulated())
            #expect(rig.press(.character("q")).isEmpty)
            #expect(dump(rig.frame(80, 24)).contains("d-2231"))
            #expect(rig.press(key) == (quits ? [.quit] : []))
            if !quits { #expect(rig.state.screen == .main) }
        }
    }

    @Test("a stuck node says what it costs a minute, and is not stuck while it works")
    func stuck() {
        #expect(StuckUnits(SampleFactory.simulated()).count == 0)
        let held = StuckUnits(ScreenFrameTests.held())
        #expect(held.count == 2)
        #expect(held.idleGPUs == 16)
        #expect(held.costPerMinute == "0.27 GPU-h a minute")
    }

    @Test("H holds at once from the plan as from everywhere")
    func hold() {
        var rig = ScreenRig()
        rig.open(SamplePlans.free())
        #expect(rig.press(.character("H")) == [.perform(.hold)])
    }
}
