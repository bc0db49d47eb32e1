// SPDX-License-Identifier: Apache-2.0

import Dashboard
import Factory
import Screen
import TestSupport
import Testing

/// Sizes that every golden frame is made at.
let goldenSizes = [(80, 24), (120, 36), (200, 50), (20, 5)]

@Suite("The plan's picture")
struct PlanFrameTests {
    static let plans: [(String, PlanPreview)] = [
        ("free", SamplePlans.free()), ("loss", SamplePlans.loss()), ("reason", SamplePlans.third()),
        ("refused", SamplePlans.refused()), ("reverse", SamplePlans.reverse()),
    ]

    @Test("each tier looks as it did", arguments: plans.map(\.0))
    func tiers(name: String) throws {
        let plan = try #require(Self.plans.first { $0.0 == name }?.1)
        for (width, height) in goldenSizes {
            var rig = ScreenRig(width: width, height: height)
            rig.open(plan)
            expectGolden(rig.frame(width, height), "plan-\(name)-\(width)x\(height)")
        }
    }

    /// The plan in each of its moods, as the keys lead to it.
    static let moods: [(String, PlanPreview, [PlanStep])] = [
        ("typing", SamplePlans.loss(), [.key(.tab), .type("rl-")]),
        ("wrong", SamplePlans.loss(), [.key(.tab), .type("rl-r2"), .key(.enter)]),
        ("asked", SamplePlans.free(), [.key(.character("y"))]),
        ("planning", SamplePlans.loss(), [.key(.character("+"))]),
        ("changed", SamplePlans.loss(), [.key(.tab), .type("rl-r3"), .moved(to: 13), .priced]),
        ("hold", SamplePlans.free(), [.hold]),
        ("verdicts", SamplePlans.refused(), [.key(.character("v"))]),
        ("commands", SamplePlans.loss(), [.key(.character("c")), .key(.character("j"))]),
        ("whole", SamplePlans.third(), [.key(.character("j")), .key(.character("j"))]),
    ]

    @Test("each mood looks as it did", arguments: moods.map(\.0))
    func inMood(name: String) throws {
        let (_, plan, steps) = try #require(Self.moods.first { $0.0 == name })
        for (width, height) in [(80, 24), (20, 5)] {
            var rig = ScreenRig(width: width, height: height)
            rig.open(plan)
            for step in steps { _ = ConfirmationTests.take(step, on: &rig, plan) }
            expectGolden(rig.frame(width, height), "plan-\(name)-\(width)x\(height)")
        }
    }

    @Test("who may only look, or looks at a plant that nothing can act on, sees why there is no box")
    func closed() {
        var viewer = ScreenRig(you: SampleFactory.viewer)
        viewer.open(SamplePlans.loss())
        #expect(dump(viewer.frame(80, 24)).contains("guest is a viewer: only an operator may act"))
        var snapshot = SampleFactory.large()
        snapshot.observeOnly = "no control: is configured for par1, so nothing here can act on any of its nodes"
        var observer = ScreenRig(snapshot)
        observer.open(SamplePlans.loss())
        let text = dump(observer.frame(80, 24))
        #expect(text.contains("! no control: is configured for par1, so nothing here can act on any of its"))
        #expect(!text.contains("[____"))
    }

    @Test("what a plan does to people's jobs stands on the smallest screen that has a plan, and so does the other way")
    func warnings() {
        var plan = SamplePlans.loss()
        plan.warnings = [
            "puts job 71204 rl-r3 of nlp1 (account nlp) back into the queue, on all its 100 nodes: loses 28 GPU-h since"
                + " its start at most; it has no time limit",
            "job 77 of bob asks for su04-n01 by name (-w): it could not start after the move",
        ]
        plan.ways[1].title = "requeue them"
        plan.ways[1].route = .requeue
        plan.draft.to = .inference(ServingClass("inference"))
        var rig = ScreenRig(width: 80, height: 24)
        rig.open(plan)
        let text = dump(rig.frame(80, 24))
        for words in ["(account nlp) back into the queue", "28 GPU-h since its", "job 77 of bob", "b requeue"] {
            #expect(text.contains(words), "\(words)\n\(text)")
        }
        #expect(!text.contains("b requeue t"))
        #expect(dump(rig.frame(120, 36)).contains("b requeue them"))
    }

    @Test("the ASCII tier draws nothing else")
    func ascii() {
        for (_, plan) in Self.plans {
            var rig = ScreenRig(glyphs: .ascii)
            rig.open(plan)
            let frame = rig.frame(80, 24)
            #expect(frame.cells.allSatisfy { $0.scalar < 0x7F })
        }
    }
}
