// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Screen

struct GraphTests {
    private func graph(
        _ values: [Float], width: Int, height: Int, top: Float = 10, limit: Float? = nil, _ glyphs: Glyphs
    ) -> Frame {
        var frame = Frame(width: width, height: height)
        frame.graph(frame.bounds, values: values, top: top, limit: limit, glyphs: glyphs)
        return frame
    }

    @Test(
        "each tier has its steps, the newest value stands at the right edge",
        arguments: [
            (Glyphs.ascii, [0, 3, 6, 10], "  ..:|"), (.block, [0, 2.5, 5, 10], "  ▁▂▄█"),
            (.braille, [0, 2.5, 5, 10], "    ⣀⣼"), (.braille, [10, 0, 10], "    ⢸⣸"),
            (.ascii, [.nan, 9, .nan, 9], "   | |"),
            (.ascii, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], "::::|||"),
        ] as [(Glyphs, [Float], String)])
    func tiers(_ glyphs: Glyphs, _ values: [Float], _ line: String) {
        // Six columns; the last row of the table has more values than fit.
        let width = values.count > 6 ? 7 : 6
        let drawn = lines(of: graph(values, width: width, height: 1, glyphs))[0]
        #expect(values.count > 6 ? drawn.hasSuffix("||") && drawn.count == 7 : drawn == line)
    }

    @Test("what is over the limit has its own role and, in ASCII, its own glyph")
    func over() {
        #expect(dump(graph([2, 9, 2], width: 3, height: 1, limit: 8, .ascii), roles: true) == ".!.\n--\nrRr\n")
        #expect(
            dump(graph([2, 10], width: 4, height: 2, limit: 8, .ascii), roles: true) == "---!\n  .!\n--\ndddR\n..rR\n")
    }

    @Test("unknown is not zero, and nothing is out of bounds")
    func odd() {
        #expect(lines(of: graph([.nan, 0], width: 2, height: 1, .block)) == [" ▁"])
        #expect(lines(of: graph([-5, .infinity], width: 2, height: 1, .block)) == ["▁█"])
        #expect(lines(of: graph([3, 4], width: 2, height: 1, top: 0, .block)) == ["▁▁"])
        #expect(lines(of: graph([3, 4], width: 2, height: 1, top: .nan, .block)) == ["▁▁"])
        #expect(lines(of: graph([.infinity], width: 1, height: 1, top: .infinity, .block)) == ["▁"])
        for glyphs in Glyphs.allCases {
            for (width, height) in [(0, 0), (1, 1), (1, 0), (0, 1), (2, 3)] {
                let frame = graph([1, 2, 3, 11], width: width, height: height, limit: 2, glyphs)
                #expect(frame.cells.count == width * height)
            }
        }
    }

    @Test("a graph is steady: one more value moves the others, and changes none of them")
    func steady() {
        let values = (0..<40).map { Float($0 % 11) }
        let before = lines(of: graph(Array(values.dropLast()), width: 20, height: 1, .block))[0]
        let after = lines(of: graph(values, width: 20, height: 1, .block))[0]
        #expect(before.dropFirst() == after.dropLast())
    }
}
