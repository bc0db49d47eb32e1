// SPDX-License-Identifier: Apache-2.0

import Factory
import Planning
import Testing

@testable import Control

@Suite("Journal of moves")
struct JournalTests {
    @Test("a move is read as it was written, with the way its units are freed", arguments: [nil] + MoveRoute.allCases)
    func routes(route: MoveRoute?) throws {
        let (move, record) = Self.written(route)
        let read = try #require(MoveJournal.start(record))
        #expect(read.units == move.units && read.units[0].route == route)
    }

    @Test(
        "the jobs that may be put back are read as they were written, and a line without them names its own job alone")
    func confirmed() throws {
        for jobs in [nil, [], ["12"], ["12_7", "7+1", "a,b|c;d%2C"]] {
            let (move, record) = Self.written(.requeue, confirmed: jobs.map { $0.map { JobID($0) } })
            #expect(try #require(MoveJournal.start(record)).units == move.units)
        }
        var (_, record) = Self.written(.requeue)
        record.details[AuditKey.units] = "n1|training||j|2|3.5|requeue"
        let old = try #require(MoveJournal.start(record))
        #expect(old.units.map(\.job) == [JobID("j")] && old.units[0].confirmed == nil)
        let machine = MoveMachine(resuming: old, at: PlantTime(epoch: 8))
        #expect(machine.order(.release, of: old.units[0]).confirmed == [JobID("j")])
    }

    @Test("a route that this version does not know is not guessed: the unit is nobody's")
    func unknown() throws {
        var (_, record) = Self.written(.drain)
        record.details[AuditKey.units] = record.details[AuditKey.units]?.replacing("drain", with: "teleport")
        #expect(try #require(MoveJournal.start(record)).units.isEmpty)
    }

    @Test("an abort that was accepted is read: what waits stays, what has begun goes back, what is past LOSS goes on")
    func aborted() throws {
        var (_, started) = Self.written(.requeue)
        let unit = try #require(started.details[AuditKey.units])
        started.details[AuditKey.units] = (1...3).map { unit.replacing("n%7C1", with: "n\($0)") }.joined(separator: ";")
        let steps = [Self.step(.cordon, "n1"), Self.step(.cordon, "n2"), Self.step(.release, "n2")]
        var abort = started
        abort.details = [AuditKey.command: "abort d-4"]
        func phases(_ records: [AuditRecord]) -> [UnitMove.Phase] {
            MoveJournal.moves(in: records)[0].units.map(\.phase)
        }
        let read = try #require(MoveJournal.moves(in: [started] + steps + [abort]).first)
        #expect(read.phase == .aborting && read.units.map(\.phase) == [.aborting, .running, .aborted])
        abort.kind = .refused
        #expect(phases([started] + steps + [abort]) == [.running, .running, .waiting])
        abort.kind = .accepted
        abort.details = [AuditKey.command: "submit d-4"]
        #expect(phases([started] + steps + [abort]) == [.running, .running, .waiting])
    }

    @Test("a unit that turned back, what is wrong with it and what is lost are read")
    func problems() throws {
        var (_, started) = Self.written(.requeue)
        started.details[AuditKey.units] = started.details[AuditKey.units]?.replacing("n%7C1", with: "n1")
        var turned = Self.step(.cordon, "n1", [AuditKey.problem: "release failed: no"])
        turned.step = nil
        let records = [started, Self.step(.release, "n1", [AuditKey.lost: "3.5"]), turned]
        let going = try #require(MoveJournal.moves(in: records).first)
        #expect(going.lost == GPUHours(3.5) && going.units[0].problem == "release failed: no")
        #expect(going.units[0].phase == .aborting && going.units[0].pastLoss)
        var ended = turned
        ended.details = [AuditKey.unitEnd: "failed", AuditKey.problem: "release failed: no; back in training"]
        ended.text = "n1 failed: release failed: no; back in training"
        let end = try #require(MoveJournal.moves(in: records + [ended]).first)
        #expect(end.units[0].phase == .failed && end.units[0].problem == "release failed: no; back in training")
        ended.details[AuditKey.problem] = nil
        #expect(
            MoveJournal.moves(in: [started, ended])[0].units[0].problem == ended.text, "as older versions wrote it")
    }

    private static func step(_ step: MoveStep, _ node: String, _ details: [String: String] = [:]) -> AuditRecord {
        AuditRecord(
            sequence: 2, kind: .step, wall: 8, at: PlantTime(epoch: 8), by: "eve", decision: DecisionID(4),
            node: NodeID(node), step: step, mode: .manual, text: "step", details: details, previous: "", hash: "")
    }

    private static func written(_ route: MoveRoute?, confirmed: [JobID]? = nil) -> (MoveStatus, AuditRecord) {
        var unit = UnitMove(node: NodeID("n|1"), from: .training, job: JobID("j;1"), wave: 2, atStake: GPUHours(3.5))
        unit.route = route
        unit.confirmed = confirmed
        let move = MoveStatus(
            decision: DecisionID(4), by: "eve", to: .inference(ServingClass("serve")), phase: .running,
            startedAt: PlantTime(epoch: 7), units: [unit], reverses: nil,
            forecast: MoveForecast(ready: nil, readyP95: nil, lost: nil, waitAfter: nil))
        let record = AuditRecord(
            sequence: 1, kind: .accepted, wall: 7, at: PlantTime(epoch: 7), by: "eve", decision: DecisionID(4),
            node: nil,
            step: nil, mode: .manual, text: "accepted", details: MoveJournal.details(of: move), previous: "", hash: "")
        return (move, record)
    }
}
