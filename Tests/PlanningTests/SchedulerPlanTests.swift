// SPDX-License-Identifier: Apache-2.0

import Factory
import Planning
import Testing

@Suite("Plans for a scheduler")
struct SchedulerPlanTests {
    private static let routes = SamplePlant.routes
    private var plant: SamplePlant { .scheduled }

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

    @Test("what is booked at LOSS is what the job has not saved then, not what the plan promised")
    func bookedThen() throws {
        var free = plant
        free.changed = { $0.pools.removeAll { $0.pool == .spare } }
        let draft = Draft(to: SamplePlant.thinkPool, from: .training, nodes: 1, route: .requeue)
        let plan = try #require(free.plan(draft, routes: Self.routes))
        var move = MoveMachine(plan, by: "ops", at: free.now)
        var later = free.snapshot
        later.at = later.at + Seconds(3600)
        move.reprice(on: later)
        let job = try #require(later.jobs.first { $0.id == plan.takes[0].job })
        _ = move.input(.start(at: later.at))
        for step in [MoveStep.cordon, .checkpoint] {
            _ = move.input(.progress(move.order(step, of: move.status.units[0]), .reached))
        }
        #expect(move.status.units[0].pastLoss && move.status.lost == job.atRisk(at: later.at))
        #expect(move.status.lost > plan.takes[0].lost)
        move.reprice(on: free.snapshot)
        #expect(move.status.units[0].atStake == move.status.lost, "who has crossed has lost it")
    }

