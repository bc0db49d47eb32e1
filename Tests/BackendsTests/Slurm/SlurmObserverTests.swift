// SPDX-License-Identifier: Apache-2.0

import Factory
import SlurmText
import Testing

@testable import Backends

@Suite("A Slurm cluster, as its commands say it") struct SlurmObserverTests {
    private func host(_ name: String, _ observation: Observation) throws -> HostAllocation {
        try #require(observation.hosts.first { $0.name == name }?.allocation)
    }

    @Test("recorded replies become nodes, pools, jobs and demand")
    func everything() async throws {
        let observation = await (try SlurmStage()).poll()
        checkContract(observation)
        #expect(observation.source.problem == nil && observation.source.targetsUp == 1)
        #expect(observation.hosts.count == 16)
        #expect(try host("node001", observation).state == .training)
        #expect(try host("node001", observation).gpusAllocated == 8)
        #expect(try host("node010", observation).state == .spare)
        #expect(try host("node011", observation).state == .serving)
        #expect(observation.pools.map(\.pool) == [.inference(ServingClass("inference")), .training])
        #expect(observation.pools.map(\.nodes) == [3, 10])
        #expect(observation.pools.map(\.gpus) == [24, 80])
        let demand = try #require(observation.training)
        #expect(demand.pendingJobs == 100)
        #expect(demand.askedGPUs == 730)
        #expect(demand.running == 7)
        #expect(demand.gpusInAll == 128 && demand.gpusUsed == 60)
        #expect(demand.oldest == Seconds(279) && demand.age == nil)
        let serving = try #require(demand.serving?.first)
        #expect(demand.serving?.count == 1 && serving.pool == .inference(ServingClass("inference")))
        #expect(demand.pendingInAll == 100 + serving.pendingJobs && demand.runningInAll == 7 + serving.running)
        let gang = try #require(observation.jobs.first { $0.id.name == "1" })
        #expect(gang.phase == .running && gang.nodes == 4 && gang.gpusPerNode == 8 && gang.owner == "root")
        #expect(gang.remaining.known != nil)
        #expect(gang.checkpointTime == .zero, "the configuration names no signal that would tell it to save")
        let held = try #require(observation.jobs.first { $0.id.name == "7" })
        #expect(held.phase == .pending && held.nodes == 0 && held.reason == "JobHeldUser -w node001")
        #expect(observation.jobs.first { $0.id.name == "6" }?.name == "evil FORGED|1\u{1b}[31mred")
    }

