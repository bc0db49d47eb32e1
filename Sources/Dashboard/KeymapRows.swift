// SPDX-License-Identifier: Apache-2.0

import Factory
import Screen

/// The rows of the main screen, of acting, and of every screen.
extension Keymap {
    static let helpRows: [KeyBinding] = [
        KeyBinding(
            [.character("?"), .function(1)], .help, on: everywhere.subtracting([.help]), footer: "help",
            help: "Show the keys of this screen", priority: 1)
    ]

    static let mainRows: [KeyBinding] = [
        KeyBinding(
            [.character("/")], .filter, on: [.main], footer: "filter", help: "Show only nodes that match", priority: 20),
        KeyBinding([.tab], .nextPanel, on: [.main], footer: "panel", help: "Go to the next panel", priority: 30),
        KeyBinding([.backTab], .previousPanel, on: [.main], help: "Go to the panel before"),
        KeyBinding(
            [.enter], .open, on: [.main, .moves, .sites], footer: "open",
            help: "Open what is selected: a node, a move, a site, or the panel alone", priority: 25),
        KeyBinding(
            [.character("s")], .sort, on: [.main, .jobs], footer: "sort", help: "Sort by the next column",
            priority: 35),
        KeyBinding(
            [.character("n")], .nextMatch, on: [.main], help: "Go to the next node that matches the filter"),
        KeyBinding([.character("N")], .previousMatch, on: [.main], help: "Go to the match before"),
        KeyBinding(
            [.character(" ")], .mark, on: [.main], footer: "mark", help: "Mark a node: a plan takes marked nodes first",
            priority: 45),
        KeyBinding([.character("1")], .focusNodes, on: [.main], help: "Go to Nodes"),
        KeyBinding([.character("2")], .focusQueue, on: [.main], help: "Go to Queue"),
        KeyBinding([.character("3")], .focusTokens, on: [.main], help: "Go to Tokens/s"),
        KeyBinding([.character("4")], .focusAllocation, on: [.main], help: "Go to Allocation"),
        KeyBinding([.character("5")], .focusEvents, on: [.main], help: "Go to Events"),
        KeyBinding(
            [.character("+"), .character("=")], .faster, on: looking, help: "Make the simulation faster",
            whyDisabled: whyNoSpeed),
        KeyBinding(
            [.character("-"), .character("_")], .slower, on: looking, help: "Make the simulation slower",
            whyDisabled: whyNoSpeed),
    ]

    /// The graphs of the node screen.
    static let graphRows: [KeyBinding] = [
        KeyBinding(
            [.character("w")], .graphReach, on: [.node], footer: "span", help: "Graphs of 5 minutes, or of an hour",
            priority: 27),
        KeyBinding(
            [.right], .nextGraph, on: [.node], footer: "GPU",
            help: "Graphs of the next GPU, after the last of the node",
            priority: 28),
        KeyBinding([.left], .previousGraph, on: [.node], help: "Graphs of the GPU before"),
    ]

    static let actingRows: [KeyBinding] = [
        KeyBinding(
            [.character("r")], .plan, on: looking, footer: "plan",
            help: "Open the plan that is enough for the worst class; it sends nothing", priority: 12, dangerous: true),
        KeyBinding(
            [.character(">")], .towardsInference, on: looking,
            help: "Open the plan with one node more for inference: the selected one, where it can go", dangerous: true),
        KeyBinding(
            [.character("<")], .towardsTraining, on: looking,
            help: "Open the plan with one node more for training: the selected one, where it can go", dangerous: true),
        KeyBinding(
            [.character("M")], .moves, on: looking.subtracting([.moves]), footer: "moves",
            help: "Show the moves, running and finished",
            priority: 15),
        KeyBinding(
            [.character("A")], .abort, on: [.main, .moves], footer: "abort",
            help: "Abort the move: free before LOSS, after it the way back is drafted", priority: 24, dangerous: true,
            whyDisabled: {
                $0.whyNoSteering
                    ?? ($0.snapshot.moves.isEmpty && $0.snapshot.earlierMoves.isEmpty
                        ? "there has been no move: nothing to abort" : nil)
            }),
        KeyBinding(
            [.character("H")], .hold, on: everywhere.subtracting([.plan]), footer: "hold",
            help: "Hold: running steps end and none starts; again releases it, after a question", priority: 23,
            dangerous: true, whyDisabled: { $0.whyNoHold }),
        KeyBinding(
            [.character("h")], .helm, on: looking,
            help: "Take the helm: of several operators one steers; again leaves it", dangerous: true,
            whyDisabled: { context in
                context.snapshot.room == nil
                    ? context.once("this plant is yours alone")
                    : context.whyNoActing
            }),
        KeyBinding(
            [.character("V")], .vote, on: looking,
            help: "Answer for a plan that waits for a second operator: approve or decline it", dangerous: true,
            whyDisabled: { context in
                context.snapshot.room?.requests.isEmpty ?? true
                    ? context.once("no plan waits for a second operator") : context.whyNoActing
            }),
    ]

