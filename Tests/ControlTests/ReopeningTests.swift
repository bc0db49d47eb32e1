// SPDX-License-Identifier: Apache-2.0

import Factory
import Planning
import Synchronization
import Testing

@testable import Control

/// A process ends and the next one begins on a real plant, which has gone on.
@Suite struct ReopeningTests {
    private let scratch = Scratch()
    private let forth = Draft(to: TinyPlant.chat, from: .spare, nodes: 1)

    private func records() throws -> PlantRecords {
        try PlantRecords.open(directory: scratch.path, plant: "tiny", wall: { 1 })
    }

    /// A first process that moves a node for each draft, and ends.
    private func move(_ tiny: TinyPlant, _ drafts: [Draft]) async throws {
        let rig = await Rig(tiny, records: try records())
        for draft in drafts {
            #expect(await rig.submit(try #require(await rig.plan(draft))).verdict == .accepted)
            await rig.pass(30)
        }
    }

    @Test("whoever opens it again sees what moves did in the hours before, with its times, and no older things")
    func events() async throws {
        let tiny = TinyPlant(live: true)
        try await move(tiny, [forth])
        let told = [
            "d-1 done, 1 of 1 unit: ready 40 s, promised", "d-1 submitted by ops: 1 node spare -> inference/chat",
        ]
        let soon = await Rig(tiny, records: try records(), at: 2000).snapshot.events
        for (event, words) in zip(soon, told) { #expect(event.text.hasPrefix(words) && event.at.epoch < 1100) }
        #expect(soon.count == 2 && soon[0].at > soon[1].at && soon[0].id > soon[1].id)
        #expect(await Rig(tiny, records: try records(), at: 1100 + 13 * 3600).snapshot.events == [])
        // Who may only look has the same past: its events and its records.
        let past = try #require(try AuditPast.read(directory: scratch.path, plant: "tiny"))
        let plant = LocalPlant(
            name: "tiny", observers: [tiny], actuator: tiny, observeOnly: "dry run", planner: Planner(), records: nil,
            past: past, wall: { 1 }, patience: TinyPlant.forever)
        await plant.tick(now: 2000)
        #expect(await plant.newest?.events.map(\.text) == soon.map(\.text))
        #expect(await plant.audit(limit: 2).map(\.kind) == [.verified, .step])
        // The clock of a simulation begins anew: what was at 1010 then is not now.
        #expect(await Rig(TinyPlant(), records: try records(), at: 2000).snapshot.events == [])
    }

    @Test("units that failed are one event, and those that never began have their end in the audit as well")
    func failures() async throws {
        let tiny = TinyPlant(live: true)
        await tiny.set { $0.broken = [.checkpoint: "disk full"] }
        do {
            let rig = await Rig(tiny, records: try records())
            let preview = try #require(await rig.plan(Draft(to: TinyPlant.chat, from: .training, nodes: 6)))
            #expect(preview.waves.count == 2)
            _ = await rig.submit(preview)
            await rig.pass(60)
            let move = await rig.snapshot.moves[0]
            #expect(move.phase == .failed && move.units.contains { $0.problem?.hasPrefix("not started: ") == true })
            // Without the last record, as after a kill, every unit has its end all the same.
            let written = Array(rig.records.newest(1000).reversed())
            #expect(MoveJournal.moves(in: written.dropLast())[0].units == move.units)
        }
        let rig = await Rig(tiny, records: try records(), at: 2000)
        let failed = await rig.snapshot.events.filter { $0.kind == .failed }.map(\.text)
        #expect(failed.count == 2 && failed[0].hasPrefix("d-1 failed, 0 of 6 units"))
        #expect(failed[1].hasPrefix("d-1 n") && failed[1].contains(": checkpoint failed: disk full; back in training"))
    }

    @Test("a move of an earlier run is taken back, each node to where it came from")
    func takenBack() async throws {
        let tiny = TinyPlant(live: true)
        try await move(tiny, [forth])
        let rig = await Rig(tiny, records: try records(), at: 2000)
        let move = await rig.snapshot.earlierMoves[0]
        let back = Draft(to: nil, nodes: 1, reverses: move.decision)
        let preview = try #require(await rig.plan(back))
        #expect(preview.takes.map(\.nodes) == [move.units.map(\.node)] && preview.takes[0].to == .spare)
        #expect(preview.why.first?.contains("takes back d-1 of ops") == true)
        #expect(await rig.submit(preview).verdict == .accepted)
        await rig.pass(30)
        #expect(await rig.snapshot.moves.map(\.phase) == [.done])
        #expect(await tiny.pool(of: move.units[0].node) == .spare)
    }

    @Test(
        "what a move of an earlier run still keeps is said, with the lines that give it back, unless it was moved since"
    )
    func kept() async throws {
        let tiny = TinyPlant(live: true)
        await tiny.set { $0.broken = [.load: "no room", .restore: "no way"] }
        try await move(tiny, [forth])
        await tiny.set { $0.broken = [:] }
        let rig = await Rig(tiny, records: try records(), at: 2000)
        let failed = await rig.snapshot.earlierMoves[0]
        let node = failed.units[0].node
        #expect(failed.units[0].phase == .failed && failed.undo == ["tiny restore \(node)"] && failed.holds == nil)
        tiny.held.withLock { $0 = [failed.decision: [node]] }
        await rig.pass(1)
        #expect(await rig.snapshot.earlierMoves[0].holds == [node])
        tiny.held.withLock { $0 = [:] }
        await rig.pass(1)
        #expect(await rig.snapshot.earlierMoves[0].holds == nil)
        // Somebody has repaired it, and another decision takes it: what would undo the first would undo that.
        await tiny.set { $0.give(node, to: .spare) }
        await rig.pass(1)
        var again = forth
        again.preferred = [node]
        let preview = try #require(await rig.plan(again))
        #expect(preview.takes.map(\.nodes) == [[node]])
        _ = await rig.submit(preview)
        await rig.pass(2)
        #expect(await rig.snapshot.earlierMoves[0].undo == [])
    }
}

@Suite struct ClosingTests {
    private let scratch = Scratch()

