// SPDX-License-Identifier: Apache-2.0

import Control
import Factory
import Testing
import Wire

@testable import Link

/// What every `Plant` keeps, here or behind a daemon.
@Suite struct ContractTests {
    enum Place: String, CaseIterable { case local, remote }

    /// Runs the body on the plant itself, or on a client of a daemon that has it.
    private func with(_ place: Place, _ body: (any Plant, Rig) async throws -> Void) async throws {
        let rig = try Rig()
        defer { rig.clean() }
        await rig.run(seconds: 40)
        guard place == .remote else { return try await body(rig.plant, rig) }
        let serving = try rig.serve()
        let remote = try rig.remote()
        _ = try await remote.connect()
        let running = Task { await remote.run() }
        try await body(remote, rig)
        running.cancel()
        await running.value
        serving.cancel()
        try await serving.value
    }

    private func first(_ plant: any Plant) async -> FactorySnapshot? {
        for await snapshot in await plant.snapshots() { return snapshot }
        return nil
    }

    private let eve = Operator(name: "eve", mayAct: true)

    @Test("a new reader gets the newest snapshot at once, and the next ones as they come", arguments: Place.allCases)
    func snapshots(place: Place) async throws {
        try await with(place) { plant, rig in
            let now = try #require(await first(plant))
            #expect(now.nodes.count == 32)
            #expect(now.plant == "sim")
            #expect(now.mode == .manual)
            #expect(now.ledger.total == 32)
            for await snapshot in await plant.snapshots() {
                if snapshot.sequence > now.sequence { break }
                await rig.run(seconds: 1)
            }
        }
    }

    @Test("a plan is priced, submitted and carried out; the same decision moves once", arguments: Place.allCases)
    func move(place: Place) async throws {
        try await with(place) { plant, rig in
            let answer = await plant.plan(Draft(nodes: 1), by: eve)
            guard case .preview(let preview) = answer else {
                Issue.record("\(answer)")
                return
            }
            #expect(preview.ways.count == 3)
            let confirmation: Factory.Confirmation =
                if case .typeName(let name) = preview.tier { .name(name) } else { .yes }
            let submit = PlantCommand.submit(preview.decision, at: preview.revision, confirmation)
            let outcome = await plant.perform(submit, by: eve)
            #expect(outcome.verdict == .accepted, "\(outcome.text)")
            let again = await plant.perform(submit, by: eve)
            #expect(again.verdict == .accepted && again.text.contains("nothing was sent twice"))
            let isThere = await eventually("the move is shown") {
                await rig.run(seconds: 1)
                return await first(plant)?.moves.contains { $0.decision == preview.decision } == true
            }
            #expect(isThere)
            let audit = await plant.audit(limit: 50)
            #expect(audit.contains { $0.kind == .accepted && $0.decision == preview.decision })
        }
    }

    @Test("what cannot be done is refused with a reason", arguments: Place.allCases)
    func refusals(place: Place) async throws {
        try await with(place) { plant, _ in
            let nothing = await plant.perform(.submit(DecisionID(99), at: AllocationRevision(1), .yes), by: eve)
            #expect(nothing.verdict == .refused && !nothing.text.isEmpty)
            let site = await plant.perform(.visit(SiteID("nowhere")), by: eve)
            #expect(site.verdict == .refused)
            let held = await plant.perform(.hold, by: eve)
            #expect(held.verdict == .accepted)
            #expect(await eventually("HOLD is shown") { await first(plant)?.mode == .hold })
        }
    }

    @Test("many questions at once are all answered, each with its own answer", arguments: Place.allCases)
    func many(place: Place) async throws {
        try await with(place) { plant, _ in
            await withTaskGroup(of: Bool.self) { group in
                for number in 1...12 {
                    group.addTask {
                        let command = PlantCommand.abort(DecisionID(number))
                        return await plant.perform(command, by: Operator(name: "eve", mayAct: true)).command == command
                    }
                }
                for await isOwn in group { #expect(isOwn) }
            }
        }
    }
}