    /// The pages: of a live plant only those that a source feeds.
    static let pageRows: [KeyBinding] = [
        KeyBinding(
            [.character("J")], .jobs, on: looking.subtracting([.jobs]), footer: "jobs",
            help: "Show the jobs: gang, progress, checkpoint, work at risk", priority: 26,
            whyDisabled: {
                $0.snapshot.jobs.isEmpty && $0.snapshot.training == nil
                    ? $0.once("no source of this plant names jobs") : nil
            }),
        KeyBinding(
            [.character("L")], .lifecycle, on: looking.subtracting([.lifecycle]), footer: "lifecycle",
            help: "Show the lifecycle: from raw data to answers and back, and what holds it up", priority: 31,
            whyDisabled: {
                $0.snapshot.lifecycle == nil ? $0.once("no source of this plant speaks of its lifecycle") : nil
            }),
        KeyBinding(
            [.character("E")], .economics, on: looking.subtracting([.economics]), footer: "economics",
            help: "Show the economics: power, cost, revenue, tokens per joule", priority: 32,
            whyDisabled: {
                $0.snapshot.economy == nil ? $0.once("no source of this plant speaks of money or energy") : nil
            }),
        KeyBinding(
            [.character("S")], .sites, on: looking.subtracting([.sites]), footer: "sites",
            help: "Show the sites of the factory, and go to one", priority: 22,
            whyDisabled: { $0.snapshot.sites.isEmpty ? $0.once("this factory is in one place") : nil }),
    ]

    /// Screens that show the plant, and on which the plant's keys hold.
    private static let looking = ScreenKind.pages.union([.main, .node, .moves])

    static let commonRows: [KeyBinding] = [
        KeyBinding([.character("j"), .down], .down, on: everywhere, help: "Go down one row"),
        KeyBinding([.character("k"), .up], .up, on: everywhere, help: "Go up one row"),
        KeyBinding([.character("g"), .home], .top, on: everywhere, help: "Go to the first row"),
        KeyBinding([.character("G"), .end], .bottom, on: everywhere, help: "Go to the last row"),
        KeyBinding([.control("f"), .pageDown], .pageDown, on: everywhere, help: "Go down a page"),
        KeyBinding([.control("b"), .pageUp], .pageUp, on: everywhere, help: "Go up a page"),
        KeyBinding([.control("d")], .halfDown, on: everywhere, help: "Go down half a page"),
        KeyBinding([.control("u")], .halfUp, on: everywhere, help: "Go up half a page"),
        KeyBinding(
            [.character("p")], .freeze, on: everywhere, footer: "freeze",
            help: "Freeze the picture; again lets it go on",
            priority: 42),
        KeyBinding(
            [.character("0")], .live, on: everywhere, footer: "live", help: "Go back to now", priority: 3,
            whyDisabled: { $0.isFrozen ? nil : "this is now already" }),
        KeyBinding(
            [.character("x")], .origin, on: looking, footer: "where from",
            help: "Show where these numbers come from: series, formula, targets, age", priority: 58),
        KeyBinding([.character("x")], .origin, on: [.origin], help: "Go back to the numbers"),
        KeyBinding(
            [.character("a")], .audit, on: looking.subtracting([.node]), footer: "audit", help: "Show the audit",
            priority: 55),
        KeyBinding(
            [.character("t")], .theme, on: everywhere, footer: "theme", help: "Use the next theme", priority: 65),
        KeyBinding([.control("l")], .redraw, on: Set(ScreenKind.allCases), help: "Draw the whole screen again"),
        KeyBinding(
            [.control("c")], .leave, on: Set(ScreenKind.allCases), help: "Quit from anywhere; asks while moves run"),
        KeyBinding([.control("z")], .suspend, on: Set(ScreenKind.allCases), help: "Go to the shell; fg comes back"),
        KeyBinding([.escape], .back, on: Set(ScreenKind.allCases), footer: "back", help: "Go back", priority: 10),
        KeyBinding(
            [.character("q")], .quit, on: [.main], footer: "quit", help: "Quit; asks while moves run", priority: 2),
        KeyBinding([.character("q")], .quit, on: everywhere.subtracting([.main]), help: "Go back"),
    ]

    private static let whyNoSpeed: @Sendable (DrawContext) -> String? = { context in
        guard case .simulated = context.snapshot.kind else { return "only a simulated plant has a speed" }
        return context.you.mayAct
            ? context.snapshot.room?.whyNoHelm(context.you.name).map { "\($0): h takes it over" } : context.whyNoActing
    }
}