    @Test("a node that is drained, down or in maintenance says why and who did it")
    func reasons() async throws {
        let observation = await (try SlurmStage()).poll()
        let drained = try host("node012", observation)
        #expect(drained.state == .out && drained.words == "IDLE+DRAIN")
        #expect(drained.condition?.text == "drained by root: bad gpu [x] State=FOO disk=1 maybe")
        #expect(drained.since == PlantTime(epoch: 1_795_871_721))
        #expect(try host("node013", observation).condition?.kind == .failed)
        #expect(
            try host("node013", observation).condition?.text == "down: line1 line2 NodeName=forged State=IDLE by root")
        #expect(try host("node015", observation).condition?.text == "in maintenance, reservation maint1")
        #expect(try host("node015", observation).state == .out, "not in transit: no move has it")
    }

    @Test(
        "folded with telemetry they are one table, and GPUs that a job holds and does not use stand out with its owner")
    func folded() async throws {
        let stage = try SlurmStage()
        var fold = Fold(plant: "p")
        var snapshot = FactorySnapshot(plant: "p", kind: .live, at: PlantTime(epoch: 0))
        for minute in 0..<7 {
            let slurm = await stage.poll(after: 60)
            var dcgm = Observation(
                source: SourceStatus(name: "scrape", answeredAt: slurm.at, targets: 1, targetsUp: 1), at: slurm.at,
                interval: Seconds(60), kind: .live)
            var facts = HostFacts(name: "NODE001", address: "10.0.0.1", exporter: "dcgm", at: slurm.at)
            facts.gpus = (0..<8).map { number in
                var gpu = GPUFacts(uuid: "GPU-\(number)")
                (gpu.index, gpu.utilisation) = (number, 0)
                return gpu
            }
            dcgm.hosts = [facts]
            snapshot = fold.fold([slurm, dcgm])
            #expect(minute < 6 || snapshot.nodes.conditions[0]?.kind == .idleHeld)
        }
        #expect(snapshot.nodes.count == 16)
        #expect(snapshot.nodes.ids.first == NodeID("node001"))
        #expect(snapshot.nodes.conditions[0]?.text == "8 GPUs idle, held by 1 (root)")
        #expect(snapshot.nodes.gpus.range(of: 0).count == 8 && snapshot.nodes.gpus.range(of: 1).count == 8)
        #expect(snapshot.nodes.gpus.utilisation[8] == nil)
        #expect(snapshot.pools[Int(snapshot.nodes.pools[0])].pool == .training)
        #expect(snapshot.jobs[Int(snapshot.nodes.jobs[0])].id == JobID("1"))
        #expect(snapshot.ledger.total == 16 && snapshot.training?.pendingJobs == 100)
    }

    @Test(
        "a fault is one plain sentence, what was known keeps its age, and the end of it is told",
        arguments: [
            (
                "echo 'slurm_load_node error: Unable to contact slurm controller (connect failure)' >&2; exit 1",
                "slurmctld is down"
            ),
            ("echo 'scontrol: error: Munge encode failed: Failed to access' >&2; exit 1", "munged does not run"),
            (
                "echo 'slurm_load_node error: Zero Bytes were transmitted or received' >&2; exit 1",
                "does not take our credential"
            ),
            ("echo nonsense; exit 0", "cannot be read"), ("kill -9 $$", "signal 9"), ("exit 7", "status 7"),
        ])
    func faults(script: String, sentence: String) async throws {
        let stage = try SlurmStage()
        let good = await stage.poll()
        try stage.fault(script)
        let bad = await stage.poll(after: 4)
        checkContract(bad)
        #expect(bad.source.problem?.contains(sentence) == true, "\(bad.source.problem ?? "-")")
        #expect(bad.source.targetsUp == 0 && bad.source.answeredAt == good.source.answeredAt)
        #expect(bad.hosts.map(\.at) == good.hosts.map(\.at) && bad.hosts.count == 16)
        #expect(bad.events.map(\.kind) == [.stale])
        // Again the same is no news.
        #expect(await stage.poll(after: 30).events.isEmpty)
        try stage.fault(nil)
        let back = await stage.poll(after: 30)
        #expect(back.source.problem == nil && back.events.map(\.text) == ["slurm answers again"])
    }

    @Test("a controller that hangs is told from one that is down, and the queue's age shows")
    func hangs() async throws {
        // The one test that needs answers in time: of five commands, on a machine that does other things.
        let stage = try SlurmStage { ($0.deadline, $0.doubt) = (.seconds(8), .seconds(1)) }
        _ = await stage.poll()
        try stage.fault("case \"$*\" in ping) ;; *) exec sleep 77 ;; esac")
        let hanging = await stage.poll(after: 4)
        #expect(hanging.source.problem?.contains("slurmctld hangs or is busy") == true)
        try stage.fault("case \"$*\" in ping) ping=DOWN ;; *) exec sleep 77 ;; esac")
        let down = await stage.poll(after: 60)
        #expect(down.source.problem?.contains("slurmctld is down") == true)
        #expect(down.training?.age == Seconds(64))
    }

    @Test("a cluster that was never seen is unknown, not empty")
    func never() async throws {
        let stage = try SlurmStage()
        try stage.fault("exit 1")
        let observation = await stage.poll()
        checkContract(observation)
        #expect(observation.training == nil && observation.hosts.isEmpty && observation.pools.isEmpty)
        #expect(observation.source.answeredAt == nil && observation.events.map(\.kind) == [.dead])
    }

    @Test("without slurm.conf nothing is started, and its return is noticed")
    func missing() async throws {
        let stage = try SlurmStage { $0.configuration? += ".gone" }
        #expect(await stage.poll().source.problem?.contains("slurm.conf.gone is missing") == true)
        try stage.write("slurm.conf.gone", "ClusterName=rig\n")
        #expect(await stage.poll(after: 10).source.problem == nil)
    }

    @Test("nodes each interval, jobs half as often, and a failed controller less and less")
    func pace() async throws {
        let stage = try SlurmStage()
        _ = await stage.poll()
        #expect(try stage.asked().count == 5)
        _ = await stage.poll(after: 1)
        #expect(try stage.asked().isEmpty)
        _ = await stage.poll(after: 2)
        #expect(
            try stage.asked() == [
                "scontrol -a -d -o show node", "scontrol -a -o show partition", "scontrol -o show reservation", "sdiag",
            ])
        _ = await stage.poll(after: 3)
        #expect(try stage.asked().contains { $0.hasPrefix("squeue") })
        try stage.fault("exit 1")
        var asked: [Int] = []
        for second in 1...40 {
            _ = await stage.poll(after: 1)
            if try !stage.asked().isEmpty { asked.append(second) }
        }
        #expect(asked == [3, 6, 12, 21, 31])
    }

    @Test("a queue that cannot be read in full is said to be longer, and its GPUs are unknown")
    func unread() async throws {
        let stage = try SlurmStage()
        try stage.write("squeue.txt", "nonsense Zmark\n" + stage.text("squeue.txt"))
        let observation = await stage.poll()
        #expect(observation.training?.pendingJobs == 100 && observation.training?.askedGPUs == nil)
        #expect(observation.queued.isEmpty, "the row may be a job that waits anywhere")
        #expect(observation.source.odd.first?.remark.contains("1 job that cannot be read") == true)
    }

    @Test("of many jobs that wait all are counted and the scheduler's first are listed, in whatever order they come")
    func listed() throws {
        func row(_ number: Int, in partition: String = "training", priority: Int? = nil) -> String {
            var cells = ["\(number)", "\(number)", "N/A", partition, "PENDING", "Resources", "1", "1", "1"]
            cells += ["gres:gpu:\(1 + number % 3)", "N/A", "N/A", "N/A", "cpu=1", "N/A", "N/A"]
            // A hundred of each priority, of which half were submitted in the same second.
            cells += ["\(1_795_871_000 + number % 100 / 50)", "1:00:00", "0:00", "root", "(null)", "(null)"]
            cells += ["\(priority ?? number / 100)", "", "(null)", "", "", "", "OK", "1", "job \(number)Zmark\n"]
            return cells.joined(separator: "\u{1f}")
        }
        let wanted = (0..<1200).sorted {
            (-($0 / 100), $0 % 100 / 50, $0) < (-($1 / 100), $1 % 100 / 50, $1)
        }.prefix(SlurmWork.listed)
        let control = SlurmControl(training: ["training"], inference: [])
        for order in [Array(0..<1200), Array((0..<12).reversed().map { ($0 * 100)..<($0 * 100 + 100) }.joined())] {
            let output = Array(order.map { row($0) }.joined().utf8)
            let work = SlurmWork(parsing: output, mark: "Zmark", control: control, at: PlantTime(epoch: 1_795_872_000))
            #expect(work.training.pending == 1200 && work.training.asked == 2400 && work.unread == 0)
            #expect(work.jobs.map(\.id.name) == wanted.map(String.init))
            #expect(work.queued == ["training": 1200])
        }
        // Behind all of them wait some for another partition, and one for either.
        let behind =
            (2000..<2300).map { row($0, in: "serve", priority: 0) } + [row(2300, in: "serve,training", priority: 99)]
        let output = Array(((0..<1200).map { row($0) } + behind).joined().utf8)
        let both = SlurmControl(training: ["training"], inference: ["serve", "idle"])
        let work = SlurmWork(parsing: output, mark: "Zmark", control: both, at: PlantTime(epoch: 1_795_872_000))
        #expect(work.queued == ["training": 1201, "serve": 301, "idle": 0])
        #expect(work.jobs.first?.id.name == "2300" && Set(work.jobs.map(\.id)).count == work.jobs.count)
        let serving = work.jobs.filter { $0.wants?.partitions.contains("serve") == true }
        #expect(serving.count == SlurmWork.listedEach && work.jobs.count == SlurmWork.listed + SlurmWork.listedEach - 1)
        #expect(work.jobs.last?.id.name == "2098", "the scheduler's order")
        // Each counts once: one that would start in either waits for training.
        #expect(work.training.pending == 1201 && work.serving["serve"]?.pending == 300)
        #expect(work.serving["serve"]?.asked == 600 && work.serving["idle"]?.pending == 0)
    }

    /// node010 is drained with this reason, and gone from its partition.
    private func take(_ stage: SlurmStage, _ reason: String) async throws -> (before: Observation, after: Observation) {
        let before = await stage.poll()
        let nodes = try stage.text("scontrol-nodes.txt")
        try stage.write(
            "scontrol-nodes.txt",
            nodes.split(separator: "\n").map { line in
                line.hasPrefix("NodeName=node010 ")
                    ? line.split(separator: " ").map { $0.hasPrefix("State=") ? "State=IDLE+DRAIN" : $0 }.joined(
                        separator: " ")
                        + " Reason=\(reason) [ann@2026-11-28T13:20:00]" : String(line)
            }.joined(separator: "\n"))
        let lists = try stage.text("scontrol-partitions.txt")
        try stage.write(
            "scontrol-partitions.txt",
            lists.split(separator: "[001-010]", maxSplits: 1).joined(separator: "[001-009]"))
        return (before, await stage.poll(after: 3))
    }

    @Test("drains, returns and changed partitions are told, with who did it")
    func changes() async throws {
        let stage = try SlurmStage()
        let (before, after) = try await take(stage, "tokenworks:d-7")
        #expect(
            after.events.map(\.text) == ["node010 drains by ann: tokenworks:d-7", "partition training loses node010"])
        #expect(after.events.first?.node == NodeID("node010"))
        #expect(try host("node010", after).condition?.kind == .suspect, "that is no mark of ours: it names no way")
        #expect(try #require(after.revision) > #require(before.revision))
        #expect(await stage.poll(after: 3).revision == after.revision)
    }

    @Test("events carry the names that are shown, where the operator's table has others than Slurm")
    func shownNames() async throws {
        let stage = try SlurmStage { $0.aliases = ["node010": "gpu-10"] }
        let (_, after) = try await take(stage, "tokenworks:d-7")
        #expect(
            after.events.map(\.text) == ["gpu-10 drains by ann: tokenworks:d-7", "partition training loses gpu-10"])
        #expect(after.events.first?.node == NodeID("gpu-10"))
    }

    @Test("what a move of ours does is told by the move, and not a second time; what another does is")
    func ownChanges() async throws {
        var memory = SlurmMemory(writer: "k3f9")
        memory.intended = ["training": (1...9).map { "node00\($0)" }]
        for (writer, told) in [("k3f9", 0), ("zzzz", 1)] {
            let board = SlurmBoard()
            board.remember(memory)
            let stage = try SlurmStage { $0.board = board }
            let (_, after) = try await take(stage, "tokenworks:d-7 training->inference \(writer)")
            #expect(after.events.count == told, "\(after.events.map(\.text))")
            let node = try host("node010", after)
            #expect(node.state == .cordoned && node.condition?.kind == (told == 0 ? .moving : .suspect))
            let whose = told == 0 ? "" : ", by another tokenworks (zzzz)"
            #expect(node.condition?.text == "drained for d-7, training -> inference\(whose)")
        }
        let (_, after) = try await take(try SlurmStage(), "tokenworks:d-7 training->inference zzzz")
        #expect(try host("node010", after).condition?.kind == .moving, "where nothing moves nodes all moves are alike")
    }

    @Test("lines that are only shown are those that this server would be sent", arguments: ["22.05.8", "24.11.5"])
    func shownLines(version: String) async throws {
        let stage = try SlurmStage()
        try stage.fault("[ \"$1\" = --version ] && { echo 'slurm \(version)'; exit 0; }")
        let command = try SlurmCommand(
            configuration: stage.settings.configuration, folder: stage.settings.folder, variables: [:])
        let board = SlurmBoard()
        await board.learnVersion(of: command)
        board.remember(SlurmMemory(writer: "k3f9"))
        board.see([SlurmPartition(name: "training", nodes: Hostlist(["n1", "n2"]))])
        var script = try #require(board.script(SlurmControl(training: ["training"], inference: ["inference"])))
        let order = StepOrder(
            decision: DecisionID(1), node: NodeID("n1"), from: .training, to: .inference(ServingClass("inference")),
            step: .load)
        let lines = script.lines(for: order)
        #expect(lines == ["scontrol update PartitionName=training \(version == "24.11.5" ? "Nodes-=n1" : "Nodes=n2")"])
    }

    @Test("who has not said which partition is for what is asked to, and the guess is shown")
    func guess() async throws {
        let stage = try SlurmStage(control: nil)
        let observation = await stage.poll()
        #expect(observation.pools.map(\.pool) == [.inference(ServingClass("inference")), .training])
        #expect(observation.source.problem?.contains("guessed from their names") == true)
        let others = await (try SlurmStage(control: SlurmControl(training: ["other"], inference: []))).poll()
        #expect(others.pools.isEmpty && others.hosts.allSatisfy { $0.allocation?.pool == nil })
        #expect(try host("node001", others).state == .unknown)
    }
}

