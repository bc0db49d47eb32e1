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

    @Test(
        "hue survives the smaller palettes",
        arguments: [
            // red, orange, green, blue, cyan-ish, magenta
            (196, 9, 1), (203, 9, 1), (160, 1, 1), (34, 2, 2), (46, 10, 2), (21, 12, 4), (51, 14, 6), (201, 13, 5),
            // greys and black
            (16, 0, 0), (232, 0, 0), (243, 8, 7), (250, 7, 7), (231, 15, 7),
            // the sixteen stay
            (3, 3, 3), (11, 11, 3), (8, 8, 7),
        ] as [(UInt8, UInt8, UInt8)])
    func reduction(_ index: UInt8, _ sixteen: UInt8, _ eight: UInt8) {
        #expect(Palette.reduce(index, to: 256).index == index)
        #expect(Palette.reduce(index, to: 16).index == sixteen)
        #expect(Palette.reduce(index, to: 8).index == eight)
    }

    @Test("every index fits into the palette it is reduced to", arguments: [8, 16])
    func fits(_ colours: Int) {
        for index in UInt8.min...UInt8.max { #expect(Palette.reduce(index, to: colours).index < colours) }
    }

    @Test("a light colour of eight is bold")
    func bright() {
        #expect(Ink(Style(foreground: Colour(9)), colours: 8).bold)
        #expect(!Ink(Style(foreground: Colour(9)), colours: 16).bold)
        #expect(!Ink(Style(background: Colour(9)), colours: 8).bold)
    }

    @Test("without colours a ground is reversed and the rest keeps its attributes")
    func mono() {
        let ink = Ink(Style(foreground: Colour(1), background: Colour(4), bold: true), colours: 0)
        #expect(ink.pair.isPlain)
        #expect(ink.reverse && ink.bold)
        #expect(!Ink(Style(background: Colour(4), reverse: true), colours: 0).reverse)
        #expect(!Ink(Style(foreground: Colour(4)), colours: 0).reverse)
    }

    @Test("no two colours become one where text stands on a ground")
    func readable() {
        for colours in [8, 16] {
            for foreground in UInt8.min...UInt8.max {
                for background in UInt8.min...UInt8.max where foreground != background {
                    let ink = Ink(
                        Style(foreground: Colour(foreground), background: Colour(background)), colours: colours)
                    #expect(ink.foreground != ink.background)
                }
            }
        }
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
