// SPDX-License-Identifier: Apache-2.0

import Factory
import Planning
import Testing

@Suite("Choice of units")
struct UnitChoiceTests {
    private static let chat = SamplePlant.chatPool
    private static let think = SamplePlant.thinkPool

    private func choice(_ draft: Draft, to: Pool, _ plant: SamplePlant = SamplePlant()) -> [Int] {
        UnitChoice(draft, to: to, count: draft.nodes, on: plant.snapshot, RailSettings()).units.map(\.index)
    }

    @Test(
        "spares first, then the elastic surplus with the youngest checkpoint, then the next gang, then classes, then whole gangs"
    )
    func order() {
        // 3 spares, 4 of sft-v2 (8, min 4), 8 of rl-r3 (16, min 8), chat's surplus of 5, then pre-l4 and the rest.
        let all = choice(Draft(nodes: 40), to: Self.think)
        #expect(Array(all[0..<3]) == [60, 61, 62])
        #expect(Array(all[3..<7]) == [16, 17, 18, 19])
        #expect(Array(all[7..<15]) == Array(0..<8))
        #expect(Array(all[15..<20]) == Array(32..<37))
        #expect(all.count == 3 + (32 - 4) + 5)
        // Of whole gangs sft-v2 risks least: 64 GPUs for 300 s.
        #expect(Array(all[20..<24]) == [20, 21, 22, 23])
    }

    @Test("the choice for fewer is the beginning of the choice for more", arguments: 1..<16)
    func prefix(nodes: Int) {
        let all = choice(Draft(nodes: 16), to: Self.think)
        #expect(choice(Draft(nodes: nodes), to: Self.think) == Array(all.prefix(nodes)))
    }

    @Test("for training the spares give first, then the class with most slack")
    func training() {
        #expect(choice(Draft(nodes: 5), to: .training) == [60, 61, 62, 32, 33])
        var plant = SamplePlant()
        (plant.chatLoad, plant.thinkLoad) = (0.9, 0.5)
        #expect(choice(Draft(nodes: 5), to: .training, plant) == [60, 61, 62, 46, 47])
    }

