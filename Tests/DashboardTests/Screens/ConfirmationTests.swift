// SPDX-License-Identifier: Apache-2.0

import Factory
import Screen
import Testing

@testable import Dashboard

/// What happens to an open plan, step by step.
enum PlanStep: Sendable {
    /// A key, one second after the last.
    case key(Key)
    /// A key so long after the last.
    case quick(Key, Double)
    /// Letters at the speed of fingers.
    case type(String)
    /// Letters that come as no fingers send them.
    case burst(String)
    /// A key held down: its repeats, for two seconds.
    case held(Key)
    case paste(String)
    /// A snapshot of another allocation, and the new price.
    case moved(to: UInt64)
    case priced
    case hold
    case pause(Double)
}

struct ConfirmationCase: Sendable, CustomTestStringConvertible {
    var name: String
    var plan: PlanPreview
    var steps: [PlanStep]
    var confirmed: Factory.Confirmation?
    var you = SampleFactory.you
    var testDescription: String { name }

    init(
        _ name: String, _ plan: PlanPreview, _ steps: [PlanStep], _ confirmed: Factory.Confirmation? = nil,
        you: Operator = SampleFactory.you
    ) {
        self.name = name
        self.plan = plan
        self.steps = steps
        self.confirmed = confirmed
        self.you = you
    }
}

@Suite("What confirms a plan, and what does not")
struct ConfirmationTests {
    static let y = Key.character("y")
    static let free = SamplePlans.free()
    static let loss = SamplePlans.loss()

    static let cases = keys + fingers + changes + others

    static let keys: [ConfirmationCase] = [
        ConfirmationCase("y confirms what loses nothing", free, [.key(y)], .yes),
        ConfirmationCase("Enter alone cancels what loses nothing", free, [.key(.enter)]),
        ConfirmationCase("Enter alone cancels a loss", loss, [.key(.enter)]),
        ConfirmationCase("Enter and y: the plan is gone", free, [.key(.enter), .key(y)]),
        ConfirmationCase("y alone does not confirm a loss", loss, [.key(y), .key(.enter)]),
        ConfirmationCase("y twice does not confirm a loss", loss, [.key(y), .key(y), .key(.enter)]),
        ConfirmationCase("the right name confirms", loss, [.key(.tab), .type("rl-r3"), .key(.enter)], .name("rl-r3")),
        ConfirmationCase(
            "y leads to the field as Tab does", loss, [.key(y), .type("rl-r3"), .key(.enter)], .name("rl-r3")),
        ConfirmationCase(
            "blanks around the name do not matter", loss, [.key(.tab), .type(" rl-r3 "), .key(.enter)], .name("rl-r3")),
        ConfirmationCase("a wrong name does not", loss, [.key(.tab), .type("rl-r2"), .key(.enter)]),
        ConfirmationCase("half a name does not", loss, [.key(.tab), .type("rl"), .key(.enter)]),
        ConfirmationCase("the name in capitals does not", loss, [.key(.tab), .type("RL-R3"), .key(.enter)]),
        ConfirmationCase(
            "a wrong name can be mended", loss,
            [.key(.tab), .type("rl-r2"), .key(.enter), .key(.backspace), .type("3"), .key(.enter)], .name("rl-r3")),
        ConfirmationCase("a name without Enter does not", loss, [.key(.tab), .type("rl-r3")]),
        ConfirmationCase(
            "Esc empties the box", loss, [.key(.tab), .type("rl-r3"), .key(.escape), .key(.tab), .key(.enter)]),
        ConfirmationCase(
            "a name before the box has the focus is no name", loss, [.type("r3"), .key(.tab), .key(.enter)]),
    ]

    static let fingers: [ConfirmationCase] = [
        ConfirmationCase("pasted text never fills the box", loss, [.key(.tab), .paste("rl-r3"), .key(.enter)]),
        ConfirmationCase("a pasted Enter confirms nothing", loss, [.key(.tab), .type("rl-r3"), .paste("\r")]),
        ConfirmationCase(
            "keys too fast for fingers do not fill it", loss,
            [.key(.tab), .burst("rl-r3"), .key(.enter)]),
        ConfirmationCase(
            "an Enter in the same breath does not", loss, [.key(.tab), .type("rl-r3"), .quick(.enter, 0.001)]),
        ConfirmationCase(
            "an Enter that repeats does not", loss,
            [.key(.tab), .key(.enter), .held(.enter)]),
        ConfirmationCase(
            "a y held down from the planning on does not", free,
            [.moved(to: 13), .quick(y, 1), .priced, .quick(y, 0.5)]),
        ConfirmationCase(
            "and not by its repeats either", free,
            [.moved(to: 13), .key(y), .priced, .held(y)]),
    ]