    @Test("nodes that are freed in two ways have two paths, each in the order in which its nodes take the steps")
    func paths() throws {
        let draft = Draft(to: SamplePlant.thinkPool, from: .training, nodes: 3, route: .requeue)
        let plan = try #require(plant.plan(draft, routes: Self.routes))
        #expect(
            plan.paths.map { $0.steps.map(\.step) } == [
                [.cordon, .drain, .load, .serve], [.cordon, .checkpoint, .release, .load, .serve],
            ])
        #expect(plan.paths.map { plan.name(of: $0) } == ["drain", "requeue"])
        let one = try #require(
            plant.plan(Draft(to: SamplePlant.thinkPool, from: .training, nodes: 3), routes: Self.routes))
        #expect(one.paths.map { one.name(of: $0) } == [""])
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
        #expect(
            drain.notes.contains { $0.hasPrefix("waits until ") && $0.hasSuffix(", for job 71001 sft-v2 of nlp1") },
            "\(drain.notes)")
        let put = "puts job 71001 sft-v2 of nlp1 back into the queue, on all its 8 nodes: loses "
        #expect(
            requeue.warnings?.first?.hasPrefix(put) == true && requeue.warnings?[0].contains("its checkpoint") == true)
    }

    @Test("a plan by requeue names every job on its nodes, with what each loses, whose it is and when it would end")
    func named() throws {
        var shared = plant
        shared.changed = { snapshot in
            snapshot.pools.removeAll { $0.pool == .spare }
            snapshot.jobs[0].account = "nlp"
            for index in snapshot.jobs.indices { snapshot.jobs[index].checkpointAt = nil }
            var small = snapshot.jobs[2]
            (small.id, small.name, small.owner, small.nodes) = (JobID("80_3"), "sweep", "eve", 1)
            (small.gpusPerNode, small.remaining) = (2, .missing)
            small.since = snapshot.at + Seconds(-7200)
            snapshot.jobs.append(small)
            SamplePlant.describe(&snapshot) { index, allocation in
                if index == 2 { allocation.holders.append(.init(job: small.id, owner: small.owner)) }
            }
        }
        let draft = Draft(to: SamplePlant.thinkPool, from: .training, nodes: 4, route: .requeue)
        let plan = try #require(shared.plan(draft, routes: Self.routes))
        let taken = try #require(plan.takes.first)
        #expect(taken.confirmed == [JobID("71000"), JobID("80_3")] && taken.nodes.contains(NodeID("n2")))
        let gang = 16.0 * 8 * 4000 / 3600
        #expect(abs(taken.lost.value - (gang + 4)) < 1e-9 && plan.forecast.lost == taken.lost)
        let lines = try #require(plan.warnings)
        #expect(lines.count == 2, "\(lines)")
        #expect(
            lines[0].hasPrefix("puts job 71000 rl-r3 of nlp0 (account nlp) back into the queue, on all its 16 nodes: ")
                && lines[0].contains("loses 142 GPU-h since its start at most; it would end by itself"), "\(lines)")
        #expect(
            lines[1]
                == "puts job 80_3 sweep of eve back into the queue, on all its 1 node: loses 4 GPU-h since its start"
                + " at most; it has no time limit")
        // What moves is what was named, unit by unit.
        let machine = MoveMachine(plan, by: "eve", at: shared.now)
        #expect(machine.status.units.allSatisfy { $0.confirmed == taken.confirmed })
        #expect(machine.order(.release, of: machine.status.units[0]).confirmed == taken.confirmed)
        // A drain waits for the same two, and nobody knows how long for the one without a limit.
        let drain = try #require(
            shared.plan(Draft(to: SamplePlant.thinkPool, from: .training, nodes: 4), routes: Self.routes))
        #expect(drain.warnings == [] && drain.takes[0].confirmed == nil && drain.steps[1].typical == nil)
        #expect(
            drain.notes.contains("waits, nobody knows how long (no time limit), for job 80_3 sweep of eve"),
            "\(drain.notes)")
    }

    @Test("a job that began since the plan was made, or would not come back, is a reason not to submit it")
    func strays() throws {
        var free = plant
        free.changed = { snapshot in
            snapshot.pools.removeAll { $0.pool == .spare }
            SamplePlant.describe(&snapshot)
        }
        let draft = Draft(to: SamplePlant.thinkPool, from: .training, nodes: 1, route: .requeue)
        let plan = try #require(free.plan(draft, routes: Self.routes))
        let planner = Planner()
        var now = free.snapshot
        #expect(!planner.recheck(plan, on: now).contains { $0.verdict == .fail })
        SamplePlant.describe(&now) { _, allocation in allocation.holders.append(.init(job: JobID("99"), owner: "bob")) }
        let verdict = try #require(planner.recheck(plan, on: now).first { $0.verdict == .fail })
        #expect(
            verdict.rail == 9 && verdict.text.hasPrefix("job 99 of bob on n") && verdict.text.hasSuffix("plan again"))
        var fixed = free
        fixed.changed = { snapshot in
            free.changed(&snapshot)
            for index in snapshot.jobs.indices {
                snapshot.jobs[index].wants = JobWants(partitions: ["train"])
                snapshot.jobs[index].wants?.isFixed = true
            }
        }
        let refused = try #require(fixed.plan(draft, routes: Self.routes))
        #expect(refused.verdicts.contains { $0.rail == 9 && $0.verdict == .fail && $0.text.contains("--no-requeue") })
        #expect(
            try #require(fixed.plan(Draft(to: SamplePlant.thinkPool, nodes: 1), routes: Self.routes)).isRefused == false
        )
    }

    @Test("a part of a job of several takes its other parts with it, wherever they run")
    func parts() throws {
        var parts = plant
        parts.changed = { snapshot in
            snapshot.pools.removeAll { $0.pool == .spare }
            (snapshot.jobs[1].id, snapshot.jobs[2].id) = (JobID("7+0"), JobID("7+1"))
            SamplePlant.describe(&snapshot)
        }
        let draft = Draft(to: SamplePlant.thinkPool, from: .training, nodes: 1, route: .requeue)
        let plan = try #require(parts.plan(draft, routes: Self.routes))
        #expect(plan.takes[0].confirmed == [JobID("7+0"), JobID("7+1")])
    }

    @Test("where nothing runs on the nodes there is one way, and it is said once")
    func same() throws {
        for route in [MoveRoute.drain, .requeue] {
            let draft = Draft(to: SamplePlant.thinkPool, from: .training, nodes: 2, route: route)
            let plan = try #require(plant.plan(draft, routes: Self.routes))
            #expect(plan.ways.map(\.title) == ["do nothing", "THIS: drain 2 training"])
            #expect(plan.ways.allSatisfy { $0.route == nil } && plan.ways[1].units == 2)
            #expect(plan.notes.first == "nothing runs on n0, n8: free at once, whichever way")
        }
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
