// SPDX-License-Identifier: Apache-2.0

import Factory
import Screen
import Testing

@testable import Dashboard

@Suite("Changing a draft")
struct DraftEditTests {
    static let think = SamplePlans.think
    static let chat = SamplePlans.chat
    static let bulk = Pool.inference(ServingClass("bulk"))

    struct Row: Sendable, CustomTestStringConvertible {
        var name: String
        var edit: DraftEdit
        var before: Draft
        var after: Draft?
        var testDescription: String { name }
    }

    static let rows: [Row] = [
        Row(name: "one more", edit: .more, before: Draft(to: think, nodes: 1), after: Draft(to: think, nodes: 2)),
        Row(name: "one less", edit: .fewer, before: Draft(to: think, nodes: 2), after: Draft(to: think, nodes: 1)),
        Row(name: "never none", edit: .fewer, before: Draft(to: think, nodes: 1), after: nil),
        Row(name: "never more than the plant", edit: .more, before: Draft(to: think, nodes: 500), after: nil),
        Row(
            name: "the first donor after the planner's choice", edit: .nextDonor, before: Draft(to: think),
            after: Draft(to: think, from: bulk)),
        Row(
            name: "the last donor before it", edit: .previousDonor, before: Draft(to: think),
            after: Draft(to: think, from: .spare)),
        Row(
            name: "the receiver is no donor", edit: .nextDonor, before: Draft(to: think, from: chat),
            after: Draft(to: think, from: .training)),
        Row(
            name: "round to the planner's choice", edit: .nextDonor, before: Draft(to: think, from: .spare),
            after: Draft(to: think)),
        Row(
            name: "the next receiver", edit: .nextReceiver, before: Draft(to: bulk), after: Draft(to: chat)),
        Row(
            name: "the receiver before", edit: .previousReceiver, before: Draft(to: bulk), after: Draft(to: .spare)),
        Row(
            name: "a donor that becomes the receiver is let go", edit: .nextReceiver,
            before: Draft(to: bulk, from: chat),
            after: Draft(to: chat)),
        Row(
            name: "turning a reversal makes it a plan", edit: .nextReceiver,
            before: Draft(to: bulk, nodes: 2, reverses: DecisionID(7)), after: Draft(to: chat, nodes: 2)),
        Row(
            name: "the cheaper way is the planner's own choice of so many", edit: .cheapest,
            before: Draft(to: think, from: .training, nodes: 16, preferred: [NodeID("su04-n01")]),
            after: Draft(to: think, nodes: 8)),
    ]

    @Test("each key changes one thing, or says that it cannot", arguments: rows)
    func edits(row: Row) {
        let snapshot = SampleFactory.large()
        #expect(row.edit.applied(to: row.before, preview: SamplePlans.loss(row.before), on: snapshot) == row.after)
    }

    @Test("the worst class's receiver is turned from where the planner put it")
    func fromTheWorst() {
        let edited = DraftEdit.nextReceiver.applied(
            to: Draft(), preview: SamplePlans.free(Draft()), on: SampleFactory.large())
        #expect(edited == Draft(to: .training))
    }

    @Test("there is no cheaper way where this one is the cheapest")
    func cheapest() {
        #expect(DraftEdit.cheapest.applied(to: Draft(to: Self.think), preview: nil, on: SampleFactory.large()) == nil)
        let free = SamplePlans.free()
        #expect(DraftEdit.cheapest.applied(to: free.draft, preview: free, on: SampleFactory.large()) == nil)
    }

    @Test("where the engine has two ways of freeing the same nodes, b turns to the other")
    func routes() {
        var preview = SamplePlans.free(Draft(to: Self.think, from: .training, nodes: 2))
        preview.ways[1].route = .requeue
        (preview.ways[1].units, preview.ways[2].units) = (2, 2)
        let edited = DraftEdit.cheapest.applied(to: preview.draft, preview: preview, on: SampleFactory.large())
        #expect(edited == Draft(to: Self.think, from: .training, nodes: 2, route: .requeue))
    }

    @Test(
        "keys of the plan ask for a new price",
        arguments: [
            (Key.character("+"), 17, nil), (.character("l"), 17, nil), (.character("-"), 15, nil),
            (.character("h"), 15, nil), (.character(">"), 17, nil), (.character("<"), 15, nil),
            (.character("b"), 8, nil), (.down, 16, Pool.inference(ServingClass("bulk"))), (.up, 16, .spare),
        ] as [(Key, Int, Pool?)])
    func keys(key: Key, nodes: Int, from: Pool?) {
        var rig = ScreenRig()
        rig.open(SamplePlans.loss())
        #expect(rig.press(key) == [.plan(Draft(to: Self.think, from: from, nodes: nodes))])
        #expect(dump(rig.frame(80, 24)).contains("planning..."))
    }

    @Test("an answer to an older draft is dropped")
    func older() {
        var rig = ScreenRig()
        rig.open(SamplePlans.loss())
        rig.press(.character("+"))
        rig.tell(.planReady(.preview(SamplePlans.loss())))
        #expect(dump(rig.frame(80, 24)).contains("planning..."))
        rig.answer(SamplePlans.loss())
        #expect(!dump(rig.frame(80, 24)).contains("planning..."))
    }

    @Test("what cannot be planned says why, and can be changed")
    func impossible() {
        var rig = ScreenRig()
        _ = rig.state.open(.plan(Draft(to: Self.think, nodes: 400)))
        rig.tell(.planReady(.impossible("only 304 nodes could move: ask for fewer")))
        #expect(dump(rig.frame(80, 24)).contains("only 304 nodes could move: ask for fewer"))
        #expect(rig.press(.character("y")).isEmpty)
        #expect(rig.press(.character("-")) == [.plan(Draft(to: Self.think, nodes: 399))])
    }

    @Test("a snapshot of the same allocation changes no plan; one of another does")
    func revisions() {
        var rig = ScreenRig()
        rig.open(SamplePlans.free())
        var snapshot = rig.state.newest
        snapshot.sequence += 1
        #expect(rig.tell(.snapshotArrived(snapshot)).isEmpty)
        snapshot.revision = AllocationRevision(13)
        #expect(rig.tell(.snapshotArrived(snapshot)) == [.plan(SamplePlans.free().draft)])
        #expect(rig.tell(.snapshotArrived(snapshot)).isEmpty, "one price is asked for at a time")
        #expect(rig.tell(.planReady(.preview(SamplePlans.free(revision: 12)))) == [.plan(SamplePlans.free().draft)])
        #expect(rig.tell(.planReady(.preview(SamplePlans.free(revision: 13)))).isEmpty)
    }
}
