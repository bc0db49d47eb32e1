// SPDX-License-Identifier: Apache-2.0

import Factory
import Planning
import Testing

@testable import Control

/// No audit, no action.
@Suite struct TroubleTests {
    private let spareToChat = Draft(to: TinyPlant.chat, from: .spare, nodes: 1)

    @Test("without audit or engine the plant is observed, and every command is refused with the reason")
    func observed() async throws {
        let tiny = TinyPlant()
        for observeOnly in ["The audit /x is held by the process 7.", nil] {
            let plant = LocalPlant(
                name: "p", observers: [tiny], actuator: tiny, observeOnly: observeOnly, planner: Planner(),
                records: nil,
                wall: { 1 }, patience: TinyPlant.forever)
            await plant.tick(now: 5)
            let snapshot = try #require(await plant.newest)
            #expect(
                snapshot.mode == .observe
                    && snapshot.observeOnly == observeOnly
                        ?? "No audit, no action: name a state directory that can be written."
            )
            for command in [PlantCommand.hold, .releaseHold, .setSpeed(3), .abort(DecisionID(1))] {
                let outcome = await plant.perform(command, by: Operator(name: "ops", mayAct: true))
                #expect(outcome.verdict == .refused && outcome.text == snapshot.observeOnly)
            }
            if case .preview(let preview) = await plant.plan(spareToChat, by: Operator(name: "ops", mayAct: true)) {
                guard case .refused = preview.tier else {
                    Issue.record("\(preview.tier)")
                    return
                }
            }
        }
        #expect(await tiny.performed.isEmpty)
    }

    @Test("a full disk refuses a command in a sentence, shows OBSERVE, and is over once there is room")
    func fullDisk() async throws {
        let file = TracingFile()
        let rig = await Rig(records: .on(file, wall: { 1 }))
        let preview = try #require(await rig.plan(spareToChat))
        file.set { $0.failAppend = true }
        let outcome = await rig.submit(preview)
        #expect(
            outcome.verdict == .refused && outcome.text.contains("No space left")
                && outcome.text.contains("Nothing was sent"))
        #expect(await rig.tiny.performed.isEmpty)
        await rig.pass(2)
        #expect(await rig.snapshot.mode == .observe)
        #expect(await rig.snapshot.observeOnly?.contains("No space left") == true)
        #expect(await rig.snapshot.events.count { $0.kind == .page } == 1, "said once")
        file.set { $0.failAppend = false }
        await rig.pass(1)
        #expect(await rig.snapshot.mode == .manual)
        #expect(rig.kinds == [.failed], "the gap is in the audit")
        #expect(await rig.submit(preview).verdict == .accepted)
    }

    @Test("a disk that fills while a move runs stops it where it is, and it goes on when there is room")
    func fullDiskWhileMoving() async throws {
        let file = TracingFile()
        let rig = await Rig(records: .on(file, wall: { 1 }))
        _ = await rig.submit(try #require(await rig.plan(spareToChat)))
        let before = await rig.tiny.performed.count
        file.set { $0.failAppend = true }
        await rig.pass(10)
        #expect(await rig.tiny.performed.count == before)
        file.set { $0.failAppend = false }
        await rig.pass(20)
        #expect(await rig.snapshot.moves.first?.phase == .done)
    }

    @Test("hold works on a full disk, and the audit hears of it as soon as it can")
    func holdOnFullDisk() async throws {
        let file = TracingFile()
        let rig = await Rig(records: .on(file, wall: { 1 }))
        _ = await rig.submit(try #require(await rig.plan(spareToChat)))
        file.set { $0.failAppend = true }
        let outcome = await rig.perform(.hold)
        #expect(outcome.verdict == .accepted && outcome.text.contains("No space left"))
        #expect(await rig.snapshot.mode == .hold)
        #expect(await rig.perform(.releaseHold).verdict == .refused, "going on is an action")
        file.set { $0.failAppend = false }
        await rig.pass(1)
        let held = try #require(rig.records.newest(10).first { $0.kind == .held })
        #expect(held.by == "ops" && held.details["late"] != nil)
    }

    @Test("after a failed sync nothing acts until a restart")
    func lost() async throws {
        let file = TracingFile()
        let rig = await Rig(records: .on(file, wall: { 1 }))
        let preview = try #require(await rig.plan(spareToChat))
        file.set { $0.failSync = true }
        #expect(await rig.submit(preview).verdict == .refused)
        file.set { $0.failSync = false }
        await rig.pass(3)
        let again = await rig.submit(preview)
        #expect(again.verdict == .refused && again.text.contains("Restart"))
        #expect(await rig.tiny.performed.isEmpty)
    }

    @Test("an acceptance that cannot be recorded is a failure, and nothing moves", arguments: [false, true])
    func acceptanceLost(_ aborting: Bool) async throws {
        let file = TracingFile()
        let rig = await Rig(records: .on(file, wall: { 1 }))
        let preview = try #require(await rig.plan(Draft(to: TinyPlant.chat, from: .training, nodes: 1)))
        if aborting { _ = await rig.submit(preview) }
        let before = await rig.tiny.performed.count
        file.set { $0.failAppendAfter = 1 }
        let outcome = aborting ? await rig.perform(.abort(preview.decision)) : await rig.submit(preview)
        #expect(outcome.verdict == .failed && outcome.text.contains("Nothing was sent"), "\(outcome.text)")
        #expect(await rig.tiny.performed.count == before)
        file.set { $0.failAppendAfter = nil }
        await rig.pass(1)
        #expect(rig.records.open.isEmpty)
    }
}

@Suite struct RestartTests {
    private let scratch = Scratch()

    private func rig() async throws -> Rig {
        await Rig(records: try PlantRecords.open(directory: scratch.path, plant: "tiny", wall: { 1 }))
    }

    @Test("decision numbers go on after a restart, and a decision of the last run cannot be submitted again")
    func numbers() async throws {
        do {
            let rig = try await rig()
            _ = await rig.plan(Draft(to: TinyPlant.chat, from: .spare, nodes: 2))
            _ = await rig.submit(try #require(await rig.plan(Draft(to: TinyPlant.chat, from: .spare, nodes: 1))))
        }
        let rig = try await rig()
        let preview = try #require(await rig.plan(Draft(to: TinyPlant.chat, from: .spare, nodes: 1)))
        #expect(preview.decision == DecisionID(3))
        let old = await rig.perform(.submit(DecisionID(2), at: preview.revision, .yes))
        #expect(old.verdict == .refused)
    }

    @Test("a decision is never called like one that the engine still knows, even where the audit is new")
    func numbersOfTheEngine() async throws {
        let rig = await Rig(TinyPlant(live: true, lastDecision: 7))
        let preview = try #require(await rig.plan(Draft(to: TinyPlant.chat, from: .spare, nodes: 1)))
        #expect(preview.decision == DecisionID(8))
    }

    @Test("a move that its process left open is closed as interrupted, named, and once", arguments: [false, true])
    func interrupted(_ byQuitting: Bool) async throws {
        do {
            let rig = try await rig()
            _ = await rig.submit(try #require(await rig.plan(Draft(to: TinyPlant.chat, from: .spare, nodes: 1))))
            await rig.pass(1)
            if byQuitting { await rig.plant.end() }
        }
        let second = try await rig()
        #expect(await second.snapshot.events.contains { $0.text.contains("d-1 of ops was cut") } == !byQuitting)
        #expect(second.kinds.count { $0 == .interrupted } == 1)
        let moves = MoveJournal.moves(in: second.records.newest(100).reversed())
        #expect(moves.map(\.phase) == [.interrupted] && moves[0].units[0].step == .load)
        #expect(await second.snapshot.moves.isEmpty, "its plant is gone, and so are its nodes")
        #expect(second.records.past.leftOpen.isEmpty == byQuitting)
    }

    @Test("what earlier runs moved is listed apart and does not count for the rails")
    func earlier() async throws {
        do {
            let rig = try await rig()
            _ = await rig.submit(try #require(await rig.plan(Draft(to: TinyPlant.chat, from: .spare, nodes: 1))))
            await rig.pass(30)
            #expect(await rig.snapshot.moves.map(\.phase) == [.done])
        }
        let second = try await rig()
        let snapshot = await second.snapshot
        #expect(snapshot.moves.isEmpty && snapshot.earlierMoves.map(\.decision) == [DecisionID(1)])
        #expect(snapshot.earlierMoves[0].outcome?.ready != nil)
        let preview = try #require(await second.plan(Draft(to: TinyPlant.chat, from: .spare, nodes: 1)))
        #expect(!preview.verdicts.contains { $0.verdict == .fail })
    }

    @Test(
        "a real plant's open move is taken up where it stands, held, and goes on or back as a person says",
        arguments: [0, 1, 2, 3], [false, true])
    func live(passes: Int, isAborted: Bool) async throws {
        let tiny = TinyPlant(live: true)
        do {
            let rig = await Rig(
                tiny, records: try PlantRecords.open(directory: scratch.path, plant: "tiny", wall: { 1 }))
            _ = await rig.submit(try #require(await rig.plan(Draft(to: TinyPlant.chat, from: .spare, nodes: 1))))
            await rig.pass(passes)
        }
        let steps = await tiny.performed
        let last = try #require(steps.last)
        // The engine lives on, and has forgotten nothing but the order that it is asked about again.
        let rig = await Rig(tiny, records: try PlantRecords.open(directory: scratch.path, plant: "tiny", wall: { 1 }))
        let snapshot = await rig.snapshot
        #expect(snapshot.mode == .hold && snapshot.moves.map(\.phase) == [.held])
        #expect(snapshot.moves[0].units.map(\.step) == [last.step])
        #expect(snapshot.events.contains { $0.text.contains("d-1 of ops was cut by the end of its process; release") })
        await rig.pass(5)
        #expect(await tiny.performed == steps, "HOLD is on: nothing is sent")
        if isAborted { #expect(await rig.perform(.abort(DecisionID(1))).verdict == .accepted) }
        #expect(await rig.perform(.releaseHold).verdict == .accepted)
        await rig.pass(30)
        #expect(await rig.snapshot.moves.map(\.phase) == [isAborted ? .aborted : .done])
        #expect(await tiny.performed[steps.count].step == (isAborted ? .restore : last.step))
        #expect(rig.records.open.isEmpty && rig.kinds.contains(isAborted ? .aborted : .verified))
    }

    @Test(
        "a move that was going back when its process was killed goes on going back, and no wave begins that had not",
        arguments: [false, true])
    func abortRemembered(isHeld: Bool) async throws {
        let tiny = TinyPlant(live: true)
        do {
            let rig = await Rig(
                tiny, records: try PlantRecords.open(directory: scratch.path, plant: "tiny", wall: { 1 }))
            let preview = try #require(await rig.plan(Draft(to: TinyPlant.chat, from: .training, nodes: 6)))
            #expect(preview.waves.count == 2)
            #expect(await rig.submit(preview).verdict == .accepted)
            if isHeld { _ = await rig.perform(.hold) }
            #expect(await rig.perform(.abort(DecisionID(1))).verdict == .accepted)
        }
        let begun = Set(await tiny.performed.map(\.node))
        let rig = await Rig(tiny, records: try PlantRecords.open(directory: scratch.path, plant: "tiny", wall: { 1 }))
        let events = await rig.snapshot.events
        #expect(events.contains { $0.text.contains("it is going back: release HOLD and it goes on going back") })
        let again = await rig.perform(.abort(DecisionID(1)))
        #expect(again.verdict == .refused && again.text.contains("aborting already"), "\(again.text)")
        #expect(await rig.perform(.releaseHold).verdict == .accepted)
        await rig.pass(200)
        #expect(await rig.snapshot.moves.map(\.phase) == [.aborted])
        #expect(await rig.snapshot.moves[0].units.allSatisfy { $0.phase == .aborted })
        #expect(Set(await tiny.performed.map(\.node)) == begun)
        for node in begun { #expect(await tiny.pool(of: node) == .training) }
    }

    @Test(
        "a unit that was going back because of a problem still ends as failed, with its reason",
        arguments: [false, true])
    func problemRemembered(isHeld: Bool) async throws {
        let tiny = TinyPlant(live: true)
        do {
            let rig = await Rig(
                tiny, records: try PlantRecords.open(directory: scratch.path, plant: "tiny", wall: { 1 }))
            _ = await rig.submit(try #require(await rig.plan(Draft(to: TinyPlant.chat, from: .training, nodes: 1))))
            await tiny.set { $0.broken = [.checkpoint: "disk full"] }
            if isHeld { _ = await rig.perform(.hold) }
            await rig.pass(1)
            #expect(await tiny.performed.last?.step == (isHeld ? .checkpoint : .restore))
        }
        await tiny.set { $0.broken = [:] }
        let rig = await Rig(tiny, records: try PlantRecords.open(directory: scratch.path, plant: "tiny", wall: { 1 }))
        #expect(await rig.snapshot.moves[0].units[0].problem == "checkpoint failed: disk full")
        _ = await rig.perform(.releaseHold)
        await rig.pass(30)
        let move = await rig.snapshot.moves[0]
        #expect(move.phase == .failed && move.units[0].problem == "checkpoint failed: disk full; back in training")
        #expect(MoveJournal.moves(in: rig.records.newest(1000).reversed())[0].units[0] == move.units[0])
    }

    @Test("what a move had lost when its process was killed is counted on, not from nothing")
    func lossRemembered() async throws {
        let tiny = TinyPlant(live: true)
        let records = { try PlantRecords.open(directory: scratch.path, plant: "tiny", wall: { 1 }) }
        let unit = "n00|training||j|0|4.0"
        do {
            try records().append([
                AuditEntry(
                    .accepted, at: PlantTime(epoch: 1000), by: "eve", decision: DecisionID(1), mode: .manual, text: "x",
                    details: [AuditKey.to: "spare", AuditKey.units: unit])
            ])
            let rig = await Rig(tiny, records: try records())
            _ = await rig.perform(.releaseHold)
            while await tiny.performed.last?.step != .release { await rig.pass(1) }
        }
        let rig = await Rig(tiny, records: try records())
        #expect(await rig.snapshot.moves[0].lost == GPUHours(4))
        _ = await rig.perform(.releaseHold)
        await rig.pass(30)
        #expect(await rig.snapshot.moves[0].outcome?.lost == GPUHours(4))
    }

    @Test("an open move is taken up however many records ago it began")
    func longAgo() async throws {
        let tiny = TinyPlant(live: true)
        do {
            let records = try PlantRecords.open(directory: scratch.path, plant: "tiny", wall: { 1 })
            let rig = await Rig(tiny, records: records)
            _ = await rig.submit(try #require(await rig.plan(Draft(to: TinyPlant.chat, from: .spare, nodes: 1))))
            await rig.pass(2)
            _ = await rig.perform(.hold)
            let other = AuditEntry(.helm, at: PlantTime(epoch: 1010), by: "ops", mode: .hold, text: "the helm")
            try records.append(Array(repeating: other, count: 4000))
        }
        let last = try #require(await tiny.performed.last)
        let rig = await Rig(tiny, records: try PlantRecords.open(directory: scratch.path, plant: "tiny", wall: { 1 }))
        #expect(await rig.snapshot.moves.map(\.phase) == [.held])
        #expect(await rig.snapshot.moves.first?.units.map(\.step) == [last.step])
        #expect(await rig.perform(.releaseHold).verdict == .accepted)
        await rig.pass(30)
        #expect(await rig.snapshot.moves.map(\.phase) == [.done])
    }

    @Test("an open move that this version cannot read is said where it is seen, and nothing is done about it")
    func unreadable() async throws {
        let tiny = TinyPlant(live: true)
        do {
            let records = try PlantRecords.open(directory: scratch.path, plant: "tiny", wall: { 1 })
            let details = [AuditKey.to: "spare", AuditKey.units: "n00|training|||0|0.0;n01|training|||0|0.0|teleport"]
            try records.append([
                AuditEntry(
                    .accepted, at: PlantTime(epoch: 5), by: "eve", decision: DecisionID(4), mode: .manual, text: "x",
                    details: details)
            ])
        }
        let records = try PlantRecords.open(directory: scratch.path, plant: "tiny", wall: { 1 })
        let sentence = "d-4 of eve was left open and is not taken up: this version of tokenworks cannot read"
        #expect(records.past.warnings.count == 1 && records.past.warnings[0].hasPrefix(sentence))
        let rig = await Rig(tiny, records: records)
        #expect(await rig.snapshot.events.contains { $0.kind == .page && $0.text.hasPrefix(sentence) })
        #expect(await rig.snapshot.moves.isEmpty)
        #expect(await rig.snapshot.earlierMoves.first?.left?.contains("cannot read") == true)
        #expect(await tiny.performed.isEmpty)
    }

    @Test("a plant that may only be observed shows the move that was left open, and who may act takes it up")
    func leftOpen() async throws {
        let tiny = TinyPlant(live: true)
        let steps: [StepOrder]
        do {
            let rig = await Rig(
                tiny, records: try PlantRecords.open(directory: scratch.path, plant: "tiny", wall: { 1 }))
            _ = await rig.submit(try #require(await rig.plan(Draft(to: TinyPlant.chat, from: .spare, nodes: 1))))
            await rig.pass(2)
            steps = await tiny.performed
            // Where another process has it, it is under way, and no concern of who looks on.
            let watched = await observed(tiny, try AuditPast.read(directory: scratch.path, plant: "tiny"))
            #expect(watched.earlierMoves.isEmpty)
            #expect(watched.events.contains { $0.text.contains("d-1 of ops is under way in the process that holds") })
        }
        let before = scratch.bytes(scratch.path + "/audit-tiny.jsonl")
        let seen = await observed(tiny, try AuditPast.read(directory: scratch.path, plant: "tiny"))
        #expect(seen.mode == .observe && seen.moves.isEmpty)
        #expect(seen.earlierMoves.map(\.decision) == [DecisionID(1)])
        #expect(seen.earlierMoves[0].left?.contains("once tokenworks may act") == true)
        #expect(seen.earlierMoves[0].units.map(\.step) == [steps.last?.step])
        #expect(
            seen.events.contains {
                $0.text.hasPrefix("d-1 of ops was cut by the end") && $0.text.contains("nobody drives it")
            })
        #expect(scratch.bytes(scratch.path + "/audit-tiny.jsonl") == before, "nothing is written")
        #expect(await tiny.performed == steps)
        let rig = await Rig(tiny, records: try PlantRecords.open(directory: scratch.path, plant: "tiny", wall: { 1 }))
        #expect(await rig.snapshot.moves.map(\.phase) == [.held])
        #expect(await rig.snapshot.earlierMoves.isEmpty)
    }

    @Test("a past that is not there is none, and one that is broken says so")
    func noPast() throws {
        #expect(try AuditPast.read(directory: scratch.path, plant: "tiny") == nil)
        scratch.write(Array("no record\n".utf8), to: scratch.path + "/audit-tiny.jsonl")
        #expect(throws: RecordsError.self) { try AuditPast.read(directory: scratch.path, plant: "tiny") }
    }

    private func observed(_ tiny: TinyPlant, _ past: AuditPast?) async -> FactorySnapshot {
        let plant = LocalPlant(
            name: "tiny", observers: [tiny], actuator: tiny, observeOnly: "dry run", planner: Planner(), records: nil,
            past: past, wall: { 1 }, patience: TinyPlant.forever)
        await plant.tick(now: 2000)
        return await plant.newest ?? FactorySnapshot(plant: "", kind: .live, at: PlantTime(epoch: 0))
    }

    @Test("a move whose nodes had all come to their end is ended, without HOLD")
    func nothingLeft() async throws {
        let tiny = TinyPlant(live: true)
        let file = scratch.path + "/audit-tiny.jsonl"
        do {
            let rig = await Rig(
                tiny, records: try PlantRecords.open(directory: scratch.path, plant: "tiny", wall: { 1 }))
            _ = await rig.submit(try #require(await rig.plan(Draft(to: TinyPlant.chat, from: .training, nodes: 1))))
            await tiny.set { $0.broken = [.checkpoint: "disk full", .restore: "no way"] }
            await rig.pass(3)
            #expect(rig.kinds.last == .failed)
        }
        // Killed before the last of its records was on the disk.
        scratch.write(lines: scratch.lines(file).dropLast(), to: file)
        let rig = await Rig(tiny, records: try PlantRecords.open(directory: scratch.path, plant: "tiny", wall: { 1 }))
        #expect(await rig.snapshot.mode == .manual)
        #expect(await rig.snapshot.moves.map(\.phase) == [.failed])
        #expect(rig.kinds.last == .failed)
    }
}

@Suite struct LocalPlantTests {
    @Test(
        "every reader gets the newest snapshot at once, then the newest of those it missed; streams end with the plant")
    func streams() async throws {
        let rig = await Rig()
        var first = await rig.plant.snapshots().makeAsyncIterator()
        var second = await rig.plant.snapshots().makeAsyncIterator()
        #expect(await first.next()?.at.epoch == 1000)
        await rig.pass(5)
        #expect(await first.next()?.at.epoch == 1025)
        #expect(await second.next()?.at.epoch == 1025)
        await rig.plant.end()
        #expect(await first.next() == nil)
        var late = await rig.plant.snapshots().makeAsyncIterator()
        #expect(await late.next()?.at.epoch == 1025)
        #expect(await late.next() == nil)
        #expect(await rig.perform(.hold).verdict == .refused)
    }

    @Test("sequence numbers grow with every snapshot, also with those that a command brings")
    func sequence() async throws {
        let rig = await Rig()
        var last = await rig.snapshot.sequence
        for command in [PlantCommand.hold, .releaseHold, .hold] {
            _ = await rig.perform(command)
            #expect(await rig.snapshot.sequence > last)
            last = await rig.snapshot.sequence
            await rig.pass(1)
            #expect(await rig.snapshot.sequence > last)
            last = await rig.snapshot.sequence
        }
    }

    @Test("before any source answers there is a picture, and no plan")
    func nothingYet() async throws {
        let plant = LocalPlant(
            name: "p", observers: [], actuator: nil, observeOnly: nil, planner: Planner(), records: nil, wall: { 77 })
        guard case .impossible(let why) = await plant.plan(Draft(), by: Operator(name: "ops", mayAct: true)) else {
            Issue.record("a plan of nothing")
            return
        }
        #expect(why.contains("No source"))
        await plant.tick(now: 77)
        #expect(await plant.newest?.at == PlantTime(epoch: 77))
    }

    @Test("running ticks until it is cancelled, then the plant ends")
    func run() async throws {
        let rig = await Rig()
        var reader = await rig.plant.snapshots().makeAsyncIterator()
        let running = Task { await rig.plant.run(every: .milliseconds(1)) }
        var seen = 0
        while seen < 3, await reader.next() != nil { seen += 1 }
        running.cancel()
        await running.value
        while await reader.next() != nil { seen += 1 }
        #expect(seen >= 3)
    }

    @Test(
        "an engine that does not answer stops neither the picture nor HOLD; its answer is shown when it comes",
        .timeLimit(.minutes(1)))
    func slowEngine() async throws {
        let tiny = TinyPlant()
        let rig = await Rig(tiny, enginePatience: {})
        let gate = Gate()
        await tiny.set { $0.gate = gate }
        let preview = try #require(await rig.plan(Draft(to: TinyPlant.chat, from: .spare, nodes: 1)))
        async let submitted = rig.submit(preview)
        while await tiny.performed.isEmpty { await Task.yield() }
        await rig.pass(3)
        #expect(await rig.snapshot.at.epoch == 1015, "the picture goes on")
        #expect(await rig.plant.perform(.hold, by: rig.ops).verdict == .accepted)
        await rig.pass(1)
        #expect(await rig.snapshot.mode == .hold)
        let (frames, before) = (await rig.plant.snapshots(), await rig.snapshot.sequence)
        await gate.open()
        #expect(await submitted.verdict == .accepted)
        for await snapshot in frames where snapshot.sequence > before && snapshot.moves.first?.phase == .held { break }
        #expect(await rig.snapshot.at.epoch == 1020, "shown by itself, without another poll")
    }

    @Test("graphs shown while an engine was waited for do not vanish with its answer", .timeLimit(.minutes(1)))
    func looksMeanwhile() async throws {
        let tiny = TinyPlant()
        let gate = Gate()
        let rig = await Rig(tiny, remembers: true)
        await rig.pass(3)
        let preview = try #require(await rig.plan(Draft(to: TinyPlant.chat, from: .spare, nodes: 1)))
        await tiny.set { $0.gate = gate }
        async let submitted = rig.submit(preview)
        while await tiny.performed.isEmpty { await Task.yield() }
        async let poll: Void = rig.pass(1)
        // The poll has seen the plant, and waits for the engine.
        while await tiny.now < 1020 { await Task.yield() }
        for _ in 0..<1000 { await Task.yield() }
        let node = try #require(await rig.snapshot.nodes.ids.first)
        await rig.plant.follow([PastSubject(node)])
        #expect(await rig.snapshot.nodeTrends.isEmpty == false)
        await gate.open()
        _ = await (submitted, poll)
        #expect(await rig.snapshot.at.epoch == 1020)
        #expect(await rig.snapshot.nodeTrends.isEmpty == false)
    }
}
