// SPDX-License-Identifier: Apache-2.0

import Factory
import Planning
import Simulation
import Testing

@testable import Control

/// The simulated plant as source and engine, on the test's clock: a plant second a wall second.
actor SimulatedSource: Observer, Actuator {
    nonisolated let name = "simulation"
    private var plant: SimulatedPlant
    private let start: Double

    init(nodes: Int, seed: UInt64) {
        let settings = SimulationSettings(nodes: nodes, seed: seed)
        plant = SimulatedPlant(settings, traffic: .generated(seed: seed))
        start = settings.start.epoch
    }

    func observe(at now: Double) -> Observation {
        plant.advance(to: PlantTime(epoch: start + now))
        return plant.observe(speed: 1, poll: Seconds(5))
    }

    func perform(_ order: StepOrder) throws(ActuatorError) {
        if let refusal = plant.begin(order) { throw ActuatorError(.refused, engine: name, text: refusal) }
    }

    func progress(of order: StepOrder) -> StepProgress { plant.progress(of: order) }
    nonisolated func commands(for orders: [StepOrder]) -> [String] { orders.map { "\($0.step.rawValue) \($0.node)" } }
    func setSpeed(_ speed: Double) -> Double { speed }
}

@Suite struct SimulationTests {
    private let ops = Operator(name: "ops", mayAct: true)

    private func plant(_ source: SimulatedSource, _ records: PlantRecords) -> LocalPlant {
        LocalPlant(
            name: "sim", observers: [source], actuator: source, observeOnly: nil, planner: Planner(), records: records,
            wall: { 1 }, patience: TinyPlant.forever)
    }

    /// Plans, confirms as asked, and passes plant time until the move has ended and been verified.
    private func move(_ draft: Draft, _ plant: LocalPlant, from start: Double) async throws -> (MoveStatus, Double) {
        guard case .preview(let preview) = await plant.plan(draft, by: ops) else { throw Missing() }
        let confirmation: Factory.Confirmation =
            switch preview.tier {
            case .yes, .refused: .yes
            case .typeName(let name): .name(name)
            case .reason: .reason("test")
            }
        let command = PlantCommand.submit(preview.decision, at: preview.revision, confirmation)
        let outcome = await plant.perform(command, by: ops)
        try #require(outcome.verdict == .accepted, "\(outcome.text)")
        var now = start
        while now < start + 3600 {
            now += 5
            await plant.tick(now: now)
            let move = await plant.newest?.moves.first { $0.decision == preview.decision }
            if let move, !move.isOpen, move.outcome != nil { return (move, now) }
        }
        throw Missing()
    }

    private struct Missing: Error {}

    @Test(
        "on the simulated plant a spare and a training node move, the ledger sums, and promise meets outcome",
        arguments: [1, 7, 42])
    func moves(_ seed: UInt64) async throws {
        let records = PlantRecords.inMemory(plant: "sim", wall: { 1 })
        let source = SimulatedSource(nodes: 64, seed: seed)
        let plant = plant(source, records)
        await plant.tick(now: 5)
        let to = Pool.inference(ServingClass("chat"))
        var (move, now) = try await move(Draft(to: to, from: .spare, nodes: 1), plant, from: 5)
        #expect(move.phase == .done && move.outcome?.ready != nil)
        await plant.tick(now: now + 600)
        (move, now) = try await self.move(Draft(to: to, from: .training, nodes: 1), plant, from: now + 600)
        #expect(move.phase == .done)
        let ready = try #require(move.outcome?.ready?.value)
        let promised = try #require(move.forecast.readyP95?.value)
        #expect(ready > 0 && ready < 1.25 * promised, "seed \(seed): ready \(ready), promised \(promised)")
        let snapshot = try #require(await plant.newest)
        #expect(snapshot.ledger.total == 64)
        #expect(snapshot.trends[TrendKey(.decode, to)]?.step == Seconds(5))
        #expect(records.open.isEmpty && records.newest(1000).count { $0.kind == .verified } >= 2)
    }

    @Test("after LOSS the way back is a plan of its own, and it brings the node home")
    func reverse() async throws {
        let plant = plant(SimulatedSource(nodes: 64, seed: 1), .inMemory(plant: "sim", wall: { 1 }))
        await plant.tick(now: 5)
        let to = Pool.inference(ServingClass("chat"))
        let (there, now) = try await move(Draft(to: to, from: .training, nodes: 1), plant, from: 5)
        let node = try #require(there.units.first?.node)
        let (back, _) = try await move(Draft(nodes: 1, reverses: there.decision), plant, from: now)
        #expect(back.phase == .done && back.reverses == there.decision && back.units.map(\.node) == [node])
        let snapshot = try #require(await plant.newest)
        let index = try #require(snapshot.nodes.ids.firstIndex(of: node))
        #expect(snapshot.pools[Int(snapshot.nodes.pools[index])].pool == .training)
    }

    @Test("the same seed and the same script give the same snapshots and the same audit, to the hash")
    func deterministic() async throws {
        var heads: [String] = []
        var events: [[String]] = []
        for _ in 0..<2 {
            let records = PlantRecords.inMemory(plant: "sim", wall: { 1 })
            let plant = plant(SimulatedSource(nodes: 64, seed: 3), records)
            await plant.tick(now: 5)
            _ = try await move(Draft(to: .inference(ServingClass("chat")), from: .spare, nodes: 1), plant, from: 5)
            heads.append(records.head)
            events.append(await plant.newest?.events.map(\.text) ?? [])
        }
        #expect(heads[0] == heads[1] && events[0] == events[1])
    }
}
