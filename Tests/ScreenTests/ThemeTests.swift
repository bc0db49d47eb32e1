// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Screen

struct ThemeTests {
    private func entries(_ changes: [String: String?]) -> [String: String] {
        var entries = Dictionary(uniqueKeysWithValues: Role.allCases.map { ($0.name, "default") })
        for (key, value) in changes { entries[key] = value }
        return entries
    }

    @Test(
        "the words of a style",
        arguments: [
            ("203", Style(foreground: Colour(203))), ("bright-red", Style(foreground: Colour(9))), ("default", Style()),
            ("bold 231 on 160", Style(foreground: Colour(231), background: Colour(160), bold: true)),
            ("reverse", Style(reverse: true)), ("on 236", Style(background: Colour(236))),
            ("  dim   underline ", Style(dim: true, underline: true)),
            ("white on default", Style(foreground: Colour(7))),
        ])
    func words(_ value: String, _ style: Style) throws {
        #expect(try Theme(name: "t", entries: entries(["alarm": value]))[.alarm] == style)
    }

    @Test(
        "what means nothing is refused in a sentence with theme, role, value and what is allowed",
        arguments: [
            ("", "nothing given"), ("crimson", "unknown `crimson`"), ("256", "unknown `256`"), ("-1", "unknown `-1`"),
            ("+7", "unknown `+7`"), ("red blue", "`blue` is one too many"), ("bold bold red", "`bold` is one too many"),
            ("red on", "no colour after `on`"), ("red on bold", "unknown `bold`"), ("red on 3 on 4", "unknown `on`"),
            ("RED", "unknown `RED`"),
        ])
    func refused(_ value: String, _ why: String) {
        #expect {
            _ = try Theme(name: "mine", entries: entries(["alarm": value]))
        } throws: { error in
            guard let error = error as? ThemeError else { return false }
            let text = error.description
            return error.key == "alarm" && text.hasPrefix("theme mine: alarm: `\(value)`: \(why)")
                && text.contains("allowed are bold, dim")
        }
    }

    @Test("an unknown role, a missing one and an unknown ground are named")
    func keys() {
        #expect(throws: ThemeError.unknownKey(theme: "t", key: "alrm")) {
            try Theme(name: "t", entries: entries(["alrm": "red"]))
        }
        #expect(throws: ThemeError.missing(theme: "t", roles: [.alarm])) {
            try Theme(name: "t", entries: entries(["alarm": nil]))
        }
        #expect(throws: ThemeError.self) { try Theme(name: "t", entries: entries(["ground": "grey"])) }
        #expect(ThemeError.unknownKey(theme: "t", key: "alrm").description.contains("allowed are ground, text, dim"))
    }

    @Test("a painted ground leaves no colour to the terminal")
    func painted() throws {
        let theme = try Theme(name: "t", entries: entries(["ground": "231", "alarm": "red", "live": "white on 4"]))
        #expect(theme[.text] == Style(foreground: Colour(16), background: Colour(231)))
        #expect(theme[.alarm] == Style(foreground: Colour(1), background: Colour(231)))
        #expect(theme[.live] == Style(foreground: Colour(7), background: Colour(4)))
    }

    @Test(
        "contrast is WCAG's",
        arguments: [(16, 231, 21.0), (231, 231, 1), (16, 196, 5.252), (244, 231, 3.949), (21, 231, 8.592)])
    func contrast(_ left: UInt8, _ right: UInt8, _ ratio: Double) {
        #expect(abs(Colour(left).mixture.contrast(with: Colour(right).mixture) - ratio) < 0.01)
    }

    @Test(
        "colours come down to sixteen and eight by hue, greys by lightness",
        arguments: [
            (203, 9, 1), (214, 11, 3), (160, 1, 1), (117, 14, 6), (75, 12, 4), (114, 2, 2), (246, 8, 7), (252, 7, 7),
            (231, 15, 7), (16, 0, 0), (236, 0, 0), (5, 5, 5), (12, 12, 4), (8, 8, 7),
        ] as [(UInt8, UInt8, UInt8)])
    func limited(_ colour: UInt8, _ sixteen: UInt8, _ eight: UInt8) {
        #expect(Colour(colour).limited(to: .sixteen) == Colour(sixteen))
        #expect(Colour(colour).limited(to: .eight) == Colour(eight))
        #expect(Colour(colour).limited(to: .full) == Colour(colour))
    }

    @Test(
        "a terminal's number of colours gives the depth",
        arguments: [
            (-1, ColourDepth.mono), (0, .mono), (2, .mono), (8, .eight), (15, .eight), (16, .sixteen), (88, .sixteen),
            (256, .full), (16_777_216, .full),
        ])
    func depth(_ colours: Int, _ depth: ColourDepth) { #expect(ColourDepth(colours: colours) == depth) }

    @Test("no two colours become one where text stands on a ground", arguments: [ColourDepth.eight, .sixteen])
    func readable(_ depth: ColourDepth) {
        for foreground in UInt8.min...UInt8.max {
            for background in stride(from: foreground % 7, through: 248, by: 7) where foreground != background {
                let style = Style(foreground: Colour(foreground), background: Colour(background))
                let limited = Theme(name: "t", ground: .dark) { _ in style }.limited(to: depth)[.text]
                #expect(limited.foreground != limited.background)
                #expect(Int(limited.foreground?.index ?? 0) < depth.rawValue)
                #expect(Int(limited.background?.index ?? 0) < depth.rawValue)
            }
        }
    }

    @Test("without colours every theme has the looks of mono, so that what is abnormal keeps a mark")
    func mono() {
        let theme = Theme(name: "loud", ground: .dark) { _ in Style(foreground: Colour(196)) }.limited(to: .mono)
        for role in Role.allCases { #expect(theme[role] == Theme.mono[role]) }
        #expect(theme[.alarm] != theme[.text] && theme[.alarm] != theme[.warning])
    }
}
