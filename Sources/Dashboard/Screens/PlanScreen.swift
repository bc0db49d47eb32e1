// SPDX-License-Identifier: Apache-2.0

package import Factory
package import Screen

/// The plan: what a move would do, cost and risk, and the one place where it can be confirmed. It sends nothing by itself.
package struct PlanScreen: OverlayScreen {
    package private(set) var draft: Draft
    /// How often this plan has been priced: `draft 3`.
    package private(set) var edition = 0
    package private(set) var pricing = Pricing.waiting(nil)
    package private(set) var field = ConfirmationField()
    package private(set) var page = Page.overview
    package private(set) var scroll = 0
    /// A sentence above the confirmation: why it planned again, why a text was wrong, why the desk refused.
    package private(set) var remark: Remark?
    private var lastYes = -Double.infinity
    private var surprise = Surprise.none

    /// A plan that nobody asked for: how far it has got to the eyes.
    private enum Surprise: Sendable, Equatable {
        case none, planning
        /// Priced, but no frame has been drawn since.
        case unseen
        case shown(at: Double)
    }

    package enum Pricing: Sendable {
        /// The price is asked for; the last one, of other numbers, is shown as stale.
        case waiting(PlanPreview?)
        case priced(PlanPreview)
        case impossible(String)
        /// Confirmed: the desk has not answered yet.
        case submitted(PlanPreview)
    }

    package enum Page: Sendable, Hashable { case overview, verdicts, commands }

    package struct Remark: Sendable, Hashable {
        package var text: String
        package var role: Role
    }

    package init(_ draft: Draft) { self.draft = draft }

    package var kind: ScreenKind { .plan }
    package var takesText: Bool { field.hasFocus }

    package func idleKeys(_ context: DrawContext) -> Set<Intent> {
        // The field says itself what Enter and Esc do, and takes every letter.
        if field.hasFocus { return Set(Intent.allCases) }
        guard case .priced(let preview) = pricing, ConfirmationGate(preview, context) == .yes else { return [.yes] }
        return []
    }

    /// The plan on the screen, priced or being priced anew.
    package var preview: PlanPreview? {
        switch pricing {
        case .waiting(let last): last
        case .priced(let preview), .submitted(let preview): preview
        case .impossible: nil
        }
    }

    package mutating func opened(_ context: DrawContext) -> [ScreenAction] {
        // Marks are taken first; a reversal names its own nodes.
        if draft.preferred.isEmpty, draft.reverses == nil { draft.preferred = context.marked.sorted() }
        return price()
    }

    private mutating func price() -> [ScreenAction] {
        edition += 1
        pricing = .waiting(preview)
        return [.effect(.plan(draft))]
    }

    // MARK: keys

    package mutating func receive(_ intent: Intent, _ context: DrawContext) -> [ScreenAction]? {
        if case .submitted = pricing, intent != .back, intent != .help, intent != .hold {
            remark = Remark(text: "asked: waiting for the desk; Esc leaves, the answer comes anyway", role: .dim)
            return []
        }
        switch intent {
        case .submit where surprises(context):
            remark = Remark(text: "the plan has just changed: look; Enter closes it, nothing was sent", role: .warning)
            return []
        case .submit: return [.notice(Notice("the plan is closed: nothing was sent")), .close]
        case .yes: return confirm(context)
        case .nextPanel: return focus(.tab, context)
        case .moreNodes: return edit(.more, context)
        case .fewerNodes: return edit(.fewer, context)
        case .towardsInference: return edit(goesToInference ? .more : .fewer, context)
        case .towardsTraining: return edit(goesToInference ? .fewer : .more, context)
        case .nextDonor: return edit(.nextDonor, context)
        case .previousDonor: return edit(.previousDonor, context)
        case .nextReceiver: return edit(.nextReceiver, context)
        case .previousReceiver: return edit(.previousReceiver, context)
        case .cheapestWay: return edit(.cheapest, context)
        case .verdicts: return turn(to: .verdicts)
        case .commands: return turn(to: .commands)
        case .down: return scrolled(by: 1, context)
        case .up: return scrolled(by: -1, context)
        case .pageDown, .halfDown: return scrolled(by: 10, context)
        case .pageUp, .halfUp: return scrolled(by: -10, context)
        case .top: return scrolled(by: -scroll, context)
        case .back where page != .overview: return turn(to: page)
        default: return nil
        }
    }

    private var goesToInference: Bool {
        (draft.to ?? preview?.to)?.servingClass != nil || (draft.to ?? preview?.to) == nil
    }

    private mutating func edit(_ change: DraftEdit, _ context: DrawContext) -> [ScreenAction] {
        remark = nil
        surprise = .none
        guard let edited = change.applied(to: draft, preview: preview, on: context.snapshot) else {
            field.empty()
            let text =
                change == .cheapest ? "there is no other way to compare that moves anything" : "no further this way"
            remark = Remark(text: text, role: .dim)
            return []
        }
        draft = edited
        field.empty()
        return price()
    }

    private mutating func turn(to other: Page) -> [ScreenAction] {
        page = page == other ? .overview : other
        scroll = 0
        return []
    }

    private mutating func scrolled(by rows: Int, _ context: DrawContext) -> [ScreenAction] {
        scroll = max(0, min(scroll + rows, longestScroll(context)))
        return []
    }

    /// Where the page ends, so that a held key does not scroll into nowhere.
    private func longestScroll(_ context: DrawContext) -> Int {
        guard let preview else { return 0 }
        switch page {
        case .verdicts: return max(0, preview.verdicts.count * 2 - 1)
        case .commands: return max(0, ShellLines.wrapped(preview.commands, width: context.width - 2).count - 1)
        case .overview:
            let lines = PlanSections(preview, on: context.snapshot, width: context.width - 2).lines()
            return max(0, lines.count - max(1, context.height - 7))
        }
    }

    // MARK: confirming

    private mutating func confirm(_ context: DrawContext) -> [ScreenAction] {
        let sinceYes = context.now - lastYes
        lastYes = context.now
        remark = nil
        guard case .priced(let preview) = pricing else {
            remark = Remark(text: "nothing to confirm yet: still planning", role: .warning)
            return []
        }
        switch ConfirmationGate(preview, context) {
        case .closed(let why):
            remark = Remark(text: "cannot be confirmed: \(why)", role: .warning)
            return []
        case .name, .reason:
            return focus(.character("y"), context)
        case .yes where sinceYes < ConfirmationField.repeatWithin:
            remark = Remark(text: "a key that repeats confirms nothing: press y once", role: .warning)
            return []
        case .yes where surprises(context):
            remark = Remark(text: "the plan has just changed: look, then press y again", role: .warning)
            return []
        case .yes where isTooOld(preview, context):
            return planAnew("the plan was too old to confirm: planned anew, look, then press y again")
        case .yes:
            return submit(preview, .yes)
        }
    }

    /// Whether the plan has changed by itself too short a time ago for anybody to have read it.
    private mutating func surprises(_ context: DrawContext) -> Bool {
        switch surprise {
        case .none: return false
        case .planning: return true
        case .unseen:
            surprise = .shown(at: context.now)
            return true
        case .shown(let at): return context.now - at < Self.lookFor
        }
    }

    private mutating func focus(_ key: Key, _ context: DrawContext) -> [ScreenAction] {
        guard case .priced(let preview) = pricing, ConfirmationGate(preview, context).wantsText else { return [] }
        remark = nil
        field.focus(at: context.now, by: key)
        return []
    }

    package mutating func type(_ key: Key, _ context: DrawContext) -> [ScreenAction] {
        guard case .priced(let preview) = pricing, ConfirmationGate(preview, context).wantsText else {
            return swallow(key)
        }
        remark = nil
        switch field.type(key, at: context.now, gate: ConfirmationGate(preview, context)) {
        case .edited, .left: return []
        case .wrong(let why):
            remark = Remark(text: why, role: .warning)
            return []
        case .confirmed where isTooOld(preview, context):
            return planAnew("the plan was too old to confirm: planned anew, look, then type again")
        case .confirmed(let confirmation): return submit(preview, confirmation)
        }
    }

    /// The box went away under somebody's fingers: the rest of the name must not reach the keys of the screen.
    private mutating func swallow(_ key: Key) -> [ScreenAction] {
        field.clear()
        if key == .escape || key == .tab {
            field.empty()
            remark = nil
        } else {
            remark = Remark(text: "the plan has changed while you typed: Esc, look, then start again", role: .warning)
        }
        return []
    }

    private mutating func submit(_ preview: PlanPreview, _ confirmation: Confirmation) -> [ScreenAction] {
        pricing = .submitted(preview)
        field.empty()
        return [.effect(.perform(.submit(preview.decision, at: preview.revision, confirmation)))]
    }

    /// How long a plan that changed by itself is on the screen before `y` means it. Unit: s.
    static let lookFor = 1.0

    // MARK: what happens in the world

    package mutating func follow(_ event: Event, _ context: DrawContext) -> [ScreenAction] {
        switch event {
        case .snapshotArrived(let snapshot):
            clearClosedField(context)
            return context.isFrozen ? [] : follow(snapshot)
        case .planReady(let answer): return take(answer, context)
        // A frame is drawn now.
        case .tick: if surprise == .unseen { surprise = .shown(at: context.now) }
        case .commandFinished(let outcome): return finish(outcome)
        default: break
        }
        return []
    }

    /// A hold, or a plant that nothing can act on any more, empties the box while somebody types.
    private mutating func clearClosedField(_ context: DrawContext) {
        guard field.hasFocus, case .priced(let preview) = pricing else { return }
        if !ConfirmationGate(preview, context).wantsText { field.clear() }
    }

    private mutating func follow(_ snapshot: FactorySnapshot) -> [ScreenAction] {
        // A snapshot that is older than the plan says nothing about it.
        guard case .priced(let preview) = pricing, snapshot.at >= preview.madeAt else { return [] }
        if preview.revision != snapshot.revision {
            return planAnew("the allocation changed: planned anew, the box is empty")
        }
        // Not under the fingers of somebody who types: what is typed for an old plan is judged when it is sent.
        let age = snapshot.at - preview.madeAt
        guard age > Self.freshFor, !field.hasFocus else { return [] }
        return planAnew("the plan was \(Words.age(age)) old: planned anew")
    }

    /// Plan time after which a plan no longer describes the plant, and twice which it cannot be confirmed.
    static let freshFor = Seconds(120)

    private func isTooOld(_ preview: PlanPreview, _ context: DrawContext) -> Bool {
        context.snapshot.at - preview.madeAt > Self.freshFor * 2
    }

    private mutating func planAnew(_ why: String) -> [ScreenAction] {
        remark = Remark(text: why, role: .warning)
        surprise = .planning
        field.clear()
        return price()
    }

    private mutating func take(_ answer: PlanAnswer, _ context: DrawContext) -> [ScreenAction] {
        guard case .waiting = pricing else { return [] }
        switch answer {
        case .impossible(let sentence): pricing = .impossible(sentence)
        case .preview(let preview):
            guard preview.draft == draft || isOpen(preview) else { return [] }
            draft = preview.draft
            pricing = .priced(preview)
            if preview.revision < context.snapshot.revision, !context.isFrozen {
                return planAnew("the allocation changed while planning: planned anew")
            }
        }
        if surprise == .planning { surprise = .unseen }
        return []
    }

    /// Whether a plan answers a draft that left the number of nodes to the planner.
    private func isOpen(_ preview: PlanPreview) -> Bool {
        guard draft.nodes == 0 else { return false }
        var settled = draft
        settled.nodes = preview.draft.nodes
        return settled == preview.draft
    }

    private mutating func finish(_ outcome: CommandOutcome) -> [ScreenAction] {
        guard case .submitted(let preview) = pricing, case .submit(let decision, _, _) = outcome.command,
            decision == preview.decision
        else { return [] }
        if outcome.verdict == .accepted { return [.notice(Notice(outcome.text)), .close] }
        remark = Remark(text: "\(outcome.verdict.rawValue): \(outcome.text)", role: .alarm)
        return price()
    }
}
