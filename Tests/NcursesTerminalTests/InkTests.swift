// SPDX-License-Identifier: Apache-2.0

import Screen
import Testing

@testable import NcursesTerminal

@Suite("colours")
struct InkTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var choice: ColourChoice
        var terminal: Int
        var noColor: String?
        var expected: Int
        var testDescription: String { "\(choice) on \(terminal), NO_COLOR \(noColor ?? "unset")" }
    }

    @Test(
        "as many as the terminal has and the operator wants",
        arguments: [
            Case(choice: .auto, terminal: 256, noColor: nil, expected: 256),
            Case(choice: .auto, terminal: 256, noColor: "", expected: 256),
            Case(choice: .auto, terminal: 256, noColor: "1", expected: 0),
            Case(choice: .full, terminal: 256, noColor: "1", expected: 256),
            Case(choice: .full, terminal: 8, noColor: nil, expected: 8),
            Case(choice: .sixteen, terminal: 256, noColor: nil, expected: 16),
            Case(choice: .eight, terminal: 256, noColor: nil, expected: 8),
            Case(choice: .never, terminal: 256, noColor: nil, expected: 0),
            Case(choice: .auto, terminal: 16_777_216, noColor: nil, expected: 256),
            Case(choice: .auto, terminal: 88, noColor: nil, expected: 16),
            Case(choice: .auto, terminal: 8, noColor: nil, expected: 8),
            Case(choice: .auto, terminal: 2, noColor: nil, expected: 0),
            Case(choice: .auto, terminal: -1, noColor: nil, expected: 0),
            Case(choice: .full, terminal: -1, noColor: nil, expected: 0),
        ])
    func number(_ given: Case) {
        #expect(given.choice.colours(terminal: given.terminal, noColor: given.noColor) == given.expected)
    }

    @Test("an ink is its style, and no colour is the terminal's own")
    func ink() {
        let ink = Ink(Style(foreground: Colour(9), bold: true, underline: true))
        #expect(ink.pair == InkPair(foreground: 9, background: -1))
        #expect(ink.bold && ink.underline && !ink.dim && !ink.reverse)
        #expect(Ink(Style(reverse: true)).pair.isPlain)
        #expect(Ink(Style(foreground: Colour(255), background: Colour(16))).pair.foreground == 255)
    }
}

@Suite("the pace of frames")
struct FramePaceTests {
    @Test("nothing new, no frame")
    func idle() {
        #expect(FramePace().wait(at: 5) == nil)
        #expect(!FramePace().isDue(at: 5))
    }

    @Test("a key's echo waits for nothing, news for a quarter of a second")
    func echo() {
        var pace = FramePace()
        pace.newsCame(at: 10)
        pace.asked(at: 10)
        pace.newsCame(at: 10.01)
        #expect(!pace.isDue(at: 10.2))
        #expect(pace.isDue(at: 10.25))
        pace.inputCame(at: 10.02)
        #expect(pace.isDue(at: 10.02))
    }

    @Test("news every millisecond for ten seconds gives four frames a second")
    func flood() {
        var pace = FramePace()
        var frames = 0
        for millisecond in 0..<10_000 {
            let now = 100 + Double(millisecond) / 1000
            pace.newsCame(at: now)
            guard pace.isDue(at: now) else { continue }
            frames += 1
            pace.asked(at: now)
        }
        #expect((39...41).contains(frames))
    }

    @Test("a resize storm is painted at most 20 times a second")
    func storm() {
        var pace = FramePace()
        pace.asked(at: 1)
        pace.sizeChanged(at: 1.001)
        #expect(pace.wait(at: 1.01).map { abs($0 - 0.04) < 1e-9 } == true)
        pace.sizeChanged(at: 1.04)
        #expect(pace.isDue(at: 1.05))
    }

    @Test("news waits for news, not for a picture without any")
    func emptyPicture() {
        var pace = FramePace()
        pace.inputCame(at: 5)
        pace.asked(at: 5)
        pace.newsCame(at: 5.01)
        #expect(pace.isDue(at: 5.01))
        pace.asked(at: 5.01)
        pace.inputCame(at: 5.1)
        pace.asked(at: 5.1)
        pace.newsCame(at: 5.11)
        #expect(!pace.isDue(at: 5.2))
        #expect(pace.isDue(at: 5.26))
    }

    @Test("the first news is shown at once")
    func first() {
        var pace = FramePace()
        pace.newsCame(at: 3)
        #expect(pace.wait(at: 3) == 0)
    }
}
