// SPDX-License-Identifier: Apache-2.0

import Backends
import Factory
import SlurmText
import Testing

@Suite("Moves of Slurm")
struct SlurmActuatorTests {
    static let serve = Pool.inference(ServingClass("serve"))
    static let control = {
        var control = SlurmControl(isEnabled: true, training: ["train", "finetune"], inference: ["serve"])
        control.signal = "USR1"
        return control
    }()
    let slurm = PaperSlurm(["train": ["n1", "n2", "n3"], "finetune": ["n5", "n6"], "serve": ["n8", "n9"]])
    let memory = PaperMemory()

    func actuator() throws -> SlurmActuator {
        try SlurmActuator(Self.control, hand: slurm, keeper: memory, writer: "k3f9")
    }

    func order(
        _ step: MoveStep, _ node: String = "n1", from: Pool = .training, to: Pool = serve, decision: Int = 7,
        confirmed: [String] = []
    ) -> StepOrder {
        StepOrder(
            decision: DecisionID(decision), node: NodeID(node), from: from, to: to, step: step,
            confirmed: confirmed.map { JobID($0) })
    }

    /// Takes a step as the desk does: told until it is heard, then asked.
    func take(_ order: StepOrder, _ actuator: SlurmActuator) async throws(ActuatorError) -> StepProgress {
        for _ in 0..<9 {
            do throws(ActuatorError) {
                try await actuator.perform(order)
                return try await actuator.progress(of: order)
            } catch  where error.kind == .unreachable { continue }
        }
        throw ActuatorError(.unreachable, engine: "test", text: "it never answers")
    }

    func walk(_ node: String, from: Pool, to: Pool, decision: Int = 7, _ actuator: SlurmActuator) async throws {
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

    @Test(
        "lines that take a node back under its work wait for that work before they change a list",
        arguments: [false, true])
    func undoLinesWait(isDrained: Bool) async throws {
        let actuator = try actuator()
        try await walk("n1", from: .training, to: Self.serve, actuator)
        let mark = SlurmMark(DecisionID(7), from: "train", to: "serve", writer: "k3f9")
        await slurm.set {
            $0.run("12", on: ["n1"])
            if isDrained { $0.apply(.drain(node: "n1", mark)) }
        }
        _ = try await actuator.progress(of: order(.serve))
        let drain = "scontrol update NodeName=n1 State=DRAIN 'Reason=\(mark)'"
        #expect(
            actuator.commands(for: [order(.restore)]) == (isDrained ? [] : [drain]) + [
                "squeue -w n1  # until it lists nothing", "scontrol update PartitionName=serve 'Nodes=n[8-9]'",
                "scontrol update PartitionName=train 'Nodes=n[1-3]'", "scontrol update NodeName=n1 State=RESUME",
            ])
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
        let drain = lines.commands(for: [order(.cordon, "gpu-one"), order(.serve, "gpu-one")])
        #expect(drain.first == "# n1 is what the screens call gpu-one", "once, above its lines")
        #expect(drain.count == 3 && drain.dropFirst().allSatisfy { $0.contains("NodeName=n1 ") })
        // Sentences speak of what is on the screens, whoever says them.
        await slurm.drain("n1", "bad fan", by: "ann")
        let taken = await #expect(throws: ActuatorError.self) {
            try await renamed().perform(order(.cordon, "gpu-one", from: Self.serve, to: .training, decision: 8))
        }
        #expect(taken?.text.hasPrefix("gpu-one is already drained by ann") == true, "\(taken?.text ?? "")")
        // The name of one and alias of another is nobody's to guess.
        let both = try SlurmActuator(
            Self.control, hand: slurm, keeper: memory, aliases: ["n2": "gpu", "n3": "gpu"], writer: "k3f9")
        let doubtful = order(.cordon, "gpu")
        let refusal = await #expect(throws: ActuatorError.self) { try await both.perform(doubtful) }
        #expect(refusal?.text == "gpu is the name of n2 and n3 under 'names:': give each its own.")
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
