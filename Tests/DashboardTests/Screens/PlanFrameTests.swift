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
        for words in ["(account nlp) back into the queue", "28 GPU-h since its", "job 77 of bob", "b requeue them"] {
            #expect(text.contains(words), "\(words)\n\(text)")
        }
        #expect(dump(rig.frame(120, 36)).contains("b requeue them"))
        // Before the numbers, whatever else has to go.
        let rows = text.split(separator: "\n")
        #expect(rows[3].hasPrefix(" WARNS puts job 71204"), "\(text)")
        let last = rows.lastIndex { $0.contains("job 77 of bob") } ?? .max
        #expect(last < rows.firstIndex { $0.hasPrefix(" for think") } ?? 0, "\(text)")
        #expect(rows.count { $0.contains(" b ") } == 1, "one key, one name\n\(text)")
    }

    @Test("a rail that fails is told once, where its sentence stands, and elsewhere where that page is not shown")
    func refusal() {
        var plan = SamplePlans.refused()
        let rail = plan.verdicts.first { $0.verdict == .fail }
        let text = rail?.text ?? "-"
        plan.tier = .refused("Rail 1 (floor): \(text).")
        var rig = ScreenRig(width: 80, height: 24)
        rig.open(plan)
        for size in [(80, 24), (120, 36), (200, 50)] {
            let frame = dump(rig.frame(size.0, size.1))
            #expect(frame.split(separator: text, omittingEmptySubsequences: false).count == 2, "\(frame)")
            #expect(frame.contains("cannot be confirmed: rail 1 fails, floor"), "\(frame)")
        }
        rig.press("c")
        #expect(dump(rig.frame(80, 24)).contains(text))
    }

    @Test("what no source knows of any way, or of any pool, takes no rows; the footer has all keys of a plan")
    func unknown() {
        var plan = SamplePlans.free()
        for index in plan.ways.indices {
            plan.ways[index].waitAt10 = .missing
            plan.ways[index].overLimit = .unknown
            plan.ways[index].serves = .missing
        }
        plan.effects = plan.effects.map {
            PoolEffect(
                pool: $0.pool, nodesBefore: $0.nodesBefore, nodesAfter: $0.nodesAfter, ttftBefore: .missing,
                ttftAfter: .missing, itlBefore: .missing, itlAfter: .missing, tokensBefore: .missing,
                tokensAfter: .missing)
        }
        var rig = ScreenRig(width: 80, height: 24)
        rig.open(plan)
        let text = dump(rig.frame(80, 24))
        for words in ["\n wait at", "\n over limit", "\n serves", "TTFT p95"] {
            #expect(!text.contains(words), "\(text)")
        }
        for words in ["ready", "costs", "AFTER inference/think 62 > 63 nodes", "y confirm", "c commands", "v rails"] {
            #expect(text.contains(words), "\(words)\n\(text)")
        }
    }

    @Test("the steps of nodes that are freed in two ways stand apart, each in the order in which a node takes them")
    func paths() {
        var plan = SamplePlans.free()
        plan.steps = [
            (.drain, [.cordon, .drain, .load, .serve]), (.requeue, [.cordon, .checkpoint, .release, .load]),
        ]
        .flatMap { (way: MoveRoute, steps: [MoveStep]) in
            steps.map { step in
                var planned = PlannedStep(step: step, from: .training, typical: .zero)
                planned.route = way
                return planned
            }
        }
        var rig = ScreenRig(width: 120, height: 36)
        rig.open(plan)
        let text = dump(rig.frame(120, 36))
        #expect(text.contains("STEPS drain: cordon > drain >|OWNER|> load > serve"), "\(text)")
        #expect(text.contains("requeue: cordon > checkpoint >|LOSS|> release >|OWNER|> load"), "\(text)")
    }

    @Test(
        "a command that is wider than the screen breaks between words, so that a shell takes it as it was",
        arguments: [24, 40, 78, 120])
    func shellLines(width: Int) {
        let drain = "scontrol update NodeName=node009 State=DRAIN 'Reason=tokenworks:d-4 training->inference x # 1'"
        let commands = [
            drain, "squeue -w node009  # until it lists nothing, and it says IDLE+DRAIN", "sim load n1 think",
        ]
        let lines = ShellLines.wrapped(commands, width: width)
        let shell = lines.filter { !$0.hasPrefix("#") }.joined(separator: "\n")
        let whole = shell.split(separator: " \\\n  ", omittingEmptySubsequences: false).joined(separator: " ")
        // What is wider than the screen by itself is cut; everything else is one line again.
        if width >= 57 { #expect(whole.hasPrefix(drain + "\n"), "\(lines)") }
        #expect(whole.contains("squeue -w node009") && whole.hasSuffix("sim load n1 think"), "\(lines)")
        #expect(lines.allSatisfy { $0.count <= width }, "\(lines)")
        if width == 78 { #expect(lines[0] == "scontrol update NodeName=node009 State=DRAIN \\", "\(lines)") }
        if width < 70 { #expect(lines.contains { $0.hasPrefix("# until it") }, "\(lines)") }
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