    static let changes: [ConfirmationCase] = [
        ConfirmationCase("y while planning does not", free, [.moved(to: 13), .key(y), .priced]),
        ConfirmationCase(
            "y on a plan that has just changed does not", free, [.moved(to: 13), .priced, .quick(y, 0.3)]),
        ConfirmationCase(
            "y on the new plan does, once it was looked at", free, [.moved(to: 13), .priced, .pause(2), .key(y)], .yes),
        ConfirmationCase(
            "another allocation empties the box", loss,
            [.key(.tab), .type("rl-r3"), .moved(to: 13), .priced, .key(.enter)]),
        ConfirmationCase(
            "after it the name is typed anew", loss,
            [.key(.tab), .type("rl-r3"), .moved(to: 13), .priced, .type("rl-r3"), .key(.enter)], .name("rl-r3")),
        ConfirmationCase(
            "letters typed while planning are lost", loss,
            [.key(.tab), .moved(to: 13), .type("rl-r3"), .priced, .key(.enter)]),
        ConfirmationCase(
            "an edit empties the box", loss,
            [.key(.tab), .type("rl-r3"), .key(.escape), .key(.character("+")), .priced, .key(.tab), .key(.enter)]),
        ConfirmationCase("HOLD closes the box", loss, [.key(.tab), .type("rl-r3"), .hold, .key(.enter)]),
        ConfirmationCase("HOLD takes the y away", free, [.hold, .key(y)]),
    ]

    static let others: [ConfirmationCase] = [
        ConfirmationCase(
            "a reason confirms", SamplePlans.third(), [.key(.tab), .type("chat is down, ticket 88"), .key(.enter)],
            .reason("chat is down, ticket 88")),
        ConfirmationCase("a short reason does not", SamplePlans.third(), [.key(.tab), .type("because"), .key(.enter)]),
        ConfirmationCase(
            "a key held down is no reason", SamplePlans.third(),
            [.key(.tab), .type("aaaaaaaaaaaaaaaaaaaa"), .key(.enter)]),
        ConfirmationCase(
            "a refused plan has no box", SamplePlans.refused(), [.key(y), .key(.tab), .type("rl-r3"), .key(.enter)]),
        ConfirmationCase(
            "a viewer has no box", loss, [.key(y), .key(.tab), .type("rl-r3"), .key(.enter)], you: SampleFactory.viewer),
        ConfirmationCase("a viewer has no y", free, [.key(y)], you: SampleFactory.viewer),
        ConfirmationCase("a frozen picture confirms nothing", free, [.key(.character("p")), .key(y)]),
    ]

    @Test("each way to confirm does what it says", arguments: cases)
    func table(row: ConfirmationCase) {
        var rig = ScreenRig(you: row.you)
        rig.open(row.plan)
        var effects: [Effect] = []
        for step in row.steps { effects += Self.take(step, on: &rig, row.plan) }
        let submitted = effects.compactMap { effect -> Factory.Confirmation? in
            if case .perform(.submit(_, _, let confirmation)) = effect { confirmation } else { nil }
        }
        #expect(submitted == (row.confirmed.map { [$0] } ?? []))
    }

    static func take(_ step: PlanStep, on rig: inout ScreenRig, _ plan: PlanPreview) -> [Effect] {
        switch step {
        case .key(let key): return rig.press(key)
        case .quick(let key, let gap): return rig.press(key, after: gap)
        case .type(let text):
            return text.unicodeScalars.flatMap { rig.press(.character($0), after: 0.15) }
        case .burst(let text):
            return text.unicodeScalars.flatMap { rig.press(.character($0), after: 0.002) }
        case .held(let key): return (0..<60).flatMap { _ in rig.press(key, after: 0.033) }
        case .paste(let text):
            rig.now += 1
            return rig.tell(.input(.paste(text), at: rig.now))
        case .moved(let revision):
            var snapshot = rig.state.newest
            snapshot.revision = AllocationRevision(revision)
            return rig.tell(.snapshotArrived(snapshot))
        case .priced: return rig.answer(plan)
        case .hold:
            var snapshot = rig.state.newest
            snapshot.mode = .hold
            return rig.tell(.snapshotArrived(snapshot))
        case .pause(let span):
            rig.now += span
            return rig.tell(.tick(at: rig.now))
        }
    }

    @Test("the submission names the decision and the revision that were on the screen")
    func names() {
        var rig = ScreenRig()
        rig.open(Self.free)
        let effects = rig.press(Self.y)
        #expect(effects == [.perform(.submit(DecisionID(2232), at: AllocationRevision(12), .yes))])
        #expect(rig.press(Self.y).isEmpty, "one decision is asked once")
    }

    @Test("a refusal by the desk stays on the screen and is planned again")
    func refusal() throws {
        var rig = ScreenRig()
        rig.open(Self.free)
        guard case .perform(let command)? = rig.press(Self.y).first else {
            Issue.record("nothing was submitted")
            return
        }
        let effects = rig.tell(
            .commandFinished(CommandOutcome(command, .refused, "rail 6: d-2231 is not verified yet")))
        #expect(effects == [.plan(Self.free.draft)])
        #expect(dump(rig.frame(80, 24)).contains("refused: rail 6: d-2231 is not verified yet"))
        _ = rig.answer(Self.free)
        let done = CommandOutcome(command, .accepted, "d-2232 accepted")
        #expect(rig.press(Self.y, after: 5).count == 1)
        rig.tell(.commandFinished(done))
        #expect(rig.state.overlays.isEmpty, "an accepted plan leaves the screen")
    }

    @Test("letters of a name never reach the screen's keys when the box is emptied under them")
    func swallowed() {
        var rig = ScreenRig()
        rig.open(Self.loss)
        rig.press(.tab)
        rig.type("rl")
        _ = Self.take(.moved(to: 13), on: &rig, Self.loss)
        let effects = "-b+ycH".unicodeScalars.flatMap { rig.press(.character($0), after: 0.15) }
        #expect(effects.isEmpty)
        #expect(rig.state.newest.mode == .manual)
    }
}
