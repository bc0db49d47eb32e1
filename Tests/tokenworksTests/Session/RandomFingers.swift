// SPDX-License-Identifier: Apache-2.0

import Dashboard
import Factory
import Foundation
import Screen
import TestSupport

/// Presses what a person might, and much that nobody would.
struct RandomFingers {
    private var dice: SeededGenerator
    /// What is about to be typed, the last one first.
    private var coming: [TerminalInput] = []

    init(seed: UInt64) { dice = SeededGenerator(seed: seed) }

    /// Every key of the keymap, and some that mean nothing.
    private static let all: [Key] =
        Keymap.table.flatMap(\.keys)
        + [.alt("x"), .function(12), .delete, .backspace, .character("\u{1F600}"), .character("\u{202E}")]

    private static let sizes = [
        (120, 36), (120, 36), (120, 36), (80, 24), (200, 50), (20, 5), (1, 1), (3, 200), (300, 2), (40, 12), (133, 43),
    ]

    /// What the terminal says next.
    mutating func next(_ state: DashboardState) -> TerminalInput {
        if let input = coming.popLast() { return input }
        if state.screen == .plan, Int.random(in: 0..<3, using: &dice) == 0 {
            coming = Self.confirmation(of: state)
        } else {
            coming = gesture()
        }
        return coming.popLast() ?? .focus(true)
    }

    /// Wall seconds until the next input: most are fingers, some are a stuck key, some a coffee.
    mutating func pause() -> Double {
        [0.005, 0.25, 0.25, 0.5, 1, 1.5, 2, 6].randomElement(using: &dice) ?? 1
    }

    private mutating func gesture() -> [TerminalInput] {
        switch Int.random(in: 0..<24, using: &dice) {
        case 0:
            let (width, height) = Self.sizes.randomElement(using: &dice) ?? (80, 24)
            return [.resized(width: width, height: height)]
        case 1: return [.paste("y\r\u{1B}[31mthink\nq")]
        case 2...6: return Self.keys(.escape, .escape, .escape, .character("0")) + [.resized(width: 120, height: 36)]
        case 7...11:
            let opener = Key.character([">", "<", "r"].randomElement(using: &dice) ?? ">")
            let aims = Array(repeating: Key.down, count: Int.random(in: 0...3, using: &dice))
            return aims.map(TerminalInput.key) + Self.keys(.escape, .escape, opener)
        case 12: return Self.keys(.escape, .escape, .character("H"), .character("y"))
        case 13: return Self.keys(.escape, .escape, .character("A"), .character("y"))
        case 14: return Self.keys(.escape, .escape, .character("q"), .character("n"))
        case 15:
            let letters: [Unicode.Scalar] = ["M", "a", "?", "J", "L", "E", "x"]
            let opener = (letters.map(Key.character) + [.enter]).randomElement(using: &dice)
            return Self.keys(.escape, .escape, opener ?? .enter)
        default: return [.key(Self.all.randomElement(using: &dice) ?? .escape)]
        }
    }

    /// What the plan on the screen asks for, read off it as a person does: `y`, or the name of the job that loses.
    private static func confirmation(of state: DashboardState) -> [TerminalInput] {
        let text = lines(of: state.render(width: 120, height: 40)).joined(separator: "\n")
        guard text.contains("type the job that loses"), let takes = text.range(of: " of job ") else {
            return keys(.character("y"))
        }
        let words = text[takes.upperBound...].split(separator: " ")
        guard words.count > 1 else { return keys(.tab) }
        return [.key(.enter)] + words[1].unicodeScalars.reversed().map { .key(.character($0)) } + keys(.tab)
    }

    /// The last one first, as `coming` wants them.
    private static func keys(_ keys: Key...) -> [TerminalInput] { keys.reversed().map(TerminalInput.key) }
}
