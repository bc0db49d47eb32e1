// SPDX-License-Identifier: Apache-2.0

import Factory
import Glibc
import Synchronization
import TestSupport
import Testing

@testable import Control

/// Long random runs against a plant and a disk that fail: whatever happens, the audit's promises hold.
@Suite struct AuditPropertyTests {
    /// A run of random commands, ticks and failures; ends with a well disk and a few quiet ticks.
    private func run(
        _ seed: UInt64, file: TracingFile, isShared: Bool = false
    ) async -> (rig: Rig, early: [String]) {
        let records = PlantRecords.on(file, wall: { 1 })
        let early = Mutex<[String]>([])
        let tiny = TinyPlant { order in
            let known = records.newest(1000)
            let isKnown = known.contains { $0.kind == .step && $0.node == order.node && $0.step == order.step }
            if !isKnown { early.withLock { $0.append("\(order.decision) \(order.node) \(order.step)") } }
        }
        let rig = await Rig(tiny, records: records)
        if isShared { await attend(rig, both: true) }
        var dice = SeededGenerator(seed: seed)
        var previews: [PlanPreview] = []
        for _ in 0..<60 {
            let isFull = dice.chance(0.15)
            file.set { $0.failAppend = isFull }
            await step(rig, &dice, &previews, largest: isShared ? 14 : 4)
            if isShared { await answer(rig, &dice, previews) }
        }
        file.set { $0.failAppend = false }
        await rig.pass(3)
        return (rig, early.withLock { $0 })
    }

    private static let adam = Operator(name: "adam", mayAct: true)

    private func attend(_ rig: Rig, both: Bool) async {
        let names = both ? [Self.adam.name, rig.ops.name] : [rig.ops.name]
        await rig.plant.attend(names.map { ControlRoom.Person(name: $0, mayAct: true) })
    }

    /// What a second operator may do meanwhile.
    private func answer(_ rig: Rig, _ dice: inout SeededGenerator, _ previews: [PlanPreview]) async {
        await attend(rig, both: dice.chance(0.8))
        let large = Draft(to: .spare, from: .training, nodes: 9)
        if dice.chance(0.2), let preview = await rig.plan(large) { _ = await rig.submit(preview) }
        guard dice.chance(0.15),
            let decision = await rig.snapshot.room?.requests.first?.decision ?? previews.last?.decision
        else { return }
        let command: PlantCommand = dice.chance(0.5) ? .approve(decision) : .decline(decision)
        _ = await rig.plant.perform(command, by: dice.chance(0.7) ? Self.adam : rig.ops)
    }

    private func step(
        _ rig: Rig, _ dice: inout SeededGenerator, _ previews: inout [PlanPreview], largest: Int
    ) async {
        let pools: [Pool] = [TinyPlant.chat, TinyPlant.think, .training, .spare]
        switch dice.below(10) {
        case 0, 1:
            let draft = Draft(to: pools[dice.below(4)], from: pools[dice.below(4)], nodes: 1 + dice.below(largest))
            if let preview = await rig.plan(draft) { previews.append(preview) }
        case 2, 3:
            guard !previews.isEmpty else { return }
            let preview = previews[dice.below(previews.count)]
            _ = await rig.submit(preview, dice.chance(0.3) ? .name("nobody") : nil)
        case 4: _ = await rig.perform(.abort(DecisionID(1 + dice.below(previews.count + 1))))
        case 5: _ = await rig.perform(dice.chance(0.4) ? .hold : .releaseHold)
        case 6: _ = await rig.perform(.setSpeed(Double(dice.below(4))))
        case 7:
            let kind: ActuatorError.Kind = dice.chance(0.7) ? .unreachable : .refused
            await rig.tiny.set { $0.failures = [ActuatorError(kind, engine: "tiny", text: "no")] }
        default: await rig.pass(1 + dice.below(4))
        }
    }

    /// What is wrong with a chain of records; empty when nothing is.
    private func wrongs(_ records: [AuditRecord]) -> [String] {
        var endings: [UInt64: Int] = [:]
        var wrongs: [String] = []
        for record in records {
            if record.kind == .asked { endings[record.sequence] = 0 }
            guard let asked = record.details[AuditKey.asked].flatMap({ UInt64($0) }) else { continue }
            if !record.kind.endsAsked { wrongs.append("\(record.sequence): \(record.kind) ends nothing") }
            guard let command = records.first(where: { $0.sequence == asked }), command.kind == .asked,
                command.decision == record.decision,
                command.details[AuditKey.command] == record.details[AuditKey.command]
            else {
                wrongs.append("\(record.sequence) ends another command than \(asked)")
                continue
            }
            endings[asked, default: 0] += 1
        }
        return wrongs + endings.filter { $0.value != 1 }.map { "\($0.key) has \($0.value) endings" }
    }

