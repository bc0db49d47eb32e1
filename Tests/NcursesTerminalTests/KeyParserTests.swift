// SPDX-License-Identifier: Apache-2.0

import Screen
import Testing

@testable import NcursesTerminal

/// Bytes and the keys they are.
struct KeyCase: Sendable, CustomTestStringConvertible {
    var bytes: String
    var keys: [Key]
    init(_ bytes: String, _ keys: Key...) {
        self.bytes = bytes
        self.keys = keys
    }
    var testDescription: String { bytes.debugDescription }
}

@Suite("the key parser")
struct KeyParserTests {
    static let known = [
        KeyCase("j", .character("j")), KeyCase("é", .character("é")), KeyCase("日", .character("日")),
        KeyCase("🙂", .character("🙂")), KeyCase("\r", .enter), KeyCase("\n", .enter), KeyCase("\t", .tab),
        KeyCase("\u{7F}", .backspace), KeyCase("\u{08}", .backspace), KeyCase("\u{03}", .control("c")),
        KeyCase("\u{1A}", .control("z")), KeyCase("\u{0C}", .control("l")), KeyCase("\u{00}", .control(" ")),
        KeyCase("\u{1C}", .control("\\")), KeyCase("\u{1F}", .control("_")),
        KeyCase("\u{1B}[A", .up), KeyCase("\u{1B}[B", .down), KeyCase("\u{1B}[C", .right), KeyCase("\u{1B}[D", .left),
        KeyCase("\u{1B}OA", .up), KeyCase("\u{1B}OB", .down), KeyCase("\u{1B}OC", .right), KeyCase("\u{1B}OD", .left),
        KeyCase("\u{1B}[H", .home), KeyCase("\u{1B}[F", .end), KeyCase("\u{1B}OH", .home), KeyCase("\u{1B}OF", .end),
        KeyCase("\u{1B}[1~", .home), KeyCase("\u{1B}[4~", .end), KeyCase("\u{1B}[7~", .home),
        KeyCase("\u{1B}[8~", .end),
        KeyCase("\u{1B}[5~", .pageUp), KeyCase("\u{1B}[6~", .pageDown), KeyCase("\u{1B}[3~", .delete),
        KeyCase("\u{1B}[Z", .backTab), KeyCase("\u{1B}[1;5C", .right), KeyCase("\u{1B}[1;2A", .up),
        KeyCase("\u{1B}OP", .function(1)), KeyCase("\u{1B}OS", .function(4)), KeyCase("\u{1B}[P", .function(1)),
        KeyCase("\u{1B}[11~", .function(1)), KeyCase("\u{1B}[15~", .function(5)), KeyCase("\u{1B}[17~", .function(6)),
        KeyCase("\u{1B}[21~", .function(10)), KeyCase("\u{1B}[24~", .function(12)),
        KeyCase("\u{1B}[34~", .function(20)),
        KeyCase("\u{1B}[[A", .function(1)), KeyCase("\u{1B}[[E", .function(5)), KeyCase("\u{1B}OM", .enter),
        KeyCase("\u{1B}x", .alt("x")), KeyCase("\u{1B}\u{1B}[A", .escape, .up),
        KeyCase("\u{1B}[Ajk\u{1B}OB", .up, .character("j"), .character("k"), .down),
    ]

    @Test("knows the keys of xterm, rxvt, the Linux console and VT220", arguments: known)
    func knownKeys(_ known: KeyCase) {
        var parser = KeyParser()
        #expect(parser.feed(known.bytes.utf8) == known.keys.map(TerminalInput.key))
        #expect(parser.patience == nil)
    }

    @Test("a key is the same in one read and byte by byte", arguments: known)
    func cutKeys(_ known: KeyCase) {
        var parser = KeyParser()
        let keys = known.bytes.utf8.flatMap { parser.feed(CollectionOfOne($0)) }
        #expect(keys == known.keys.map(TerminalInput.key))
    }

    @Test(
        "swallows whole what it does not know, and the next key still counts",
        arguments: [
            "\u{1B}[2~", "\u{1B}[99~", "\u{1B}[3;5~", "\u{1B}[201~", "\u{1B}[15;2~", "\u{1B}[1;2P", "\u{1B}[5;7R",
            "\u{1B}[0n", "\u{1B}[?62;1;4c", "\u{1B}[>0;276;0c", "\u{1B}[?2026;2$y", "\u{1B}[<0;10;20M",
            "\u{1B}[<64;10;20m", "\u{1B}[M !!", "\u{1B}[Mjkq", "\u{1B}[27;5;106~", "\u{1B}[106;5u", "\u{1B}[E",
            "\u{1B}[1;2;3;4;5;6;7;8;9;10A", "\u{1B}[99999999999999999999Z", "\u{1B}[[Z", "\u{1B}Oj", "\u{1B}O5~",
            "\u{1B}]11;rgb:0000/0000/0000\u{07}", "\u{1B}]52;c;cXE=\u{1B}\\", "\u{1B}P>|XTerm(390)\u{1B}\\",
            "\u{1B}_Gi=1;OK\u{1B}\\", "\u{1B}^q\u{1B}\\", "\u{1B}Xq\u{1B}\\", "\u{85}", "\u{9B}",
        ])
    func unknownSequences(_ bytes: String) {
        var parser = KeyParser()
        #expect(parser.feed(bytes.utf8) == [])
        #expect(parser.feed("G".utf8) == [.key(.character("G"))])
    }

