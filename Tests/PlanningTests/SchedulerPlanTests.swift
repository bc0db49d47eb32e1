// SPDX-License-Identifier: Apache-2.0

import Factory
import Planning
import Testing

@Suite("Plans for a scheduler")
struct SchedulerPlanTests {
    private static let routes: [MoveRoute] = [.drain, .requeue]

    /// Without a pool of spares; nodes 0 and 8 of training are idle.
    private var plant: SamplePlant {
        var plant = SamplePlant(spare: 0)
        plant.changed = { snapshot in
            snapshot.pools.removeAll { $0.pool == .spare }
            for node in [0, 8] { (snapshot.nodes.states[node], snapshot.nodes.jobs[node]) = (.spare, -1) }
        }
        return plant
    }

    @Test(
        "an idle node goes first, then what jobs have, by draining: nothing is lost and the jobs' ends are waited for")
    func drains() throws {
        let plan = try #require(
            plant.plan(Draft(to: SamplePlant.thinkPool, from: .training, nodes: 3), routes: Self.routes))
        #expect(plan.takes.map(\.route) == plan.takes.map { _ in .drain })
        #expect(plan.takes.first?.nodes == [NodeID("n0"), NodeID("n8")] && plan.takes.first?.job == nil)
        #expect(plan.takes.count == 2 && plan.takes[1].job != nil && plan.takes.allSatisfy { $0.lost == .zero })
        #expect(plan.forecast.lost == .zero)
        #expect(plan.wayBack == ["A aborts at any time, free: no step crosses LOSS"])
        #expect(
            plan.steps.map(\.step) == [.cordon, .drain, .load, .serve], "each once, though idle nodes drain at once")
        #expect(plan.steps[1].typical == Seconds(36_000))
        #expect(plan.commands.prefix(4) == ["cordon n0", "drain n0", "load n0", "serve n0"])
    }

    @Test("putting jobs back loses what they have done since their checkpoint, and is confirmed by the job's name")
    func requeues() throws {
        var free = plant
        free.changed = { $0.pools.removeAll { $0.pool == .spare } }
        let draft = Draft(to: SamplePlant.thinkPool, from: .training, nodes: 1, route: .requeue)
        let plan = try #require(free.plan(draft, routes: Self.routes))
        let job = try #require(free.jobs.first { $0.id == plan.takes[0].job })
        #expect(plan.takes[0].lost == job.atRisk(at: free.now) && plan.takes[0].lost > .zero)
        #expect(plan.steps.map(\.step) == [.cordon, .checkpoint, .release, .load, .serve])
        #expect(plan.tier == .typeName(job.name))
    }

    @Test("where no checkpoint is known all since the start is at stake, and no amount is too small for the name")
    func unknownCheckpoint() throws {
        var free = plant
        free.changed = { snapshot in
            snapshot.pools.removeAll { $0.pool == .spare }
            for index in snapshot.jobs.indices {
                snapshot.jobs[index].checkpointAt = nil
                if index == 0 { snapshot.jobs[index].since = snapshot.at }
            }
        }
        let draft = Draft(to: SamplePlant.thinkPool, from: .training, nodes: 1, route: .requeue)
        let plan = try #require(free.plan(draft, routes: Self.routes))
        let job = try #require(free.snapshot.jobs.first { $0.id == plan.takes[0].job })
        let begun = (free.now - job.since).value
        #expect(plan.takes[0].lost == GPUHours(Double(job.nodes * 8) * begun / 3600))
        #expect(plan.tier == .typeName(job.name))
    }

    @Test("both ways of freeing the same nodes stand side by side, each with its price and time")
    func ways() throws {
        let draft = Draft(to: SamplePlant.thinkPool, from: .training, nodes: 3)
        let drain = try #require(plant.plan(draft, routes: Self.routes))
        #expect(drain.ways.map(\.title) == ["do nothing", "requeue them", "THIS: drain 3 training"])
        #expect(drain.ways.map(\.route) == [nil, .requeue, nil] && drain.ways.map(\.units) == [0, 3, 3])
        #expect(drain.ways[1].lost > .zero && drain.ways[2].lost == .zero)
        let fast = try #require(drain.ways[1].ready)
        let slow = try #require(drain.ways[2].ready)
        #expect(fast < Seconds(120) && slow > Seconds(36_000))
        var other = draft
        other.route = .requeue
        let requeue = try #require(plant.plan(other, routes: Self.routes))
        #expect(requeue.ways[1].route == .drain && requeue.ways[2].lost == drain.ways[1].lost)
        #expect(drain.notes.contains { $0.contains("waits for sft-v2 of nlp1 to end by itself") }, "\(drain.notes)")
        #expect(requeue.notes.contains { $0.contains("puts sft-v2 of nlp1 back into the queue, on all its") })
    }

    @Test("a way that the engine does not have is no plan")
    func unknown() {
        for (routes, route) in [([MoveRoute.pools], MoveRoute.drain), (Self.routes, .pools)] {
            #expect(plant.plan(Draft(to: SamplePlant.thinkPool, nodes: 1, route: route), routes: routes) == nil)
        }
    }

    @Test("idle nodes are a scheduler's spares: as many as must stay do")
    func idle() throws {
        var rails = RailSettings()
        rails.spareMinimum = 2
        let draft = Draft(to: SamplePlant.thinkPool, from: .training, nodes: 1)
        let plan = try #require(plant.plan(draft, rails: rails, routes: Self.routes))
        let verdict = try #require(plan.verdicts.first { $0.rail == 2 })
        #expect(verdict.verdict == .fail && verdict.text == "1 of 2 idle nodes stay, 2 must")
        rails.spareMinimum = 1
        let fine = try #require(plant.plan(draft, rails: rails, routes: Self.routes))
        #expect(fine.verdicts.first { $0.rail == 2 }?.verdict == .ok)
    }
}
