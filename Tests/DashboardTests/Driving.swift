// SPDX-License-Identifier: Apache-2.0

import Factory
import Screen

@testable import Dashboard

/// Presses keys the way a person does: a quarter of a second apart.
struct Driver {
    var state: DashboardState
    var now = 10.0

    init(
        _ snapshot: FactorySnapshot = SampleFactory.simulated(), you: Operator = SampleFactory.you, width: Int = 120,
        height: Int = 36
    ) {
        state = SampleFactory.dashboard(snapshot, you: you, width: width, height: height)
    }

    @discardableResult
    mutating func press(_ key: Key, after gap: Double = 0.25) -> [Effect] {
        now += gap
        return state.update(.input(.key(key), at: now))
    }

    @discardableResult
    mutating func press(_ letter: Unicode.Scalar, after gap: Double = 0.25) -> [Effect] {
        press(.character(letter), after: gap)
    }

    mutating func type(_ text: String) {
        for scalar in text.unicodeScalars { press(scalar) }
    }

    var frame: Frame { state.render(width: state.size.width, height: state.size.height) }
    var lines: [String] { Screen.lines(of: frame) }
    var text: String { lines.joined(separator: "\n") }
    var bottom: String { lines.last ?? "" }
}
