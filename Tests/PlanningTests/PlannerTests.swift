// SPDX-License-Identifier: Apache-2.0

import Factory
import Planning
import Testing

@Suite("Planner")
struct PlannerTests {
    private let chat = SamplePlant.chatPool
    private let think = SamplePlant.thinkPool

    @Test("the first > takes a spare to the worst class, passes all rails and asks for y")
    func first() throws {
        var plant = SamplePlant()
        plant.changed = { $0.pools[1].burn = .fresh(Count(3)) }
        let plan = try #require(plant.plan(Draft()))
        #expect(plan.to == think)
        #expect(plan.takes.map(\.from) == [.spare])
        #expect(plan.verdicts.allSatisfy { $0.verdict != .fail }, "\(plan.verdicts.filter { $0.verdict == .fail })")
        #expect(plan.tier == .yes)
        #expect(!plan.isRefused)
        #expect(plan.ways.count == 3)
        #expect(plan.waves.count == 1)
        #expect(abs((plan.forecast.ready?.value ?? 0) - 131) < 0.5)
        #expect(plan.forecast.lost == .zero)
        #expect(plan.steps.map(\.step) == [.load, .warm, .canary, .serve])
        #expect(plan.commands.first == "load n60")
    }

    @Test("the first < passes too: spares before anything serves less")
    func toTraining() throws {
        let plan = try #require(SamplePlant().plan(Draft(to: .training)))
        #expect(plan.takes.map(\.from) == [.spare])
        #expect(!plan.isRefused)
        #expect(plan.watched != nil)
        #expect(plan.notes.contains { $0.hasPrefix("joins rl-r3") })
        #expect(plan.tier == .typeName("rl-r3"), "the gang that gets it restarts: that is its loss")
    }

    @Test("doing nothing, the cheapest way and this plan stand side by side")
    func ways() throws {
        var plant = SamplePlant()
        plant.thinkLoad = 1.05
        plant.changed = { $0.pools[1].waiting = .fresh(Count(100)) }
        let plan = try #require(plant.plan(Draft(to: think, nodes: 5)))
        let (nothing, cheapest, this) = (plan.ways[0], plan.ways[1], plan.ways[2])
        #expect(nothing.units == 0 && nothing.growing && nothing.overLimit == .forEver)
        #expect(nothing.suffices == false)
        #expect(cheapest.units == 2 && cheapest.suffices == true && cheapest.lost == .zero)
        #expect(this.title == "THIS: 3 spare + 2 training")
        #expect(this.units == 5 && this.lost > .zero && this.lostIfCheckpointFails > .zero)
        #expect(!this.growing)
        let gang = 8.0 * 8 * 320 / 3600
        #expect(abs(this.lost.value - gang) < 1e-9)
        #expect(plan.tier == .typeName("sft-v2"))
    }

    @Test("the cheapest way is what a draft of as many nodes would take")
    func cheapestIsReachable() throws {
        var plant = SamplePlant()
        plant.thinkLoad = 1.3
        let plan = try #require(plant.plan(Draft(to: think, nodes: 2)))
        let cheapest = plan.ways[1]
        let again = try #require(plant.plan(Draft(to: plan.to, nodes: cheapest.units)))
        #expect(again.ways[2].units == cheapest.units)
        #expect(again.ways[2].lost == cheapest.lost)
        #expect(again.ways[2].serves == cheapest.serves)
        #expect(again.ways[1].title == "cheapest: THIS")
    }

    @Test("a draft that leaves the number open gets the cheapest that is enough, and its plan says how many")
    func enough() throws {
        var plant = SamplePlant()
        plant.thinkLoad = 1.3
        let plan = try #require(plant.plan(Draft(to: think, nodes: 0)))
        #expect(plan.draft.nodes > 1 && plan.ways[2].suffices == true && plan.ways[1].title == "cheapest: THIS")
        let one = try #require(plant.plan(Draft(to: think, nodes: plan.draft.nodes - 1)))
        let serves = try #require(one.ways[2].serves.known?.value)
        #expect(serves < (try #require(one.ways[2].needs.known?.value)) * 1.05, "one less leaves no room")
        plant.thinkLoad = 0.5
        let calm = try #require(plant.plan(Draft(to: think, nodes: 0)))
        #expect(calm.draft.nodes == 1, "nothing lacks: the smallest plan there is")
    }

    @Test("a plan larger than a rail allows at once runs in waves, and says so")
    func waves() throws {
        let plan = try #require(SamplePlant().plan(Draft(to: think, nodes: 14)))
        #expect(plan.waves.map(\.count) == [6, 6, 2])
        #expect(plan.waveSpacing == Seconds(600))
        #expect(Set(plan.waves.flatMap { $0 }) == Set(plan.takes.flatMap(\.nodes)))
        #expect(plan.notes.contains { $0.hasPrefix("runs in 3 waves of at most 6") })
        #expect((plan.forecast.ready ?? .zero) > Seconds(1200))
        #expect(plan.tier == .reason)
    }

