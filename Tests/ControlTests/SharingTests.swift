// SPDX-License-Identifier: Apache-2.0

import Factory
import Planning
import Synchronization
import Testing

@testable import Control

/// Several operators on one plant: the helm, and the second pair of eyes.
@Suite struct SharingTests {
    /// A plant that eve, adam and the viewer ann share, with both clocks in the test's hand.
    private struct Room {
        let tiny = TinyPlant()
        let records = PlantRecords.inMemory(plant: "tiny", wall: { 1 })
        let plant: LocalPlant
        private let steady = Clock()
        private let wall = Clock()

        final class Clock: Sendable {
            private let seconds = Mutex(1000.0)
            var now: Double { seconds.withLock { $0 } }
            func add(_ more: Double) { seconds.withLock { $0 += more } }
        }

        static let eve = Operator(name: "eve", mayAct: true)
        static let adam = Operator(name: "adam", mayAct: true)
        static let ann = Operator(name: "ann", mayAct: false)

        init(_ present: [Operator] = [eve, adam, ann]) async {
            let (steady, wall) = (steady, wall)
            plant = LocalPlant(
                name: "tiny", observers: [tiny], actuator: tiny, observeOnly: nil, planner: Planner(), records: records,
                wall: { wall.now }, steady: { steady.now }, patience: TinyPlant.forever,
                enginePatience: TinyPlant.forever)
            await plant.tick(now: 1000)
            await attend(present)
        }

        func attend(_ present: [Operator]) async {
            await plant.attend(present.map { ControlRoom.Person(name: $0.name, mayAct: $0.mayAct) })
        }

        func later(_ seconds: Double) { steady.add(seconds) }
        func stepWall(_ seconds: Double) { wall.add(seconds) }

        var seen: ControlRoom { get async { await plant.newest?.room ?? ControlRoom() } }
        var holder: String? { get async { await seen.helm?.by } }
        var events: [String] { get async { await plant.newest?.events.map(\.text) ?? [] } }

        func plan(_ nodes: Int, by who: Operator = eve) async -> PlanPreview? {
            let draft = Draft(to: .training, from: .spare, nodes: nodes)
            if case .preview(let preview) = await plant.plan(draft, by: who) { return preview }
            return nil
        }

        func ask(_ command: PlantCommand, _ who: Operator) async -> CommandOutcome {
            await plant.perform(command, by: who)
        }
    }

    private func submit(_ preview: PlanPreview, _ text: String = "the chat queue grows") -> PlantCommand {
        let confirmation: Factory.Confirmation =
            switch preview.tier {
            case .reason: .reason(text)
            case .typeName(let name): .name(name)
            case .yes, .refused: .yes
            }
        return .submit(preview.decision, at: preview.revision, confirmation)
    }

    // MARK: Every command, every role, every state of the helm

    enum Helm: String, CaseIterable { case free, own, other }

    /// Which commands go past the door, by the helm; a viewer's never do.
    static let commands: [(name: String, needsHelm: Bool)] = [
        ("submit", true), ("abort", true), ("hold", false), ("releaseHold", true), ("setSpeed", true),
        ("visit", false), ("takeHelm", false), ("leaveHelm", false), ("approve", false), ("decline", false),
    ]

    private func command(_ name: String) -> PlantCommand? {
        let all: [String: PlantCommand] = [
            "submit": .submit(DecisionID(9), at: AllocationRevision(1), .yes), "abort": .abort(DecisionID(9)),
            "hold": .hold, "releaseHold": .releaseHold, "setSpeed": .setSpeed(2), "visit": .visit(SiteID("x")),
            "takeHelm": .takeHelm, "leaveHelm": .leaveHelm, "approve": .approve(DecisionID(9)),
            "decline": .decline(DecisionID(9)),
        ]
        return all[name]
    }

