// SPDX-License-Identifier: Apache-2.0

import Factory
import Planning
import Testing

@Suite("Move machine, when things go wrong")
struct MoveFailureTests {
    private static let chat = SamplePlant.chatPool
    private let no = ActuatorError(.refused, engine: "sim", text: "unknown node")
    private let gone = ActuatorError(.unreachable, engine: "slurm", text: "timeout")

    @Test("a refused step fails its unit, with the commands that undo it; the rest of the wave goes on")
    func refused() {
        var move = SampleMove([(Self.chat, 0, nil), (.spare, 0, nil), (.spare, 1, nil)])
        _ = move.send(.start(at: move.now))
        #expect(move.send(.performFailed(move.order(0), no)) == [])
        #expect(move.unit(0).phase == .failed)
        #expect(move.unit(0).problem == "sim refuses cordon: unknown node")
        #expect(move.machine.status.undo == ["undo n0 of inference/chat"])
        move.run(1, until: .serve)
        #expect(move.reach(1) == ["finished failed"])
        #expect(move.unit(1).phase == .done)
        #expect(move.unit(2).phase == .aborted)
        #expect(move.unit(2).problem == "not started: n0 failed")
    }

    @Test("a unit that was drained and is refused its next step goes back: nobody has to notice that it does not work")
    func refusedLater() {
        var move = SampleMove([(.training, 0, "j1")], route: .drain)
        _ = move.send(.start(at: move.now))
        _ = move.reach(0)
        #expect(move.send(.performFailed(move.order(0), no)) == ["perform restore n0"])
        #expect(move.reach(0) == ["finished failed"])
        #expect(move.unit(0).problem == "drain failed: sim refuses it: unknown node; back in training")
        #expect(move.machine.status.undo.isEmpty)
    }

    @Test("what undoes several units comes from one call, so that their lists do not undo each other")
    func undoTogether() {
        var move = SampleMove([(Self.chat, 0, nil), (Self.chat, 0, nil)])
        _ = move.send(.start(at: move.now))
        for unit in 0..<2 { _ = move.send(.performFailed(move.order(unit), no)) }
        // A later process, too, asks for the lines of all that is left.
        var later = MoveMachine(
            resuming: move.machine.status, at: move.now,
            commands: { orders in ["\(orders.map { "\($0.step.rawValue) \($0.node)" })"] })
        later.refreshUndo()
        #expect(later.status.undo == [#"["restore n0", "restore n1"]"#])
    }

    @Test("by rule the next wave starts all the same")
    func goOn() {
        var rules = MoveRules()
        rules.goOnAfterFailure = true
        var move = SampleMove([(.spare, 0, nil), (.spare, 1, nil)], rules: rules)
        _ = move.send(.start(at: move.now))
        #expect(move.send(.performFailed(move.order(0), no)) == ["perform load n1"])
        move.run(1, until: .serve)
        #expect(move.reach(1) == ["finished failed"])
    }

    @Test("an engine that does not answer is told again")
    func unreachable() {
        var move = SampleMove([(.spare, 0, nil)])
        _ = move.send(.start(at: move.now))
        #expect(move.send(.performFailed(move.order(0), gone)) == [])
        #expect(move.unit(0).phase == .running)
        #expect(move.tick() == ["perform load n0"])
        #expect(move.tick() == ["ask load n0"])
    }

    @Test(
        "a step of which the engine gives no word says since when, counts nothing down, and is forgotten with the next word"
    )
    func unheard() {
        var move = SampleMove([(.training, 0, "j1")], route: .drain)
        _ = move.send(.start(at: move.now))
        _ = move.reach(0)
        _ = move.send(.progress(move.order(0), .running(remaining: Seconds(600))))
        let since = move.now
        _ = move.send(.unanswered(move.order(0), gone))
        #expect(move.unit(0).unheard == UnitMove.Unheard(since: since, why: "timeout"))
        #expect(move.unit(0).remaining == nil)
        _ = move.send(.tick(at: since + Seconds(30)))
        _ = move.send(.unanswered(move.order(0), gone))
        #expect(move.unit(0).unheard?.since == since)
        #expect(move.unit(0).phase == .running)
        _ = move.send(.progress(move.order(0), .running(remaining: Seconds(500))))
        #expect(move.unit(0).unheard == nil)
        #expect(move.unit(0).remaining == Seconds(500))
    }

