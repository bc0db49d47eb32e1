// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Screen

struct TableTests {
    private let columns = [
        TableColumn("NODE", minimum: 6, ideal: 8, priority: 9),
        TableColumn("STATE", minimum: 5, ideal: 6, priority: 8),
        TableColumn("kW", minimum: 4, priority: 2, align: .right),
        TableColumn("WHY", minimum: 4, ideal: 8, priority: 5, grows: true),
    ]
    private let rows = [
        TableRow([.init("su01-n01", .text), .init("FAILED", .alarm), "7.9", "XID 79"]),
        TableRow(["su02-n30", .init("STALE", .stale), "-", "no answer"]),
        TableRow(["short"]),
    ]

    @Test(
        "columns of low priority go first, room goes to the ideal widths and then to the one that grows",
        arguments: [
            (40, [0, 1, 2, 3], [8, 6, 4, 19]), (29, [0, 1, 2, 3], [8, 6, 4, 8]), (22, [0, 1, 2, 3], [6, 5, 4, 4]),
            (21, [0, 1, 3], [8, 6, 5]), (17, [0, 1, 3], [6, 5, 4]), (16, [0, 1], [8, 6]), (11, [0], [8]), (3, [0], [3]),
            (0, [], []),
        ])
    func layout(_ width: Int, _ kept: [Int], _ widths: [Int]) {
        let places = TablePlace.layout(columns, width: width)
        #expect(places.map(\.column) == kept)
        #expect(places.map(\.width) == widths)
        #expect(places.last.map { $0.x + $0.width <= width } ?? true)
    }

    @Test("rows are drawn from the offset on, the selected one all over")
    func draws() {
        var frame = Frame(width: 29, height: 4)
        #expect(frame.table(frame.bounds, columns: columns, rows: rows, selected: 1) == 3)
        #expect(
            dump(frame, roles: true) == """
                NODE     STATE    kW WHY
                su01-n01 FAILED  7.9 XID 79
                su02-n30 STALE     - no answ~
                short
                --
                TTTT.....TTTTT....TT.TTT.....
                .........AAAAAA..............
                SSSSSSSSSSSSSSSSSSSSSSSSSSSSS
                .............................

                """)
        #expect(frame.table(frame.bounds, columns: columns, rows: rows, offset: 2, header: false) == 4)
        #expect(lines(of: frame) == ["short", "", "", ""])
    }

    @Test("one line shows a row, not the head; nothing is out of bounds", arguments: 0..<12)
    func tiny(_ width: Int) {
        var frame = Frame(width: width, height: 1)
        frame.table(frame.bounds, columns: columns, rows: rows, selected: 99, offset: -4)
        #expect(width == 0 || lines(of: frame)[0].hasPrefix("s") || width == 1)
        frame.table(frame.bounds, columns: [], rows: rows, offset: 99)
        #expect(lines(of: frame)[0] == "")
    }

    @Test(
        "scrolling keeps the selected row in view and wastes no room",
        arguments: [
            (0, 0, 10, 4, 0), (0, 5, 10, 4, 2), (6, 2, 10, 4, 2), (9, 9, 10, 4, 6), (3, nil, 4, 4, 0), (5, 1, 2, 0, 0),
            (-3, nil, 9, 3, 0), (2, 3, 10, 4, 2),
        ] as [(Int, Int?, Int, Int, Int)])
    func scroll(_ offset: Int, _ selected: Int?, _ count: Int, _ page: Int, _ expected: Int) {
        #expect(TableScroll.offset(offset, selected: selected, count: count, page: page) == expected)
    }
}