    @Test("every command, by the helm and by role", arguments: commands.map(\.name), Helm.allCases)
    func table(name: String, helm: Helm) async throws {
        let needsHelm = try #require(Self.commands.first { $0.name == name }).needsHelm
        let command = try #require(self.command(name))
        let room = await Room()
        if helm != .free { _ = await room.ask(.takeHelm, helm == .own ? Room.eve : Room.adam) }
        let before = room.records.newest(1000).count
        let viewers = await room.ask(command, Room.ann)
        #expect(viewers.verdict == .refused && viewers.text.contains("may look"), "\(viewers.text)")
        #expect(room.records.newest(1000).count == before, "a viewer causes no write")
        let outcome = await room.ask(command, Room.eve)
        let isKept = outcome.text.contains("adam has the helm")
        #expect(isKept == (needsHelm && helm == .other), "\(outcome.text)")
        if isKept { #expect(room.records.newest(1000).count == before) }
        if helm == .free, needsHelm { #expect(await room.holder == "eve", "who acts takes what is free") }
        #expect(room.records.open.isEmpty)
    }

    @Test("the list of commands is whole")
    func wholeTable() {
        for name in Self.commands.map(\.name) {
            // A switch without default: a new command does not compile until it has a row above.
            switch command(name) {
            case .submit, .abort, .hold, .releaseHold, .setSpeed, .visit, .takeHelm, .leaveHelm, .approve, .decline:
                break
            case nil: Issue.record("no command \(name)")
            }
        }
        #expect(Self.commands.count == 10)
    }

    // MARK: The helm

    @Test("the helm is taken over for all to see: in the room, in the events and in the audit")
    func takenOver() async {
        let room = await Room()
        #expect(await room.holder == nil)
        // The wall clock is not the plant's: 00:16:40 there, and an hour later here.
        room.stepWall(3600)
        #expect(await room.ask(.takeHelm, Room.eve).text == "eve has the helm.")
        #expect(await room.seen.helm?.wall == 4600)
        #expect(await room.seen.whyNoHelm("adam") == "eve has the helm since 00:16:40Z")
        await room.plant.tick(now: 1060)
        let outcome = await room.ask(.takeHelm, Room.adam)
        #expect(outcome.text == "adam took the helm from eve, who had it since 00:16:40Z.")
        let event = await room.plant.newest?.events.first
        #expect(event?.at == PlantTime(epoch: 1060) && room.records.newest(1).first?.at == PlantTime(epoch: 1060))
        #expect(await room.seen.helm?.since == PlantTime(epoch: 1060))
        #expect(await room.holder == "adam")
        #expect(await room.events.first?.contains("adam took the helm from eve") == true)
        #expect(room.records.newest(2).map(\.kind) == [.helm, .helm])
        #expect(await room.ask(.leaveHelm, Room.eve).verdict == .refused)
        #expect(await room.ask(.leaveHelm, Room.adam).verdict == .accepted)
        #expect(await room.holder == nil)
    }

    @Test("who is gone keeps the helm for half a minute of a clock that nobody sets, and who is back keeps it for good")
    func lease() async {
        let room = await Room()
        _ = await room.ask(.takeHelm, Room.eve)
        room.later(20)
        await room.attend([Room.adam])
        room.stepWall(86_400)
        await room.attend([Room.adam])
        #expect(await room.holder == "eve", "20 s, and a step of the wall clock")
        room.later(5)
        await room.attend([Room.eve, Room.adam])
        room.later(29)
        await room.attend([Room.adam])
        #expect(await room.holder == "eve", "she was back meanwhile")
        room.later(2)
        await room.attend([Room.adam])
        #expect(await room.holder == nil)
        #expect(await room.events.first == "eve is gone: the helm is free")
    }

    @Test("a viewer of the same name does not keep an operator's helm")
    func viewerOfTheSameName() async {
        let room = await Room()
        _ = await room.ask(.takeHelm, Room.eve)
        room.later(31)
        await room.attend([Operator(name: "eve", mayAct: false)])
        #expect(await room.holder == nil)
    }

    @Test("a plant that nobody can attach to has no helm and needs none")
    func alone() async throws {
        let rig = await Rig()
        #expect(await rig.snapshot.room == nil)
        #expect(await rig.perform(.takeHelm).verdict == .refused)
        let preview = try #require(await rig.plan(Draft(to: TinyPlant.chat, from: .spare, nodes: 1)))
        #expect(await rig.submit(preview).verdict == .accepted)
    }

    // MARK: The second operator

    @Test("above the limit a plan waits, is nobody's own to approve, and begins in its operator's name when approved")
    func approved() async throws {
        let room = await Room()
        let preview = try #require(await room.plan(8))
        try #require(preview.tier != .yes)
        let large = try #require(await large(room))
        let outcome = await room.ask(submit(large), Room.eve)
        #expect(outcome.verdict == .accepted && outcome.text.contains("waits for a second operator: adam"))
        #expect(await room.plant.newest?.moves.isEmpty == true)
        let request = try #require(await room.seen.requests.first)
        #expect(request.by == "eve" && request.reason == "the chat queue grows" && request.left == Seconds(300))
        #expect(request.what.contains("% of the plant"))
        #expect(await room.ask(.approve(large.decision), Room.eve).text.contains("is yours"))
        #expect(await room.ask(.approve(large.decision), Room.ann).verdict == .refused)
        let yes = await room.ask(.approve(large.decision), Room.adam)
        #expect(yes.verdict == .accepted, "\(yes.text)")
        let move = try #require(await room.plant.newest?.moves.first)
        #expect(move.by == "eve" && move.decision == large.decision)
        #expect(await room.seen.requests.isEmpty)
        let started = try #require(room.records.newest(100).first { $0.details["approved_by"] != nil })
        #expect(started.details["approved_by"] == "adam" && started.by == "eve" && started.details["flag"] == nil)
        #expect(started.kind == .accepted && move.alone == nil)
        #expect(room.records.open.isEmpty)
        let endings = room.records.newest(100).reversed().filter { $0.decision != nil && $0.kind.endsAsked }
        #expect(endings.map(\.kind) == [.waiting, .refused, .approved, .accepted])
        #expect(endings.map(\.by) == ["eve", "eve", "adam", "eve"])
        let waiting = try #require(endings.first)
        #expect(waiting.details["what"] == request.what && waiting.details["until"] != nil)
        #expect(await room.ask(.approve(large.decision), Room.adam).text.contains("does not wait"))
    }

    /// A plan that moves more than a fifth of the plant: the limit is a setting of the rails, so it is looked for.
    private func large(_ room: Room) async -> PlanPreview? {
        for draft in [
            Draft(to: .training, from: .spare, nodes: 8), Draft(to: TinyPlant.chat, from: .training, nodes: 9),
            Draft(to: .spare, from: .training, nodes: 10), Draft(to: TinyPlant.chat, from: .training, nodes: 12),
        ] {
            guard case .preview(let preview) = await room.plant.plan(draft, by: Room.eve) else { continue }
            if preview.tier == .reason { return preview }
        }
        return nil
    }

    @Test("a second operator may decline, and the one who asked may take it back: nothing is sent")
    func declined() async throws {
        for who in [Room.adam, Room.eve] {
            let room = await Room()
            let large = try #require(await large(room))
            _ = await room.ask(submit(large), Room.eve)
            let outcome = await room.ask(.decline(large.decision), who)
            #expect(outcome.verdict == .accepted && outcome.text.contains("nothing was sent"))
            #expect(await room.seen.requests.isEmpty)
            #expect(await room.tiny.performed.isEmpty && room.records.open.isEmpty)
            let last = try #require(room.records.newest(1).first)
            #expect(last.kind == (who == Room.adam ? .declined : .withdrawn) && last.by == who.name)
            #expect(room.records.waiting.isEmpty)
        }
    }

    @Test("a plan that waits ends with its plant, and the audit says so")
    func ended() async throws {
        let room = await Room()
        let large = try #require(await large(room))
        _ = await room.ask(submit(large), Room.eve)
        await room.plant.end()
        let last = try #require(room.records.newest(1).first)
        #expect(last.kind == .lapsed && last.decision == large.decision && last.text.contains("the daemon was ended"))
        #expect(room.records.waiting.isEmpty)
    }

    @Test("nobody is waited for longer than five minutes: then it may be confirmed alone, and the audit says so")
    func unanswered() async throws {
        let room = await Room()
        let large = try #require(await large(room))
        _ = await room.ask(submit(large), Room.eve)
        room.later(299)
        await room.attend([Room.eve, Room.adam])
        #expect(await room.seen.requests.first?.left == Seconds(1))
        room.later(1)
        await room.attend([Room.eve, Room.adam])
        #expect(await room.seen.requests.isEmpty)
        #expect(await room.events.first?.contains("nobody answered eve within 5:00") == true)
        #expect(room.records.newest(1).first?.kind == .lapsed && room.records.waiting.isEmpty)
        let outcome = await room.ask(submit(large), Room.eve)
        #expect(outcome.verdict == .accepted && !outcome.text.contains("waits"), "\(outcome.text)")
        #expect(await room.plant.newest?.moves.first?.decision == large.decision)
        let started = room.records.newest(100).first { $0.details["flag"] != nil }
        #expect(started?.details["flag"] == "alone above the limit: nobody answered")
    }

    @Test("who waited in vain may do the same alone, once, and nothing larger")
    func excusedOnce() async throws {
        let room = await Room()
        let large = try #require(await large(room))
        _ = await room.ask(submit(large), Room.eve)
        room.later(300)
        await room.attend([Room.eve, Room.adam])
        let draft = Draft(to: large.to, from: large.takes.first?.from, nodes: large.units + 1)
        guard case .preview(let larger) = await room.plant.plan(draft, by: Room.eve) else {
            Issue.record("no larger plan")
            return
        }
        try #require(larger.tier == .reason, "\(larger.tier)")
        #expect(await room.ask(submit(larger), Room.eve).text.contains("waits for a second operator"))
        _ = await room.ask(.decline(larger.decision), Room.eve)
        #expect(await room.ask(submit(large), Room.eve).verdict == .accepted)
        #expect(await room.plant.newest?.moves.first?.decision == large.decision)
    }

    @Test("nobody's approval begins a move past a third who has taken the helm meanwhile")
    func helmOfAThird() async throws {
        let bob = Operator(name: "bob", mayAct: true)
        let room = await Room([Room.eve, Room.adam, bob])
        let large = try #require(await large(room))
        _ = await room.ask(submit(large), Room.eve)
        _ = await room.ask(.takeHelm, bob)
        let refused = await room.ask(.approve(large.decision), Room.adam)
        #expect(refused.verdict == .refused && refused.text.contains("bob has the helm"), "\(refused.text)")
        #expect(await room.seen.requests.count == 1, "it still waits")
        #expect(await room.ask(.approve(large.decision), bob).verdict == .accepted)
    }

    @Test("HOLD that is asked for while a release waits stays on")
    func holdAgain() async throws {
        let gate = Gate()
        let tiny = TinyPlant()
        let desk = CommandDesk(
            actuator: tiny, records: .inMemory(plant: "tiny", wall: { 1 }), planner: Planner(), observeOnly: nil)
        let rig = await Rig(tiny)
        _ = await desk.tick(await rig.snapshot)
        let answer = await desk.plan(Draft(to: TinyPlant.chat, from: .spare, nodes: 1), by: Room.eve)
        guard case .preview(let plan) = answer else {
            Issue.record("no plan")
            return
        }
        // The engine stands at the gate with the first step, and the desk with it.
        await tiny.set { $0.gate = gate }
        let begin = submit(plan)
        async let moving = desk.perform(begin, by: Room.eve)
        while await tiny.performed.isEmpty { await Task.yield() }
        _ = await desk.perform(.hold, by: Room.adam)
        async let release = desk.perform(.releaseHold, by: Room.eve)
        while await desk.waiting == 0 { await Task.yield() }
        #expect(await desk.perform(.hold, by: Room.adam).text.contains("on already"))
        await gate.open()
        _ = await moving
        let outcome = await release
        #expect(outcome.verdict == .refused && outcome.text.contains("asked for again"), "\(outcome.text)")
        #expect(await desk.mode == .hold)
    }

    @Test(
        "who is alone gives a reason, and the audit flags it; a second session of the same person is no second operator"
    )
    func aloneAbove() async throws {
        let room = await Room([Room.eve, Room.eve, Room.ann])
        let large = try #require(await large(room))
        for given in [Confirmation.yes, .name("training"), .reason(" ... ")] {
            let refused = await room.ask(.submit(large.decision, at: large.revision, given), Room.eve)
            #expect(refused.verdict == .refused && refused.text.contains("reason"), "\(given): \(refused.text)")
        }
        #expect(await room.plant.newest?.moves.isEmpty == true)
        let outcome = await room.ask(submit(large, "nobody is awake"), Room.eve)
        #expect(outcome.verdict == .accepted && outcome.text.contains("is accepted"), "\(outcome.text)")
        #expect(await room.seen.requests.isEmpty)
        let move = try #require(await room.plant.newest?.moves.first)
        #expect(move.decision == large.decision && move.alone == "nobody is awake")
        #expect(await room.events.contains("\(large.decision) by eve alone moves more than the limit: nobody is awake"))
        let started = try #require(room.records.newest(100).first { $0.kind == .accepted })
        #expect(started.details["flag"] == "alone above the limit" && started.details["reason"] == "nobody is awake")
        #expect(started.details["approved_by"] == nil)
        // The field outlives the process: it is told from the record.
        #expect(MoveJournal.start(started)?.alone == "nobody is awake")
    }

    @Test("a move within the limit, or one that somebody approved, is not alone in the journal either")
    func notAlone() async throws {
        let room = await Room()
        let small = try #require(await room.plan(1))
        _ = await room.ask(submit(small), Room.eve)
        let started = try #require(room.records.newest(100).first { $0.details["units"] != nil })
        #expect(MoveJournal.start(started)?.decision == small.decision && MoveJournal.start(started)?.alone == nil)
    }

    @Test("what is approved puts back the jobs that were asked for, and none that a newer plan of the same names")
    func approvedJobs() async throws {
        let rig = await Rig(TinyPlant(routes: [.requeue]))
        let desk = CommandDesk(
            actuator: rig.tiny, records: rig.records, planner: Planner(), observeOnly: nil, wall: { 1 },
            steady: { 1 })
        _ = await desk.attend([Room.eve, Room.adam].map { ControlRoom.Person(name: $0.name, mayAct: $0.mayAct) })
        var snapshot = await rig.snapshot
        func plan(_ jobs: [String]) async -> PlanPreview? {
            snapshot.schedule(jobs, on: 12)
            _ = await desk.tick(snapshot)
            let draft = Draft(to: TinyPlant.chat, from: .training, nodes: 9)
            guard case .preview(let preview) = await desk.plan(draft, by: Room.eve) else {
                return nil
            }
            return preview
        }
        let asked = try #require(await plan(["7", "8"]))
        try #require(asked.tier == .reason)
        #expect(await desk.perform(submit(asked), by: Room.eve).text.contains("waits for a second operator"))
        // Eve's other terminal plans the same while the first request waits.
        _ = await plan(["7", "8", "9"])
        let refused = await desk.perform(.approve(asked.decision), by: Room.adam)
        #expect(refused.verdict == .refused && refused.text.contains("job 9 of zoe"), "\(refused.text)")
        #expect(await rig.tiny.performed.isEmpty)
    }

    @Test("what waits for a second operator begins as it was asked for, however much is planned meanwhile")
    func frozen() async throws {
        let room = await Room()
        let large = try #require(await large(room))
        _ = await room.ask(submit(large), Room.eve)
        for index in 0...PreviewShelf.limit {
            let node = NodeID("n\(32 + index % 8)")
            let draft = Draft(to: TinyPlant.chat, from: .spare, nodes: 1 + index / 8, preferred: [node])
            _ = await room.plant.plan(draft, by: Room.adam)
        }
        let yes = await room.ask(.approve(large.decision), Room.adam)
        #expect(yes.verdict == .accepted, "\(yes.text)")
        let move = try #require(await room.plant.newest?.moves.first)
        #expect(
            move.decision == large.decision && move.units.map(\.node).sorted() == large.takes.flatMap(\.nodes).sorted())
    }

    @Test("a plan of an allocation that has changed waits no more")
    func outdated() async throws {
        let room = await Room()
        let large = try #require(await large(room))
        _ = await room.ask(submit(large), Room.eve)
        let small = try #require(await room.plan(1))
        #expect(await room.ask(submit(small), Room.eve).verdict == .accepted)
        let early = await room.ask(.approve(large.decision), Room.adam)
        #expect(
            early.verdict == .refused && early.text.contains("does not wait"), "before any source tells: \(early.text)")
        await room.plant.tick(now: 1005)
        await room.attend([Room.eve, Room.adam])
        #expect(await room.seen.requests.isEmpty)
        #expect(await room.events.contains { $0.contains("\(large.decision) waits no more") })
        let lapsed = room.records.newest(100).first { $0.decision == large.decision && $0.kind == .lapsed }
        #expect(lapsed?.text.contains("the allocation changed") == true)
        #expect(await room.ask(.approve(large.decision), Room.adam).verdict == .refused)
    }
}
