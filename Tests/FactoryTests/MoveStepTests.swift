// SPDX-License-Identifier: Apache-2.0

import Factory
import Testing

@Suite("Steps of a move")
struct MoveStepTests {
    private static let chat = Pool.inference(ServingClass("chat"))
    private static let think = Pool.inference(ServingClass("think"))

    @Test(
        "each pair of pools has its safe procedure",
        arguments: [
            (chat, .training, [MoveStep.cordon, .drain, .unload, .join, .restart]),
            (.training, chat, [.checkpoint, .release, .load, .warm, .canary, .serve]),
            (chat, think, [.cordon, .drain, .unload, .load, .warm, .canary, .serve]),
            (.spare, chat, [.load, .warm, .canary, .serve]), (.spare, .training, [.join, .restart]),
            (chat, .spare, [.cordon, .drain, .unload, .park]), (.training, .spare, [.checkpoint, .release, .park]),
            (.training, .training, []), (chat, chat, []), (.spare, .spare, []),
        ] as [(Pool, Pool, [MoveStep])])
    func path(from: Pool, to: Pool, steps: [MoveStep]) {
        #expect(MoveStep.path(from: from, to: to) == steps)
    }

    @Test("nothing is lost before the donor has drained or saved, and a spare loses nothing")
    func loss() {
        let pools = [Pool.training, Self.chat, Self.think, .spare]
        for from in pools {
            for to in pools where from != to {
                let marks = MoveStep.path(from: from, to: to).compactMap(\.mark)
                #expect(marks == (from == .spare ? [.owner] : [.loss, .owner]))
            }
        }
        #expect(MoveStep.restore.mark == nil)
    }

    @Test(
        "a scheduler frees a node the same way whatever it does, and loses only where it takes jobs off",
        arguments: [
            (chat, .training, .drain, [MoveStep.cordon, .drain, .join, .restart], [PointOfNoReturn.owner]),
            (.training, chat, .drain, [.cordon, .drain, .load, .serve], [.owner]),
            (.training, chat, .requeue, [.cordon, .checkpoint, .release, .load, .serve], [.loss, .owner]),
            (.training, .spare, .drain, [.cordon, .drain, .park], [.owner]),
            (.training, .training, .requeue, [], []),
        ] as [(Pool, Pool, MoveRoute, [MoveStep], [PointOfNoReturn])])
    func scheduled(from: Pool, to: Pool, route: MoveRoute, steps: [MoveStep], marks: [PointOfNoReturn]) {
        #expect(MoveStep.path(from: from, to: to, by: route) == steps)
        #expect(steps.compactMap(\.mark) == marks)
    }

    @Test("the states of a node on its way are those of the procedure")
    func states() {
        #expect(
            MoveStep.path(from: Self.chat, to: .training).map(\.state)
                == [.cordoned, .draining, .unloading, .joining, .restarting])
        #expect(
            MoveStep.path(from: .training, to: Self.chat).map(\.state)
                == [.checkpointing, .releasing, .loading, .warming, .canary, .serving])
    }

    @Test(
        "a decision is read as it is written, and shorter",
        arguments: [
            ("d-12", 12), ("d12", 12), ("12", 12), ("d-1", 1), ("0", nil), ("d-0", nil), ("-3", nil), ("d--3", nil),
            ("", nil), ("d", nil), ("d-", nil), ("d-1x", nil), ("x-1", nil), ("99999999999999999999", nil),
        ] as [(String, Int?)])
    func decision(text: String, number: Int?) {
        #expect(DecisionID(parsing: text)?.number == number)
        if let number { #expect(DecisionID(parsing: DecisionID(number).description)?.number == number) }
    }

    @Test("pools are written the same way everywhere")
    func pools() {
        #expect(Self.chat.description == "inference/chat" && Self.chat.shortName == "chat")
        #expect(Pool.training.description == "training" && Pool.training.shortName == "training")
        #expect(Pool.spare.servingClass == nil && Self.chat.servingClass == ServingClass("chat"))
    }

    @Test("a move is free to abort until a unit crosses LOSS")
    func free() {
        var status = MoveStatus(
            decision: DecisionID(1), by: "ops1", to: Self.chat, phase: .running, startedAt: PlantTime(epoch: 0),
            units: [
                UnitMove(node: NodeID("a"), from: .training, job: nil, phase: .done),
                UnitMove(node: NodeID("b"), from: .spare, job: nil),
                UnitMove(node: NodeID("c"), from: .spare, job: nil),
            ], reverses: nil, forecast: MoveForecast(ready: nil, readyP95: nil, lost: nil, waitAfter: nil))
        #expect(status.abortIsFree && status.isOpen && status.done == 1)
        #expect(status.donors == [.training, .spare])
        status.units[1].pastLoss = true
        #expect(!status.abortIsFree)
    }
}
