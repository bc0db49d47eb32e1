// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// How the rest of the program reaches the terminal's loop: from any thread, never waiting.
package struct UIWake: Sendable {
    private let requests: Requests

    init(_ requests: Requests) { self.requests = requests }

    /// Something is new: ask the program for a frame soon, at most 4 times a second.
    package func wake() { requests.ask(.news) }

    /// Leave the loop; `runTerminal` then returns `.ended`.
    package func end() { requests.ask(.end) }

    /// Give the terminal to the shell until somebody brings the program back, as Ctrl-Z does.
    package func suspend() { requests.ask(.suspend) }

    /// Paint everything anew, whatever has been written over it.
    package func redraw() { requests.ask(.redraw) }
}

/// What has been asked of the loop and not yet been done.
final class Requests: Sendable {
    struct Set: OptionSet {
        let rawValue: UInt8
        static let news = Set(rawValue: 1)
        static let end = Set(rawValue: 2)
        static let suspend = Set(rawValue: 4)
        static let redraw = Set(rawValue: 8)
    }

    private let asked = Atomic<UInt8>(0)

    func ask(_ request: Set) {
        let before = asked.bitwiseOr(request.rawValue, ordering: .acquiringAndReleasing).oldValue
        if before == 0 { UIExecutor.shared.signal() }
    }

    func take() -> Set { Set(rawValue: asked.exchange(0, ordering: .acquiringAndReleasing)) }
}
