// SPDX-License-Identifier: Apache-2.0

import Factory
import Planning
import Testing

@testable import Control

@Suite("Several sites as one plant")
struct FleetTests {
    private let ops = Operator(name: "ops", mayAct: true)
    private let guest = Operator(name: "guest", mayAct: false)

    private struct Rig {
        let fleet: Fleet
        let records: [PlantRecords]

        init() {
            var plants: [(id: SiteID, plant: LocalPlant)] = []
            var records: [PlantRecords] = []
            for (index, name) in ["india", "japan", "norway"].enumerated() {
                let source = SimulatedSource(nodes: 40 + index, seed: UInt64(index + 1))
                let audit = PlantRecords.inMemory(plant: "sim-\(name)")
                records.append(audit)
                plants.append(
                    (
                        SiteID(name),
                        LocalPlant(
                            name: "sim-\(name)", observers: [source], actuator: source, observeOnly: nil,
                            planner: Planner(), records: audit, wall: { 1 }, patience: TinyPlant.forever)
                    ))
            }
            fleet = Fleet(plants, wall: { 1 })
            self.records = records
        }
    }

    @Test("every site is a row whose ledger sums; one of them is shown, and visiting shows another")
    func rows() async throws {
        let rig = Rig()
        await rig.fleet.tick(now: 600)
        let first = try #require(await rig.fleet.newest)
        #expect(first.site == SiteID("india") && first.plant == "sim-india" && first.nodes.count == 40)
        #expect(first.sites.map(\.site.name) == ["india", "japan", "norway"])
        #expect(first.sites.map(\.ledger.total) == [40, 41, 42])
        #expect(first.sites.allSatisfy { $0.decode.known != nil && $0.economy != nil && $0.at == first.at })
        // Looking is free: a viewer may.
        let outcome = await rig.fleet.perform(.visit(SiteID("norway")), by: guest)
        #expect(outcome.verdict == .accepted && outcome.text == "In norway: keys and plans are for it now.")
        let second = try #require(await rig.fleet.newest)
        #expect(second.site == SiteID("norway") && second.nodes.count == 42)
        #expect(second.sequence > first.sequence)
        let unknown = await rig.fleet.perform(.visit(SiteID("mars")), by: ops)
        #expect(unknown.verdict == .refused && unknown.text.contains("india, japan, norway"))
    }

    @Test("a move stays inside the site it was planned in, in its audit alone; HOLD is the site's")
    func inside() async throws {
        let rig = Rig()
        for now in stride(from: 0.0, through: 600, by: 60) { await rig.fleet.tick(now: now) }
        _ = await rig.fleet.perform(.visit(SiteID("japan")), by: ops)
        let draft = Draft(to: .inference(ServingClass("chat")), from: .spare, nodes: 1)
        guard case .preview(let preview) = await rig.fleet.plan(draft, by: ops) else {
            Issue.record("no plan")
            return
        }
        let outcome = await rig.fleet.perform(.submit(preview.decision, at: preview.revision, .yes), by: ops)
        #expect(outcome.verdict == .accepted, "\(outcome.text)")
        await rig.fleet.tick(now: 610)
        let shown = try #require(await rig.fleet.newest)
        #expect(shown.sites.map(\.moves) == [0, 1, 0])
        #expect(shown.sites.map(\.ledger.total) == [40, 41, 42])
        #expect(rig.records[0].newest(10).isEmpty && rig.records[2].newest(10).isEmpty)
        #expect(!rig.records[1].newest(10).isEmpty)
        _ = await rig.fleet.perform(.hold, by: ops)
        #expect(await rig.fleet.newest?.mode == .hold)
        _ = await rig.fleet.perform(.visit(SiteID("india")), by: ops)
        #expect(await rig.fleet.newest?.mode == .manual)
    }

    @Test("a plant of one place has no other to go to")
    func onePlace() async {
        let source = SimulatedSource(nodes: 8, seed: 1)
        let plant = LocalPlant(
            name: "sim", observers: [source], actuator: source, observeOnly: nil, planner: Planner(),
            records: .inMemory(plant: "sim"), wall: { 1 }, patience: TinyPlant.forever)
        await plant.tick(now: 1)
        let outcome = await plant.perform(.visit(SiteID("norway")), by: ops)
        #expect(outcome.verdict == .refused && outcome.text.contains("in one place"))
    }

    @Test("its streams end with it")
    func ends() async {
        let rig = Rig()
        await rig.fleet.tick(now: 1)
        let stream = await rig.fleet.snapshots()
        await rig.fleet.end()
        var count = 0
        for await _ in stream { count += 1 }
        #expect(count == 1)
    }
}
