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
        #expect(
            drain.notes.contains { $0.contains("waits for job 71001 sft-v2 of nlp1 to end by itself") },
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
            Self.describe(&snapshot) { index, allocation in
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
        #expect(drain.notes.contains { $0.contains("waits for job 80_3 sweep of eve to end by itself: it has no") })
    }

    @Test("a job that began since the plan was made, or would not come back, is a reason not to submit it")
    func strays() throws {
        var free = plant
        free.changed = { snapshot in
            snapshot.pools.removeAll { $0.pool == .spare }
            Self.describe(&snapshot)
        }
        let draft = Draft(to: SamplePlant.thinkPool, from: .training, nodes: 1, route: .requeue)
        let plan = try #require(free.plan(draft, routes: Self.routes))
        let planner = Planner()
        var now = free.snapshot
        #expect(!planner.recheck(plan, on: now).contains { $0.verdict == .fail })
        Self.describe(&now) { _, allocation in allocation.holders.append(.init(job: JobID("99"), owner: "bob")) }
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
            Self.describe(&snapshot)
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

    /// Four jobs more, which wait in the scheduler's order.
    private static func wait(_ jobs: [(String, Int, JobWants)], _ snapshot: inout FactorySnapshot) {
        for (id, nodes, wants) in jobs {
            var job = JobState(
                id: JobID(id), name: "w", owner: "eve", phase: .pending, nodes: 0, minNodes: nodes, maxNodes: nodes,
                gpusPerNode: 8, since: snapshot.at)
            job.wants = wants
            snapshot.jobs.append(job)
        }
    }

    private static func wants(
        _ partition: String, gpus: Int?, reason: String = "Resources", _ change: (inout JobWants) -> Void = { _ in }
    ) -> JobWants {
        var wants = JobWants(partitions: [partition])
        (wants.gpus, wants.reason, wants.cpus) = (gpus, reason, 1)
        change(&wants)
        return wants
    }

    @Test("jobs that wait where the nodes go are counted as far as they would surely fit, in the scheduler's order")
    func starts() throws {
        func notes(_ count: Int, _ jobs: [(String, Int, JobWants)]) throws -> [String] {
            var waiting = plant
            waiting.changed = { snapshot in
                snapshot.pools.removeAll { $0.pool == .spare }
                Self.wait(jobs, &snapshot)
                Self.describe(&snapshot)
            }
            let draft = Draft(to: SamplePlant.thinkPool, from: .training, nodes: count)
            return try #require(waiting.plan(draft, routes: Self.routes)).notes
        }
        let end = "; an estimate, the scheduler decides"
        let one = Self.wants("think", gpus: 8)
        #expect(try notes(1, []).contains("no job waits in think"))
        #expect(try notes(1, [("1", 1, Self.wants("train", gpus: 8))]).contains("no job waits in think"))
        #expect(
            try notes(2, [("1", 1, one), ("2", 1, one), ("3", 1, one)])
                .contains("2 of 3 pending jobs in think would fit: 1 (eve), 2 (eve)" + end))
        // Larger than what comes, unknown, held, reserved, pinned elsewhere, with features that nobody has.
        let hard = [
            ("1", 3, Self.wants("think", gpus: 24)), ("2", 1, Self.wants("think", gpus: nil)),
            ("3", 1, Self.wants("think", gpus: 8, reason: "JobHeldUser")),
            ("4", 1, Self.wants("think", gpus: 8) { $0.isReserved = true }),
            ("5", 1, Self.wants("think", gpus: 8) { $0.nodes = ["n30"] }),
            ("6", 1, Self.wants("think", gpus: 8) { $0.features = "a100" }),
            ("7", 1, Self.wants("think", gpus: 16)),
            ("8", 1, Self.wants("think", gpus: 8) { $0.cpus = 65 }),
        ]
        #expect(
            try notes(2, hard).contains(
                "none of 8 pending jobs in think would fit; 2 wait for something else than nodes" + end))
        // Tasks of an array share a node; who wants it alone does not.
        let array = (
            "9_[1-20%6]", 1, Self.wants("think", gpus: 2, reason: "Priority") { ($0.tasks, $0.throttle) = (20, 6) }
        )
        let alone = ("10", 1, Self.wants("think", gpus: 1) { $0.isExclusive = true })
        #expect(
            try notes(2, [array, alone]).contains(
                "6 of 21 pending jobs in think would fit: 6 of 9_[1-20%6] (eve)" + end))
        #expect(
            try notes(2, [alone, array]).contains(
                "5 of 21 pending jobs in think would fit: 10 (eve), 4 of 9_[1-20%6] (eve)" + end))
    }

    @Test("jobs that could start today and not after the move are named with why, and no others")
    func pins() throws {
        func warnings(_ jobs: [(String, Int, JobWants)]) throws -> [String] {
            var waiting = plant
            waiting.changed = { snapshot in
                snapshot.pools.removeAll { $0.pool == .spare }
                Self.wait(jobs, &snapshot)
                for index in 0..<3 { snapshot.jobs[index].wants = Self.wants("train", gpus: 8, reason: "") }
                Self.describe(&snapshot) { index, allocation in
                    if index < 2 { allocation.features = ["a100", "nvlink"] }
                    if index == 0 { allocation.partitions.append("all") }
                }
            }
            // Nodes n0..n3 leave 28 of 32.
            let draft = Draft(
                to: SamplePlant.thinkPool, from: .training, nodes: 4, preferred: (0..<4).map { NodeID("n\($0)") })
            let plan = try #require(waiting.plan(draft, routes: Self.routes))
            #expect(plan.takes.flatMap(\.nodes).map(\.name).sorted() == ["n0", "n1", "n2", "n3"])
            return try #require(plan.warnings)
        }
        #expect(
            try warnings([
                ("1", 1, Self.wants("train", gpus: 8)), ("2", 28, Self.wants("train", gpus: 8)),
                ("3", 1, Self.wants("train", gpus: 8) { $0.nodes = ["n4"] }),
                ("4", 1, Self.wants("train", gpus: 8) { ($0.nodes, $0.partitions) = (["n0"], ["train", "all"]) }),
                ("5", 40, Self.wants("train", gpus: 8)),
                ("6", 1, Self.wants("train", gpus: 8) { $0.features = "[a100*2]" }),
                ("7", 1, Self.wants("think", gpus: 8) { $0.nodes = ["n0"] }),
            ]) == [])
        let found = try warnings([
            ("77", 1, Self.wants("train", gpus: 8) { $0.nodes = ["n3"] }),
            ("78", 1, Self.wants("train", gpus: 8) { $0.features = "a100&nvlink" }),
            ("80", 30, Self.wants("train", gpus: 8)),
        ])
        #expect(
            found == [
                "job 77 of eve asks for n3 by name (-w): it could not start after the move",
                "job 78 of eve asks for 1 node with a100&nvlink (-C), train keeps 0: it could not start after the move",
                "job 80 of eve asks for 30 nodes, train keeps 28: it could not start after the move",
            ])
    }

    /// Has a scheduler say what it would of the plant: each node in its pool's partition, with its job.
    private static func describe(
        _ snapshot: inout FactorySnapshot, _ change: (Int, inout HostAllocation) -> Void = { _, _ in }
    ) {
        var words: [Int: [HostFacts]] = [:]
        for index in snapshot.nodes.indices {
            var allocation = HostAllocation(state: snapshot.nodes.states[index], words: "")
            let pool = snapshot.pools[min(Int(snapshot.nodes.pools[index]), snapshot.pools.count - 1)].pool
            allocation.pool = pool
            allocation.home = pool.servingClass?.name ?? "train"
            allocation.partitions = [allocation.home ?? ""]
            (allocation.gpus, allocation.cpus, allocation.features) = (8, 64, [])
            let job = snapshot.nodes.jobs[index]
            if job >= 0 {
                allocation.holders = [.init(job: snapshot.jobs[Int(job)].id, owner: snapshot.jobs[Int(job)].owner)]
            }
            change(index, &allocation)
            var facts = HostFacts(
                name: snapshot.nodes.ids[index].name, address: "", exporter: "slurm", at: snapshot.at)
            facts.allocation = allocation
            words[index] = [facts]
        }
        snapshot.provenance.set(hosts: words, nodes: snapshot.nodes.count)
        snapshot.queued = ["train": 0, "think": 0]
        for job in snapshot.jobs where job.phase == .pending {
            for partition in job.wants?.partitions ?? [] { snapshot.queued[partition]? += job.wants?.tasks ?? 1 }
        }
    }

    @Test(
        "of a queue that is longer than its list only the first are spoken of, and nobody waits only where that is certain"
    )
    func longQueue() throws {
        func plan(_ jobs: [(String, Int, JobWants)], _ totals: [String: Int]) throws -> PlanPreview {
            var waiting = plant
            waiting.changed = { snapshot in
                snapshot.pools.removeAll { $0.pool == .spare }
                Self.wait(jobs, &snapshot)
                Self.describe(&snapshot)
                snapshot.queued = totals
            }
            let draft = Draft(to: SamplePlant.thinkPool, from: .training, nodes: 1)
            return try #require(waiting.plan(draft, routes: Self.routes))
        }
        let jobs = [("1", 1, Self.wants("think", gpus: 8)), ("2", 1, Self.wants("train", gpus: 8))]
        let long = try plan(jobs, ["think": 900, "train": 1200])
        #expect(
            long.notes.contains(
                "1 of the first 1 of 900 pending jobs in think would fit: 1 (eve); an estimate, the scheduler decides"))
        #expect(
            long.warnings?.last
                == "only the first 1 of 1200 pending jobs in train were looked at: of the others some may not be able to start after the move"
        )
        let whole = try plan(jobs, ["think": 1, "train": 1])
        #expect(whole.notes.contains { $0.hasPrefix("1 of 1 pending job in think would fit") })
        #expect(whole.warnings?.contains { $0.contains("looked at") } == false)
        // Before the queue was read, or where a row of it could not be.
        let unknown = try plan([], [:])
        #expect(!unknown.notes.contains { $0.contains("in think") })
        #expect(try plan([], ["think": 0]).notes.contains("no job waits in think"))
        #expect(try plan([], ["think": 3]).notes.contains { $0.hasPrefix("none of the first 0 of 3 pending jobs") })
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
