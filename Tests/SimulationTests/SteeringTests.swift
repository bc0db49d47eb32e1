// SPDX-License-Identifier: Apache-2.0

import Factory
import Planning
import Testing

@testable import Simulation

/// The planner and its move machine on the simulated plant: what an operator does with `>` and `<`.
struct SteeringTests {
    private static func snapshot(_ plant: inout SimulatedPlant) -> FactorySnapshot {
        var fold = Fold(plant: "test")
        var snapshot = fold.fold([plant.observe(speed: 5)])
        snapshot.mode = .manual
        return snapshot
    }

    private static func plan(_ draft: Draft, _ plant: inout SimulatedPlant) throws -> PlanPreview {
        let answer = Planner().preview(draft, as: DecisionID(1), on: snapshot(&plant), commands: { _ in [] })
        guard case .preview(let preview) = answer else {
            Issue.record("\(answer)")
            throw CancellationError()
        }
        return preview
    }

    /// Carries a plan out; how it ended.
    private static func carryOut(_ preview: PlanPreview, _ plant: inout SimulatedPlant) -> MoveStatus {
        var machine = MoveMachine(preview, by: "test", at: plant.now)
        var actions = machine.input(.start(at: plant.now))
        for _ in 0..<7200 where machine.status.isOpen {
            while !actions.isEmpty {
                switch actions.removeFirst() {
                case .perform(let order):
                    guard let refusal = plant.begin(order) else { continue }
                    let error = ActuatorError(.refused, engine: "simulation", text: refusal)
                    actions += machine.input(.performFailed(order, error))
                case .ask(let order): actions += machine.input(.progress(order, plant.progress(of: order)))
                case .finished, .note, .turnedBack, .ended: break
                }
            }
            plant.pass(1)
            actions = machine.input(.tick(at: plant.now))
        }
        return machine.status
    }

    @Test(
        "the first > passes the rails at the opening and under stress", arguments: [0.0, 600, 2700],
        [1, 2, 3] as [UInt64])
    func firstMove(at second: Double, seed: UInt64) throws {
        var plant = Plants.plant(seed: seed)
        plant.pass(second)
        let preview = try Self.plan(Draft(to: .inference(ServingClass("chat")), nodes: 1), &plant)
        let failed = preview.verdicts.filter { $0.verdict == .fail }
        #expect(failed.isEmpty, "\(failed.map(\.text))")
        #expect(!preview.isRefused)
    }

    @Test("an elastic gang's surplus passes the rails too")
    func elastic() throws {
        var plant = Plants.plant()
        plant.pass(600)
        let preview = try Self.plan(Draft(to: .inference(ServingClass("chat")), from: .training, nodes: 1), &plant)
        #expect(preview.verdicts.filter { $0.verdict == .fail }.map(\.text) == [])
    }

    @Test("a plant of one node refuses every move")
    func one() {
        var plant = Plants.plant(nodes: 1)
        plant.pass(600)
        for to in [Pool.training, .inference(ServingClass("chat"))] {
            let answer = Planner().preview(
                Draft(to: to, nodes: 1), as: DecisionID(1), on: Self.snapshot(&plant), commands: { _ in [] })
            if case .preview(let preview) = answer { #expect(preview.isRefused) }
        }
    }

    @Test("moves end, and four nodes for chat clear the queue of a busy plant", arguments: [true, false])
    func relief(moves: Bool) throws {
        var plant = Plants.busy(1.8)
        plant.pass(2460)
        if moves {
            let preview = try Self.plan(Draft(to: .inference(ServingClass("chat")), nodes: 4), &plant)
            #expect(preview.verdicts.filter { $0.verdict == .fail }.map(\.text) == [])
            let status = Self.carryOut(preview, &plant)
            #expect(status.phase == .done)
            #expect(status.done == 4)
        }
        plant.advance(to: SimulationSettings.standardStart + Seconds(3900))
        let chat = try #require(Self.snapshot(&plant).pools.first { $0.pool == .inference(ServingClass("chat")) })
        #expect(chat.isHurt != moves, "\(chat.wait) \(chat.attainment)")
        #expect(chat.nodes == (moves ? 17 : 13))
    }

    @Test("a bad model fails its canary and the node goes back to where it came from; nobody was served by it")
    func badCanary() throws {
        var settings = SimulationSettings()
        settings.drill = Drill(name: "bad", about: "", events: [.init(at: 600, .rollout(isBad: true))])
        var plant = SimulatedPlant(settings, traffic: .generated(seed: settings.seed))
        plant.pass(590)
        let before = (plant.states.count { $0 == .spare }, plant.inference[1].nodes)
        let plan = try Self.plan(Draft(to: .inference(ServingClass("chat")), from: .spare, nodes: 1), &plant)
        let status = Self.carryOut(plan, &plant)
        #expect(status.phase == .failed && status.done == 0)
        let problem = status.units.first?.problem ?? ""
        #expect(problem.contains("canary failed: the canary regresses"), "\(problem)")
        #expect(problem.contains("back in spare"), "\(problem)")
        #expect(plant.states.count { $0 == .spare } == before.0 && plant.inference[1].nodes == before.1)
        #expect(!plant.isMoving)
        // When the release has been turned back, the same move goes through.
        plant.pass(900)
        let again = Self.carryOut(
            try Self.plan(Draft(to: .inference(ServingClass("chat")), from: .spare, nodes: 1), &plant), &plant)
        #expect(again.phase == .done)
    }

    @Test("a node goes to training and comes back by the reverse of the paths")
    func both() throws {
        var plant = Plants.plant()
        plant.pass(600)
        let spares = plant.states.count { $0 == .spare }
        let there = Self.carryOut(try Self.plan(Draft(to: .training, from: .spare, nodes: 1), &plant), &plant)
        #expect(there.phase == .done)
        #expect(plant.states.count { $0 == .spare } == spares - 1)
        #expect(plant.gangs.map(\.nodes).reduce(0, +) == plant.layout.training + 1)
    }
}
