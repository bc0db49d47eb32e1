// SPDX-License-Identifier: Apache-2.0

import Factory
import Testing

@testable import Simulation

struct MoveTests {
    private static let chat = Pool.inference(ServingClass("chat"))
    private static let think = Pool.inference(ServingClass("think"))

    /// A node at rest in a pool; in training, one of an elastic gang.
    private static func node(in pool: Pool, of plant: SimulatedPlant) throws -> NodeID {
        let node = plant.states.indices.first { node in
            guard plant.isAtRest(node, in: pool) else { return false }
            return pool != .training || (plant.gangOf[node] >= 0 && plant.gangs[Int(plant.gangOf[node])].isElastic)
        }
        return plant.names.ids[try #require(node)]
    }

    private static func order(
        _ node: NodeID, _ from: Pool, _ to: Pool, _ step: MoveStep, decision: Int = 1
    ) -> StepOrder {
        StepOrder(decision: DecisionID(decision), node: node, from: from, to: to, step: step)
    }

    /// Runs one step to its end; the plant seconds it took.
    private static func run(_ order: StepOrder, on plant: inout SimulatedPlant) throws -> Double {
        #expect(plant.begin(order) == nil)
        let start = plant.clock
        while case .running = plant.progress(of: order) {
            plant.pass(1)
            try #require(plant.clock - start < 3600, "\(order.step) never ends")
        }
        #expect(plant.progress(of: order) == .reached)
        return plant.clock - start
    }

    private static func count(_ pool: Pool, _ plant: inout SimulatedPlant) -> Int {
        plant.observe().pools.first { $0.pool == pool }?.nodes ?? -1
    }

    @Test(
        "a node walks every path to its end and changes the pools' counts",
        arguments: [
            (Pool.spare, chat), (.spare, think), (.training, chat), (.training, think), (.training, .spare),
            (chat, think),
            (think, .training), (chat, .training), (chat, .spare), (.spare, .training),
        ])
    func paths(from: Pool, to: Pool) throws {
        var plant = Plants.plant()
        plant.pass(100)
        let node = try Self.node(in: from, of: plant)
        let before = (Self.count(from, &plant), Self.count(to, &plant))
        let revision = plant.revision
        for step in MoveStep.path(from: from, to: to) {
            _ = try Self.run(Self.order(node, from, to, step), on: &plant)
            if step != .serve, step != .restart, step != .park { #expect(plant.isMoving) }
            #expect(Ledger(counting: plant.states).total == 64)
        }
        #expect(!plant.isMoving)
        #expect(Self.count(from, &plant) == before.0 - 1)
        #expect(Self.count(to, &plant) == before.1 + 1)
        #expect(plant.revision > revision)
        let index = try #require(plant.names.index(of: node))
        #expect(plant.isAtRest(index, in: to))
        #expect(plant.observe().nodes.conditions[index]?.kind != .moving)
    }

    @Test("steps take their published times")
    func times() throws {
        var plant = Plants.plant()
        let node = try Self.node(in: Self.think, of: plant)
        var times: [MoveStep: Double] = [:]
        for step in MoveStep.path(from: Self.think, to: .training) {
            times[step] = try Self.run(Self.order(node, Self.think, .training, step), on: &plant)
        }
        #expect((216...361).contains(times[.drain] ?? 0))
        // A rollout worker only starts; another gang restarts as a whole.
        let restart = times[.restart] ?? 0
        #expect((24...40).contains(restart) || (265...350).contains(restart), "\(restart)")
        let spare = try Self.node(in: .spare, of: plant)
        let load = try Self.run(Self.order(spare, .spare, Self.chat, .load), on: &plant)
        #expect((38...133).contains(load))
    }

    @Test("weights load from the object store, then from disk, then from memory: 110, 45 and 15 s for 70B in FP8")
    func loads() throws {
        var cold: [Double] = []
        for seed: UInt64 in 1...12 {
            var plant = Plants.plant(seed: seed)
            let node = try Self.node(in: .spare, of: plant)
            func load() throws -> Double {
                var time = 0.0
                for step in MoveStep.path(from: .spare, to: Self.chat) {
                    let taken = try Self.run(Self.order(node, .spare, Self.chat, step), on: &plant)
                    if step == .load { time = taken }
                }
                for step in MoveStep.path(from: Self.chat, to: .spare) {
                    _ = try Self.run(Self.order(node, Self.chat, .spare, step, decision: 2), on: &plant)
                }
                return time
            }
            cold.append(try load())
            let warm = try load()
            plant.pass(2 * 3600)
            let near = try load()
            #expect((12...19).contains(warm) && (38...55).contains(near), "seed \(seed): \(warm) \(near)")
        }
        #expect(cold.contains { (93...133).contains($0) } && cold.contains { (38...55).contains($0) }, "\(cold)")
    }

    @Test("more nodes raise a class's capacity, and a node on its way serves nobody")
    func capacity() throws {
        var plant = Plants.plant()
        let before = plant.inference[1].capacity
        let node = try Self.node(in: Self.chat, of: plant)
        #expect(plant.begin(Self.order(node, Self.chat, .spare, .cordon)) == nil)
        #expect(plant.inference[1].capacity < before)
        #expect(plant.states.count { $0 == .cordoned } == 1)
    }

    @Test(
        "the way back is open from every step and ends where it began",
        arguments: [
            (Pool.spare, chat), (.training, chat), (chat, .training), (chat, think), (.spare, .training),
            (.training, .spare),
        ])
    func restore(from: Pool, to: Pool) throws {
        let path = MoveStep.path(from: from, to: to).dropLast()
        for length in 1...max(1, path.count) {
            var plant = Plants.plant()
            let node = try Self.node(in: from, of: plant)
            let before = Self.count(from, &plant)
            for step in path.prefix(length) { _ = try Self.run(Self.order(node, from, to, step), on: &plant) }
            _ = try Self.run(Self.order(node, from, to, .restore), on: &plant)
            let index = try #require(plant.names.index(of: node))
            #expect(plant.isAtRest(index, in: from), "\(from) to \(to), \(length) steps")
            #expect(Self.count(from, &plant) == before)
            #expect(!plant.isMoving)
        }
    }

    @Test("a step that runs can be cut by the way back")
    func restoreWhileRunning() throws {
        var plant = Plants.plant()
        plant.pass(60)
        let node = try Self.node(in: Self.think, of: plant)
        let batch = plant.inference[1].batch
        _ = try Self.run(Self.order(node, Self.think, .training, .cordon), on: &plant)
        #expect(plant.begin(Self.order(node, Self.think, .training, .drain)) == nil)
        #expect(plant.begin(Self.order(node, Self.think, .training, .restore)) == nil)
        plant.pass(2)
        #expect(plant.progress(of: Self.order(node, Self.think, .training, .restore)) == .reached)
        #expect(plant.inference[1].drainers == 0)
        #expect(plant.inference[1].batch > batch * 0.8)
    }

    @Test("orders that make no sense are refused in a sentence")
    func refusals() throws {
        var plant = Plants.plant()
        let spare = try Self.node(in: .spare, of: plant)
        let serving = try Self.node(in: Self.chat, of: plant)
        let ghost = NodeID("su99-n01")
        func refusal(_ order: StepOrder) -> String? { plant.begin(order) }
        #expect(refusal(Self.order(ghost, .spare, Self.chat, .load)) == "There is no node su99-n01.")
        #expect(
            refusal(Self.order(spare, Self.chat, .training, .cordon))
                == "\(spare) is spare in spare, not in inference/chat.")
        #expect(
            refusal(Self.order(serving, Self.chat, .training, .unload))
                == "\(serving) has to drain before it can unload.")
        #expect(
            refusal(Self.order(spare, .spare, .inference(ServingClass("video")), .load))
                == "This plant has no pool inference/video.")
        #expect(
            refusal(Self.order(spare, .spare, Self.chat, .drain)) == "drain is no step from spare to inference/chat.")
        #expect(refusal(Self.order(spare, .spare, Self.chat, .load)) == nil)
        #expect(refusal(Self.order(spare, .spare, Self.chat, .load)) == nil, "the same order again changes nothing")
        #expect(refusal(Self.order(spare, .spare, Self.chat, .warm)) == "\(spare) is still at load.")
        #expect(
            refusal(Self.order(spare, .spare, Self.think, .load, decision: 2)) == "\(spare) is being moved by d-1.")
        let index = try #require(plant.names.index(of: serving))
        plant.set(index, .failed)
        #expect(refusal(Self.order(serving, Self.chat, .spare, .cordon)) == "\(serving) has failed: no answer.")
    }

    @Test("a node that fails on its way fails its step")
    func failure() throws {
        var plant = Plants.plant()
        let node = try Self.node(in: .spare, of: plant)
        let order = Self.order(node, .spare, Self.chat, .load)
        #expect(plant.begin(order) == nil)
        let index = try #require(plant.names.index(of: node))
        plant.set(index, .failed)
        plant.failOrder(of: index, because: "XID 79 gpu3")
        #expect(plant.progress(of: order) == .failed("\(node) has failed: XID 79 gpu3."))
        #expect(!plant.isMoving)
    }

    @Test("many nodes of one gang leave with one checkpoint and one restart")
    func shared() throws {
        var plant = Plants.plant(nodes: 256)
        let gang = try #require(
            plant.gangs.firstIndex { $0.request.kind == .fineTuning && $0.nodes - $0.request.minNodes >= 4 })
        let id = plant.gangs[gang].request.id
        let nodes = plant.members(of: gang).prefix(4).map { plant.names.ids[$0] }
        for step in [MoveStep.checkpoint, .release] {
            for node in nodes { #expect(plant.begin(Self.order(node, .training, .spare, step)) == nil) }
            plant.pass(25)
            for node in nodes { #expect(plant.progress(of: Self.order(node, .training, .spare, step)) == .reached) }
        }
        let state = try #require(plant.gangs.first { $0.request.id == id })
        #expect(state.phase == .restarting)
        #expect(plant.lost.value < 1)
        plant.pass(360)
        #expect(plant.gangs.first { $0.request.id == id }?.phase == .running)
    }
}