    @Test("a plant of one node refuses every move by its floor, in a sentence", arguments: [0, 1, 2, 3])
    func oneNode(place: Int) throws {
        var plant = SamplePlant(training: 0, chat: 0, think: 0, spare: 0)
        switch place {
        case 0: plant.training = 1
        case 1: plant.chat = 1
        case 2: plant.think = 1
        default: plant.spare = 1
        }
        for draft in [Draft(to: think), Draft(to: chat), Draft(to: .training), Draft(to: .spare)] {
            let plan = try #require(plant.plan(draft))
            #expect(plan.isRefused)
            guard case .refused(let sentence) = plan.tier else {
                Issue.record("\(plan.tier)")
                continue
            }
            #expect(sentence.contains("no node can move"))
            #expect(sentence.contains("floor 1") || sentence.contains("no other pool"))
        }
    }

    @Test("a live plant that cannot act still compares, and refuses in its own words")
    func observed() throws {
        var plant = SamplePlant()
        plant.changed = {
            $0.kind = .live
            $0.observeOnly = "Sources only: no control is configured."
            $0.mode = .observe
        }
        let plan = try #require(plant.plan(Draft(to: think)))
        #expect(plan.tier == .refused("Sources only: no control is configured."))
        #expect(plan.ways[0].serves.known != nil)
    }

    @Test("what no source says reads as missing, never as zero")
    func unknown() throws {
        var plant = SamplePlant()
        plant.changed = { snapshot in
            let bare = snapshot.pools.map { state in
                var bare = PoolState(state.pool)
                bare.nodes = state.nodes
                return bare
            }
            snapshot.pools = bare
            snapshot.demand = [:]
        }
        let plan = try #require(plant.plan(Draft(to: think)))
        for way in plan.ways {
            #expect(way.waitAt10 == .missing && way.serves == .missing && way.needs == .missing)
            #expect(way.overLimit == .unknown && way.suffices == nil)
        }
        #expect(plan.forecast.ready == nil)
        #expect(plan.effects.allSatisfy { $0.ttftAfter == .missing && $0.itlAfter == .missing })
    }

    @Test("a reverse takes exactly the units of that move, each back to its own donor")
    func reverse() throws {
        var plant = SamplePlant()
        plant.thinkLoad = 0.5
        let now = plant.now
        var move = plant.past(3, [46, 47, 48], from: .training, to: think, finished: 60, measured: false)
        move.units[2].from = .spare
        move.units.append(UnitMove(node: NodeID("n49"), from: .spare, job: nil, phase: .aborted, step: .restore))
        plant.changed = { $0.moves = [move] }
        let plan = try #require(plant.plan(Draft(reverses: DecisionID(3))))
        #expect(plan.to == .training)
        #expect(plan.takes.map(\.from) == [think, think])
        #expect(plan.takes.map(\.to) == [.training, .spare])
        #expect(plan.takes.flatMap(\.nodes).map(\.name) == ["n46", "n47", "n48"])
        #expect(!plan.isRefused, "\(plan.verdicts.filter { $0.verdict == .fail })")
        let machine = MoveMachine(plan, by: "ops1", at: now)
        #expect(machine.status.units.map(\.to) == [.training, .training, .spare])
        #expect(machine.path(of: machine.status.units[2]) == [.cordon, .drain, .unload, .park])
        #expect(machine.status.reverses == DecisionID(3))
    }

    @Test("rollout workers are the first and the free donors of training, whatever their checkpoint's age")
    func rolloutWorkers() throws {
        var plant = SamplePlant()
        let usual = try #require(plant.plan(Draft(to: think, from: .training, nodes: 2)))
        #expect(usual.takes.map(\.jobName) == ["sft-v2"] && usual.forecast.lost != .zero)
        plant.changed = { $0.jobs[0].kind = .reinforcement }
        let plan = try #require(plant.plan(Draft(to: think, from: .training, nodes: 2)))
        #expect(plan.takes.map(\.jobName) == ["rl-r3"])
        #expect(plan.forecast.lost == .zero && plan.tier == .yes)
        #expect(plan.notes.contains { $0.contains("steps on") })
        #expect(plan.ways[2].lostIfCheckpointFails == .zero)
    }

