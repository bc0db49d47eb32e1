// SPDX-License-Identifier: Apache-2.0

package import Factory
package import Screen

/// The field in which a name or a reason is typed, letter by letter; pasted text never comes here.
package struct ConfirmationField: Sendable, Hashable {
    package private(set) var typed = ""
    /// Whether keys go to the field; otherwise [Cancel] has the focus.
    package private(set) var hasFocus = false
    private var last: (key: Key, at: Double)?
    /// Keys in a row that came too fast for fingers.
    private var burst = 0

    package init() {}

    /// What a key did.
    package enum Outcome: Sendable, Hashable {
        case edited
        /// The focus is on [Cancel] again and the field is empty.
        case left
        case confirmed(Confirmation)
        case wrong(String)
    }

    package mutating func focus(at seconds: Double, by key: Key) {
        typed = ""
        hasFocus = true
        burst = 0
        last = (key, seconds)
    }

    /// Empty; whoever types goes on typing into it, and not into the keys of the screen.
    package mutating func clear() { typed = "" }

    /// Empty, and the focus back on [Cancel].
    package mutating func empty() {
        typed = ""
        hasFocus = false
    }

    package mutating func type(_ key: Key, at seconds: Double, gate: ConfirmationGate) -> Outcome {
        let gap = last.map { seconds - $0.at } ?? .infinity
        let isRepeat = last?.key == key && gap < Self.repeatWithin
        last = (key, seconds)
        burst = gap < RepeatGuard.burstWithin ? burst + 1 : 0
        // Two quick keys may be one roll of the fingers; three, or an Enter in the same breath, are a paste.
        if burst > 1 || burst > 0 && key == .enter {
            typed = ""
            return .wrong("too fast for fingers: the name or reason is typed, letter by letter")
        }
        switch key {
        case .character(let scalar):
            if typed.unicodeScalars.count < Self.longest { typed.unicodeScalars.append(scalar) }
        case .backspace, .delete, .control("h"):
            if !typed.isEmpty { typed.removeLast() }
        case .control("u"), .control("w"):
            typed = ""
        case .escape, .tab, .backTab:
            empty()
            return .left
        case .enter where isRepeat:
            return .wrong("a key that repeats confirms nothing: press Enter once")
        case .enter:
            return submitted(gate)
        default: break
        }
        return .edited
    }

    private mutating func submitted(_ gate: ConfirmationGate) -> Outcome {
        switch gate.judge(typed) {
        case .success(let confirmation): return .confirmed(confirmation)
        case .failure(let wrong): return .wrong(wrong.text)
        }
    }

    /// The longest time between a key and its first repeat that keyboards are set to. Unit: s.
    package static let repeatWithin = 0.7
    static let longest = 200

    package static func == (left: Self, right: Self) -> Bool {
        left.typed == right.typed && left.hasFocus == right.hasFocus
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(typed)
        hasher.combine(hasFocus)
    }
}