    private func records() throws -> PlantRecords {
        try PlantRecords.open(directory: scratch.path, plant: "tiny", wall: { 7 })
    }

    @Test("a move that nobody will take up is closed once, with who and why, and the next start leaves it alone")
    func close() async throws {
        let tiny = TinyPlant(live: true)
        do {
            let details = [AuditKey.to: "spare", AuditKey.units: "n00|training|||0|0.0;n01|training|||0|0.0|teleport"]
            try records().append([
                AuditEntry(
                    .accepted, at: PlantTime(epoch: 5), by: "eve", decision: DecisionID(4), mode: .manual, text: "x",
                    details: details)
            ])
        }
        do {
            let records = try records()
            #expect(try records.close(DecisionID(3), by: "ops", why: "a typing error") == nil)
            #expect(records.newest(10).count == 1, "nothing is written of what is not open")
            let open = try #require(try records.close(DecisionID(4), by: "ops", why: "that cluster is gone"))
            #expect(open.name == "d-4 of eve")
            #expect(try records.close(DecisionID(4), by: "ops", why: "again") == nil)
            let last = try #require(records.newest(1).first)
            #expect(last.kind == .interrupted && last.by == "ops" && last.at.epoch == 7)
            #expect(
                last.text == "d-4 of eve is closed by hand by ops: that cluster is gone; its nodes stay where they are."
            )
        }
        let rig = await Rig(tiny, records: try records(), at: 2000)
        #expect(rig.records.past.leftOpen.isEmpty && rig.records.past.warnings.isEmpty)
        let snapshot = await rig.snapshot
        #expect(snapshot.mode == .manual && snapshot.moves.isEmpty)
        #expect(snapshot.earlierMoves.map(\.phase) == [.interrupted])
        #expect(await tiny.performed.isEmpty)
    }
}
