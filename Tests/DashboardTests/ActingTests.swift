// SPDX-License-Identifier: Apache-2.0

import Factory
import Screen
import Testing

@testable import Dashboard

@Suite("Acting")
struct ActingTests {
    @Test("a key held down acts once", arguments: ["H", "r", ">", "<", "A"] as [Unicode.Scalar])
    func repeats(letter: Unicode.Scalar) {
        var driver = Driver()
        driver.press("j")
        driver.press(letter)
        let before = driver.state.screen
        for _ in 0..<20 { #expect(driver.press(letter, after: 0.033).isEmpty) }
        #expect(driver.state.screen == before)
    }

    @Test("a key held down never runs on into what it opened")
    func heldKeyStays() {
        var driver = Driver(SampleFactory.calm())
        driver.press("?")
        driver.press("q")
        for _ in 0..<20 { #expect(driver.press("q", after: 0.033).isEmpty) }
        #expect(driver.state.screen == .main)
        var busy = Driver()
        busy.press("A")
        for _ in 0..<20 { busy.press("A", after: 0.033) }
        #expect(busy.state.question != nil)
    }

    @Test("a burst of keys reaches no key that acts")
    func burst() {
        var driver = Driver()
        driver.press("j")
        for letter: Unicode.Scalar in ["H", "A", "y", "r", "H"] { #expect(driver.press(letter, after: 0.005).isEmpty) }
        #expect(driver.state.screen == .main && driver.bottom.contains("too fast"))
        // The first of a burst has nothing before it: that it came with others tells.
        driver.press("j", after: 5)
        #expect(driver.state.update(.input(.key(.character("H")), at: 60, inBurst: true)).isEmpty)
        #expect(driver.state.screen == .main && driver.bottom.contains("too fast"))
    }

    @Test("Ctrl-C leaves from anywhere, and lists what runs before it does", arguments: ["", "?", "r", "/", "A"])
    func leaves(from keys: String) {
        var calm = Driver(SampleFactory.calm())
        calm.type(keys)
        #expect(calm.press(.control("c")) == [.quit])
        var busy = Driver()
        busy.type(keys)
        #expect(busy.press(.control("c")).isEmpty)
        #expect(busy.state.screen == .quit && busy.state.question == nil)
        #expect(busy.press(.control("c"), after: 0.033).isEmpty, "held down it does not answer itself")
        busy.press(.up)
        #expect(busy.press(.control("c")) == [.quit])
    }

    @Test("pasted text is no key, whatever it says")
    func paste() {
        var driver = Driver()
        #expect(driver.state.update(.input(.paste("HAyr>q"), at: 20)).isEmpty)
        #expect(driver.state.screen == .main && driver.bottom.contains("pasted"))
        driver.press("A")
        #expect(driver.state.update(.input(.paste("y"), at: 30)).isEmpty)
        #expect(driver.state.question != nil)
    }

    @Test("a viewer's acting keys say why they do nothing", arguments: ["H", "A", "+"] as [Unicode.Scalar])
    func viewer(letter: Unicode.Scalar) {
        var driver = Driver(you: SampleFactory.viewer)
        #expect(driver.press(letter).isEmpty)
        #expect(driver.bottom.contains("guest is a viewer"))
    }

    @Test("on a plant that only observes, acting keys give its reason")
    func observeOnly() {
        var driver = Driver(SampleFactory.hosts())
        #expect(driver.press("H").isEmpty)
        #expect(driver.bottom.contains("no control: is configured"))
        #expect(driver.press("+").isEmpty)
        #expect(driver.bottom.contains("only a simulated plant"))
    }

    @Test("H holds a running move even while the audit cannot be written; nothing else acts then")
    func holdWithoutAudit() {
        var snapshot = SampleFactory.simulated()
        snapshot.mode = .observe
        snapshot.observeOnly = "The audit cannot be written: no space left on device."
        var driver = Driver(snapshot)
        #expect(driver.press("A").isEmpty && driver.bottom.contains("no space left"))
        #expect(driver.press("H") == [.perform(.hold)])
    }

    @Test("H holds at once, and asks before it releases")
    func hold() {
        var driver = Driver()
        #expect(driver.press("H") == [.perform(.hold)])
        var snapshot = SampleFactory.simulated()
        snapshot.mode = .hold
        _ = driver.state.update(.snapshotArrived(snapshot))
        #expect(driver.press("H").isEmpty)
        #expect(driver.bottom.contains("release HOLD"))
        #expect(driver.press("y") == [.perform(.releaseHold)])
        driver.press("H")
        #expect(driver.press("n").isEmpty && driver.state.question == nil)
    }

    @Test("A asks while aborting is free")
    func abort() {
        var driver = Driver()
        #expect(driver.press("A").isEmpty)
        #expect(driver.bottom.contains("abort d-2231") && driver.bottom.contains("free"))
        #expect(driver.press("y") == [.perform(.abort(DecisionID(2231)))])
    }

    @Test("a question is taken back when its answer would cost more than it says")
    func staleQuestion() {
        var driver = Driver()
        driver.press("A")
        var snapshot = SampleFactory.simulated()
        snapshot.moves[0].units[0].pastLoss = true
        _ = driver.state.update(.snapshotArrived(snapshot))
        #expect(driver.state.question == nil && driver.bottom.contains("A asks again"))
        #expect(driver.press("y").isEmpty)
    }

    @Test("A after LOSS drafts the way back of what has arrived")
    func reverse() {
        var snapshot = SampleFactory.simulated()
        for index in snapshot.moves[0].units.indices { snapshot.moves[0].units[index].pastLoss = true }
        var early = Driver(snapshot)
        #expect(early.press("A").isEmpty && early.bottom.contains("once a unit has arrived"))
        for index in snapshot.moves[0].units.indices { snapshot.moves[0].units[index].phase = .done }
        var driver = Driver(snapshot)
        let effects = driver.press("A")
        guard case .plan(let draft)? = effects.first else {
            Issue.record("no plan was asked for: \(effects)")
            return
        }
        #expect(draft.reverses == DecisionID(2231) && draft.from == .training && draft.nodes == 2)
        #expect(draft.to == .inference(ServingClass("chat")))
    }

    @Test("the way back of a move with two donors takes every unit and says both")
    func reverseOfTwo() {
        var snapshot = SampleFactory.simulated()
        for index in snapshot.moves[0].units.indices { snapshot.moves[0].units[index].phase = .done }
        snapshot.moves[0].units[0].from = .spare
        var driver = Driver(snapshot)
        guard case .plan(let draft)? = driver.press("A").first else {
            Issue.record("no plan was asked for")
            return
        }
        #expect(draft.nodes == 2 && draft.to == nil && draft.preferred == snapshot.moves[0].units.map(\.node))
    }

    @Test("a move of an earlier run of a simulation stands in the list and cannot be taken back")
    func earlierRun() {
        var snapshot = SampleFactory.simulated()
        snapshot.earlierMoves = [snapshot.moves.removeLast()]
        snapshot.moves = []
        var driver = Driver(snapshot)
        _ = driver.press("M")
        #expect(driver.text.contains("d-2219") && driver.text.contains("earlier run"))
        #expect(driver.press("A").isEmpty && driver.state.question == nil)
        #expect(driver.bottom.contains("earlier run"), "\(driver.bottom)")
    }

    @Test(
        "a real plant outlives its moves: A drafts the way back of one of an earlier run, from the list and without it")
    func earlierRunOfRealPlant() throws {
        var snapshot = SampleFactory.simulated()
        snapshot.kind = .live
        var move = snapshot.moves.removeLast()
        move.phase = .done
        for index in move.units.indices { move.units[index].phase = .done }
        (snapshot.earlierMoves, snapshot.moves) = ([move], [])
        for way in ["", "M"] {
            var driver = Driver(snapshot)
            if !way.isEmpty { _ = driver.press("M") }
            #expect(way.isEmpty || driver.text.contains("plan back"))
            guard case .plan(let draft)? = driver.press("A").first else {
                Issue.record("no plan was asked for: \(driver.bottom)")
                continue
            }
            #expect(draft.reverses == move.decision && draft.preferred == move.units.map(\.node))
        }
    }

    @Test("A speaks of the newest move alone: an impatient second one undoes no older move that went well")
    func impatient() {
        var snapshot = SampleFactory.simulated()
        var good = snapshot.moves.removeLast()
        good.phase = .done
        for index in good.units.indices { good.units[index].phase = .done }
        var aborted = good
        aborted.decision = DecisionID(good.decision.number + 1)
        aborted.phase = .aborted
        for index in aborted.units.indices { aborted.units[index].phase = .aborted }
        snapshot.moves = [aborted, good]
        var driver = Driver(snapshot)
        #expect(driver.press("A").isEmpty && driver.state.screen == .main)
        #expect(driver.bottom.contains("\(aborted.decision) has ended and moved nothing"), "\(driver.bottom)")
    }

    @Test("before HOLD is released it is said whose jobs a move that waits puts back")
    func releaseLoses() throws {
        var snapshot = SampleFactory.simulated()
        snapshot.mode = .hold
        let job = try #require(snapshot.jobs.first)
        for index in snapshot.moves[0].units.indices {
            snapshot.moves[0].units[index].route = .requeue
            snapshot.moves[0].units[index].pastLoss = false
            snapshot.moves[0].units[index].phase = .held
            snapshot.moves[0].units[index].confirmed = [job.id]
        }
        var driver = Driver(snapshot)
        #expect(driver.press("H").isEmpty)
        #expect(driver.text.contains("puts job \(job.id) \(job.name)"), "\(driver.text)")
        #expect(driver.press("y") == [.perform(.releaseHold)])
    }

    @Test("what a move that has ended still keeps out of work is stuck, with the move and what gives it back")
    func stillHeld() {
        var snapshot = SampleFactory.simulated()
        snapshot.kind = .live
        snapshot.mode = .hold
        var move = snapshot.moves.removeLast()
        move.phase = .failed
        move.holds = [move.units[0].node]
        move.undo = ["scontrol update NodeName=n1 State=RESUME"]
        (snapshot.earlierMoves, snapshot.moves) = ([move], [])
        var driver = Driver(snapshot)
        _ = driver.press("M")
        let kept = "\(move.units[0].node)"
        #expect(driver.text.contains("1 node stuck") && !driver.text.contains("nothing is stuck"))
        #expect(driver.text.contains("\(move.decision) failed, and still keeps it"), "\(driver.text)")
        #expect(driver.text.contains("still keeps \(kept) out of work"), "\(driver.text)")
    }

    @Test("a move that was left open and that nobody drives says so in the list, opened, and to whoever would abort it")
    func leftOpen() {
        var snapshot = SampleFactory.simulated()
        var move = snapshot.moves.removeLast()
        move.phase = .interrupted
        move.left = "nobody drives it while this plant is only observed"
        snapshot.earlierMoves = [move]
        snapshot.moves = []
        var driver = Driver(snapshot)
        _ = driver.press("M")
        #expect(driver.text.contains("LEFT OPEN!") && driver.text.contains("nobody drives it while"))
        #expect(driver.press("A").isEmpty && driver.state.question == nil)
        #expect(driver.bottom.contains("nobody drives it"), "\(driver.bottom)")
    }

    @Test("speed goes up and down a ladder and stops at its ends")
    func speed() {
        var driver = Driver()
        #expect(driver.press("+") == [.perform(.setSpeed(60))])
        #expect(driver.press("-") == [.perform(.setSpeed(10))])
        var snapshot = SampleFactory.simulated()
        snapshot.kind = .simulated(speed: 3600, demandScale: 1, seed: 1)
        _ = driver.state.update(.snapshotArrived(snapshot))
        #expect(driver.press("+").isEmpty && driver.bottom.contains("highest"))
    }

    @Test("q quits at once when nothing moves and asks when something does")
    func quit() {
        var calm = Driver(SampleFactory.calm())
        #expect(calm.press("q") == [.quit])
        var busy = Driver()
        #expect(busy.press("q").isEmpty && busy.state.screen == .quit)
    }

    @Test("themes go round, and a refused one is said")
    func themes() {
        var driver = Driver()
        #expect(driver.press("t") == [.setTheme("mono")])
        _ = driver.state.update(.themeChanged("mono", problem: nil))
        #expect(driver.press("t") == [.setTheme("default")])
        _ = driver.state.update(.themeChanged("mono", problem: "themes/x.yaml:3: no such colour"))
        #expect(driver.bottom.contains("no such colour"))
    }

    @Test("^L and ^Z are asked of the world from every screen")
    func terminalKeys() {
        var driver = Driver()
        #expect(driver.press(.control("l")) == [.redraw] && driver.press(.control("z")) == [.suspend])
        driver.press("?")
        #expect(driver.press(.control("l")) == [.redraw] && driver.press(.control("z")) == [.suspend])
    }
}
