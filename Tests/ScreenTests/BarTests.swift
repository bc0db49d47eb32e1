// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import Screen

struct BarTests {
    @Test(
        "shares sum to the width, and what is not zero is seen",
        arguments: [
            ([292.0, 6, 186, 12, 4], 500.0, 76, [44, 1, 28, 2, 1]), ([292, 6, 186, 12, 4], 500, 10, [4, 1, 3, 1, 1]),
            ([1, 1, 1], 3, 10, [4, 3, 3]), ([1, 0, 1], 2, 5, [3, 0, 2]), ([1, 999], 1000, 4, [1, 3]),
            ([5, 5], 20, 10, [3, 2]), ([0.1], 1000, 10, [1]), ([3, 2, 1], 6, 2, [1, 1, 0]), ([3, 2], 4, 5, [3, 2]),
            ([.nan, -4, 2], 2, 3, [0, 0, 3]), ([0, 0], 0, 9, [0, 0]), ([1, 2], 3, 0, [0, 0]), ([], 5, 5, []),
            ([1], .nan, 4, [4]), ([.infinity, 1], 1, 4, [0, 4]), ([1e308, 1e308], 1, 4, [0, 0]),
        ] as [([Double], Double, Int, [Int])])
    func shares(_ values: [Double], _ total: Double, _ width: Int, _ cells: [Int]) {
        #expect(BarShares.cells(for: values, total: total, width: width) == cells)
    }

    @Test("for any values the cells never exceed the width, and a full ledger fills it", arguments: seeds)
    func property(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<500 {
            let values = (0..<Int.random(in: 1...8, using: &generator)).map { _ in
                Double(Int.random(in: 0...300, using: &generator))
            }
            let sum = values.reduce(0, +)
            let width = Int.random(in: 1...120, using: &generator)
            let cells = BarShares.cells(for: values, total: sum, width: width)
            #expect(cells.reduce(0, +) == (sum > 0 ? width : 0), "seed \(seed): \(values) in \(width)")
            let seen = zip(values, cells).filter { $0 > 0 && $1 > 0 }.count
            #expect(seen == min(width, values.filter { $0 > 0 }.count), "seed \(seed): \(values) in \(width)")
        }
    }

    @Test("a bar draws its parts side by side and leaves the rest blank")
    func draws() {
        var frame = Frame(width: 10, height: 2)
        frame.bar(
            Rect(x: 1, y: 0, width: 8, height: 2),
            segments: [BarSegment(2, "T", .training), BarSegment(1, "I", .serving)], total: 4)
        #expect(dump(frame, roles: true) == " TTTTII\n TTTTII\n--\n.ttttii...\n.ttttii...\n")
    }
}
