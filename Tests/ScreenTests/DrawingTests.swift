// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import Screen

struct DrawingTests {
    @Test(
        "put clips at the frame, at its field, and tells the column after the text",
        arguments: [
            ("abc", 0, nil, Alignment.left, "abc", 3), ("abcdefgh", 2, nil, .left, "  abcd", 10),
            ("abc", -1, nil, .left, "bc", 2), ("abcdef", 1, 3, .left, " ab~", 4), ("ab", 0, 5, .right, "   ab", 5),
            ("ab", 0, 6, .center, "  ab", 4), ("日本語", 1, nil, .left, " 日本", 7), ("日本", -1, nil, .left, " 本", 3),
            ("ab", 0, 0, .left, "", 0),
        ])
    func put(_ text: String, _ x: Int, _ width: Int?, _ align: Alignment, _ line: String, _ after: Int) {
        var frame = Frame(width: 6, height: 1)
        #expect(frame.put(SafeText(text), x: x, y: 0, role: .text, width: width, align: align) == after)
        #expect(lines(of: frame) == [line])
    }

    @Test("a cell is eight bytes: frames are filled, compared and copied without touching a String")
    func small() { #expect(MemoryLayout<Cell>.stride == 8) }

    @Test("text above and below the frame draws nothing")
    func outside() {
        var frame = Frame(width: 4, height: 2)
        frame.put("abc", x: 0, y: -1, role: .alarm)
        #expect(frame.put("abc", x: 0, y: 2, role: .alarm) == 3)
        #expect(frame == Frame(width: 4, height: 2))
    }

    @Test("half of a wide scalar is never left over", arguments: 0..<6)
    func halves(_ x: Int) {
        for text: SafeText in ["x", "xy", "日"] {
            var frame = Frame(width: 6, height: 1)
            frame.put("日本語", x: 0, y: 0, role: .text)
            frame.put(text, x: x, y: 0, role: .alarm)
            #expect(isWhole(frame))
            frame.fill(Rect(x: x, y: 0, width: 1, height: 1), Cell("#", .text))
            #expect(isWhole(frame))
            frame.tint(Rect(x: x, y: 0, width: 1, height: 1), role: .dim)
            #expect(isWhole(frame))
        }
    }

    @Test("tint keeps the scalars, fill keeps inside the frame")
    func tintAndFill() {
        var frame = Frame(width: 3, height: 2)
        frame.put("a日", x: 0, y: 0, role: .text)
        frame.tint(Rect(x: -5, y: -5, width: 50, height: 6), role: .selection)
        #expect(dump(frame, roles: true) == "a日\n\n--\nSSS\n...\n")
        frame.fill(Rect(x: 1, y: 1, width: 9, height: 9), Cell("#", .dim))
        #expect(dump(frame) == "a日\n ##\n")
    }

    @Test("whatever is drawn wherever, cells are whole and columns are kept", arguments: seeds)
    func property(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for round in 0..<200 {
            var frame = Frame(width: Int.random(in: 0...20, using: &generator), height: 2)
            for _ in 0..<4 {
                let text = SafeText(generator.hostileText(length: Int.random(in: 0...20, using: &generator)))
                let x = Int.random(in: -5...20, using: &generator)
                #expect(frame.put(text, x: x, y: 0, role: .text) == x + text.width, "seed \(seed), round \(round)")
            }
            #expect(isWhole(frame), "seed \(seed), round \(round)")
            for line in lines(of: frame) {
                #expect(SafeText(line).width <= frame.width, "seed \(seed), round \(round)")
            }
        }
    }

    /// Every second half stands right of a wide scalar, and every wide scalar has its second half.
    private func isWhole(_ frame: Frame) -> Bool {
        for y in 0..<frame.height {
            for x in 0..<frame.width {
                let isWide = Unicode.Scalar(frame[x, y].scalar).map { WidthTable.kind(of: $0) == .wide } ?? false
                if isWide != (x + 1 < frame.width && frame[x + 1, y].isSecondHalf) { return false }
            }
            if frame.width > 0, frame[0, y].isSecondHalf { return false }
        }
        return true
    }
}

struct RectTests {
    @Test("rectangles split, shrink and meet without negative sizes")
    func rects() {
        let rect = Rect(x: 2, y: 3, width: 10, height: 4)
        #expect(rect.inset(x: 1, y: 1) == Rect(x: 3, y: 4, width: 8, height: 2))
        #expect(rect.inset(x: 6, y: 0).isEmpty)
        #expect(rect.splitTop(1).rest == Rect(x: 2, y: 4, width: 10, height: 3))
        #expect(rect.splitTop(9).rest.isEmpty)
        #expect(rect.splitLeft(-1).left.isEmpty)
        #expect(rect.splitLeft(4).rest == Rect(x: 6, y: 3, width: 6, height: 4))
        #expect(rect.intersection(Rect(x: 0, y: 0, width: 3, height: 9)) == Rect(x: 2, y: 3, width: 1, height: 4))
        #expect(rect.intersection(Rect(x: 50, y: 0, width: 3, height: 9)).isEmpty)
    }
}
