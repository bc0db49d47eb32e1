// SPDX-License-Identifier: Apache-2.0

import Factory
import Planning
import Testing

@Suite("Move machine")
struct MoveMachineTests {
    private static let chat = SamplePlant.chatPool

    @Test(
        "a unit takes every step of its path, one after the other",
        arguments: [
            (Pool.training, SamplePlant.thinkPool), (chat, SamplePlant.thinkPool), (.spare, SamplePlant.thinkPool),
            (chat, .training), (.spare, .training), (.training, .spare),
        ])
    func path(from: Pool, to: Pool) {
        var move = SampleMove([(from, 0, nil)], to: to)
        let path = MoveStep.path(from: from, to: to)
        var said = move.send(.start(at: move.now))
        for (place, step) in path.enumerated() {
            #expect(said == ["perform \(step.rawValue) n0"])
            #expect(move.tick() == ["ask \(step.rawValue) n0"])
            #expect(move.send(.progress(move.order(0), .running(remaining: Seconds(9)))) == [])
            #expect(move.unit(0).remaining == Seconds(9))
            said = move.reach(0)
            if place == path.count - 1 { #expect(said == ["finished done"]) }
        }
        #expect(move.phase == .done)
        #expect(move.unit(0).phase == .done)
        #expect(move.machine.status.finishedAt == move.now)
        #expect(move.tick() == [])
    }

    @Test("a unit that a scheduler drains comes back free from every step, also after it has changed its owner")
    func drained() {
        for steps in 0..<4 {
            var move = SampleMove([(.training, 0, "j1")], route: .drain)
            _ = move.send(.start(at: move.now))
            for _ in 0..<steps { _ = move.reach(0) }
            #expect(move.machine.status.abortIsFree && move.machine.status.lost == .zero)
            #expect(move.send(.abort(at: move.now)) == ["perform restore n0"])
            #expect(move.reach(0) == ["finished aborted"])
        }
    }

    @Test("a unit whose jobs are put back into the queue loses what they had, and goes on to its end when aborted")
    func requeued() {
        var move = SampleMove([(.training, 0, "j1")], route: .requeue)
        #expect(move.send(.start(at: move.now)) == ["perform cordon n0"])
        #expect(move.reach(0) == ["perform checkpoint n0"])
        #expect(move.machine.status.lost == .zero)
        #expect(move.reach(0) == ["perform release n0"])
        #expect(move.machine.status.lost == GPUHours(10))
        #expect(move.send(.abort(at: move.now)) == [])
        #expect(move.reach(0) == ["perform load n0"])
    }

    @Test("an answer to an older step, of another decision or of a stranger changes nothing")
    func late() {
        var move = SampleMove([(.training, 0, nil)])
        _ = move.send(.start(at: move.now))
        let old = move.order(0)
        _ = move.reach(0)
        #expect(move.unit(0).step == .release)
        #expect(move.send(.progress(old, .reached)) == [])
        var other = move.order(0)
        other.decision = DecisionID(5)
        #expect(move.send(.progress(other, .reached)) == [])
        other = move.order(0)
        other.node = NodeID("n9")
        #expect(move.send(.performFailed(other, ActuatorError(.refused, engine: "sim", text: "no"))) == [])
        #expect(move.unit(0).step == .release)
    }

    @Test("waves follow each other, and not before their spacing")
    func waves() {
        var move = SampleMove([(.spare, 0, nil), (.spare, 1, nil), (.spare, 1, nil)], spacing: 600)
        #expect(move.send(.start(at: move.now)) == ["perform load n0"])
        for _ in 0..<4 { _ = move.reach(0) }
        #expect(move.unit(0).phase == .done)
        #expect(move.tick(590) == [])
        #expect(move.tick(20) == ["perform load n1", "perform load n2"])
        move.run(1, until: .serve)
        #expect(move.reach(1) == [])
        move.run(2, until: .serve)
        #expect(move.reach(2) == ["finished done"])
    }

    @Test("a gang's loss is counted once a wave, when its first unit crosses LOSS")
    func lost() {
        var move = SampleMove([(.training, 0, "a"), (.training, 0, "a"), (.training, 0, "b"), (.training, 1, "a")])
        _ = move.send(.start(at: move.now))
        #expect(move.machine.status.lost == .zero)
        _ = move.reach(0)
        #expect(move.machine.status.lost == GPUHours(10))
        #expect(move.unit(0).pastLoss)
        #expect(!move.machine.status.abortIsFree)
        _ = move.reach(1)
        #expect(move.machine.status.lost == GPUHours(10))
        _ = move.reach(2)
        #expect(move.machine.status.lost == GPUHours(20))
        for unit in 0..<3 {
            move.run(unit, until: .serve)
            _ = move.reach(unit)
        }
        _ = move.reach(3)
        #expect(move.machine.status.lost == GPUHours(30))
    }

    @Test(
        "a move loses in the end what its plan forecast", arguments: [(4, Pool.training), (14, SamplePlant.thinkPool)])
    func forecast(nodes: Int, to: Pool) throws {
        var plant = SamplePlant()
        (plant.chatLoad, plant.thinkLoad) = (0.3, 0.3)
        let plan = try #require(plant.plan(Draft(to: to, nodes: nodes)))
        #expect((plan.forecast.lost ?? .zero) > .zero)
        var move = SampleMove([])
        move.now = plant.now
        move.machine = MoveMachine(plan, by: "ops1", at: plant.now)
        _ = move.send(.start(at: move.now))
        for _ in 0..<100 where move.machine.status.isOpen {
            _ = move.tick(100)
            for unit in move.machine.status.units.indices { _ = move.reach(unit) }
        }
        #expect(move.phase == .done)
        #expect(abs(move.machine.status.lost.value - (plan.forecast.lost?.value ?? 0)) < 1e-9)
    }

    @Test("HOLD lets the running step end and starts none; releasing goes on")
    func hold() {
        var move = SampleMove([(Self.chat, 0, nil), (Self.chat, 1, nil)])
        _ = move.send(.start(at: move.now))
        #expect(move.send(.hold) == [])
        #expect(move.phase == .held)
        #expect(move.tick() == ["ask cordon n0"])
        #expect(move.reach(0) == [])
        #expect(move.unit(0).phase == .held)
        #expect(move.tick() == [])
        #expect(move.send(.releaseHold) == ["perform drain n0"])
        #expect(move.phase == .running)
    }

    @Test("under HOLD the last step still ends its unit, and no wave starts")
    func holdAtTheEnd() {
        var move = SampleMove([(.spare, 0, nil), (.spare, 1, nil)])
        _ = move.send(.start(at: move.now))
        move.run(0, until: .serve)
        _ = move.send(.hold)
        #expect(move.reach(0) == [])
        #expect(move.unit(0).phase == .done)
        #expect(move.tick(9999) == [])
        #expect(move.unit(1).phase == .waiting)
        #expect(move.send(.releaseHold) == ["perform load n1"])
    }

    @Test("abort before LOSS brings a unit back, free")
    func abortBefore() {
        var move = SampleMove([(Self.chat, 0, nil), (Self.chat, 1, nil)])
        _ = move.send(.start(at: move.now))
        move.run(0, until: .drain)
        #expect(move.machine.status.abortIsFree)
        #expect(move.send(.abort(at: move.now)) == ["perform restore n0"])
        #expect(move.phase == .aborting)
        #expect(move.unit(1).phase == .aborted)
        #expect(move.send(.abort(at: move.now)) == [])
        #expect(move.tick() == ["ask restore n0"])
        #expect(move.reach(0) == ["finished aborted"])
        #expect(move.unit(0).phase == .aborted)
        #expect(move.unit(0).problem == nil)
    }

    @Test("abort after LOSS takes the unit to its safe end")
    func abortAfter() {
        var move = SampleMove([(Self.chat, 0, nil), (Self.chat, 0, nil)])
        _ = move.send(.start(at: move.now))
        move.run(0, until: .unload)
        #expect(move.send(.abort(at: move.now)) == ["perform restore n1"])
        #expect(move.reach(1) == [])
        #expect(move.reach(0) == ["perform load n0"])
        move.run(0, until: .serve)
        #expect(move.reach(0) == ["finished aborted"])
        #expect(move.unit(0).phase == .done)
        #expect(move.machine.status.done == 1)
    }

    @Test("abort under HOLD brings units back once HOLD is released")
    func abortHeld() {
        var move = SampleMove([(Self.chat, 0, nil)])
        _ = move.send(.start(at: move.now))
        _ = move.send(.hold)
        let running = move.order(0)
        #expect(move.send(.abort(at: move.now)) == [])
        #expect(move.send(.progress(running, .reached)) == [])
        #expect(move.tick() == [])
        #expect(move.phase == .held)
        #expect(move.send(.releaseHold) == ["perform restore n0"])
        #expect(move.reach(0) == ["finished aborted"])
    }

    @Test("abort before the first step ends at once")
    func abortUnstarted() {
        var move = SampleMove([(.spare, 0, nil)])
        _ = move.send(.hold)
        #expect(move.send(.abort(at: move.now)) == ["finished aborted"])
    }

    @Test(
        "a status survives a restart: the running step is performed again, and only once",
        arguments: [MoveStep.drain, .load, .canary])
    func resume(step: MoveStep) {
        var move = SampleMove([(Self.chat, 0, nil), (Self.chat, 1, nil)])
        _ = move.send(.start(at: move.now))
        move.run(0, until: step)
        move.machine = MoveMachine(resuming: move.machine.status, at: move.now)
        #expect(move.send(.start(at: move.now)) == ["perform \(step.rawValue) n0"])
        #expect(move.tick() == ["ask \(step.rawValue) n0"])
        let path = MoveStep.path(from: Self.chat, to: SamplePlant.thinkPool)
        for _ in path.drop(while: { $0 != step }) { _ = move.reach(0) }
        #expect(move.unit(0).phase == .done)
        #expect(move.unit(1).step == .cordon)
    }

    @Test("a restart in the middle of an abort goes on with it")
    func resumeAbort() {
        var move = SampleMove([(Self.chat, 0, nil)])
        _ = move.send(.start(at: move.now))
        _ = move.send(.abort(at: move.now))
        move.machine = MoveMachine(resuming: move.machine.status, at: move.now)
        #expect(move.send(.start(at: move.now)) == ["perform restore n0"])
        #expect(move.reach(0) == ["finished aborted"])
    }

    @Test("a restart under HOLD in the middle of an abort goes on with it once HOLD is released, and begins no wave")
    func resumeAbortHeld() {
        var move = SampleMove([(Self.chat, 0, nil), (Self.chat, 1, nil)])
        _ = move.send(.start(at: move.now))
        _ = move.send(.hold)
        _ = move.send(.abort(at: move.now))
        var status = move.machine.status
        status.phase = .aborting
        move.machine = MoveMachine(resuming: status, at: move.now, holds: true)
        #expect(move.phase == .held && move.machine.isAborted)
        #expect(move.tick() == [])
        #expect(move.send(.releaseHold) == ["perform restore n0"])
        #expect(move.reach(0) == ["finished aborted"])
    }

    @Test("the outcome is kept once the move has ended, and not before")
    func outcome() {
        var move = SampleMove([(.spare, 0, nil)], to: .training)
        let outcome = MoveForecast(ready: Seconds(300), readyP95: nil, lost: .zero, waitAfter: nil)
        move.machine.recordOutcome(outcome)
        #expect(move.machine.status.outcome == nil)
        _ = move.send(.start(at: move.now))
        _ = move.reach(0)
        _ = move.reach(0)
        move.machine.recordOutcome(outcome)
        #expect(move.machine.status.outcome == outcome)
    }
}
