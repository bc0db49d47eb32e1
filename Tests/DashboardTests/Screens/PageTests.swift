// SPDX-License-Identifier: Apache-2.0

import Factory
import Screen
import TestSupport
import Testing

@testable import Dashboard

@Suite("The pages about the whole plant")
struct PageTests {
    private static func text(_ rig: ScreenRig, _ width: Int = 120, _ height: Int = 36) -> String {
        dump(rig.frame(width, height))
    }

    @Test("the bottleneck is marked, once, and the head says why")
    func bottleneck() {
        var rig = ScreenRig(SampleEconomy.whole())
        rig.press("L")
        let text = Self.text(rig)
        #expect(text.contains("LIFECYCLE what holds the others up: pretraining, starved of curated data"))
        #expect(text.ranges(of: "BOTTLENECK").count == 1)
        #expect(text.contains("30.0 x the compute of pretraining"))
        let costs = "an answer of think takes"
        #expect(text.contains(costs) && text.contains("x one of chat"))
    }

    @Test("what is unknown is a dash in money as everywhere, and a class that loses has a minus, not a colour")
    func money() {
        var snapshot = SampleEconomy.whole()
        snapshot.economy?.revenue = .missing
        snapshot.economy?.margin = .missing
        var rig = ScreenRig(snapshot)
        rig.press("E")
        let text = Self.text(rig)
        #expect(text.contains("revenue -  margin -"))
        #expect(text.contains("  -$24"))
        #expect(text.contains("CAP      450 kW  it holds the machines back"))
    }

    @Test("jobs are sorted by what is asked for, those that wait last; the selection stays on its job")
    func jobs() {
        var rig = ScreenRig(SampleEconomy.whole())
        rig.press("J")
        func names(_ rig: ScreenRig) -> [String] {
            (rig.state.overlays.last as? JobsScreen)?.sorted(rig.state.newest).map(\.name) ?? []
        }
        #expect(names(rig).suffix(2) == ["eval-n4", "sft-v2"])
        let risks = (rig.state.overlays.last as? JobsScreen)?.sorted(rig.state.newest)
            .compactMap { $0.atRisk(at: SampleFactory.now)?.value }
        #expect(risks == risks?.sorted(by: >))
        rig.press("j")
        let kept = (rig.state.overlays.last as? JobsScreen)?.selected
        rig.press("s")
        #expect((rig.state.overlays.last as? JobsScreen)?.order == .remaining)
        #expect((rig.state.overlays.last as? JobsScreen)?.selected == kept && kept != nil)
        rig.press("G")
        #expect(Self.text(rig).contains("asks for 8 nodes (64 GPUs); waits: Priority"))
    }

    @Test("the sum over sites is a dash where a site does not know its part; Enter goes to the selected site")
    func sites() {
        var rig = ScreenRig(SampleEconomy.sites())
        rig.press("S")
        let text = Self.text(rig, 200, 50)
        let total = text.split(separator: "\n").first { $0.contains(" all ") }.map(String.init) ?? ""
        #expect(total.contains("1 of 3 hurt!") && total.contains("192") && total.contains(" - "))
        rig.press("k")
        #expect(rig.press(.enter) == [.perform(.visit(SiteID("japan")))])
        #expect(rig.state.screen == .main)
    }

    @Test("quitting asks while a move runs in another site, and names it")
    func quitting() {
        var snapshot = SampleEconomy.sites()
        snapshot.moves = []
        snapshot.site = SiteID("india")
        var rig = ScreenRig(snapshot)
        #expect(rig.press("q").isEmpty)
        #expect(Self.text(rig).contains("QUIT? 2 moves still running") && Self.text(rig).contains("in norway: 2 moves"))
        #expect(rig.press("y") == [.quit])
    }

    @Test("one page at a time: Esc goes back to where the first was opened")
    func oneAtATime() {
        var rig = ScreenRig(SampleEconomy.sites())
        for key in ["J", "L", "E", "S", "J"] { rig.press(.character(Unicode.Scalar(key) ?? "J")) }
        #expect(rig.state.overlays.count == 1 && rig.state.screen == .jobs)
        rig.press(.escape)
        #expect(rig.state.screen == .main)
    }

    @Test("a plant whose sources say nothing of it has no pages, and the key says why")
    func unfed() {
        for (key, why) in [
            ("J", "no source of this plant names jobs"), ("L", "no source of this plant speaks of its lifecycle"),
            ("E", "no source of this plant speaks of money or energy"), ("S", "this factory is in one place"),
        ] {
            var rig = ScreenRig(SampleFactory.hosts())
            rig.press(.character(Unicode.Scalar(key) ?? "J"))
            #expect(rig.state.screen == .main)
            #expect(Self.text(rig).contains(why), "\(key)")
        }
    }

    @Test("the pages can be scrolled to their end on a small screen")
    func scrolls() {
        for key in ["L", "E"] {
            var rig = ScreenRig(SampleEconomy.whole(), width: 60, height: 10)
            rig.press(.character(Unicode.Scalar(key) ?? "L"))
            let first = Self.text(rig, 60, 10)
            rig.press("G")
            let last = Self.text(rig, 60, 10)
            #expect(first != last)
            #expect(last.contains(key == "L" ? "GPU-s" : "price here"), "\(last)")
        }
    }
}

@Suite("The status rows of a factory of several sites")
struct SiteRowTests {
    @Test("while all is well here, they speak of the site that is worst off; trouble here comes first")
    func worst() {
        var here = SampleEconomy.sites()
        let rig = ScreenRig(here)
        #expect(dump(rig.frame(120, 36)).contains("USERS think 78.7% ok"))
        for index in here.pools.indices { here.pools[index].hurtSince = nil }
        let text = dump(ScreenRig(here).frame(120, 36))
        #expect(text.contains("USERS japan think 78% ok!") && text.contains("WHERE japan"))
        #expect(dump(ScreenRig(here).frame(80, 24)).contains("japan"))
    }
}
