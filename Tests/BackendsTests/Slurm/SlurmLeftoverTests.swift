// SPDX-License-Identifier: Apache-2.0

import Factory
import SlurmText
import Testing

@testable import Backends

@Suite("Drains that a tokenworks has left in Slurm")
struct SlurmLeftoverTests {
    private static let control = SlurmControl(isEnabled: true, training: ["train"], inference: ["serve"])
    private let partitions = [
        SlurmPartition(name: "train", nodes: Hostlist(["n1", "n2"])),
        SlurmPartition(name: "serve", nodes: Hostlist(["n9"])),
    ]

    /// Drained at 1000 s.
    private func node(
        _ name: String, _ reason: String, at: Double? = 1000, flags: Set<SlurmNodeState.Flag> = [.drain]
    ) -> SlurmNode {
        var node = SlurmNode(name: name, state: SlurmNodeState(.idle, flags))
        (node.reason, node.reasonAt) = (reason, at)
        return node
    }

    @Test("a mark is that of a drain: as the reason of a node that is not drained it holds nothing")
    func mark() {
        let reason = "tokenworks:d-7 train->serve k3f9"
        #expect(node("n1", reason).mark?.writer == "k3f9")
        #expect(node("n1", reason, flags: []).mark == nil)
        #expect(node("n1", "fan").mark == nil)
        let board = SlurmBoard()
        var memory = SlurmMemory(writer: "k3f9")
        memory.intended = ["train": ["n2"]]
        board.remember(memory)
        #expect(board.drift(partitions, nodes: [node("n1", reason)]).isEmpty)
        #expect(board.drift(partitions, nodes: [node("n1", reason, flags: [])]).map(\.come) == [["n1"]])
    }

    @Test("where nothing is remembered every drain of a tokenworks is found, and none is taken for ours")
    func forgotten() {
        let left = SlurmLeftover.all(
            [node("n1", "tokenworks:d-7 train->serve k3f9"), node("n2", "fan")], partitions, nil, control: Self.control,
            isIncremental: true)
        #expect(left.map(\.nodes) == [["n1"]])
        #expect(left.allSatisfy { !$0.isOurs && $0.lines.isEmpty })
    }

    @Test("of a node that Slurm has lost the lines say so, and no look makes them vanish")
    func vanished() throws {
        let board = SlurmBoard()
        let actuator = try SlurmActuator(
            Self.control, hand: PaperSlurm([:]), keeper: PaperMemory(), board: board, writer: "k3f9")
        board.see(partitions)
        board.see([node("n1", "fan", flags: []), node("n2", "fan")], at: PlantTime(epoch: 1))
        let gone = StepOrder(
            decision: DecisionID(7), node: NodeID("n3"), from: .training, to: .inference(ServingClass("serve")),
            step: .restore)
        #expect(actuator.commands(for: [gone]).first?.hasPrefix("# Slurm does not know n3: once it does") == true)
    }

    @Test("drains of another tokenworks are said once the last of them is old, whatever decisions are open here")
    func foreign() throws {
        let board = SlurmBoard()
        let actuator = try SlurmActuator(
            Self.control, hand: PaperSlurm([:]), keeper: PaperMemory(), board: board, writer: "k3f9")
        board.see(partitions)
        let nodes = [
            node("n1", "tokenworks:d-7 train->serve zzzz"), node("n2", "tokenworks:d-7 train->serve zzzz", at: 1100),
            node("n9", "tokenworks:d-8 serve->train k3f9"),
        ]
        board.see(nodes, at: PlantTime(epoch: 1700))
        #expect(board.foreignLeftovers(Self.control).isEmpty, "the last was drained 600 s ago: it may be at it")
        board.see(nodes, at: PlantTime(epoch: 1701))
        #expect(
            board.foreignLeftovers(Self.control).map(\.foreignSentence) == [
                "n1, n2 are still drained by d-7, train -> serve, of another tokenworks (zzzz), which may be at it: "
                    + "'tokenworks drift' names them"
            ])
        let held = actuator.leftovers(besides: [DecisionID(7), DecisionID(8)])
        #expect(held.map(\.sentence) == board.foreignLeftovers(Self.control).map(\.foreignSentence))
        #expect(held.map(\.decision) == [nil], "it is not the d-7 of this one")
        let renaming = try SlurmActuator(
            Self.control, hand: PaperSlurm([:]), keeper: PaperMemory(), board: board, aliases: ["n9": "gpu-9"],
            writer: "k3f9")
        let ours = try #require(renaming.leftovers(besides: []).first)
        #expect(ours.decision == DecisionID(8) && ours.nodes == [NodeID("gpu-9")])
        #expect(ours.sentence.hasPrefix("gpu-9 is still drained by d-8"), "by the name that is shown")
        #expect(board.leftovers(Self.control, besides: []).map(\.nodes) == [["n9"]], "ours are told with their lines")
        board.see([node("n1", "tokenworks:d-7 train->serve zzzz", at: nil)], at: PlantTime(epoch: 1701))
        #expect(board.foreignLeftovers(Self.control).count == 1, "where Slurm does not say when, it was long ago")
    }
}