@Suite struct PacedObserverTests {
    private actor Counting: Observer {
        var polls = 0
        func observe(at now: Double) async -> Observation {
            polls += 1
            let at = PlantTime(epoch: now)
            var observation = Observation(
                source: SourceStatus(name: "x", answeredAt: at, targets: 1, targetsUp: 1), at: at, interval: Seconds(5),
                kind: .live)
            observation.events = [FactoryEvent(id: UInt64(polls), at: at, kind: .change, text: "x")]
            return observation
        }
    }

    @Test("a slow source beside a quick one is asked at its own pace, and tells its news once")
    func pace() async {
        let counting = Counting()
        let paced = PacedObserver(counting, interval: 5)
        var news = 0
        for second in 0..<12 { news += await paced.observe(at: Double(second)).events.count }
        #expect(await counting.polls == 3)
        #expect(news == 3)
        #expect(await paced.observe(at: 3).at == PlantTime(epoch: 3))
    }
}

@Suite struct SlurmCheckupTests {
    private func checkup(
        _ control: SlurmControl?, _ change: (SlurmStage) throws -> Void = { _ in }
    ) async throws -> SlurmCheckup {
        let stage = try SlurmStage(control: control)
        try change(stage)
        return await SlurmCheckup(stage.settings, at: 1_795_872_000)
    }

