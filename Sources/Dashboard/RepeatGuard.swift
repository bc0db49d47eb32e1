// SPDX-License-Identifier: Apache-2.0

package import Screen

/// Tells fingers from key repeat and from text that a program typed: those never reach a key that acts.
package struct RepeatGuard: Sendable {
    /// The same key again within this is a key held down. Unit: s.
    package static let repeatWithin = 0.1
    /// Any key this soon after another is more than 50 keys a second: no finger. Unit: s.
    package static let burstWithin = 0.02

    private var last: (key: Key, at: Double)?

    package init() {}

    /// Takes in a key and says why it may not act; nil: it may.
    package mutating func judge(_ key: Key, at seconds: Double) -> String? {
        defer { last = (key, seconds) }
        guard let last else { return nil }
        let gap = seconds - last.at
        if gap < Self.burstWithin { return "too fast for fingers: ignored" }
        if last.key == key && gap < Self.repeatWithin { return "key repeat never acts: ignored" }
        return nil
    }
}
