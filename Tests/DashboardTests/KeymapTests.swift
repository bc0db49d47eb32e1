// SPDX-License-Identifier: Apache-2.0

import Factory
import Screen
import Testing

@testable import Dashboard

@Suite("The keymap")
struct KeymapTests {
    @Test("every intent has a key and a sentence of help", arguments: Intent.allCases)
    func intentHasKeyAndHelp(intent: Intent) {
        let rows = Keymap.table.filter { $0.intent == intent }
        #expect(!rows.isEmpty)
        for row in rows {
            #expect(!row.keys.isEmpty && !row.screens.isEmpty)
            #expect(row.help.count > 3 && row.help.first?.isUppercase == true && row.help.last != ".")
        }
    }

    @Test("no row of a screen hides behind another for the same key", arguments: ScreenKind.allCases)
    func keysAreUnique(screen: ScreenKind) {
        for (index, row) in Keymap.table.enumerated() where row.screens.contains(screen) {
            for key in row.keys {
                let first = Keymap.table.firstIndex { $0.screens.contains(screen) && $0.keys.contains(key) }
                let isOverride = first.map { Keymap.table[$0].screens.count < row.screens.count } ?? false
                #expect(first == index || isOverride, "\(key.label) on \(screen)")
            }
        }
    }

    @Test(
        "the keys of SCREENS.md mean what it says on the main screen",
        arguments: [
            ("j", Intent.down), ("k", .up), ("g", .top), ("G", .bottom), ("/", .filter), ("n", .nextMatch),
            ("N", .previousMatch),
            (" ", .mark), ("s", .sort), ("p", .freeze), ("0", .live), ("1", .focusNodes), ("5", .focusEvents),
            ("?", .help),
            ("q", .quit), ("r", .plan), ("M", .moves), ("A", .abort), ("H", .hold), (">", .towardsInference),
            ("<", .towardsTraining), ("+", .faster), ("-", .slower), ("t", .theme),
        ] as [(Unicode.Scalar, Intent)])
    func letters(letter: Unicode.Scalar, intent: Intent) {
        #expect(Keymap.binding(.character(letter), on: .main)?.intent == intent)
    }

    @Test(
        "control and named keys mean what SCREENS.md says",
        arguments: [
            (Key.control("f"), Intent.pageDown), (.control("b"), .pageUp), (.control("d"), .halfDown),
            (.control("u"), .halfUp),
            (.control("l"), .redraw), (.control("z"), .suspend), (.tab, .nextPanel), (.enter, .open), (.escape, .back),
            (.up, .up), (.down, .down),
        ])
    func named(key: Key, intent: Intent) {
        #expect(Keymap.binding(key, on: .main)?.intent == intent)
    }

    @Test(
        "keys that act, or open what acts, are declared dangerous",
        arguments: [Intent.plan, .towardsInference, .towardsTraining, .abort, .hold])
    func dangerous(intent: Intent) {
        let rows = Keymap.table.filter { $0.intent == intent && $0.screens.contains(.main) }
        #expect(!rows.isEmpty)
        for row in rows { #expect(row.dangerous) }
    }

    @Test(
        "the footer drops the least important keys when it is narrow and never cuts one",
        arguments: [20, 40, 80, 120, 200])
    func footer(width: Int) {
        let context = SampleFactory.dashboard(SampleFactory.simulated()).context
        let line = FooterRow.keys(.main, context, width: width)
        #expect(line.width <= width)
        let text = line.runs.map(\.text.string).joined()
        #expect(text.contains("? help") && text.contains("q quit"))
    }
}