    @Test("moves of an earlier run count for trust, and for no rail")
    func earlierRuns() throws {
        var plant = SamplePlant()
        plant.changed = { _ in }
        let alone = try #require(plant.plan(Draft(to: think, nodes: 1)))
        var past = plant.past(3, [46, 47], from: .training, to: think, finished: 60, measured: true)
        past.forecast.ready = Seconds(100)
        past.outcome?.ready = Seconds(120)
        plant.changed = { $0.earlierMoves = [past] }
        let plan = try #require(plant.plan(Draft(to: think, nodes: 1)))
        #expect(alone.trust.contains("no move measured yet") && plan.trust.contains("1 move,"), "\(plan.trust)")
        #expect(plan.verdicts.map(\.verdict) == alone.verdicts.map(\.verdict))
    }

    @Test("a reverse waits for units that still move, and says so")
    func earlyReverse() throws {
        var plant = SamplePlant()
        var move = plant.past(3, [46, 47], from: .training, to: think, finished: 60, phase: .aborting)
        move.finishedAt = nil
        move.units[1].phase = .running
        plant.changed = { $0.moves = [move] }
        let plan = try #require(plant.plan(Draft(reverses: DecisionID(3))))
        guard case .refused(let sentence) = plan.tier else {
            Issue.record("\(plan.tier)")
            return
        }
        #expect(sentence.contains("1 of d-3 still move"))
    }

    @Test("a reverse of nodes that went elsewhere since is refused")
    func strayReverse() throws {
        var plant = SamplePlant()
        let move = plant.past(3, [40, 47], from: .spare, to: think, finished: 60)
        plant.changed = { $0.moves = [move] }
        let plan = try #require(plant.plan(Draft(reverses: DecisionID(3))))
        #expect(plan.tier == .refused("Rail 1 (floors): 1 node of d-3 went elsewhere since."))
    }

    @Test(
        "what cannot be planned at all is answered in a sentence",
        arguments: [
            (Draft(nodes: -1), "at least one node"), (Draft(reverses: DecisionID(77)), "not among the moves"),
            (Draft(to: .inference(ServingClass("image"))), "no class image"),
            (Draft(to: .training, from: .training), "cannot give to itself"),
        ])
    func impossible(draft: Draft, words: String) throws {
        let sentence = try #require(SamplePlant().impossible(draft))
        #expect(sentence.contains(words), "\(sentence)")
    }

    @Test("a plant without nodes or classes has no plan")
    func empty() {
        var plant = SamplePlant(training: 0, chat: 0, think: 0, spare: 0)
        #expect(plant.impossible(Draft()) != nil)
        plant = SamplePlant()
        plant.changed = { $0.pools.removeAll { $0.pool.servingClass != nil } }
        #expect(plant.impossible(Draft())?.contains("No class can receive") == true)
    }

    @Test("every sentence of a plan fits its column", arguments: [1, 3, 8, 14])
    func widths(nodes: Int) throws {
        var plant = SamplePlant()
        plant.thinkLoad = 1.2
        plant.changed = {
            $0.pools[1].hurtSince = PlantTime(epoch: 999_000)
            $0.training = TrainingDemand(
                pendingJobs: 37, askedGPUs: 1168, oldest: Seconds(18_720), oldestJob: "nlp1", oldestReason: "Resources")
        }
        for to in [think, chat, .training] {
            for from in [nil, Pool.training, think] where from != to {
                let plan = try #require(plant.plan(Draft(to: to, from: from, nodes: nodes)))
                for line in plan.why + plan.notes + plan.wayBack + [plan.trust] {
                    #expect(line.count <= 71, "\(line)")
                }
                for verdict in plan.verdicts {
                    let text = "\(verdict.rail) \(verdict.name): \(verdict.text)"
                    #expect(text.count <= 100, "\(text)")
                }
                for way in plan.ways { #expect(way.title.count <= 40) }
            }
        }
    }

    @Test("the desk's second look sees what has changed since")
    func recheck() throws {
        var plant = SamplePlant()
        let plan = try #require(plant.plan(Draft(to: think)))
        #expect(Planner().recheck(plan, on: plant.snapshot) == plan.verdicts)
        plant.changed = { $0.nodes.states[60] = .failed }
        let verdicts = Planner().recheck(plan, on: plant.snapshot)
        #expect(verdicts.contains { $0.rail == 5 && $0.verdict == .fail })
    }

    @Test("before and after differ only where the plan moves something")
    func effects() throws {
        let plan = try #require(SamplePlant().plan(Draft(to: think, nodes: 5)))
        let byPool = Dictionary(uniqueKeysWithValues: plan.effects.map { ($0.pool, $0) })
        #expect(plan.effects.map(\.pool) == [chat, think, .training])
        #expect(byPool[chat]?.itlBefore == byPool[chat]?.itlAfter)
        #expect((byPool[think]?.itlAfter.known ?? .zero) < (byPool[think]?.itlBefore.known ?? .zero))
        #expect(byPool[think]?.nodesAfter == 19)
        #expect((byPool[.training]?.tokensAfter.known?.value ?? 0) == 100_000 * 30 / 32)
    }
}
