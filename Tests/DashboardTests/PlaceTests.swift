// SPDX-License-Identifier: Apache-2.0

import Factory
import Screen
import Testing

@testable import Dashboard

@Suite("Coming back to a place")
struct PlaceTests {
    private static func fresh(_ place: DashboardPlace?) -> DashboardState {
        var options = SampleFactory.options(SampleFactory.simulated())
        options.place = place
        var state = DashboardState(options: options)
        _ = state.update(.input(.resized(width: 120, height: 36), at: 1))
        return state
    }

    private static func place(_ keys: [Key]) -> DashboardPlace {
        var rig = ScreenRig(SampleFactory.simulated(), width: 120, height: 36)
        for key in keys { rig.press(key) }
        return rig.state.place
    }

    @Test("the next session of a name begins with the same page, filter, order, selection and graphs")
    func returns() {
        let keys: [Key] = [
            .character("s"), .character("/"), .character("n"), .character("0"), .enter, .character("j"),
            .character("j"), .enter,
        ]
        var rig = ScreenRig(SampleFactory.simulated(), width: 120, height: 36)
        for key in keys { rig.press(key) }
        var state = Self.fresh(rig.state.place)
        #expect(state.screen == .main, "nothing is known yet")
        _ = state.update(.snapshotArrived(SampleFactory.simulated()))
        #expect(state.screen == .node)
        #expect(state.main.filter == "n0" && state.main.sort == rig.state.main.sort)
        #expect(state.main.selected == rig.state.main.selected && state.main.selected != nil)
        #expect(dump(state.render(width: 120, height: 36)) == dump(rig.frame(120, 36)))
        #expect(state.place == rig.state.place)
        _ = state.update(.input(.key(.escape), at: 20))
        #expect(state.screen == .main && state.main.filter == "n0")
    }

    @Test("pages come back; what was asked for once and what asks does not", arguments: ["M", "J", "?", "r", "a"])
    func pages(letter: String) {
        let place = Self.place([.character(Unicode.Scalar(letter) ?? " ")])
        var state = Self.fresh(place)
        _ = state.update(.snapshotArrived(SampleFactory.simulated()))
        let screens: [String: ScreenKind] = ["M": .moves, "J": .jobs]
        #expect(state.screen == screens[letter] ?? .main)
    }

    @Test(
        "a place that is none any more is left out: a node that is gone, a page that no source feeds, another's words")
    func gone() {
        var place = DashboardPlace()
        place.focus = "a panel of the future"
        place.sort = "by colour"
        place.selected = NodeID("gone")
        place.filter = String(repeating: "x", count: 5000)
        place.screens = [
            DashboardPlace.Screen(kind: "node", node: NodeID("gone")), DashboardPlace.Screen(kind: "lifecycle"),
            DashboardPlace.Screen(kind: "future"), DashboardPlace.Screen(kind: "quit"),
            DashboardPlace.Screen(kind: "node", node: NodeID("su01-n01"), reach: .hour, gpu: 5_000_000),
        ]
        var state = Self.fresh(place)
        _ = state.update(.snapshotArrived(SampleFactory.simulated()))
        #expect(state.overlays.map(\.kind) == [.node])
        #expect((state.overlays.last as? NodeScreen)?.gpu == nil)
        #expect(state.main.focus == .nodes && state.main.sort == .worst && state.main.selected == nil)
        #expect(state.main.filter.count == 60)
    }

    @Test("a key that was pressed before the first picture is not taken back")
    func pressed() {
        var state = Self.fresh(Self.place([.character("M")]))
        _ = state.update(.input(.key(.character("?")), at: 2))
        _ = state.update(.snapshotArrived(SampleFactory.simulated()))
        #expect(state.screen == .help)
    }
}
