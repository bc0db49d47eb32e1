// SPDX-License-Identifier: Apache-2.0

import Factory
import Planning
import Synchronization
import Testing

@testable import Control

@Suite struct DeskTests {
    private let spareToChat = Draft(to: TinyPlant.chat, from: .spare, nodes: 1)
    private let trainingToChat = Draft(to: TinyPlant.chat, from: .training, nodes: 1)

    @Test("a confirmed plan moves its node, is verified against the newest snapshot, and is compared with its promise")
    func whole() async throws {
        let rig = await Rig()
        let preview = try #require(await rig.plan(spareToChat))
        let outcome = await rig.submit(preview)
        #expect(outcome.verdict == .accepted, "\(outcome.text)")
        let node = try #require(preview.takes.first?.nodes.first)
        #expect(await rig.snapshot.moves.first?.phase == .running, "shown at once, not with the next poll")
        await rig.pass(20)
        let move = try #require(await rig.snapshot.moves.first)
        #expect(move.phase == .done && move.outcome?.ready == Seconds(40) && move.outcome?.lost == .zero)
        #expect(await rig.tiny.pool(of: node) == TinyPlant.chat)
        #expect(
            rig.kinds == [.asked, .accepted, .step, .step, .step, .step, .verified], "one step record for each step")
        let events = await rig.snapshot.events.map(\.text)
        #expect(events.contains { $0.contains("d-1 submitted by ops: 1 node spare -> inference/chat") })
        #expect(events.contains { $0.contains("done, 1 of 1 unit: ready 40 s, promised") })
        #expect(events.first?.contains("done") == true, "newest first")
    }

    @Test(
        "a plan that would put back other jobs than the one on the screen is another decision, and not what is confirmed"
    )
    func otherJobs() async throws {
        let rig = await Rig(TinyPlant(routes: [.requeue]))
        let desk = CommandDesk(
            actuator: rig.tiny, records: rig.records, planner: Planner(), observeOnly: nil, wall: { 1 })
        var snapshot = await rig.snapshot
        let draft = Draft(to: TinyPlant.chat, from: .training, nodes: 1, preferred: [NodeID("n00")])
        func plan(_ jobs: [String]) async -> PlanPreview? {
            snapshot.schedule(jobs, on: 1)
            _ = await desk.tick(snapshot)
            guard case .preview(let preview) = await desk.plan(draft, by: rig.ops) else {
                return nil
            }
            #expect(preview.takes.first?.confirmed.map(Set.init) == Set(jobs.map { JobID($0) }))
            return preview
        }
        let shown = try #require(await plan(["7", "8"]))
        #expect(await plan(["7", "8"])?.decision == shown.decision)
        // Another terminal of the same account sees the job that has begun.
        let newer = try #require(await plan(["7", "8", "9"]))
        #expect(newer.decision != shown.decision)
        guard case .typeName(let loser) = shown.tier else {
            Issue.record("\(shown.tier)")
            return
        }
        let name = Factory.Confirmation.name(loser)
        let late = await desk.perform(.submit(shown.decision, at: shown.revision, name), by: rig.ops)
        #expect(
            late.verdict == .refused && late.text.contains("job 9 of zoe on n00 is not in the plan"), "\(late.text)")
        #expect(await rig.tiny.performed.isEmpty)
        let right = await desk.perform(.submit(newer.decision, at: newer.revision, name), by: rig.ops)
        #expect(right.verdict == .accepted, "\(right.text)")
    }

    @Test("what the engine holds for a move that is over is told once, and not while the move is open")
    func leftovers() async throws {
        let rig = await Rig()
        let preview = try #require(await rig.plan(spareToChat))
        rig.tiny.held.withLock { $0 = [preview.decision: [], DecisionID(77): []] }
        _ = await rig.submit(preview)
        func pages() async -> [String] { await rig.snapshot.events.filter { $0.kind == .page }.map(\.text) }
        await rig.pass(4)
        #expect(await pages() == [])
        await rig.pass(8)
        #expect(await pages() == ["d-77 still holds a node"])
        await rig.pass(40)
        #expect(await pages() == ["\(preview.decision) still holds a node", "d-77 still holds a node"])
    }

    @Test("ten minutes after the submission the wait is measured and recorded")
    func waitAfter() async throws {
        let rig = await Rig()
        _ = await rig.submit(try #require(await rig.plan(spareToChat)))
        await rig.tiny.set { $0.wait = 7 }
        await rig.pass(125)
        #expect(await rig.snapshot.moves.first?.outcome?.waitAfter == Seconds(7))
        #expect(rig.records.newest(1).first?.details["wait_after_s"] == "7.0")
    }

    @Test("each step is in the audit before the engine hears of it, and nothing reaches the engine before accepted")
    func journalledFirst() async throws {
        let records = PlantRecords.inMemory(plant: "tiny", wall: { 1 })
        let late = Mutex<[String]>([])
        let tiny = TinyPlant { order in
            let known = records.newest(1000)
            let isJournalled = known.contains { $0.kind == .step && $0.node == order.node && $0.step == order.step }
            let isAccepted = known.contains { $0.kind == .accepted && $0.decision == order.decision }
            if !isJournalled || !isAccepted { late.withLock { $0.append("\(order.node) \(order.step)") } }
        }
        let rig = await Rig(tiny, records: records)
        _ = await rig.submit(try #require(await rig.plan(trainingToChat)))
        await rig.pass(30)
        #expect(await rig.tiny.performed.count == 6)
        #expect(late.withLock { $0 }.isEmpty)
    }

    @Test(
        "what is refused, and why",
        arguments: [
            ("another revision", "another allocation"), ("unknown", "no open plan"), ("yes for a name", "type"),
            ("wrong name", "type"), ("reason for a name", "type"), ("held", "HOLD is on"), ("old plan", "no open plan"),
            ("viewer", "may look"), ("abort unknown", "no move"), ("release free", "not on"), ("speed 0", "above 0"),
            ("speed nan", "above 0"),
        ])
    func refused(_ way: String, _ word: String) async throws {
        let rig = await Rig()
        let preview = try #require(await rig.plan(Draft(to: TinyPlant.chat, from: .training, nodes: 3)))
        #expect(preview.tier == .typeName("training"), "\(preview.tier)")
        var command = PlantCommand.submit(preview.decision, at: preview.revision, .name("training"))
        var who = rig.ops
        switch way {
        case "another revision":
            command = .submit(preview.decision, at: AllocationRevision(preview.revision.number + 1), .name("training"))
        case "unknown": command = .submit(DecisionID(99), at: preview.revision, .name("training"))
        case "yes for a name": command = .submit(preview.decision, at: preview.revision, .yes)
        case "wrong name": command = .submit(preview.decision, at: preview.revision, .name("Training"))
        case "reason for a name": command = .submit(preview.decision, at: preview.revision, .reason("training"))
        case "held": _ = await rig.perform(.hold)
        case "old plan":
            _ = await rig.submit(try #require(await rig.plan(spareToChat)))
            await rig.pass(1)
        case "viewer": who.mayAct = false
        case "abort unknown": command = .abort(DecisionID(9))
        case "release free": command = .releaseHold
        case "speed 0": command = .setSpeed(0)
        default: command = .setSpeed(.nan)
        }
        let before = await rig.tiny.performed.count
        let written = rig.records.newest(1000).count
        let outcome = await rig.plant.perform(command, by: who)
        #expect(outcome.verdict == .refused && outcome.text.contains(word), "\(outcome.text)")
        #expect(await rig.tiny.performed.count == before)
        #expect(rig.records.newest(1000).count == written + (way == "viewer" ? 0 : 2), "asked and refused, or nothing")
        #expect(rig.records.open.isEmpty)
    }

    @Test("a rail that fails on the newest snapshot refuses the plan that was fine when it was made")
    func rejudged() async throws {
        let rig = await Rig()
        let preview = try #require(await rig.plan(Draft(to: TinyPlant.chat, from: TinyPlant.think, nodes: 1)))
        #expect(!preview.isRefused, "\(preview.verdicts.filter { $0.verdict == .fail })")
        // The allocation is the same and the donor is not what it was: that is the rails' business.
        let worse = await rig.snapshot
        var pools = worse.pools
        pools[1].hurtSince = worse.at
        var changed = worse
        changed.pools = pools
        let desk = CommandDesk(actuator: rig.tiny, records: rig.records, planner: Planner(), observeOnly: nil)
        _ = await desk.tick(worse)
        guard case .preview(let fine) = await desk.plan(preview.draft, by: rig.ops) else {
            Issue.record("no plan")
            return
        }
        _ = await desk.tick(changed)
        let outcome = await desk.perform(.submit(fine.decision, at: fine.revision, .yes), by: rig.ops)
        #expect(outcome.verdict == .refused && outcome.text.contains("rail 7"), "\(outcome.text)")
        #expect(await rig.tiny.performed.isEmpty)
    }

    @Test("the audit keeps what the rails said at the submission, not what the plan showed")
    func keepsVerdicts() async throws {
        let rig = await Rig()
        let preview = try #require(await rig.plan(Draft(to: TinyPlant.chat, from: .spare, nodes: 1)))
        #expect(!preview.verdicts.contains { $0.rail == 15 && $0.verdict == .warn })
        let before = await rig.snapshot
        let desk = CommandDesk(actuator: rig.tiny, records: rig.records, planner: Planner(), observeOnly: nil)
        _ = await desk.tick(before)
        guard case .preview(let plan) = await desk.plan(preview.draft, by: rig.ops) else {
            Issue.record("no plan")
            return
        }
        var later = before
        later.sources.append(SourceStatus(name: "slurm", answeredAt: nil, targets: 1, targetsUp: 0))
        _ = await desk.tick(later)
        #expect(
            await desk.perform(.submit(plan.decision, at: plan.revision, .yes), by: rig.ops).verdict == .accepted)
        let accepted = try #require(rig.records.newest(20).first { $0.kind == .accepted })
        #expect(accepted.details["verdicts"]?.contains("15 warn: slurm has never answered") == true)
    }

    @Test("the same decision never moves twice")
    func idempotent() async throws {
        let rig = await Rig()
        let preview = try #require(await rig.plan(spareToChat))
        _ = await rig.submit(preview)
        let performed = await rig.tiny.performed.count
        let again = await rig.submit(preview)
        #expect(again.verdict == .accepted && again.text.contains("nothing was sent twice"))
        #expect(await rig.tiny.performed.count == performed)
        await rig.pass(20)
        #expect(await rig.submit(preview).text.contains("has ended"))
        #expect(await rig.snapshot.moves.count == 1)
        #expect(await Set(rig.tiny.performed).count == rig.tiny.performed.count)
    }

    @Test("two operators with plans of one allocation: the second one's is gone")
    func twoOperators() async throws {
        let rig = await Rig()
        let first = try #require(await rig.plan(spareToChat))
        guard case .preview(let second) = await rig.plant.plan(spareToChat, by: Operator(name: "eve", mayAct: true))
        else {
            Issue.record("no plan")
            return
        }
        #expect(first.decision != second.decision)
        #expect(await rig.submit(first).verdict == .accepted)
        #expect(await rig.submit(second).verdict == .refused)
    }

    @Test("the same draft on the same allocation stays the same decision; another draft is another")
    func standing() async throws {
        let rig = await Rig()
        let first = try #require(await rig.plan(spareToChat))
        await rig.pass(1)
        #expect(await rig.plan(spareToChat)?.decision == first.decision)
        #expect(await rig.plan(trainingToChat)?.decision == DecisionID(2))
        #expect(await rig.submit(first).verdict == .accepted)
        // A dashboard plans at every poll: what it may still confirm is bounded.
        for nodes in 1...200 { _ = await rig.plan(Draft(to: TinyPlant.think, from: .spare, nodes: nodes)) }
        #expect(await rig.submit(first).text.contains("nothing was sent twice"))
    }

    @Test("hold takes effect at once, lets the running step end, starts none, and going on is asked")
    func hold() async throws {
        let rig = await Rig()
        _ = await rig.submit(try #require(await rig.plan(spareToChat)))
        #expect(await rig.perform(.hold).verdict == .accepted)
        #expect(await rig.snapshot.mode == .hold)
        let before = await rig.tiny.performed.count
        await rig.pass(20)
        #expect(await rig.tiny.performed.count == before)
        #expect(await rig.snapshot.moves.first?.phase == .held)
        #expect(await rig.perform(.hold).text.contains("already"))
        #expect(await rig.perform(.releaseHold).verdict == .accepted)
        await rig.pass(20)
        #expect(await rig.snapshot.moves.first?.phase == .done)
        #expect(rig.kinds.filter { $0 == .held || $0 == .released } == [.held, .released])
        #expect(await rig.snapshot.events.contains { $0.kind == .hold })
    }

    @Test("hold overtakes a command that an engine keeps waiting")
    func holdOvertakes() async throws {
        let gate = Gate()
        let rig = await Rig()
        // The lost moment: five units go out, and the engine stands still at the first.
        let preview = try #require(await rig.plan(Draft(to: TinyPlant.chat, from: .spare, nodes: 2)))
        await rig.tiny.set { $0.gate = gate }
        async let submitted = rig.submit(preview)
        while await rig.tiny.performed.isEmpty { await Task.yield() }
        #expect(await rig.perform(.hold).verdict == .accepted)
        #expect(await rig.snapshot.mode == .hold)
        await gate.open()
        #expect(await submitted.verdict == .accepted)
        #expect(await rig.tiny.performed.count == 1, "the second unit's step was not sent any more")
        _ = await rig.perform(.releaseHold)
        await rig.pass(30)
        #expect(await rig.snapshot.moves.first?.done == 2)
    }

    @Test("nothing is sent or recorded of a move after its plant has ended, whatever the engine says then")
    func endOvertakes() async throws {
        let gate = Gate()
        let rig = await Rig()
        let preview = try #require(await rig.plan(Draft(to: TinyPlant.chat, from: .spare, nodes: 2)))
        await rig.tiny.set { $0.gate = gate }
        async let submitted = rig.submit(preview)
        while await rig.tiny.performed.isEmpty { await Task.yield() }
        await rig.plant.end()
        await gate.open()
        _ = await submitted
        #expect(await rig.tiny.performed.count == 1)
        #expect(rig.kinds.last == .interrupted, "\(rig.kinds)")
    }

    @Test("an abort sends back what is before LOSS and lets go on what is past it")
    func abortsInPart() async throws {
        let rig = await Rig()
        // The first wave is over LOSS and the second waits when the operator says stop.
        let preview = try #require(await rig.plan(Draft(to: TinyPlant.chat, from: .training, nodes: 6)))
        try #require(preview.waves.count == 2, "the plan has waves: \(preview.waves.map(\.count))")
        _ = await rig.submit(preview)
        await rig.pass(3)
        let crossed = try #require(await rig.snapshot.moves.first).units.count { $0.pastLoss }
        try #require(crossed == preview.waves[0].count)
        let outcome = await rig.perform(.abort(preview.decision))
        #expect(outcome.verdict == .accepted && outcome.text.contains("\(crossed) past LOSS go on"), "\(outcome.text)")
        await rig.pass(30)
        let ended = try #require(await rig.snapshot.moves.first)
        #expect(ended.phase == .aborted && ended.done == crossed)
        #expect(ended.units.count { $0.phase == .aborted } == 6 - crossed)
    }

    @Test("an abort under HOLD says that it waits, is asked once, and goes back when HOLD is released")
    func abortUnderHold() async throws {
        let rig = await Rig()
        let preview = try #require(await rig.plan(Draft(to: .spare, from: TinyPlant.chat, nodes: 1)))
        #expect(await rig.submit(preview).verdict == .accepted)
        await rig.pass(1)
        _ = await rig.perform(.hold)
        let outcome = await rig.perform(.abort(preview.decision))
        #expect(outcome.verdict == .accepted)
        #expect(
            outcome.text
                == "\(preview.decision) is to be aborted, and HOLD is on: when it is released 1 unit goes back, "
                + "nothing more is lost.")
        #expect(rig.records.newest(10).contains { $0.kind == .accepted && $0.text == outcome.text })
        let told = await rig.snapshot.events.first { $0.text.contains("aborted by ops") }
        #expect(told?.text.contains("goes back when HOLD is released") == true)
        let again = await rig.perform(.abort(preview.decision))
        #expect(again.verdict == .refused && again.text.contains("goes back when HOLD is released"), "\(again.text)")
        await rig.pass(5)
        #expect(await rig.snapshot.moves.first?.isOpen == true)
        #expect(await rig.tiny.performed.allSatisfy { $0.step != .restore })
        _ = await rig.perform(.releaseHold)
        await rig.pass(6)
        #expect(await rig.snapshot.moves.first?.phase == .aborted)
    }

    @Test(
        "abort is free before LOSS and refused after it, with the way back in the sentence", arguments: [false, true])
    func abort(_ late: Bool) async throws {
        let rig = await Rig()
        let preview = try #require(await rig.plan(trainingToChat))
        let node = try #require(preview.takes.first?.nodes.first)
        _ = await rig.submit(preview)
        await rig.pass(late ? 3 : 1)
        let outcome = await rig.perform(.abort(preview.decision))
        if late {
            #expect(outcome.verdict == .refused && outcome.text.contains("A drafts the way back"), "\(outcome.text)")
        } else {
            #expect(outcome.verdict == .accepted)
            await rig.pass(10)
            #expect(await rig.snapshot.moves.first?.phase == .aborted)
            #expect(await rig.tiny.pool(of: node) == .training)
            #expect(rig.kinds.contains(.aborted) && rig.kinds.last == .aborted)
            #expect(await rig.perform(.abort(preview.decision)).text.contains("has ended"))
        }
    }

    @Test("an engine that does not answer is told again; one that refuses fails the unit", arguments: [true, false])
    func engineErrors(_ passing: Bool) async throws {
        let rig = await Rig()
        let error = ActuatorError(passing ? .unreachable : .refused, engine: "tiny", text: "busy")
        await rig.tiny.set { $0.failures = [error] }
        _ = await rig.submit(try #require(await rig.plan(spareToChat)))
        await rig.pass(30)
        let move = try #require(await rig.snapshot.moves.first)
        #expect(move.phase == (passing ? .done : .failed))
        #expect(await rig.snapshot.events.contains { $0.kind == .failed } == !passing)
        #expect(rig.kinds.last == (passing ? .verified : .failed))
    }

    @Test("a move whose node the sources show elsewhere is never verified: the plant is held and somebody is paged")
    func astray() async throws {
        let rig = await Rig()
        await rig.tiny.set { $0.astray = TinyPlant.think }
        _ = await rig.submit(try #require(await rig.plan(spareToChat)))
        await rig.pass(80)
        #expect(await rig.snapshot.moves.first?.phase == .failed)
        #expect(await rig.snapshot.mode == .hold)
        #expect(await rig.snapshot.events.contains { $0.kind == .page && $0.text.contains("no source shows") })
        #expect(!rig.kinds.contains(.verified))
    }

    @Test("an engine that lets one unit wait for nothing is not asked for the others in the same tick")
    func silentEngine() async throws {
        let rig = await Rig()
        let seconds = Mutex(0.0)
        let desk = CommandDesk(
            actuator: rig.tiny, records: rig.records, planner: Planner(), observeOnly: nil,
            steady: {
                // Each look at the clock is a long time after the one before.
                seconds.withLock { seconds in
                    seconds += 2
                    return seconds
                }
            })
        _ = await desk.tick(rig.snapshot)
        guard case .preview(let plan) = await desk.plan(Draft(to: TinyPlant.chat, from: .spare, nodes: 2), by: rig.ops)
        else {
            Issue.record("no plan")
            return
        }
        await rig.tiny.set { $0.failures = [ActuatorError(.unreachable, engine: "tiny", text: "no answer")] }
        _ = await desk.perform(.submit(plan.decision, at: plan.revision, .yes), by: rig.ops)
        #expect(await rig.tiny.performed.count == 1)
        let waiting = try #require(await desk.report().moves.first).units.map(\.unheard?.why)
        #expect(waiting == ["no answer", "no answer"])
        _ = await desk.tick(rig.snapshot)
        #expect(await rig.tiny.performed.count == 3)
    }

    @Test("nobody's word on where a node is proves nothing: the time to be found begins with the next one")
    func unheard() async throws {
        let rig = await Rig()
        await rig.tiny.set { $0.astray = TinyPlant.think }
        _ = await rig.submit(try #require(await rig.plan(spareToChat)))
        while await rig.snapshot.moves.first?.phase == .running { await rig.pass(1) }
        await rig.tiny.set { $0.silentSince = $0.now }
        await rig.pass(80)
        #expect(await rig.snapshot.moves.first?.phase == .done)
        #expect(await rig.snapshot.mode == .manual)
        await rig.tiny.set { $0.silentSince = nil }
        await rig.pass(80)
        #expect(await rig.snapshot.moves.first?.phase == .failed)
    }

    @Test("speed is set on a simulation, and a live plant has none", arguments: [false, true])
    func speed(_ live: Bool) async {
        let rig = await Rig(TinyPlant(live: live))
        let outcome = await rig.perform(.setSpeed(60))
        #expect(outcome.verdict == (live ? .refused : .accepted), "\(outcome.text)")
        #expect(await rig.tiny.speed == (live ? 1 : 60))
        guard !live else { return }
        let most = await rig.perform(.setSpeed(1e6))
        #expect(most.text.contains("3600") && most.text.contains("the highest there is"), "\(most.text)")
        await rig.tiny.set { $0.failures = [ActuatorError(.unreachable, engine: "tiny", text: "gone")] }
        #expect(await rig.perform(.setSpeed(5)).verdict == .failed)
        #expect(rig.records.open.isEmpty)
    }

    @Test("a unit that does not get on is a stuck node in the list")
    func stuckNode() async throws {
        let rig = await Rig()
        await rig.tiny.set { $0.stepTime = 1e6 }
        let preview = try #require(await rig.plan(spareToChat))
        _ = await rig.submit(preview)
        await rig.pass(1)
        #expect(await rig.snapshot.nodes.conditions.isEmpty)
        await rig.pass(400)
        let snapshot = await rig.snapshot
        let node = try #require(snapshot.nodes.ids.firstIndex(of: preview.takes[0].nodes[0]))
        #expect(snapshot.nodes.conditions[node]?.kind == .stuck)
        #expect(snapshot.nodes.conditions[node]?.text.contains("stuck in load") == true)
    }

    @Test("two moves of different pools run at once")
    func twoMoves() async throws {
        let rig = await Rig()
        _ = await rig.submit(try #require(await rig.plan(spareToChat)))
        await rig.pass(1)
        let second = try #require(await rig.plan(Draft(to: TinyPlant.think, from: .spare, nodes: 1)))
        #expect(await rig.submit(second).verdict == .accepted, "\(second.verdicts.filter { $0.verdict == .fail })")
        #expect(await rig.snapshot.moves.filter(\.isOpen).map(\.decision) == [DecisionID(2), DecisionID(1)])
        await rig.pass(30)
        #expect(await rig.snapshot.moves.allSatisfy { $0.phase == .done })
    }
}
