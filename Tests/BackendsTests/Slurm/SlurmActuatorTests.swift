// SPDX-License-Identifier: Apache-2.0

import Backends
import Factory
import SlurmText
import Testing

@Suite("Moves of Slurm")
struct SlurmActuatorTests {
    private static let serve = Pool.inference(ServingClass("serve"))
    private static let control = {
        var control = SlurmControl(isEnabled: true, training: ["train", "finetune"], inference: ["serve"])
        control.signal = "USR1"
        return control
    }()
    private let slurm = PaperSlurm(["train": ["n1", "n2", "n3"], "finetune": ["n5", "n6"], "serve": ["n8", "n9"]])
    private let memory = PaperMemory()

    private func actuator() throws -> SlurmActuator {
        try SlurmActuator(Self.control, hand: slurm, keeper: memory, writer: "k3f9")
    }

    private func order(
        _ step: MoveStep, _ node: String = "n1", from: Pool = .training, to: Pool = serve, decision: Int = 7,
        confirmed: [String] = []
    ) -> StepOrder {
        StepOrder(
            decision: DecisionID(decision), node: NodeID(node), from: from, to: to, step: step,
            confirmed: confirmed.map { JobID($0) })
    }

    /// Takes a step as the desk does: told until it is heard, then asked.
    private func take(_ order: StepOrder, _ actuator: SlurmActuator) async throws(ActuatorError) -> StepProgress {
        for _ in 0..<9 {
            do throws(ActuatorError) {
                try await actuator.perform(order)
                return try await actuator.progress(of: order)
            } catch  where error.kind == .unreachable { continue }
        }
        throw ActuatorError(.unreachable, engine: "test", text: "it never answers")
    }

    private func walk(_ node: String, from: Pool, to: Pool, decision: Int = 7, _ actuator: SlurmActuator) async throws {
        for step in MoveStep.path(from: from, to: to, by: .drain) {
            let progress = try await take(
                order(step, node, from: from, to: to, decision: decision), actuator)
            #expect(progress == .reached, "\(step)")
        }
    }

