// SPDX-License-Identifier: Apache-2.0

package import Screen

/// Tells fingers from key repeat and from text that a program typed: those never reach a key that acts.
package struct RepeatGuard: Sendable {
    /// The same key again within this is a key held down. Unit: s.
    package static let repeatWithin = 0.1
    /// Any key this soon after another is more than 50 keys a second: no finger. Unit: s.
    package static let burstWithin = 0.02

    /// Where a key came from, as far as its timing tells.
    package enum Origin: Sendable, Hashable {
        case finger, heldDown, burst

        /// Why the key may not act; nil: it may.
        package var whyNot: String? {
            switch self {
            case .finger: nil
            case .heldDown: "key repeat never acts: ignored"
            case .burst: "too fast for fingers: ignored"
            }
        }
    }

    private var last: (key: Key, at: Double)?

    package init() {}

    /// Takes in a key and says where it came from.
    ///
    /// - Parameter inBurst: other keys came with it in one read: nothing before it need tell.
    package mutating func judge(_ key: Key, at seconds: Double, inBurst: Bool = false) -> Origin {
        defer { last = (key, seconds) }
        guard let last else { return inBurst ? .burst : .finger }
        let gap = seconds - last.at
        if last.key == key && gap < Self.repeatWithin { return .heldDown }
        return inBurst || gap < Self.burstWithin ? .burst : .finger
    }
}