    @Test("selected nodes go first where they may, and are named with the reason where they may not")
    func selected() {
        var plant = SamplePlant()
        plant.changed = { $0.nodes.conditions[3] = NodeCondition(kind: .hot, text: "87 C", since: $0.at) }
        let draft = Draft(nodes: 2, preferred: [NodeID("n5"), NodeID("n3"), NodeID("n99")])
        let choice = UnitChoice(draft, to: Self.think, count: 2, on: plant.snapshot, RailSettings())
        #expect(choice.units.map(\.index) == [5, 60])
        #expect(
            choice.staying == [
                "n3, as selected, stays: it is HOT, 87 C",
                "n99, as selected, cannot go: no source speaks of a node of this name",
            ])
    }

    @Test("why a selected node stays: it is there, of another donor, beyond what is asked, or kept by a floor")
    func staying() {
        func why(_ draft: Draft, to receiver: Pool = Self.think, _ plant: SamplePlant = SamplePlant()) -> [String] {
            UnitChoice(draft, to: receiver, count: draft.nodes, on: plant.snapshot, RailSettings()).staying
        }
        #expect(why(Draft(preferred: [NodeID("n50")])) == ["n50, as selected, stays: it is in think already"])
        #expect(
            why(Draft(from: .training, preferred: [NodeID("n60")])) == [
                "n60, as selected, stays: it is in spare, and the plan takes from training"
            ])
        #expect(
            why(Draft(nodes: 1, preferred: [NodeID("n61"), NodeID("n62")])) == [
                "n62, as selected, stays: no more nodes are asked, or its job can give no more"
            ])
        var tight = SamplePlant()
        tight.changed = { snapshot in
            for index in snapshot.pools.indices { snapshot.pools[index].floor = snapshot.pools[index].nodes }
        }
        #expect(
            why(Draft(preferred: [NodeID("n0")]), to: Self.think, tight) == [
                "n0, as selected, stays: the floor of training keeps it"
            ])
        var loaded = SamplePlant()
        loaded.chatLoad = 0.95
        #expect(
            why(Draft(preferred: [NodeID("n32")]), to: Self.think, loaded) == [
                "n32, as selected, stays: chat has none to spare"
            ])
    }

    @Test("a plan says which of its nodes were selected, also when it is made again")
    func plan() throws {
        let plant = SamplePlant()
        let draft = Draft(to: Self.think, nodes: 1, preferred: [NodeID("n5")])
        let plan = try #require(plant.plan(draft))
        #expect(plan.takes.flatMap(\.nodes) == [NodeID("n5")] && plan.staying == nil)
        #expect(plan.selected(of: plan.takes[0]) == [NodeID("n5")] && plan.draft == draft)
        let other = try #require(plant.plan(Draft(to: Self.think, nodes: 1, preferred: [NodeID("n50")])))
        #expect(other.staying?.count == 1 && other.selected(of: other.takes[0]).isEmpty)
    }

    @Test("a named donor is the only one")
    func donor() {
        #expect(choice(Draft(from: .training, nodes: 2), to: Self.think) == [16, 17])
        #expect(choice(Draft(from: Self.chat, nodes: 7), to: Self.think) == Array(32..<39))
        #expect(choice(Draft(from: .spare, nodes: 9), to: Self.think) == [60, 61, 62])
    }

    struct Blocked: Sendable {
        var name: String
        var change: @Sendable (inout FactorySnapshot) -> Void
    }

    @Test(
        "a node that fails, moves, rests, is silent or in between is never taken",
        arguments: [
            Blocked(name: "failed") { $0.nodes.states[60] = .failed },
            Blocked(name: "stale") { $0.nodes.heardAt[60] = $0.at + Seconds(-50) },
            Blocked(name: "slow") { $0.nodes.conditions[60] = NodeCondition(kind: .slow, text: "", since: $0.at) },
            Blocked(name: "loading") { $0.nodes.states[60] = .loading },
            Blocked(name: "resting") {
                $0.moves = [SamplePlant().past(3, [60], from: Self.chat, to: .spare, finished: 100)]
            },
            Blocked(name: "moving") {
                var move = SamplePlant().past(3, [60], from: .spare, to: Self.chat, finished: 100, phase: .running)
                move.finishedAt = nil
                move.units[0].phase = .running
                $0.moves = [move]
            },
        ])
    func blocked(_ blocked: Blocked) {
        var plant = SamplePlant()
        plant.changed = blocked.change
        let taken = choice(Draft(nodes: 10), to: Self.think, plant)
        #expect(!taken.contains(60), "\(blocked.name)")
        #expect(taken.first == 61)
    }

    @Test("an allocated node that idles may be taken")
    func idle() {
        var plant = SamplePlant()
        plant.changed = { $0.nodes.conditions[60] = NodeCondition(kind: .idleHeld, text: "", since: $0.at) }
        #expect(choice(Draft(nodes: 1), to: Self.think, plant) == [60])
    }

    @Test("no pool ever falls below its floor", arguments: [Pool.training, think, chat, .spare])
    func floors(to: Pool) {
        let plant = SamplePlant()
        let snapshot = plant.snapshot
        for draft in [Draft(nodes: 64), Draft(from: Self.think, nodes: 64), Draft(from: .training, nodes: 64)] {
            let choice = UnitChoice(draft, to: to, count: 64, on: snapshot, RailSettings())
            for state in snapshot.pools {
                let taken = choice.units.count { $0.from == state.pool }
                #expect(taken == 0 || state.nodes - taken >= max(1, state.floor))
                #expect(state.pool != to || taken == 0)
            }
            #expect(Set(choice.units.map(\.index)).count == choice.units.count)
            #expect(choice.shortage != nil)
        }
    }
}
