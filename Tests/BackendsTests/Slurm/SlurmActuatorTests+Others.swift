// SPDX-License-Identifier: Apache-2.0

import Backends
import Factory
import SlurmText
import Testing

/// What a process that ended, a controller that starts, or somebody else has left in the way of a move.
extension SlurmActuatorTests {
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

    @Test("a list that is written stands on what Slurm says now, not on what was seen while the step waited")
    func freshLists() async throws {
        let actuator = try actuator()
        for step in [MoveStep.cordon, .drain, .load] { _ = try await take(order(step), actuator) }
        await slurm.set { slurm in
            slurm.older = slurm.lists
            slurm.setList("serve", (slurm.lists["serve"] ?? []) + ["n7"])
            slurm.setList("train", (slurm.lists["train"] ?? []) + ["n4"])
        }
        // The order was heard while the controller was away: what is left of it is done when the step is asked about.
        for _ in 0..<4 { _ = try await actuator.progress(of: order(.restore)) }
        #expect(await slurm.lists["serve"] == ["n8", "n9", "n7"])
        #expect(await Set(slurm.lists["train"] ?? []) == ["n1", "n2", "n3", "n4"])
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

    @Test("what somebody does with a node of a move that failed is their change, once they have lifted its drain")
    func foreignAfterFailure() async throws {
        let actuator = try actuator()
        // Left on its way: it failed, or was closed, and nothing notes an end.
        for step in [MoveStep.cordon, .drain] { _ = try await take(order(step, "n1", decision: 1), actuator) }
        for step in [MoveStep.cordon, .drain] { _ = try await take(order(step, "n2", decision: 2), actuator) }
        await slurm.set {
            $0.apply(.resume(node: "n1"))
            $0.setList("train", ["n2", "n3"])
        }
        #expect(
            try await take(order(.load, "n2", decision: 2), actuator)
                == .failed("partition train has lost n1 meanwhile, by somebody else"))
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
        let gone = "n1 is drained no more: resumed by somebody, or lost in a crash of slurmctld"
        #expect(try await take(order(.drain), actuator) == .failed(gone))
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

    @Test("of decisions that are open no more nothing is kept but where nodes were left, and of open ones all")
    func endedForgotten() async throws {
        let actuator = try actuator()
        try await walk("n1", from: .training, to: Self.serve, decision: 1, actuator)
        await slurm.set { $0.run("12", on: ["n2"]) }
        for step in [MoveStep.cordon, .checkpoint] {
            _ = try await take(order(step, "n2", decision: 2, confirmed: ["12"]), actuator)
        }
        _ = try await take(order(.cordon, "n5", decision: 3), actuator)
        #expect(memory.memory?.expected.keys.sorted() == [1, 2, 3], "nobody has said which are open")
        _ = actuator.leftovers(besides: [DecisionID(3)])
        let back = order(.cordon, "n9", from: Self.serve, to: .training, decision: 4)
        #expect(try await take(back, actuator) == .reached)
        #expect(memory.memory?.expected.keys.sorted() == [3, 4])
        #expect(memory.memory?.told.isEmpty == true)
        #expect(memory.memory?.intended["train"] == ["n2", "n3"])
        #expect(memory.memory?.journeys.keys.sorted() == ["n1", "n2", "n5", "n9"])
        #expect(try self.actuator().lastDecision == 4)
    }

    @Test("the highest decision that anything is remembered of is known after a restart")
    func lastDecision() async throws {
        #expect(try actuator().lastDecision == 0)
        try await walk("n1", from: .training, to: Self.serve, decision: 12, try actuator())
        try await walk("n2", from: .training, to: Self.serve, decision: 9, try actuator())
        #expect(try actuator().lastDecision == 12)
    }
}