    @Test(
        "a step that fails before LOSS puts its unit back: a failed checkpoint releases nothing",
        arguments: [Pool.training, chat, .spare])
    func beforeLoss(from: Pool) {
        var move = SampleMove([(from, 0, nil)])
        _ = move.send(.start(at: move.now))
        let step = move.unit(0).step?.rawValue ?? ""
        #expect(move.send(.progress(move.order(0), .failed("disk full"))) == ["perform restore n0"])
        #expect(move.unit(0).phase == .aborting)
        #expect(move.reach(0) == ["finished failed"])
        #expect(move.unit(0).problem == "\(step) failed: disk full; back in \(from)")
        #expect(move.machine.status.undo == [])
        #expect(move.machine.status.lost == .zero)
    }

    @Test("a canary that fails goes back, past LOSS too", arguments: [Pool.training, chat, .spare])
    func canary(from: Pool) {
        var move = SampleMove([(from, 0, nil)])
        _ = move.send(.start(at: move.now))
        move.run(0, until: .canary)
        #expect(move.send(.progress(move.order(0), .failed("ITL 90 ms"))) == ["perform restore n0"])
        #expect(move.reach(0) == ["finished failed"])
        #expect(move.unit(0).problem == "canary failed: ITL 90 ms; back in \(from)")
    }

    @Test(
        "any other failure past LOSS stays where it is and offers the way back",
        arguments: [MoveStep.load, .warm, .serve])
    func pastLoss(step: MoveStep) {
        var move = SampleMove([(Self.chat, 0, nil)])
        _ = move.send(.start(at: move.now))
        move.run(0, until: step)
        #expect(move.send(.progress(move.order(0), .failed("no weights"))) == ["finished failed"])
        #expect(move.unit(0).problem == "\(step.rawValue) failed: no weights")
        #expect(move.machine.status.undo == ["undo n0 of inference/chat"])
    }

    @Test("a restore that fails tells both stories and offers the commands")
    func restoreFails() {
        var move = SampleMove([(Self.chat, 0, nil)])
        _ = move.send(.start(at: move.now))
        _ = move.send(.progress(move.order(0), .failed("a")))
        #expect(move.send(.performFailed(move.order(0), no)) == ["finished failed"])
        #expect(move.unit(0).problem == "cordon failed: a; sim refuses restore: unknown node")
        #expect(move.machine.status.undo == ["undo n0 of inference/chat"])
    }

    @Test("a failure under HOLD waits with the way back")
    func failureHeld() {
        var move = SampleMove([(Self.chat, 0, nil)])
        _ = move.send(.start(at: move.now))
        _ = move.send(.hold)
        #expect(move.send(.progress(move.order(0), .failed("a"))) == [])
        #expect(move.tick() == [])
        #expect(move.send(.releaseHold) == ["perform restore n0"])
    }

    @Test("a step past its patience is called stuck, offers the way back, and is forgiven when it moves")
    func stuck() {
        var move = SampleMove([(Self.chat, 0, nil)])
        _ = move.send(.start(at: move.now))
        move.run(0, until: .drain)
        #expect(move.tick(900) == ["ask drain n0"])
        #expect(move.unit(0).problem == nil)
        #expect(move.tick(1) == ["ask drain n0"])
        #expect(move.unit(0).problem == "stuck in drain for 15:01")
        #expect(move.unit(0).phase == .running)
        #expect(move.machine.status.undo == ["undo n0 of inference/chat"])
        #expect(move.reach(0) == ["perform unload n0"])
        #expect(move.unit(0).problem == nil)
        #expect(move.machine.status.undo == [])
    }

    @Test(
        "patience grows with the usual time of a step", arguments: [(nil, 900.0), (10.0, 120), (60, 180), (360, 1080)])
    func patience(typical: Double?, limit: Double) {
        #expect(MoveRules().limit(typical: typical.map { Seconds($0) }) == Seconds(limit))
    }

    @Test("a stuck unit that is aborted ends as aborted, not as failed")
    func stuckAborted() {
        var move = SampleMove([(Self.chat, 0, nil)])
        _ = move.send(.start(at: move.now))
        _ = move.tick(2000)
        #expect(move.unit(0).problem != nil)
        #expect(move.send(.abort(at: move.now)) == ["perform restore n0"])
        _ = move.tick(2000)
        #expect(move.reach(0) == ["finished aborted"])
    }
}