    @Test(
        "bytes that are no UTF-8 are no keys",
        arguments: [
            [0xFF], [0x80], [0xC0, 0xAF], [0xE0, 0x80, 0xAF], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80],
            [0xF8, 0x88],
            [0xC3], [0xE6, 0x97],
        ] as [[UInt8]])
    func brokenCharacters(_ bytes: [UInt8]) {
        var parser = KeyParser()
        #expect(parser.feed(bytes) == [])
        #expect(parser.feed("G".utf8) == [.key(.character("G"))])
    }

    @Test("the introducers of 8-bit terminals begin sequences")
    func eightBit() {
        var parser = KeyParser()
        #expect(parser.feed([0x9B, 0x41, 0x8F, 0x42]) == [.key(.up), .key(.down)])
    }

    @Test(
        "what was half read is a key of its own, or nothing, when nothing follows",
        arguments: [
            KeyCase("\u{1B}", .escape), KeyCase("\u{1B}[", .alt("[")), KeyCase("\u{1B}O", .alt("O")),
            KeyCase("\u{1B}]", .alt("]")), KeyCase("\u{1B}P", .alt("P")), KeyCase("\u{1B}[1;"), KeyCase("\u{1B}[["),
            KeyCase("\u{1B}]11;rgb"), KeyCase("\u{1B}[M!"),
        ])
    func halfRead(_ half: KeyCase) {
        var parser = KeyParser()
        #expect(parser.feed(half.bytes.utf8) == [])
        #expect(parser.patience != nil)
        #expect(parser.giveUp() == half.keys.map(TerminalInput.key))
        #expect(parser.patience == nil)
        #expect(parser.feed("G".utf8) == [.key(.character("G"))])
    }

    @Test("a lone escape is waited for less than a sequence that has begun")
    func patience() {
        var parser = KeyParser()
        _ = parser.feed("\u{1B}".utf8)
        #expect(parser.patience == 0.05)
        _ = parser.feed("[".utf8)
        #expect(parser.patience == 0.25)
    }

    @Test(
        "a control key ends a sequence that was never finished",
        arguments: ["\u{1B}[", "\u{1B}[1;", "\u{1B}O", "\u{1B}[["])
    func controlInSequence(_ begun: String) {
        var parser = KeyParser()
        #expect(parser.feed((begun + "\u{03}").utf8) == [.key(.control("c"))])
    }

    @Test("focus in and out are told")
    func focus() {
        var parser = KeyParser()
        #expect(parser.feed("\u{1B}[I\u{1B}[O".utf8) == [.focus(true), .focus(false)])
    }
}

@Suite("pasting")
struct PasteTests {
    @Test(
        "what stands between the marks is text, whatever it looks like",
        arguments: ["", "rm -rf", "q\r\u{03}", "\u{1B}[A", "\u{1B}[200~", "\u{1B}[20", "\u{1B}\u{1B}[201", "日本é"])
    func marks(_ text: String) {
        var parser = KeyParser()
        let bytes = "a\u{1B}[200~\(text)\u{1B}[201~b".utf8
        #expect(parser.feed(bytes) == [.key(.character("a")), .paste(text), .key(.character("b"))])
        var slow = KeyParser()
        #expect(
            bytes.flatMap { slow.feed(CollectionOfOne($0)) } == parser.feed("".utf8) + [
                .key(.character("a")), .paste(text), .key(.character("b")),
            ])
    }

    @Test("a paste without an end is given up as text, never as keys")
    func endless() {
        var parser = KeyParser()
        #expect(parser.feed("\u{1B}[200~yq".utf8) == [])
        #expect(parser.giveUp() == [.paste("yq")])
    }

    @Test("a paste that is too long is cut, and its rest is no keys")
    func tooLong() {
        var parser = KeyParser()
        let text = String(repeating: "x", count: KeyParser.longestPaste + 100)
        let kept = String(repeating: "x", count: KeyParser.longestPaste)
        #expect(parser.feed("\u{1B}[200~\(text)\u{1B}[201~j".utf8) == [.paste(kept), .key(.character("j"))])
    }

    @Test("bytes that are no UTF-8 become replacement characters")
    func broken() {
        var parser = KeyParser()
        #expect(
            parser.feed(Array("\u{1B}[200~".utf8) + [0xFF, 0x41] + Array("\u{1B}[201~".utf8)) == [.paste("\u{FFFD}A")])
    }
}