    private func decode(_ bytes: [UInt8]) throws -> [AuditRecord] {
        var chain = AuditChain()
        return try bytes.split(separator: UInt8(ascii: "\n")).enumerated().map {
            try chain.accept($0.element, number: $0.offset + 1)
        }
    }

    @Test("every asked has exactly one ending, every step is recorded before it is taken", arguments: 1...24)
    func endings(_ seed: UInt64) async throws {
        let file = TracingFile()
        let (rig, early) = await run(seed, file: file)
        let records = try decode(file.bytes)
        #expect(wrongs(records).isEmpty, "seed \(seed)")
        #expect(early.isEmpty, "seed \(seed)")
        #expect(rig.records.open.isEmpty && records.count > 10, "seed \(seed)")
        // The snapshot's moves and the moves told from the records are the same.
        let told = MoveJournal.moves(in: records)
        for move in await rig.snapshot.moves {
            let other = try #require(told.first { $0.decision == move.decision }, "seed \(seed)")
            #expect(other.isOpen == move.isOpen && (move.isOpen || other.phase == move.phase), "seed \(seed)")
            #expect(other.units.map(\.node) == move.units.map(\.node) && other.to == move.to, "seed \(seed)")
        }
        #expect(told.count == (await rig.snapshot.moves.count), "seed \(seed)")
    }

    /// The last plan of a run, and one of the ways in which its wait can end.
    private func finish(_ rig: Rig, _ seed: UInt64) async {
        await attend(rig, both: true)
        _ = await rig.perform(.releaseHold)
        await rig.pass(60)
        var large: PlanPreview?
        for (to, from) in [(TinyPlant.chat, Pool.training), (.spare, .training), (.training, .spare)] where large == nil
        {
            for nodes in [9, 12] {
                guard let plan = await rig.plan(Draft(to: to, from: from, nodes: nodes)) else { continue }
                if plan.tier == .reason, !plan.isRefused { large = plan }
            }
        }
        guard let preview = large else { return }
        _ = await rig.submit(preview)
        switch seed % 4 {
        case 0: _ = await rig.plant.perform(.approve(preview.decision), by: Self.adam)
        case 1: _ = await rig.plant.perform(.decline(preview.decision), by: Self.adam)
        case 2: _ = await rig.plant.perform(.decline(preview.decision), by: rig.ops)
        default: break
        }
    }

    @Test(
        "whoever answers, whatever fails: what waits in the audit is what waits in the room, and each wait has an end")
    func waits() async throws {
        var kinds: Set<AuditRecord.Kind> = []
        for seed in 1...UInt64(16) {
            let file = TracingFile()
            let (rig, early) = await run(seed, file: file, isShared: true)
            let records = try decode(file.bytes)
            #expect(wrongs(records).isEmpty && early.isEmpty && rig.records.open.isEmpty, "seed \(seed)")
            let room = await rig.snapshot.room?.requests.map(\.decision).sorted()
            #expect(rig.records.waiting == room, "seed \(seed)")
            await finish(rig, seed)
            await rig.plant.end()
            #expect(rig.records.waiting.isEmpty, "seed \(seed)")
            kinds.formUnion(try decode(file.bytes).map(\.kind))
        }
        let missing = Set<AuditRecord.Kind>([.waiting, .approved, .declined, .withdrawn, .lapsed]).subtracting(kinds)
        #expect(missing.isEmpty, "\(missing.map(\.rawValue))")
    }

    @Test("after a crash at any byte the next start closes what was open and loses no whole record", arguments: 1...6)
    func crash(_ seed: UInt64) async throws {
        let file = TracingFile()
        _ = await run(seed, file: file, isShared: seed > 3)
        let bytes = file.bytes
        var dice = SeededGenerator(seed: seed)
        for _ in 0..<12 {
            let scratch = Scratch()
            let path = PlantRecords.path(directory: scratch.path, plant: "p")
            let cut = dice.below(bytes.count + 1)
            scratch.write(Array(bytes.prefix(cut)), to: path)
            let records = try PlantRecords.open(directory: scratch.path, plant: "p", wall: { 2 })
            let whole = try decode(Array(bytes.prefix(lastLine(bytes, cut))))
            let after = try decode(scratch.bytes(path))
            #expect(after.starts(with: whole), "seed \(seed), cut \(cut)")
            #expect(
                wrongs(after).isEmpty && records.open.isEmpty && records.waiting.isEmpty, "seed \(seed), cut \(cut)")
            #expect(try AuditReading.verify(file: path).isIntact, "seed \(seed), cut \(cut)")
        }
    }

    private func lastLine(_ bytes: [UInt8], _ cut: Int) -> Int {
        bytes.prefix(cut).lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    }
}
