// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Screen

struct PanelTests {
    @Test("boxes that share lines are joined, in Unicode and in ASCII")
    func joined() {
        var frame = Frame(width: 24, height: 6)
        var plain = frame
        for glyphs in [Glyphs.braille, .ascii] {
            var drawn = Frame(width: 24, height: 6)
            let left = drawn.panel(
                Rect(x: 0, y: 0, width: 13, height: 4), title: "Nodes", style: .boxed, glyphs: glyphs)
            #expect(left == Rect(x: 1, y: 1, width: 11, height: 2))
            _ = drawn.panel(Rect(x: 12, y: 0, width: 12, height: 4), title: "Queue", style: .boxed, glyphs: glyphs)
            _ = drawn.panel(Rect(x: 0, y: 3, width: 24, height: 3), title: "Events", style: .boxed, glyphs: glyphs)
            if glyphs == .ascii { plain = drawn } else { frame = drawn }
        }
        #expect(
            dump(frame) == """
                ┌ Nodes ────┬ Queue ───┐
                │           │          │
                │           │          │
                ├ Events ───┴──────────┤
                │                      │
                └──────────────────────┘

                """)
        #expect(
            dump(plain) == """
                + Nodes ----+ Queue ---+
                |           |          |
                |           |          |
                + Events ---+----------+
                |                      |
                +----------------------+

                """)
    }

    @Test("a line stops at the lines it meets at its ends, and crosses those between")
    func lineEnds() {
        var frame = Frame(width: 9, height: 5)
        _ = frame.panel(frame.bounds, title: "", style: .boxed, glyphs: .block)
        frame.verticalLine(x: 4, y: 0, height: 5, glyphs: .block)
        frame.horizontalLine(x: 0, y: 2, width: 9, glyphs: .block)
        #expect(lines(of: frame) == ["┌───┬───┐", "│   │   │", "├───┼───┤", "│   │   │", "└───┴───┘"])
        var open = Frame(width: 5, height: 2)
        open.horizontalLine(x: 0, y: 0, width: 5, glyphs: .block)
        open.verticalLine(x: 2, y: 0, height: 2, glyphs: .block)
        #expect(lines(of: open) == ["──┬──", "  │"])
    }

    @Test(
        "as it gets narrower the detail goes first, then the trailing words, the title last",
        arguments: [
            (40, "─ Nodes 500 x 8 H100 ──────── 19 worse ─"), (33, "─ Nodes 500 x 8 H100 ─ 19 worse ─"),
            (29, "─ Nodes 500 x 8~ ─ 19 worse ─"), (24, "─ Nodes ───── 19 worse ─"), (18, "─ Nodes 500 x 8~ ─"),
            (9, "─ Nodes ─"), (7, "─ No~ ─"), (4, "────"), (1, "─"),
        ])
    func captions(_ width: Int, _ line: String) {
        var frame = Frame(width: width, height: 3)
        let inside = frame.panel(
            frame.bounds, title: "Nodes", detail: "500 x 8 H100", trailing: "19 worse", style: .ruled, glyphs: .block)
        #expect(lines(of: frame)[0] == line)
        #expect(inside == Rect(x: 0, y: 1, width: width, height: 2))
    }

    @Test("no size is too small", arguments: 0..<7)
    func tiny(_ width: Int) {
        for height in 0..<5 {
            for style in [PanelStyle.boxed, .ruled] {
                var frame = Frame(width: width, height: height)
                let inside = frame.panel(
                    frame.bounds, title: "Nodes", detail: "detail", trailing: "t", style: style, glyphs: .braille)
                #expect(inside.width >= 0 && inside.height >= 0)
                #expect(inside.isEmpty || inside.intersection(frame.bounds) == inside)
            }
        }
    }
}
