// SPDX-License-Identifier: Apache-2.0

import Screen
import Testing

@testable import NcursesTerminal

@Suite("TERM")
struct TerminalNameTests {
    @Test(
        "falls back to what a newer terminal understands",
        arguments: [
            ("xterm-256color", ["xterm-256color", "xterm", "vt100"]),
            ("xterm-kitty", ["xterm-kitty", "xterm-256color", "xterm", "vt100"]),
            ("xterm", ["xterm", "xterm-256color", "vt100"]),
            ("tmux-256color", ["tmux-256color", "screen-256color", "screen", "xterm-256color", "xterm", "vt100"]),
            ("screen.foot", ["screen.foot", "screen-256color", "screen", "xterm-256color", "xterm", "vt100"]),
            ("my-terminal", ["my-terminal", "xterm-256color", "xterm", "vt100"]),
            ("linux", ["linux", "xterm-256color", "xterm", "vt100"]),
        ])
    func candidates(_ term: String, _ expected: [String]) throws {
        #expect(try TerminalName(term).candidates(colour: .auto) == expected)
    }

    @Test("256 colours asked for by hand try the description that has them first")
    func fullColour() throws {
        #expect(try TerminalName("xterm").candidates(colour: .full) == ["xterm-256color", "xterm", "vt100"])
        #expect(try TerminalName("tmux").candidates(colour: .full).prefix(2) == ["tmux-256color", "tmux"])
    }

    @Test("refuses what can show nothing, and says what works", arguments: [nil, "", "dumb", "unknown", "emacs"])
    func refusals(_ term: String?) {
        let error = #expect(throws: TerminalError.self) { try TerminalName(term) }
        #expect(error?.kind == .unusable)
        #expect(error?.description.contains("tokenworks status") == true)
    }

    @Test(
        "a stand-in is told, the terminal itself is not",
        arguments: [
            ("xterm-kitty", "xterm-256color", true), ("xterm-256color", "xterm-256color", false),
            ("xterm", "xterm-256color", false), ("nonsense", "vt100", true),
        ])
    func notes(_ term: String, _ opened: String, _ isTold: Bool) throws {
        let note = try TerminalName(term).note(opened: opened)
        #expect((note != nil) == isTold)
        if let note { #expect(note.contains(term) && note.contains(opened)) }
    }

    @Test("a long TERM is repeated in part")
    func longName() throws {
        let note = try TerminalName(String(repeating: "x", count: 5000)).note(opened: "xterm")
        #expect((note?.count ?? .max) < 120)
    }

    @Test(
        "fonts decide on the glyphs",
        arguments: [
            ("xterm-256color", true, Glyphs.braille), ("tmux-256color", true, .braille), ("foobar", true, .braille),
            ("putty-256color", true, .block), ("linux", true, .ascii), ("vt220", true, .ascii),
            ("xterm-256color", false, .ascii),
        ])
    func glyphs(_ term: String, _ encodesUTF8: Bool, _ expected: Glyphs) throws {
        #expect(try TerminalName(term).glyphs(encodesUTF8: encodesUTF8) == expected)
    }
}

@Suite("the locale")
struct LocaleChoiceTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String?
        var installed: String?
        var expected: LocaleChoice
        var testDescription: String { "\(name ?? "none"), installed as \(installed ?? "nothing")" }
    }
    static let search = LocaleChoice.firstOf(LocaleChoice.substitutes)

    @Test(
        "a locale that is missing is searched for, one that is another encoding is respected",
        arguments: [
            Case(name: "en_US.UTF-8", installed: "UTF-8", expected: .own),
            Case(name: "en_US.UTF-8", installed: nil, expected: search),
            Case(name: "de_DE.utf8", installed: nil, expected: search),
            Case(name: "de_DE.utf8@euro", installed: nil, expected: search),
            Case(name: "UTF-8", installed: nil, expected: search),
            Case(name: "ja_JP", installed: nil, expected: search),
            Case(name: "C", installed: "ANSI_X3.4-1968", expected: .ascii),
            Case(name: "POSIX", installed: "ANSI_X3.4-1968", expected: .ascii),
            Case(name: nil, installed: "ANSI_X3.4-1968", expected: .ascii),
            Case(name: nil, installed: nil, expected: .ascii),
            Case(name: "de_DE", installed: "ISO-8859-1", expected: .ascii),
            Case(name: "de_DE.ISO-8859-1", installed: nil, expected: .ascii),
            Case(name: "de_DE@euro", installed: nil, expected: .ascii),
            Case(name: "ru_RU.KOI8-R", installed: nil, expected: .ascii),
        ])
    func choice(_ given: Case) {
        #expect(LocaleChoice(name: given.name, installed: given.installed, insists: false) == given.expected)
    }

    @Test("who insists on glyphs gets a UTF-8 locale", arguments: [nil, "C", "de_DE.ISO-8859-1"])
    func insists(_ name: String?) {
        #expect(LocaleChoice(name: name, installed: "ANSI_X3.4-1968", insists: true) == Self.search)
    }

    @Test("LC_ALL goes before LC_CTYPE before LANG, and empty is unset")
    func order() {
        #expect(LocaleChoice.name(all: "C", type: "a", lang: "b") == "C")
        #expect(LocaleChoice.name(all: "", type: "a", lang: "b") == "a")
        #expect(LocaleChoice.name(all: nil, type: "", lang: "b") == "b")
        #expect(LocaleChoice.name(all: nil, type: nil, lang: "") == nil)
    }
}

@Suite("what a crash writes")
struct RestoreTextTests {
    @Test("the terminal's own words without their padding, paste off before them")
    func own() {
        let bytes = RestoreText.bytes(
            attributesOff: "\u{1B}[m\u{0F}$<2>", cursorOn: "\u{1B}[?25h", screenOff: "\u{1B}[?1049l")
        #expect(String(decoding: bytes, as: UTF8.self) == "\u{1B}[m\u{1B}[?2004l\u{1B}[m\u{0F}\u{1B}[?25h\u{1B}[?1049l")
    }

    @Test("without a second screen the prompt gets a line of its own")
    func plain() {
        #expect(RestoreText.bytes(attributesOff: nil, cursorOn: nil, screenOff: nil).suffix(2) == [13, 10])
    }

    @Test(
        "padding is taken out anywhere, and what only looks like it stays",
        arguments: [("a$<5>b$<20/*>c", "abc"), ("a$<5", "a$<5"), ("$", "$")])
    func padding(_ text: String, _ expected: String) {
        #expect(RestoreText.withoutPadding(text) == expected)
    }
}
