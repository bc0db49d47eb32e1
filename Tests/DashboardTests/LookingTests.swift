// SPDX-License-Identifier: Apache-2.0

import Factory
import Screen
import Testing

@testable import Dashboard

@Suite("Looking around")
struct LookingTests {
    @Test("a sum to which a class gives nothing is marked as a part")
    func partialSum() {
        var snapshot = SampleFactory.simulated()
        snapshot.pools[0].decode = .missing
        let decode = Driver(snapshot).lines.first { $0.contains("decode") } ?? ""
        #expect(decode.contains(">"), "\(decode)")
        #expect(Driver().lines.first { $0.contains("decode") }?.contains(">") == false)
    }

    @Test("the selection follows the node when the list is sorted anew")
    func selectionFollowsNode() throws {
        var driver = Driver()
        driver.press("j")
        driver.press("j")
        let selected = try #require(driver.state.main.selected)
        driver.press("s")
        #expect(driver.state.main.selected == selected)
        let row = try #require(driver.state.main.selectedRow(driver.state.context))
        #expect(row != 1)
    }

    @Test("the selection follows the node when new trouble pushes it down")
    func selectionFollowsThroughSnapshots() throws {
        var snapshot = SampleFactory.simulated()
        var driver = Driver(snapshot)
        driver.press("j")
        let selected = try #require(driver.state.main.selected)
        let before = try #require(driver.state.main.selectedRow(driver.state.context))
        for node in 20..<24 {
            snapshot.nodes.conditions[node] = NodeCondition(kind: .failed, text: "gone", since: snapshot.at)
        }
        snapshot.sequence += 1
        _ = driver.state.update(.snapshotArrived(snapshot))
        #expect(driver.state.main.selected == selected)
        #expect(driver.state.main.selectedRow(driver.state.context) == before + 4)
    }

    @Test("a selected node that the filter hides hands the selection to a neighbour")
    func selectionLeavesHiddenNode() throws {
        var driver = Driver()
        driver.press("j")
        driver.press("/")
        driver.type("chat")
        driver.press(.enter)
        let selected = try #require(driver.state.main.selected)
        let index = try #require(driver.state.newest.nodes.ids.firstIndex(of: selected))
        #expect(driver.state.newest.pools[Int(driver.state.newest.nodes.pools[index])].pool.shortName == "chat")
    }

    @Test(
        "a filter finds names, states, pools, jobs, owners and conditions, in any case",
        arguments: [
            ("su03-n02", 1), ("SU03-N0", 9), ("draining", 1), ("think", 14), ("71204", 10), ("NLP1", 17), ("xid", 1),
            ("think xid", 1), ("nothing like this", 0), ("", 64),
        ])
    func filter(text: String, count: Int) {
        var driver = Driver()
        driver.press("/")
        driver.type(text)
        #expect(driver.state.main.list.order.count == count)
        #expect(driver.text.contains("/\(text)"))
    }

    @Test("letters typed into the filter are no commands, and Esc takes the filter away")
    func filterTakesLetters() {
        var driver = Driver()
        driver.press("/")
        #expect(driver.press("q").isEmpty)
        #expect(driver.press("H").isEmpty)
        #expect(driver.state.main.filter == "qH")
        #expect(driver.frame.cursor == Position(x: 4, y: 35))
        driver.press(.backspace)
        #expect(driver.state.main.filter == "q")
        driver.press(.escape)
        #expect(driver.state.main.filter.isEmpty && !driver.state.main.isFiltering)
    }

    @Test("n and N go through the matches and around the end")
    func matches() {
        var driver = Driver()
        driver.press("/")
        driver.type("su04-n1")
        driver.press(.enter)
        let order = driver.state.main.list.order
        for index in order.indices {
            driver.press("n")
            #expect(driver.state.main.selectedRow(driver.state.context) == index)
        }
        driver.press("n")
        #expect(driver.state.main.selectedRow(driver.state.context) == 0)
        driver.press("N")
        #expect(driver.state.main.selectedRow(driver.state.context) == order.count - 1)
    }

