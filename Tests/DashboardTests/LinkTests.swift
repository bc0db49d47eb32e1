// SPDX-License-Identifier: Apache-2.0

import Factory
import Screen
import Testing

@testable import Dashboard

@Suite struct LinkTests {
    private func lost(_ seconds: Double) -> Event {
        .linkChanged(.lost(for: Seconds(seconds), why: "the daemon has closed the connection"))
    }

    @Test("a lost link is said with its age and the age of the data, at every width that has a title")
    func banner() {
        for width in [60, 80, 120, 200] {
            var driver = Driver(width: width)
            let clock = driver.state.newest.at.clock
            #expect(!driver.text.contains("LINK LOST"))
            _ = driver.state.update(lost(12))
            #expect(driver.lines[0].contains("LINK LOST 12 s, data of \(clock)"), "\(driver.lines[0])")
            #expect(driver.bottom.contains("the daemon has closed") || driver.text.contains("the daemon has closed"))
            _ = driver.state.update(.linkChanged(.up))
            #expect(!driver.text.contains("LINK LOST"))
            #expect(driver.text.contains("the link is back"))
        }
    }

    @Test("while the link is lost no key acts, and a question that stood is gone")
    func locked() {
        var driver = Driver(SampleFactory.simulated())
        driver.press("H")
        _ = driver.state.update(lost(1))
        #expect(driver.state.question == nil)
        for key in ["H", "A", "]"] as [Unicode.Scalar] {
            let effects = driver.press(key)
            #expect(!effects.contains { if case .perform = $0 { true } else { false } }, "\(key)")
        }
        driver.press("H")
        #expect(driver.text.contains("nothing can be sent until the link is back"))
    }

    @Test("leaving asks about moves only where they would end with the dashboard")
    func leaving() {
        for goesOn in [false, true] {
            var options = DashboardOptions(plant: "p", kind: .live, you: SampleFactory.you)
            options.plantGoesOn = goesOn
            var state = DashboardState(options: options)
            _ = state.update(.snapshotArrived(SampleFactory.simulated()))
            #expect(state.update(.input(.key(.character("q")), at: 20)).contains(.quit) == goesOn)
        }
    }

    @Test("what is looked at: the page of the list, an opened node, where numbers come from, what a sort goes by")
    func view() throws {
        var driver = Driver()
        let first = driver.state.view
        #expect(first.overview == [.power, .powerLimit])
        #expect(first.opened.isEmpty && !first.origins)
        let shown = driver.state.main.list.order.prefix(driver.state.main.page(driver.state.context))
        #expect(Set(shown).isSubset(of: first.nodes))
        #expect(first.nodes.count <= PlantView.limit)
        driver.press("j")
        driver.press(.enter)
        let node = try #require(driver.state.main.selected)
        #expect(driver.state.view.opened.map { driver.state.newest.nodes.ids[$0] } == [node])
        driver.press("x")
        #expect(driver.state.view.opened.count == 2 && !driver.state.view.origins)
        driver = Driver()
        driver.press(.tab)
        driver.press("x")
        #expect(driver.state.view.origins && driver.state.view.opened.isEmpty)
        driver.press(.escape)
        for _ in 0..<NodeSort.allCases.count where driver.state.main.sort != .temperature { driver.press("s") }
        #expect(driver.state.view.overview.contains(.temperature))
    }

    @Test("where nobody says power, the next best quantity is asked for")
    func withoutPower() {
        var snapshot = SampleFactory.simulated()
        snapshot.nodes.power = Column(count: 0)
        var driver = Driver(snapshot)
        #expect(driver.state.view.overview.contains(.gpuUtilisation))
        snapshot.sequence += 1
        snapshot.nodes.gpuUtilisation = Column(count: 0)
        snapshot.nodes.cpu = Column(count: 0)
        _ = driver.state.update(.snapshotArrived(snapshot))
        #expect(driver.state.view.overview.contains(.cpu))
    }
}
