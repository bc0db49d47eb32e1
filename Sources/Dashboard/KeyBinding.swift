// SPDX-License-Identifier: Apache-2.0

package import Screen

/// One row of the keymap: which keys, what they mean, and what the footer and the help say of it.
package struct KeyBinding: Sendable {
    package let keys: [Key]
    package let intent: Intent
    /// Where the row holds.
    package let screens: Set<ScreenKind>
    /// One or two words for the footer; empty: only in the help.
    package let footer: String
    /// A sentence for the help.
    package let help: String
    /// What the footer keeps longest is the lowest.
    package let priority: Int
    /// A key that acts, or opens what acts: key repeat and bursts never reach it, and no paste does.
    package let dangerous: Bool
    /// Why the key does nothing now, in a sentence; nil: it works.
    package let whyDisabled: @Sendable (DrawContext) -> String?

    package init(
        _ keys: [Key], _ intent: Intent, on screens: Set<ScreenKind>, footer: String = "", help: String,
        priority: Int = 50, dangerous: Bool = false,
        whyDisabled: @escaping @Sendable (DrawContext) -> String? = { _ in nil }
    ) {
        self.keys = keys
        self.intent = intent
        self.screens = screens
        self.footer = footer
        self.help = help
        self.priority = priority
        self.dangerous = dangerous
        self.whyDisabled = whyDisabled
    }

    /// The keys as the footer and the help print them: `j k`, `^F`, `Enter`.
    package var label: String { keys.map(\.label).joined(separator: " ") }
}

extension Key {
    /// The key as people write it.
    package var label: String {
        switch self {
        case .character(" "): "Space"
        case .character(let scalar): String(Character(scalar))
        case .control(let scalar): "^" + String(Character(scalar)).uppercased()
        case .alt(let scalar): "Alt-" + String(Character(scalar))
        case .enter: "Enter"
        case .escape: "Esc"
        case .tab: "Tab"
        case .backTab: "Shift-Tab"
        case .backspace: "Backspace"
        case .delete: "Del"
        case .up: "Up"
        case .down: "Down"
        case .left: "Left"
        case .right: "Right"
        case .home: "Home"
        case .end: "End"
        case .pageUp: "PgUp"
        case .pageDown: "PgDn"
        case .function(let number): "F\(number)"
        }
    }
}