    @Test(
        "pages and ends stay inside the list and the selected row is always on the screen",
        arguments: [[120, 36], [80, 24], [200, 50], [70, 22]])
    func pages(size: [Int]) throws {
        var driver = Driver(SampleFactory.large(), width: size[0], height: size[1])
        for key: Key in [
            .control("f"), .control("f"), .control("d"), .control("b"), .character("G"), .control("f"), .control("u"),
            .character("g"),
            .control("b"), .down, .up,
        ] {
            driver.press(key)
            let selected = try #require(driver.state.main.selected)
            let shown = driver.frame.cells.contains { $0.role == .selection } && driver.text.contains(selected.name)
            #expect(shown, "after \(key.label)")
        }
    }

    @Test("Tab and numbers move the focus, Enter gives a panel the screen, Esc takes it back")
    func panels() {
        var driver = Driver()
        driver.press(.tab)
        #expect(driver.state.main.focus == .queue)
        driver.press(.enter)
        #expect(driver.lines.count { $0.contains("Nodes") } == 0)
        driver.press("3")
        #expect(driver.text.contains("Tokens/s") && !driver.text.contains("Queue"))
        driver.press(.escape)
        for title in ["Nodes", "Queue", "Tokens/s", "Allocation", "Events"] {
            #expect(driver.text.contains(" \(title) "))
        }
    }

    @Test("an event keeps the selection while newer ones arrive, and Enter opens its node")
    func events() {
        var snapshot = SampleFactory.simulated()
        var driver = Driver(snapshot)
        driver.press("5")
        for _ in 0..<3 { driver.press("j") }
        let selected = driver.state.main.selectedEvent
        snapshot.events.insert(FactoryEvent(id: 101, at: snapshot.at, kind: .job, text: "new"), at: 0)
        _ = driver.state.update(.snapshotArrived(snapshot))
        #expect(driver.state.main.selectedEvent == selected)
        driver.press(.enter)
        #expect(driver.state.screen == .node)
    }

    @Test("p shows the same picture until 0, says FROZEN, and lets nothing act")
    func freeze() {
        var driver = Driver()
        driver.press("p")
        let before = driver.lines.dropLast()
        var snapshot = SampleFactory.calm()
        snapshot.at = SampleFactory.now + Seconds(60)
        _ = driver.state.update(.snapshotArrived(snapshot))
        #expect(driver.lines.dropLast() == before)
        #expect(before.first?.contains("FROZEN") == true && before.first?.contains("14:06:12Z") == true)
        #expect(driver.press("H").isEmpty)
        #expect(driver.bottom.contains("FROZEN"))
        driver.press("0")
        #expect(!driver.text.contains("FROZEN") && driver.text.contains("14:07:12Z"))
    }

    @Test("marks are nodes, move on, and are the first that a plan takes")
    func marks() {
        var driver = Driver()
        driver.press(" ")
        driver.press(" ")
        #expect(driver.state.main.marked.count == 2)
        let effects = driver.press(">")
        guard case .plan(let draft)? = effects.first else {
            Issue.record("no plan was asked for: \(effects)")
            return
        }
        #expect(Set(draft.preferred) == driver.state.main.marked && draft.nodes == 2)
    }

    private func draft(_ effects: [Effect]) -> Draft? {
        guard case .plan(let draft)? = effects.first else { return nil }
        return draft
    }

    @Test(
        "> and < ask for the node under the selection or on the screen; r for the cheapest, and a hidden selection for none"
    )
    func nodeAtHand() {
        let ids = SampleFactory.simulated().nodes.ids
        var driver = Driver()
        #expect(draft(driver.press(">"))?.preferred == [], "nothing is selected")
        for key: Unicode.Scalar in [">", "<"] {
            driver = Driver()
            driver.press("j")
            let selected = driver.state.main.selected
            #expect(
                draft(driver.press(key)).map { ($0.preferred == [selected], $0.nodes == 1) } ?? (false, false) == (
                    true, true
                ))
        }
        driver = Driver()
        driver.press("j")
        #expect(draft(driver.press("r"))?.preferred == [])
        driver.press(.escape)
        driver.press("5")
        #expect(draft(driver.press(">"))?.preferred == [], "the focus is on the events")
        driver = Driver()
        _ = driver.state.open(.node(ids[7]))
        #expect(draft(driver.press("<"))?.preferred == [ids[7]])
        driver = Driver()
        driver.press("j")
        driver.press("M")
        #expect(draft(driver.press(">"))?.preferred == [], "the list is hidden")
    }
}
