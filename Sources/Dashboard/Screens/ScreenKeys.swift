// SPDX-License-Identifier: Apache-2.0

import Factory
import Screen

/// The rows of the screens over the main one.
extension Keymap {
    static let screenRows: [KeyBinding] = planRows + dialogRows

    private static let planRows: [KeyBinding] = [
        KeyBinding(
            [.enter], .submit, on: [.plan], footer: "cancel",
            help: "Press [Cancel]: close the plan, nothing is sent; in the field: submit what was typed", priority: 5),
        KeyBinding(
            [.character("y")], .yes, on: [.plan], footer: "confirm",
            help: "Run a plan that loses no work; for any other, go to the field that must be filled", priority: 6,
            dangerous: true, whyDisabled: { $0.whyNoActing }),
        KeyBinding(
            [.tab], .nextPanel, on: [.plan], help: "Go to the field in which the name or the reason is typed",
            whyDisabled: { $0.whyNoActing }),
        KeyBinding(
            [.character("+"), .character("="), .character("l")], .moreNodes, on: [.plan], footer: "more",
            help: "Plan with one node more", priority: 7),
        KeyBinding(
            [.character("-"), .character("_"), .character("h")], .fewerNodes, on: [.plan], footer: "fewer",
            help: "Plan with one node less", priority: 7),
        KeyBinding(
            [.character(">")], .towardsInference, on: [.plan], help: "Plan with one node more on the side of inference"),
        KeyBinding(
            [.character("<")], .towardsTraining, on: [.plan], help: "Plan with one node more on the side of training"),
        KeyBinding(
            // The row of choices names what it would take.
            [.character("b")], .cheapestWay, on: [.plan],
            help: "Plan the way in the middle of the comparison instead"),
        KeyBinding([.down], .nextDonor, on: [.plan], help: "Take the nodes from the next pool"),
        KeyBinding([.up], .previousDonor, on: [.plan], help: "Take the nodes from the pool before"),
        KeyBinding([.right], .nextReceiver, on: [.plan], help: "Give the nodes to the next pool"),
        KeyBinding([.left], .previousReceiver, on: [.plan], help: "Give the nodes to the pool before"),
        KeyBinding(
            [.character("v")], .verdicts, on: [.plan], footer: "rails", help: "Show what every guard rail says",
            priority: 9),
        KeyBinding(
            [.character("c")], .commands, on: [.plan], footer: "commands", help: "Show every command that would be run",
            priority: 11),
        KeyBinding(
            [.character("H")], .hold, on: [.plan],
            help: "Hold: running steps end and none starts; again releases it, after a question", dangerous: true,
            whyDisabled: { $0.whyNoHold }),
    ]

    private static let dialogRows: [KeyBinding] = [
        KeyBinding(
            [.character("y")], .yes, on: [.request], footer: "approve", help: "Approve the plan: it begins at once",
            priority: 1, dangerous: true, whyDisabled: { $0.whyNoActing }),
        KeyBinding(
            [.character("n")], .no, on: [.request], footer: "decline",
            help: "Decline the plan, or take your own back: nothing is sent", priority: 2, dangerous: true,
            whyDisabled: { $0.whyNoActing }),
        KeyBinding(
            [.character("y")], .yes, on: [.quit], footer: "quit", help: "Quit although moves run", priority: 1,
            dangerous: true),
        KeyBinding(
            [.character("n"), .enter, .character("q")], .no, on: [.quit], footer: "stay", help: "Stay", priority: 2),
    ]
}
