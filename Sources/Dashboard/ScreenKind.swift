// SPDX-License-Identifier: Apache-2.0

package import Factory
package import Screen

/// The screens, and the context in which a key is looked up.
package enum ScreenKind: String, Sendable, Hashable, CaseIterable {
    case main, plan, moves, node, help, audit, quit
    /// A plan that waits for a second operator.
    case request
    case lifecycle, economics, jobs, sites
    /// Where numbers come from.
    case origin

    /// Pages about the whole plant, one of them at a time.
    package static let pages: Set<ScreenKind> = [.lifecycle, .economics, .jobs, .sites]
}

/// A screen to open, with what it is about.
package enum ScreenOpening: Sendable, Hashable {
    case plan(Draft)
    case moves
    case node(NodeID)
    /// The keys of one screen first, then of all.
    case help(of: ScreenKind)
    case audit
    case lifecycle, economics, jobs, sites
    case origin(OriginSubject)
    /// A plan that waits for a second operator.
    case request(DecisionID)
    /// Asks before leaving while moves run.
    case quit
}

/// A screen on top of the main one: a small value with its own state, drawn by a pure function.
///
/// The dashboard draws the title row above it and the footer below it, from the keymap; the screen owns the rows between.
/// A screen never sees an effect performed: it answers with `ScreenAction`s.
package protocol OverlayScreen: Sendable {
    var kind: ScreenKind { get }

    /// Whether a text field has the focus now: then keys come to `type` and the keymap is not asked.
    var takesText: Bool { get }

    /// Keys of the keymap that mean nothing on it now: the footer does not offer them.
    func idleKeys(_ context: DrawContext) -> Set<Intent>

    /// Draws the screen into its area of the frame; may set `frame.cursor` when a field has the focus.
    func draw(into frame: inout Frame, area: Rect, _ context: DrawContext)

    /// Called once, when the screen has been put on top.
    mutating func opened(_ context: DrawContext) -> [ScreenAction]

    /// A key of the keymap's table for this screen.
    ///
    /// - Returns: nil where the screen has no meaning of its own for it: then the dashboard's holds (help, back, freeze ...).
    mutating func receive(_ intent: Intent, _ context: DrawContext) -> [ScreenAction]?

    /// A key while `takesText`. Pasted text never comes here.
    mutating func type(_ key: Key, _ context: DrawContext) -> [ScreenAction]

    /// What happened in the world: snapshots, the answer to a plan, the end of a command, records of the audit.
    mutating func follow(_ event: Event, _ context: DrawContext) -> [ScreenAction]
}

extension OverlayScreen {
    package var takesText: Bool { false }
    package func idleKeys(_ context: DrawContext) -> Set<Intent> { [] }
    package mutating func opened(_ context: DrawContext) -> [ScreenAction] { [] }
    package mutating func type(_ key: Key, _ context: DrawContext) -> [ScreenAction] { [] }
    package mutating func follow(_ event: Event, _ context: DrawContext) -> [ScreenAction] { [] }
}

/// What a screen wants done.
package enum ScreenAction: Sendable, Hashable {
    case effect(Effect)
    case open(ScreenOpening)
    /// Go back to the screen below.
    case close
    case notice(Notice)
    /// Everything `A` means for a move: asks while it is free, drafts the way back after LOSS.
    case abort(DecisionID)
}

/// A sentence on the bottom row, until the next key or a few seconds.
package struct Notice: Sendable, Hashable {
    package var text: String
    package var isAlarm: Bool
    package init(_ text: String, isAlarm: Bool = false) {
        self.text = text
        self.isAlarm = isAlarm
    }
}

/// A question on the bottom row that only `y` says yes to.
package struct Question: Sendable, Hashable {
    /// Ends in what `y` does: `abort d-7: free, nothing is lost yet`.
    package var text: String
    package var effect: Effect
    package init(_ text: String, effect: Effect) {
        self.text = text
        self.effect = effect
    }
}
