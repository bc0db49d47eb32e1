// SPDX-License-Identifier: Apache-2.0

import Factory
import Simulation
import Testing

#if canImport(SimulatedBackend)
    @testable import SimulatedBackend
#else
    @testable import Backends
#endif

struct SimulatedBackendTests {
    private static func backend(speed: Double = 30) -> SimulatedBackend {
        SimulatedBackend(SimulationSettings(), traffic: .generated(seed: 1), clock: SimulationClock(speed: speed))
    }

    @Test("plant time passes at the speed, in whole seconds, and nothing is lost between")
    func speed() async {
        let backend = Self.backend()
        let start = await backend.observe(at: 1000).at
        #expect(start == SimulationSettings.standardStart)
        #expect(await backend.observe(at: 1001).at - start == Seconds(30))
        for step in 1...100 { _ = await backend.observe(at: 1001 + Double(step) * 0.01) }
        #expect(await backend.observe(at: 1002).at - start == Seconds(60))
        // A clock that jumps back stops the plant for the moment.
        #expect(await backend.observe(at: 900).at - start == Seconds(60))
        #expect(await backend.observe(at: 901).at - start == Seconds(90))
    }

    @Test("an observation says speed, scale, seed and an interval at which nothing looks stale")
    func kind() async {
        let backend = Self.backend(speed: 600)
        let observation = await backend.observe(at: 0)
        #expect(observation.interval == Seconds(600))
        #expect(observation.kind == .simulated(speed: 600, demandScale: backend.demandScale, seed: backend.seed))
        #expect(observation.source.targets == 64)
    }

    @Test("a long sleep is not caught up")
    func sleep() async {
        let backend = Self.backend(speed: 3600)
        let start = await backend.observe(at: 0).at
        #expect(await backend.observe(at: 1e6).at - start == Seconds(7200))
    }

    @Test("speed keeps its range", arguments: [(0.1, 1.0), (90, 90), (1e9, 3600)])
    func range(asked: Double, got: Double) async throws {
        let backend = Self.backend()
        #expect(try await backend.setSpeed(asked) == got)
        #expect(backend.speed == got)
        await #expect(throws: ActuatorError.self) { try await backend.setSpeed(.nan) }
    }

    @Test("speed drops to 5 while a move runs and comes back after it")
    func moving() async throws {
        let backend = Self.backend()
        let first = await backend.observe(at: 0)
        let spare = try #require(first.nodes.states.firstIndex(of: .spare))
        let to = Pool.inference(ServingClass("chat"))
        var wall = 0.0
        for step in MoveStep.path(from: .spare, to: to) {
            let order = StepOrder(
                decision: DecisionID(1), node: first.nodes.ids[spare], from: .spare, to: to, step: step)
            try await backend.perform(order)
            #expect(backend.speed == 5)
            while await backend.progress(of: order) != .reached {
                wall += 1
                try #require(wall < 200)
                _ = await backend.observe(at: wall)
            }
        }
        #expect(backend.speed == 30)
        #expect(await backend.observe(at: wall + 1).nodes.states[spare] == .serving)
    }

    @Test("plants on one clock stay together, and a move in one slows all")
    func shared() async throws {
        let clock = SimulationClock()
        let plants = (1...3).map { seed in
            SimulatedBackend(
                SimulationSettings(nodes: 16, seed: seed), traffic: .generated(seed: seed), clock: clock)
        }
        var wall = 0.0
        for step in 0..<40 {
            wall += 0.25
            var times: Set<PlantTime> = []
            for plant in plants { times.insert(await plant.observe(at: wall).at) }
            #expect(times.count == 1, "\(times)")
            guard step == 20 else { continue }
            let first = await plants[1].observe(at: wall)
            let spare = try #require(first.nodes.states.firstIndex(of: .spare))
            let order = StepOrder(
                decision: DecisionID(1), node: first.nodes.ids[spare], from: .spare, to: .training, step: .join)
            try await plants[1].perform(order)
            #expect(plants.allSatisfy { $0.speed == 5 })
        }
    }

    @Test("a refusal is the engine's own sentence, and every step has its command line")
    func words() async throws {
        let backend = Self.backend()
        let order = StepOrder(
            decision: DecisionID(1), node: NodeID("x"), from: .spare, to: .training, step: .join)
        await #expect(throws: ActuatorError(.refused, engine: "simulation", text: "There is no node x.")) {
            try await backend.perform(order)
        }
        #expect(backend.commands(for: [order]) == ["simulation: join x to training"])
    }
}
