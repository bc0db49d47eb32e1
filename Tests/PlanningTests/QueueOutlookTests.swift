// SPDX-License-Identifier: Apache-2.0

import Factory
import Planning
import Testing

@Suite("What a move means for the queue")
struct QueueOutlookTests {
    private static let routes = SamplePlant.routes
    private var plant: SamplePlant { .scheduled }

    @Test("jobs that wait where the nodes go are counted as far as they would surely fit, in the scheduler's order")
    func starts() throws {
        func notes(_ count: Int, _ jobs: [(String, Int, JobWants)]) throws -> [String] {
            var waiting = plant
            waiting.changed = { snapshot in
                snapshot.pools.removeAll { $0.pool == .spare }
                SamplePlant.wait(jobs, &snapshot)
                SamplePlant.describe(&snapshot)
            }
            let draft = Draft(to: SamplePlant.thinkPool, from: .training, nodes: count)
            return try #require(waiting.plan(draft, routes: Self.routes)).notes
        }
        let end = "; an estimate, the scheduler decides"
        let one = SamplePlant.wants("think", gpus: 8)
        #expect(try notes(1, []).contains("no job waits in think"))
        #expect(try notes(1, [("1", 1, SamplePlant.wants("train", gpus: 8))]).contains("no job waits in think"))
        #expect(
            try notes(2, [("1", 1, one), ("2", 1, one), ("3", 1, one)])
                .contains("2 of 3 pending jobs in think would fit: 1 (eve), 2 (eve)" + end))
        // Larger than what comes, unknown, held, reserved, pinned elsewhere, with features that nobody has.
        let hard = [
            ("1", 3, SamplePlant.wants("think", gpus: 24)), ("2", 1, SamplePlant.wants("think", gpus: nil)),
            ("3", 1, SamplePlant.wants("think", gpus: 8, reason: "JobHeldUser")),
            ("4", 1, SamplePlant.wants("think", gpus: 8) { $0.isReserved = true }),
            ("5", 1, SamplePlant.wants("think", gpus: 8) { $0.nodes = ["n30"] }),
            ("6", 1, SamplePlant.wants("think", gpus: 8) { $0.features = "a100" }),
            ("7", 1, SamplePlant.wants("think", gpus: 16)),
            ("8", 1, SamplePlant.wants("think", gpus: 8) { $0.cpus = 65 }),
        ]
        #expect(
            try notes(2, hard).contains(
                "none of 8 pending jobs in think would fit; not judged: 1 JobHeldUser, 1 Reservation" + end))
        // Each reason in the scheduler's own word, the tasks of an array counted.
        let words = ["Licenses", "Dependency", "AssocGrpGRES", "ReqNodeNotAvail, UnavailableNodes:n3", "BeginTime", ""]
        let reasons = words.enumerated().map { ("\($0 + 1)", 1, SamplePlant.wants("think", gpus: 8, reason: $1)) }
        let held = ("20_[1-3]", 1, SamplePlant.wants("think", gpus: 8, reason: "Licenses") { $0.tasks = 3 })
        #expect(
            try notes(2, reasons + [held]).contains(
                "none of 9 pending jobs in think would fit; not judged: 4 Licenses, 1 AssocGrpGRES, 1 BeginTime,"
                    + " 1 Dependency and 2 more reasons" + end))
        // Tasks of an array share a node; who wants it alone does not.
        let array = (
            "9_[1-20%6]", 1,
            SamplePlant.wants("think", gpus: 2, reason: "Priority") { ($0.tasks, $0.throttle) = (20, 6) }
        )
        let alone = ("10", 1, SamplePlant.wants("think", gpus: 1) { $0.isExclusive = true })
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
                SamplePlant.wait(jobs, &snapshot)
                for index in 0..<3 { snapshot.jobs[index].wants = SamplePlant.wants("train", gpus: 8, reason: "") }
                SamplePlant.describe(&snapshot) { index, allocation in
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
                ("1", 1, SamplePlant.wants("train", gpus: 8)), ("2", 28, SamplePlant.wants("train", gpus: 8)),
                ("3", 1, SamplePlant.wants("train", gpus: 8) { $0.nodes = ["n4"] }),
                (
                    "4", 1,
                    SamplePlant.wants("train", gpus: 8) { ($0.nodes, $0.partitions) = (["n0"], ["train", "all"]) }
                ),
                ("5", 40, SamplePlant.wants("train", gpus: 8)),
                ("6", 1, SamplePlant.wants("train", gpus: 8) { $0.features = "[a100*2]" }),
                ("7", 1, SamplePlant.wants("think", gpus: 8) { $0.nodes = ["n0"] }),
            ]) == [])
        let found = try warnings([
            ("77", 1, SamplePlant.wants("train", gpus: 8) { $0.nodes = ["n3"] }),
            ("78", 1, SamplePlant.wants("train", gpus: 8) { $0.features = "a100&nvlink" }),
            ("80", 30, SamplePlant.wants("train", gpus: 8)),
        ])
        #expect(
            found == [
                "job 77 of eve asks for n3 by name (-w): it could not start after the move",
                "job 78 of eve asks for 1 node with a100&nvlink (-C), train keeps 0: it could not start after the move",
                "job 80 of eve asks for 30 nodes, train keeps 28: it could not start after the move",
            ])
    }

    @Test(
        "of a queue that is longer than its list only the first are spoken of, and nobody waits only where that is certain"
    )
    func longQueue() throws {
        func plan(_ jobs: [(String, Int, JobWants)], _ totals: [String: Int]) throws -> PlanPreview {
            var waiting = plant
            waiting.changed = { snapshot in
                snapshot.pools.removeAll { $0.pool == .spare }
                SamplePlant.wait(jobs, &snapshot)
                SamplePlant.describe(&snapshot)
                snapshot.queued = totals
            }
            let draft = Draft(to: SamplePlant.thinkPool, from: .training, nodes: 1)
            return try #require(waiting.plan(draft, routes: Self.routes))
        }
        let jobs = [("1", 1, SamplePlant.wants("think", gpus: 8)), ("2", 1, SamplePlant.wants("train", gpus: 8))]
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

    @Test("a job that asks for more nodes than its partition has is judged as the partition grows to them")
    func outsideLimit() throws {
        func note(_ nodes: Int, asks: Int) throws -> String? {
            var waiting = plant
            waiting.changed = { snapshot in
                snapshot.pools.removeAll { $0.pool == .spare }
                // All nodes of think are idle, and too few.
                for node in snapshot.nodes.indices
                where snapshot.pools[Int(snapshot.nodes.pools[node])].pool == SamplePlant.thinkPool {
                    snapshot.nodes.states[node] = .spare
                }
                SamplePlant.wait(
                    [("1", asks, SamplePlant.wants("think", gpus: 8 * asks, reason: "PartitionNodeLimit"))], &snapshot)
                SamplePlant.describe(&snapshot)
            }
            let draft = Draft(to: SamplePlant.thinkPool, from: .training, nodes: nodes)
            return try #require(waiting.plan(draft, routes: Self.routes)).notes.first { $0.contains("pending job") }
        }
        let end = "; an estimate, the scheduler decides"
        #expect(try note(2, asks: 16) == "1 of 1 pending job in think would fit: 1 (eve)" + end)
        #expect(try note(1, asks: 16) == "none of 1 pending job in think would fit" + end)
        // Think has as many as it asks for: the limit is another one.
        #expect(
            try note(2, asks: 14)
                == "none of 1 pending job in think would fit; not judged: 1 PartitionNodeLimit" + end)
    }

    @Test("a job that is put back and could not start in what is kept is told before all else, and by its rail")
    func stranded() throws {
        func plan(_ change: @escaping (inout FactorySnapshot) -> Void) throws -> PlanPreview {
            var busy = plant
            busy.changed = { snapshot in
                snapshot.pools.removeAll { $0.pool == .spare }
                for index in snapshot.jobs.indices {
                    snapshot.jobs[index].wants = SamplePlant.wants("train", gpus: 8, reason: "")
                    snapshot.jobs[index].minNodes = snapshot.jobs[index].nodes
                }
                SamplePlant.describe(&snapshot)
                change(&snapshot)
            }
            let draft = Draft(
                to: SamplePlant.thinkPool, from: .training, nodes: 1, preferred: [NodeID("n0")], route: .requeue)
            return try #require(busy.plan(draft, routes: Self.routes))
        }
        let saves = "who is put back is told to save first"
        let fine = try plan { _ in }
        #expect(fine.warnings?.count == 1 && fine.notes.contains(saves + ", and begins again from what it has saved"))
        #expect(fine.verdicts.first { $0.rail == 9 }?.text == "rl-r3 stops on all its 16 nodes")
        let changes: [(String, (inout FactorySnapshot) -> Void)] = [
            ("asks for n0 by name (-w)", { $0.jobs[0].wants?.nodes = ["n0"] }),
            ("has 32 nodes, train keeps 31", { $0.jobs[0].minNodes = 32 }),
            (
                "has 31 nodes, train keeps 31, 30 of them in use",
                { snapshot in
                    snapshot.jobs[0].minNodes = 31
                    SamplePlant.describe(&snapshot) { if $0 == 20 { $1.state = .failed } }
                }
            ),
        ]
        for (why, change) in changes {
            let plan = try plan(change)
            let lines = try #require(plan.warnings)
            #expect(
                lines.count == 2
                    && lines[0] == "job 71000 rl-r3 of nlp0 could NOT start again after the move: it \(why)",
                "\(lines)")
            #expect(lines[1].hasPrefix("puts job 71000"))
            #expect(
                plan.notes.contains(saves + "; it stays in the queue until it has the nodes again"), "\(plan.notes)")
            let rail = try #require(plan.verdicts.first { $0.rail == 9 })
            #expect(rail.verdict == .warn && rail.text.hasSuffix("; job 71000 could not start again: it \(why)"))
            #expect(plan.tier == .typeName("rl-r3"))
        }
    }
}
