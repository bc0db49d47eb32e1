// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import Screen

struct SafeTextTests {
    @Test(
        "hostile scalars are shown as dots, columns exact",
        arguments: [
            Shown("plain su01-n07", "plain su01-n07"),
            Shown("", ""),
            Shown("a\u{1B}[31mb", "a·[31mb"),
            Shown("tab\tnew\nline\r", "tab·new·line·"),
            Shown("\u{7F}\u{80}\u{9B}\u{9F}", "····"),
            Shown("x\u{202E}cba\u{202C}\u{2066}\u{2069}", "x·cba···"),
            Shown("\u{200E}\u{200F}\u{61C}", "···"),
            Shown("a\u{200B}b\u{200D}c\u{2060}d\u{FEFF}e", "a·b·c·d·e"),
            Shown("\u{E0041}\u{E007F}", "··"),
            Shown("\u{2028}\u{2029}\u{FFF9}\u{FFFB}", "····"),
            Shown("soft\u{AD}hyphen", "soft·hyphen"),
            Shown("\u{E000}\u{F8FF}\u{10FFFD}", "···"),
            Shown("\u{378}\u{2FE0}", "··"),
            Shown("\u{263A}\u{FE0F}", "\u{263A}·"),
            Shown("\u{3164}\u{115F}\u{2800}", "···"),
            Shown("\u{FFFD} kept", "\u{FFFD} kept"),
            Shown("\u{1F1E9}\u{1F1EA}", "··"),
            Shown("\u{378}\u{378}", "··"),
        ])
    func hostile(_ row: Shown) {
        let safe = SafeText(row.text)
        #expect(safe.string == row.shown)
        #expect(safe.width == row.shown.unicodeScalars.count)
    }

    /// A row of the table. Named after what is shown: the test's own log must not carry the hostile text.
    struct Shown: Sendable, CustomTestStringConvertible {
        let text: String
        let shown: String
        init(_ text: String, _ shown: String) {
            self.text = text
            self.shown = shown
        }
        var testDescription: String { shown }
    }

    @Test(
        "text is composed, and a run of marks that cannot be is one dot",
        arguments: [
            ("e\u{301}", [0xE9], 1), ("A\u{30A}ngstrom", [0xC5, 0x6E, 0x67, 0x73, 0x74, 0x72, 0x6F, 0x6D], 8),
            ("e\u{302}\u{301}", [0x1EBF], 1), ("\u{1100}\u{1161}\u{11A8}", [0xAC01], 2),
            ("q\u{303}", [0x71, 0xB7], 2), ("q\u{303}\u{304}\u{305}\u{306}z", [0x71, 0xB7, 0x7A], 3),
            ("\u{301}lone", [0xB7, 0x6C, 0x6F, 0x6E, 0x65], 5), ("\u{212B}", [0xC5], 1),
        ])
    func composed(_ text: String, _ scalars: [UInt32], _ width: Int) {
        let safe = SafeText(text)
        #expect(safe.scalars.map(\.value) == scalars)
        #expect(safe.width == width)
    }

    @Test(
        "wide scalars take two columns", arguments: [("日本", 4), ("a日b", 4), ("한글", 4), ("ｆ", 2), ("🚀", 2), ("·…é", 3)])
    func wide(_ text: String, _ width: Int) { #expect(SafeText(text).width == width) }

    @Test("text without end is cut and says so")
    func capped() {
        let safe = SafeText(String(repeating: "é", count: 10_000))
        #expect(safe.width == Sanitizer.longest + 1)
        #expect(safe.scalars.last == "~")
        #expect(SafeText(String(repeating: "x", count: 10_000)).width == Sanitizer.longest + 1)
        #expect(SafeText("a" + String(repeating: "\u{301}", count: 100_000)).string == "á·~")
    }

    @Test(
        "clipping never exceeds its columns and marks the cut",
        arguments: [
            ("abcdef", 6, "abcdef"), ("abcdef", 5, "abcd~"), ("abcdef", 1, "~"), ("abcdef", 0, ""), ("abcdef", -3, ""),
            ("日本語", 6, "日本語"), ("日本語", 5, "日本~"), ("日本語", 4, "日 ~"), ("日本語", 2, " ~"), ("日", 1, "~"),
        ])
    func clipped(_ text: String, _ columns: Int, _ shown: String) {
        let clipped = SafeText(text).clipped(to: columns)
        #expect(clipped.string == shown)
        #expect(clipped.width == min(max(0, columns), SafeText(text).width))
        #expect(clipped.width == SafeText(clipped.string).width)
    }

    @Test(
        "padding fills to the columns on the free side",
        arguments: [
            ("ab", 4, Alignment.left, "ab  "), ("ab", 4, .right, "  ab"), ("ab", 5, .center, " ab  "),
            ("abcde", 3, .right, "ab~"), ("", 2, .left, "  "), ("日", 3, .right, " 日"),
        ])
    func padded(_ text: String, _ columns: Int, _ align: Alignment, _ shown: String) {
        let padded = SafeText(text).padded(to: columns, align: align)
        #expect(padded.string == shown)
        #expect(padded.width == columns)
    }

    @Test(
        "the end of a text keeps to its columns",
        arguments: [("abc", 2, "bc"), ("abc", 9, "abc"), ("日本", 3, "本"), ("ab", 0, ""), ("ab", -1, "")])
    func suffix(_ text: String, _ columns: Int, _ shown: String) {
        let suffix = SafeText(text).suffix(columns)
        #expect(suffix.string == shown)
        #expect(suffix == SafeText(shown))
    }

    @Test("interpolated text is as safe as any")
    func interpolated() {
        let name = "n\u{1B}7"
        let text: SafeText = "node \(name) \(3)"
        #expect(text.string == "node n·7 3")
        #expect((SafeText("a") + "日").width == 3)
        let twice: SafeText = "\(SafeText("x\u{7}"))!"
        #expect(twice.string == "x·!")
    }

    @Test(
        "whatever the scalars, none that harms is left, widths add up and the second time changes nothing",
        arguments: seeds)
    func property(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for round in 0..<400 {
            let length = Int.random(in: 0...60, using: &generator)
            let safe = SafeText(generator.hostileText(length: length))
            #expect(safe.scalars.allSatisfy(isHarmless), "seed \(seed), round \(round)")
            let columns = safe.scalars.reduce(0) { $0 + WidthTable.columns(of: $1) }
            #expect(safe.width == columns, "seed \(seed), round \(round)")
            #expect(SafeText(safe.string) == safe, "seed \(seed), round \(round)")
        }
    }
}

/// Two that never change and one new each run; the argument is printed with every failure.
let seeds: [UInt64] = [1, 20_261_125, UInt64.random(in: 0 ... .max)]

/// Judged by the standard library's own tables, not by ours.
func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .privateUse, .unassigned, .surrogate, .lineSeparator, .paragraphSeparator: false
    case .nonspacingMark, .enclosingMark, .spacingMark: false
    default: !scalar.properties.isDefaultIgnorableCodePoint && !scalar.properties.isBidiControl
    }
}