    @Test("an idle node is drained with the decision's name, listed anew and resumed, in four writes")
    func idle() async throws {
        try await walk("n1", from: .training, to: Self.serve, try actuator())
        #expect(
            await slurm.written == [
                "scontrol update NodeName=n1 State=DRAIN 'Reason=tokenworks:d-7 train->serve k3f9'",
                "scontrol update PartitionName=train 'Nodes=n[2-3]'",
                "scontrol update PartitionName=serve 'Nodes=n[1,8-9]'", "scontrol update NodeName=n1 State=RESUME",
            ])
        #expect(await slurm.lists == ["train": ["n2", "n3"], "finetune": ["n5", "n6"], "serve": ["n8", "n9", "n1"]])
        #expect(await slurm.nodes["n1"]?.state == SlurmNodeState(.idle))
        #expect(memory.memory?.intended == ["train": ["n2", "n3"], "serve": ["n8", "n9", "n1"]])
    }

    @Test("a node goes back to the training partition that it came from, any other to the first")
    func back() async throws {
        let actuator = try actuator()
        try await walk("n6", from: .training, to: Self.serve, decision: 1, actuator)
        #expect(await slurm.lists["finetune"] == ["n5"])
        try await walk("n6", from: Self.serve, to: .training, decision: 2, actuator)
        #expect(await slurm.lists["finetune"] == ["n5", "n6"])
        try await walk("n8", from: Self.serve, to: .training, decision: 3, actuator)
        #expect(await slurm.lists["train"] == ["n1", "n2", "n3", "n8"])
    }

    @Test("what is not healthy, not idle to take or not tokenworks' own is refused before anything is written")
    func preconditions() async throws {
        let actuator = try actuator()
        func refusal(_ order: StepOrder) async -> String {
            do throws(ActuatorError) {
                try await actuator.perform(order)
                return "nothing"
            } catch { return error.text }
        }
        await slurm.set { $0.drain("n1", "bad gpu", by: "root") }
        #expect(await refusal(order(.cordon)).contains("n1 is already drained by root: 'bad gpu'"))
        await slurm.set { $0.drain("n2", "tokenworks:d-7 train->serve zzzz", by: "root") }
        #expect(await refusal(order(.cordon, "n2")).contains("already drained by root: 'tokenworks:d-7"))
        let rival = await refusal(order(.cordon, "n3"))
        #expect(rival.contains("another tokenworks (zzzz) is moving n2 from train to serve"), "\(rival)")
        await slurm.set { $0.apply(.resume(node: "n2")) }
        #expect(await refusal(order(.cordon, "n5", from: Self.serve)).contains("n5 is in finetune"))
        #expect(await refusal(order(.cordon, "n0")).contains("n0 is in no partition"))
        await slurm.set { $0.setList("serve", ["n8", "n9", "n3"]) }
        #expect(await refusal(order(.cordon, "n3")).contains("n3 is in serve and train"))
        await slurm.set { $0.setList("finetune", ["n6"]) }
        #expect(await refusal(order(.cordon, "n6")).contains("never emptied"))
        #expect(await refusal(order(.cordon, "n8", from: Self.serve, to: .spare)).contains("nowhere to move"))
        #expect(await slurm.written == ["scontrol update NodeName=n2 State=RESUME"])
    }

    @Test("a node on its way out of a partition does not count for it: the last is refused before its drain")
    func lastOnTheWay() async throws {
        let actuator = try actuator()
        #expect(try await take(order(.cordon, "n5"), actuator) == .reached)
        await #expect(throws: ActuatorError.self) { try await actuator.perform(order(.cordon, "n6")) }
        #expect(await slurm.nodes["n6"]?.state == SlurmNodeState(.idle))
    }

    @Test("a unit whose list was written and not noted is no change by somebody else for the next of its move")
    func cutList() async throws {
        for call in 0..<9 {
            let slurm = PaperSlurm(["train": ["n1", "n2", "n3"], "serve": ["n8", "n9"]])
            let memory = PaperMemory()
            let control = Self.control
            func fresh() throws -> SlurmActuator {
                try SlurmActuator(control, hand: slurm, keeper: memory, writer: "k3f9")
            }
            for node in ["n1", "n2"] { _ = try await take(order(.cordon, node), try fresh()) }
            await slurm.set { $0.failsAfter = call }
            // ignored because the process that hears of it ends here.
            try? await fresh().perform(order(.load, "n1"))
            await slurm.set { $0.failsAfter = nil }
            let next = try fresh()
            #expect(try await take(order(.load, "n2"), next) == .reached, "call \(call)")
            #expect(try await take(order(.load, "n1"), next) == .reached, "call \(call)")
            #expect(memory.memory?.intended["train"] == ["n3"])
            #expect(memory.memory?.intended["serve"]?.sorted() == ["n1", "n2", "n8", "n9"])
        }
    }

    @Test("a job that is suspended still holds its node, though that reads idle")
    func suspended() async throws {
        let actuator = try actuator()
        await slurm.set {
            $0.run("12", on: ["n1"])
            $0.suspend("12")
        }
        #expect(try await take(order(.cordon), actuator) == .reached)
        #expect(try await take(order(.drain), actuator) == .running(remaining: nil))
        #expect(
            try await take(order(.checkpoint, confirmed: ["12"]), actuator)
                == .failed("job 12 of eve on n1 is suspended: resume it, then plan again"))
        #expect(
            try await take(order(.load), actuator) == .failed("job 12 of eve still holds n1, though it reads idle"))
        #expect(try await take(order(.restore), actuator) == .reached)
        #expect(await slurm.lists["train"] == ["n1", "n2", "n3"])
    }

    @Test("a node that somebody has put elsewhere meanwhile stays there, drained, whichever way its move was going")
    func takenAway() async throws {
        let actuator = try actuator()
        for step in [MoveStep.cordon, .drain] { _ = try await take(order(step), actuator) }
        await slurm.set {
            $0.setList("train", ["n2", "n3"])
            $0.setList("debug", ["n1"])
        }
        for step in [MoveStep.load, .restore] {
            #expect(
                try await take(order(step), actuator) == .failed("somebody has taken n1 out of train; it is in debug"))
        }
        #expect(await slurm.lists["serve"] == ["n8", "n9"])
        #expect(await slurm.written.count == 1)
        await slurm.set { $0.setList("train", ["n1", "n2", "n3"]) }
        #expect(try await take(order(.load), actuator) == .failed("somebody has put n1 into debug meanwhile"))
    }

    @Test("nothing moves into a partition without nodes: it could not be taken back, and no line would say how")
    func emptyReceiver() async throws {
        await slurm.set { $0.setList("serve", []) }
        let actuator = try actuator()
        await #expect(throws: ActuatorError.self) { try await actuator.perform(order(.cordon)) }
        #expect(await slurm.written.isEmpty)
        await slurm.set {
            $0.setList("serve", ["n1"])
            $0.drain("n1", "tokenworks:d-7 train->serve k3f9", by: "root")
        }
        _ = try await actuator.progress(of: order(.restore))
        let lines = actuator.commands(for: [order(.restore)])
        #expect(lines.last?.hasPrefix("# n1 is the last node of serve") == true, "\(lines)")
        #expect(!lines.contains { $0.contains("RESUME") })
    }

    @Test("a node that was found bad where it went keeps the word on it")
    func badThere() async throws {
        let actuator = try actuator()
        try await walk("n1", from: .training, to: Self.serve, actuator)
        await slurm.set {
            $0.setReason("n1", "bad gpu", by: "adam")
        }
        await slurm.breaks("n1")
        guard case .failed(let why) = try await take(order(.restore), actuator) else {
            Issue.record("a broken node goes back")
            return
        }
        #expect(why.contains("bad gpu"))
        #expect(await slurm.nodes["n1"]?.reason == "bad gpu")
    }

    @Test("a job that ends of the signal is put back all the same; where none is set, none is told")
    func endedOfSignal() async throws {
        let actuator = try actuator()
        await slurm.set { $0.run("12", on: ["n1"]) }
        for step in [MoveStep.cordon, .checkpoint] { _ = try await take(order(step, confirmed: ["12"]), actuator) }
        await slurm.set { $0.die("12") }
        #expect(try await take(order(.release, confirmed: ["12"]), actuator) == .reached)
        #expect(await slurm.written.last == "scontrol requeue 12")
        #expect(await slurm.written.count { $0.contains("requeue") } == 1)
        var quiet = Self.control
        quiet.signal = nil
        let second = try SlurmActuator(quiet, hand: slurm, keeper: PaperMemory(), writer: "k3f9")
        await slurm.set { $0.run("13", on: ["n2"]) }
        for step in [MoveStep.cordon, .checkpoint] {
            #expect(try await take(order(step, "n2", confirmed: ["13"]), second) == .reached)
        }
        #expect(await slurm.written.count { $0.hasPrefix("scancel") } == 1)
    }

    @Test("a job on several nodes is told to save once, also by the process after this one; many jobs are all told")
    func toldOnce() async throws {
        await slurm.set {
            $0.run("12", on: ["n1", "n2"])
            for job in 100..<170 { $0.run("\(job)", on: ["n1"]) }
        }
        let jobs = ["12"] + (100..<170).map(String.init)
        for node in ["n1", "n2"] { _ = try await take(order(.cordon, node), try actuator()) }
        for node in ["n1", "n2"] {
            #expect(
                try await take(order(.checkpoint, node, confirmed: jobs), try actuator())
                    == .running(remaining: Seconds(60)))
        }
        #expect(await slurm.written.count { $0.hasPrefix("scancel") } == 71)
        #expect(await slurm.written.count { $0 == "scancel -b -s USR1 12" } == 1)
    }

    @Test("the partition that a node came from is not forgotten over a way back that was cut, or that was given up")
    func homeAfterCut() async throws {
        try await walk("n6", from: .training, to: Self.serve, decision: 1, try actuator())
        // Cut after it was written down, before the drain.
        await slurm.set {
            $0.failsAfter = 1
            $0.isDone = false
        }
        let cut = order(.cordon, "n6", from: Self.serve, to: .training, decision: 2)
        await #expect(throws: ActuatorError.self) { try await actuator().perform(cut) }
        #expect(try await take(cut, try actuator()) == .reached)
        #expect(await slurm.nodes["n6"]?.reason == "tokenworks:d-2 serve->finetune k3f9")
        let back = order(.restore, "n6", from: Self.serve, to: .training, decision: 2)
        #expect(try await take(back, try actuator()) == .reached)
        try await walk("n6", from: Self.serve, to: .training, decision: 3, try actuator())
        #expect(await slurm.lists["finetune"] == ["n5", "n6"])
    }

    @Test("a controller that was just started is waited for at the lists, not taken for a change")
    func controllerStarts() async throws {
        let actuator = try actuator()
        for step in [MoveStep.cordon, .drain] { _ = try await take(order(step), actuator) }
        await slurm.set { $0.setFlag("n1", .notResponding, true) }
        #expect(try await take(order(.load), actuator) == .running(remaining: nil))
        #expect(await slurm.lists["train"] == ["n1", "n2", "n3"])
        await slurm.set { $0.setFlag("n1", .notResponding, false) }
        for _ in 0..<4 { _ = try await actuator.progress(of: order(.load)) }
        #expect(try await actuator.progress(of: order(.load)) == .reached)
        #expect(await slurm.lists["serve"] == ["n8", "n9", "n1"])
    }

    @Test("a move leaves what has drifted said: only its own node is noted")
    func driftStays() async throws {
        let actuator = try actuator()
        try await walk("n1", from: .training, to: Self.serve, decision: 1, actuator)
        // slurmctld goes back to its file.
        await slurm.set {
            $0.setList("train", ["n1", "n2", "n3"])
            $0.setList("serve", ["n8", "n9"])
        }
        try await walk("n2", from: .training, to: Self.serve, decision: 2, actuator)
        #expect(memory.memory?.intended["train"] == ["n3"])
        #expect(memory.memory?.intended["serve"] == ["n8", "n9", "n1", "n2"])
    }

    @Test("lines that undo lift no drain but ours, and drain before they change a list")
    func undoLines() async throws {
        let actuator = try actuator()
        let undo = [order(.restore, "n1"), order(.restore, "n2")]
        for node in ["n1", "n2"] {
            _ = try await take(order(.cordon, node), actuator)
            _ = try await take(order(.load, node), actuator)
        }
        #expect(
            actuator.commands(for: undo) == [
                "scontrol update PartitionName=serve 'Nodes=n[2,8-9]'",
                "scontrol update PartitionName=train 'Nodes=n[1,3]'", "scontrol update NodeName=n1 State=RESUME",
                "scontrol update PartitionName=serve 'Nodes=n[8-9]'",
                "scontrol update PartitionName=train 'Nodes=n[1-3]'", "scontrol update NodeName=n2 State=RESUME",
            ])
        await slurm.set { $0.drain("n1", "fan broken", by: "adam") }
        _ = try await actuator.progress(of: order(.serve, "n1"))
        let lines = actuator.commands(for: [undo[0]])
        #expect(lines.last == "# n1 is drained by adam: 'fan broken': theirs to resume", "\(lines)")
        await slurm.set { $0.apply(.resume(node: "n1")) }
        _ = try await actuator.progress(of: order(.serve, "n1"))
        #expect(actuator.commands(for: [undo[0]]).first?.contains("State=DRAIN") == true)
    }

    @Test("nodes that a move has left are told with their lines, but of another tokenworks only its name")
    func leftovers() {
        var memory = SlurmMemory(writer: "k3f9")
        memory.intended = ["train": ["n2"], "serve": ["n9", "n1"]]
        let nodes = ["n1", "n2", "n3", "n4"].map { SlurmNode(name: $0, state: SlurmNodeState(.idle, [.drain])) }
        let reasons = [
            "tokenworks:d-7 train->serve k3f9", "tokenworks:d-7 train->serve k3f9", "tokenworks:d-1 a->b zzzz", "fan",
        ]
        let marked = zip(nodes, reasons).map { node, reason in
            var node = node
            node.reason = reason
            return node
        }
        let partitions = [("train", ["n2", "n3"]), ("serve", ["n9", "n1"])].map {
            SlurmPartition(name: $0, nodes: Hostlist($1))
        }
        let left = SlurmLeftover.all(marked, partitions, memory, control: Self.control, isIncremental: true)
        #expect(left.map(\.nodes) == [["n3"], ["n1", "n2"]])
        #expect(left.map(\.isOurs) == [false, true])
        #expect(left[0].lines.isEmpty)
        #expect(
            left[1].lines == [
                "scontrol update PartitionName=serve Nodes-=n1", "scontrol update PartitionName=train Nodes+=n1",
                "scontrol update NodeName=n1 State=RESUME", "scontrol update NodeName=n2 State=RESUME",
            ])
    }

    @Test("a busy node is waited for, with the time its jobs may still take; nothing of it is lost")
    func busy() async throws {
        let actuator = try actuator()
        await slurm.set { $0.run("12", on: ["n1"], limit: 500) }
        #expect(try await take(order(.cordon), actuator) == .reached)
        #expect(try await take(order(.drain), actuator) == .running(remaining: Seconds(500)))
        await slurm.set { $0.run("13", on: ["n1"]) }
        #expect(try await take(order(.drain), actuator) == .running(remaining: nil))
        await slurm.set {
            $0.end("12")
            $0.end("13")
        }
        #expect(try await actuator.progress(of: order(.drain)) == .reached)
        #expect(await slurm.written.count == 1)
    }

    @Test("a requeue tells each job to save, gives it time, and puts each back once")
    func requeue() async throws {
        let actuator = try actuator()
        await slurm.set {
            $0.run("12", on: ["n1", "n2"])
            $0.run("13", on: ["n1"])
        }
        let jobs = ["12", "13"]
        #expect(try await take(order(.cordon, confirmed: jobs), actuator) == .reached)
        #expect(try await take(order(.checkpoint, confirmed: jobs), actuator) == .running(remaining: Seconds(60)))
        await slurm.set { $0.now += 61 }
        #expect(try await actuator.progress(of: order(.checkpoint, confirmed: jobs)) == .reached)
        #expect(try await take(order(.release, confirmed: jobs), actuator) == .reached)
        #expect(
            await slurm.written.dropFirst() == [
                "scancel -b -s USR1 12", "scancel -b -s USR1 13", "scontrol requeue 12", "scontrol requeue 13",
            ])
    }

    @Test(
        "a job that nobody has confirmed to lose stops the move before any signal, and the node goes back",
        arguments: [["12"], ["12_7"], ["12+0"], []])
    func unnamed(confirmed: [String]) async throws {
        let actuator = try actuator()
        await slurm.set { slurm in
            for job in confirmed { slurm.run(job, on: ["n1"]) }
            // It began between the plan and the drain, as another task of the same array may.
            slurm.run("12_8", on: ["n1"])
        }
        #expect(try await take(order(.cordon, confirmed: confirmed), actuator) == .reached)
        for step in [MoveStep.checkpoint, .release] {
            #expect(
                try await take(order(step, confirmed: confirmed), actuator)
                    == .failed("job 12_8 of eve on n1 was not in the plan: plan again"))
        }
        #expect(await slurm.written.count == 1, "the drain alone")
        #expect(try await take(order(.restore, confirmed: confirmed), actuator) == .reached)
        #expect(await slurm.jobs.count == confirmed.count + 1)
        #expect(await slurm.nodes["n1"]?.state == SlurmNodeState(.allocated))
    }

    @Test("a part of a job of several is put back by the number of the whole: Slurm knows no other way")
    func parts() async throws {
        let actuator = try actuator()
        await slurm.set { $0.run("7+1", on: ["n1"]) }
        for step in [MoveStep.cordon, .checkpoint] {
            _ = try await take(order(step, confirmed: ["7+0", "7+1"]), actuator)
        }
        #expect(try await take(order(.release, confirmed: ["7+0", "7+1"]), actuator) == .reached)
        #expect(await slurm.written.suffix(2) == ["scancel -b -s USR1 7+1", "scontrol requeue 7"])
    }

    @Test("the commands of a requeue name the jobs of the plan, each once though it is on several nodes")
    func named() async throws {
        let actuator = try actuator()
        _ = try await actuator.progress(of: order(.cordon))
        let path = MoveStep.path(from: .training, to: Self.serve, by: .requeue)
        let lines = actuator.commands(
            for: ["n1", "n2"].flatMap { node in path.map { order($0, node, confirmed: ["12", "13"]) } })
        let named = lines.filter { $0.hasPrefix("scancel") || $0.hasPrefix("scontrol requeue") }
        #expect(
            named == [
                "scancel -b -s USR1 12  # then 60 s", "scancel -b -s USR1 13  # then 60 s",
                "scontrol requeue 12  # LOSS", "scontrol requeue 13  # LOSS",
            ])
    }

    @Test("a job that may not be put back stops the move before LOSS, by name and owner")
    func unrequeueable() async throws {
        let actuator = try actuator()
        await slurm.set { $0.run("12", on: ["n1"], name: "no-requeue") }
        #expect(try await take(order(.cordon), actuator) == .reached)
        #expect(
            try await take(order(.checkpoint, confirmed: ["12"]), actuator)
                == .failed("job 12 of eve on n1 cannot be put back into the queue (--no-requeue, or not of sbatch)"))
        #expect(try await take(order(.restore), actuator) == .reached)
        #expect(await slurm.nodes["n1"]?.state == SlurmNodeState(.allocated))
    }

    @Test(
        "a change by somebody else stops the move, and the way back keeps that change",
        arguments: [("train", ["n1", "n3"], "lost n2"), ("serve", ["n8", "n9", "n4"], "got n4")])
    func foreign(partition: String, list: [String], words: String) async throws {
        let actuator = try actuator()
        _ = try await take(order(.cordon), actuator)
        _ = try await take(order(.drain), actuator)
        await slurm.set { $0.setList(partition, list) }
        let progress = try await take(order(.load), actuator)
        #expect(progress == .failed("partition \(partition) has \(words) meanwhile, by somebody else"))
        #expect(try await take(order(.restore), actuator) == .reached)
        #expect(await slurm.lists[partition] == list)
        #expect(await slurm.written.count == 2)
        #expect(await slurm.nodes["n1"]?.state == SlurmNodeState(.idle))
    }

    @Test("moves of our own at the same time are no change by somebody else")
    func together() async throws {
        let actuator = try actuator()
        for (node, decision) in [("n1", 1), ("n2", 2)] {
            _ = try await take(order(.cordon, node, decision: decision), actuator)
            _ = try await take(order(.drain, node, decision: decision), actuator)
        }
        for (node, decision) in [("n1", 1), ("n2", 2)] {
            #expect(try await take(order(.load, node, decision: decision), actuator) == .reached)
            #expect(try await take(order(.serve, node, decision: decision), actuator) == .reached)
        }
        #expect(await slurm.lists["train"] == ["n3"])
        #expect(await slurm.lists["serve"] == ["n8", "n9", "n1", "n2"])
    }

    @Test("while an order is under way no other begins, whoever has lost patience with it")
    func oneAtATime() async throws {
        let actuator = try actuator()
        let (gate, open) = AsyncStream<Never>.makeStream()
        await slurm.set { $0.gate = gate }
        let orders = [order(.cordon, "n1"), order(.cordon, "n2")]
        let ended = await withTaskGroup(of: Bool.self) { group in
            for order in orders {
                group.addTask {
                    do throws(ActuatorError) {
                        try await actuator.perform(order)
                        return true
                    } catch { return error.kind != .unreachable }
                }
            }
            // Who is inside waits for the gate; the other is turned away at once.
            let first = await group.next()
            open.finish()
            return [first, await group.next()]
        }
        #expect(ended == [false, true])
        #expect(await slurm.written.count == 1)
    }

    @Test("a drain that somebody takes over or lifts is theirs: the move stops and leaves it alone")
    func takenOver() async throws {
        let actuator = try actuator()
        _ = try await take(order(.cordon), actuator)
        await slurm.set { $0.drain("n1", "fan broken", by: "adam") }
        #expect(try await take(order(.drain), actuator) == .failed("n1 is now drained by adam: 'fan broken'"))
        let back = try await take(order(.restore), actuator)
        #expect(back == .failed("n1 is in train and still drained by adam: 'fan broken': that is theirs to lift"))
        await slurm.set { $0.apply(.resume(node: "n1")) }
        #expect(try await take(order(.drain), actuator) == .failed("somebody has resumed n1"))
        #expect(await slurm.lists["train"] == ["n1", "n2", "n3"])
    }

    @Test("a node that broke under the drain is not resumed: that would lift more than the drain")
    func broken() async throws {
        let actuator = try actuator()
        _ = try await take(order(.cordon), actuator)
        await slurm.set {
            $0.apply(.drain(node: "n1", SlurmMark(DecisionID(7), from: "train", to: "serve", writer: "k3f9")))
        }
        await slurm.breaks("n1")
        guard case .failed(let drained) = try await take(order(.drain), actuator) else {
            Issue.record("a broken node drains")
            return
        }
        #expect(drained.contains("n1 went DOWN+DRAIN"))
        guard case .failed(let back) = try await take(order(.restore), actuator) else {
            Issue.record("a broken node is resumed")
            return
        }
        #expect(back.contains("n1 is DOWN+DRAIN: it is not resumed"))
        #expect(await slurm.nodes["n1"]?.state.flags.contains(.drain) == true)
    }

    @Test(
        "a node that the screen shows under another name is moved by Slurm's own, also between the lists and after a crash"
    )
    func shownName() async throws {
        func renamed() throws -> SlurmActuator {
            try SlurmActuator(
                Self.control, hand: slurm, keeper: memory,
                aliases: ["n1": "gpu-one", "10.0.0.1": "gpu-one", "x": "n9"],
                writer: "k3f9")
        }
        for step in MoveStep.path(from: .training, to: Self.serve, by: .drain) {
            // A new process at each step: it knows nothing but what is kept.
            #expect(try await take(order(step, "gpu-one"), try renamed()) == .reached, "\(step)")
        }
        #expect(await slurm.lists["serve"] == ["n8", "n9", "n1"])
        #expect(
            await slurm.written[0]
                == "scontrol update NodeName=n1 State=DRAIN 'Reason=tokenworks:d-7 train->serve k3f9'")
        let lines = try renamed()
        _ = try await lines.progress(of: order(.restore, "gpu-one"))
        #expect(lines.commands(for: [order(.cordon, "gpu-one")]).allSatisfy { $0.contains("NodeName=n1 ") })
        // The name of one and alias of another is nobody's to guess.
        let both = try SlurmActuator(
            Self.control, hand: slurm, keeper: memory, aliases: ["n2": "gpu", "n3": "gpu"], writer: "k3f9")
        let doubtful = order(.cordon, "gpu")
        let refusal = await #expect(throws: ActuatorError.self) { try await both.perform(doubtful) }
        #expect(refusal?.text == "gpu is the name of n2 and n3 under 'names:': give each its own.")
    }

    @Test("a task of an array is put back alone, not the array")
    func array() async throws {
        let actuator = try actuator()
        await slurm.set { $0.run("12_7", on: ["n1"]) }
        for step in [MoveStep.cordon, .checkpoint] {
            _ = try await take(order(step, confirmed: ["12_7"]), actuator)
        }
        #expect(try await take(order(.release, confirmed: ["12_7"]), actuator) == .reached)
        #expect(await slurm.written.last == "scontrol requeue 12_7")
    }

    @Test("a partition is never emptied, not even where its last other node left while the move ran")
    func empty() async throws {
        let actuator = try actuator()
        for node in ["n1", "n2"] { try await walk(node, from: .training, to: Self.serve, actuator) }
        #expect(await slurm.lists["train"] == ["n3"])
        let n3 = order(.cordon, "n3")
        await #expect(throws: ActuatorError.self) { try await actuator.perform(n3) }
        let lines = actuator.commands(for: [order(.load, "n3")])
        #expect(!lines.contains { $0.hasSuffix("Nodes=") || $0.contains("Nodes='") }, "\(lines)")
    }

    @Test("commands are those that are carried out, and each unit's know of those before it")
    func commands() async throws {
        let actuator = try actuator()
        _ = try await actuator.progress(of: order(.cordon))
        let path = MoveStep.path(from: .training, to: Self.serve, by: .drain)
        let lines = actuator.commands(for: ["n1", "n2"].flatMap { node in path.map { order($0, node) } })
        for node in ["n1", "n2"] { try await walk(node, from: .training, to: Self.serve, actuator) }
        #expect(await slurm.written == lines.filter { !$0.hasPrefix("squeue") })
    }

    @Test("where the server has it a node is added and taken, so that no list is written over")
    func incremental() async throws {
        await slurm.set { $0.isIncremental = true }
        try await walk("n1", from: .training, to: Self.serve, try actuator())
        #expect(await slurm.written[1] == "scontrol update PartitionName=train Nodes-=n1")
        #expect(await slurm.lists["serve"] == ["n8", "n9", "n1"])
    }

    @Test(
        "killed or unheard at any call, before or after the write was done, the move ends where it should",
        arguments: [false, true], [false, true])
    func crashes(isDone: Bool, isBack: Bool) async throws {
        for call in 0..<30 {
            let slurm = PaperSlurm(["train": ["n1", "n2", "n3"], "serve": ["n8", "n9"]])
            let memory = PaperMemory()
            let control = Self.control
            func fresh() throws -> SlurmActuator {
                try SlurmActuator(control, hand: slurm, keeper: memory, writer: "k3f9")
            }
            await slurm.set {
                $0.failsAfter = call
                $0.isDone = isDone
            }
            var isKilled = false
            for step in MoveStep.path(from: .training, to: Self.serve, by: .drain) {
                var actuator = try fresh()
                do {
                    try await actuator.perform(order(step))
                    #expect(try await actuator.progress(of: order(step)) == .reached)
                } catch {
                    isKilled = true
                    // A new process knows the journal's step and what was kept, and nothing else.
                    actuator = try fresh()
                    if isBack {
                        #expect(try await take(order(.restore), actuator) == .reached, "call \(call) \(step)")
                        break
                    }
                    #expect(try await take(order(step), actuator) == .reached, "call \(call) \(step)")
                }
            }
            let isMoved = !(isBack && isKilled)
            #expect(
                await slurm.lists["train"]?.sorted() == (isMoved ? ["n2", "n3"] : ["n1", "n2", "n3"]), "call \(call)")
            #expect(
                await slurm.lists["serve"]?.sorted() == (isMoved ? ["n1", "n8", "n9"] : ["n8", "n9"]), "call \(call)")
            #expect(await slurm.nodes["n1"]?.state == SlurmNodeState(.idle), "call \(call)")
        }
    }

    @Test("the highest decision that anything is remembered of is known after a restart")
    func lastDecision() async throws {
        #expect(try actuator().lastDecision == 0)
        try await walk("n1", from: .training, to: Self.serve, decision: 12, try actuator())
        try await walk("n2", from: .training, to: Self.serve, decision: 9, try actuator())
        #expect(try actuator().lastDecision == 12)
    }

    @Test("a mark is read as it is written, and nobody else's reason is one")
    func marks() {
        let mark = SlurmMark(DecisionID(12), from: "train", to: "serve-2", writer: "k3f9")
        #expect(SlurmMark(parsing: mark.description) == mark)
        for reason in [
            "", "bad gpu", "tokenworks:d-12", "tokenworks:d-12 train serve k", "tokenworks:x train->serve k",
        ] {
            #expect(SlurmMark(parsing: reason) == nil, "\(reason)")
        }
    }
}
