// SPDX-License-Identifier: Apache-2.0

import Factory
import Screen

@testable import Dashboard

/// A dashboard under test: keys in, effects out, a second between two keys.
struct ScreenRig {
    var state: DashboardState
    var now = 10.0

    init(
        _ snapshot: FactorySnapshot = SampleFactory.large(), you: Operator = SampleFactory.you,
        glyphs: Glyphs = .braille,
        width: Int = 80, height: Int = 24
    ) {
        state = SampleFactory.dashboard(snapshot, you: you, glyphs: glyphs, width: width, height: height)
    }

    /// A finger on a key, one second after the last event.
    @discardableResult
    mutating func press(_ key: Key, after gap: Double = 1) -> [Effect] {
        now += gap
        return state.update(.input(.key(key), at: now))
    }

    /// The same for a letter.
    @discardableResult
    mutating func press(_ letter: Unicode.Scalar) -> [Effect] { press(.character(letter)) }

    /// A finger on each letter; returns what the last did.
    @discardableResult
    mutating func type(_ text: String, gap: Double = 0.15) -> [Effect] {
        var effects: [Effect] = []
        for scalar in text.unicodeScalars { effects = press(.character(scalar), after: gap) }
        return effects
    }

    @discardableResult
    mutating func tell(_ event: Event) -> [Effect] { state.update(event) }

    /// Opens the plan with `r`, gives it the draft's own preview and returns the rig.
    mutating func open(_ preview: PlanPreview) {
        let screen = ScreenOpening.plan(preview.draft)
        _ = state.open(screen)
        tell(.planReady(.preview(preview)))
    }

    /// Answers the plan on the screen with a preview of its own draft and of the newest allocation.
    @discardableResult
    mutating func answer(_ preview: PlanPreview) -> [Effect] {
        guard let plan = state.overlays.last as? PlanScreen else { return [] }
        var preview = preview
        preview.draft = plan.draft
        preview.revision = state.newest.revision
        return tell(.planReady(.preview(preview))) + tell(.tick(at: now))
    }

    func frame(_ width: Int, _ height: Int) -> Frame { state.render(width: width, height: height) }
}