    @Test("says versions, rights, partitions and their use, and how long the queue took")
    func fine() async throws {
        let control = SlurmControl(training: ["training", "gone"], inference: [])
        let checkup = try await checkup(control)
        let text = checkup.findings.map(\.text).joined(separator: "\n")
        for words in [
            "slurm-wlm 22.05.8", "answers for cluster rig, Slurm 22.05.8", "16 nodes with 128 GPUs, 1 drained, 1 down",
            "partition training has node[001-010]: for training", "partition inference has node[011-016]: not used",
            "there is no partition 'gone'", "8 jobs run, 100 wait", "may ",
        ] {
            #expect(text.contains(words), "\(words) in\n\(text)")
        }
        #expect(checkup.hosts.count == 16)
        #expect(!checkup.findings.contains { $0.verdict == .wrong })
    }

    @Test("proposes what nobody has said, tells of a clock that differs, and names a fault")
    func faulty() async throws {
        let guess = try await checkup(nil) { stage in
            try stage.write("sdiag.txt", try stage.text("sdiag.txt").replacing("(17958", with: "(17957"))
        }
        let hints = guess.findings.filter { $0.verdict == .hint }.map(\.text).joined(separator: "\n")
        #expect(hints.contains("'- slurm: {training: [training], inference: [inference]}'"))
        #expect(hints.contains("behind this host's"))
        let broken = try await checkup(nil) { try $0.fault("exit 9") }
        #expect(broken.findings.last?.verdict == .wrong)
        #expect(broken.findings.last?.text.contains("status 9") == true)
    }
}
