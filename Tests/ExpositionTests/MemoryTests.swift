// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import Exposition

/// What reading anew gives: the other way to the same values.
private func values(_ page: String, _ format: ExpositionFormat = .prometheus) -> [Double] {
    ExpositionPage(parsing: Array(page.utf8), format: format).samples.map(\.value)
}

private func same(_ left: [Double], _ right: [Double]) -> Bool {
    left.count == right.count && zip(left, right).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) }
}

private enum Kind: String { case same, numbers, lines, series }

private func kind(_ change: PageMemory.Change) -> Kind {
    switch change {
    case .same: .same
    case .numbers: .numbers
    case .lines: .lines
    case .series: .series
    }
}

@Suite struct MemoryTests {
    @Test(
        "a page that differs in numbers only is followed, whatever their lengths",
        arguments: [
            ("a 1\nb 2\n", "a 1\nb 2\n", Kind.same),
            ("a 1\nb 2\n", "a 12345\nb 2\n", .numbers),
            ("a 12345\nb 2\nc 3\n", "a 1\nb 2\nc 4\n", .numbers),
            ("a 1\nb 2\n", "a NaN\nb +Inf\n", .numbers),
            ("# TYPE a gauge\na{x=\"1\"} 1\n", "# TYPE a gauge\na{x=\"1\"} 1.5e+09\n", .numbers),
            ("a 1 1000\n", "a 1 2000\n", .numbers),
            ("a 1\n", "a 1 2000\n", .series),
            ("a 1 1000\nb 1\n", "a 1 2000\nb 1 3000\n", .numbers),
            ("a 1\r\nb 1\r\n", "a 17\r\nb 1\r\n", .numbers),
            ("a 1 # {t=\"x\"} 3\n", "a 2 # {t=\"another\"} 4\n", .numbers),
            // Labels, names, comments, order and lines that are not understood belong to the series.
            ("a{x=\"1\"} 1\n", "a{x=\"2\"} 1\n", .series),
            ("a{x=\"1\"} 1\nb 2\n", "a{x=\"2\"} 1\nb 3\n", .lines),
            ("a 1\nb 2\n", "b 2\na 1\n", .series),
            // Lines that come and go before one that stays are read alone.
            ("a 1\nb 2\n", "b 2\n", .lines),
            ("b 2\n", "a 1\nb 2\n", .lines),
            ("a 1\nb 2\nc 3\nd 4\n", "b 5\nx 6\ny 7\nd 8\n", .lines),
            ("# HELP a one\na 1\n", "# HELP a another\na 1\n", .lines),
            ("a 1\nb 2 1000\n", "c 1 500\na 1\nb 2 1000\n", .lines),
            ("a 1\nb 2\n", "c 1 500\na 1\nb 2\n", .series),
            ("a 1\nb 2\n", "a 1\nbroken\nb 2\n", .series),
            ("a 1\nbroken\nb 2\n", "a 1\nb 2\n", .series),
            ("a 1\nb 2\n", "a 1\n\u{feff}c 2\nb 2\n", .series),
            ("a 1\n", "a 1\nb 2\n", .series),
            ("a 1\nb 2\n", "a 1\n", .series),
            ("a 1\n", "a x\n", .series),
            ("a 1\nb 2\n", "a 1\nb 2", .series),
            ("a 1\nb 1\n", "a 1\nb\n", .series),
            ("# TYPE a gauge\na 1\n", "# TYPE a counter\na 1\n", .lines),
            ("a 1\nbad line\n", "a 2\nbad  line\n", .series),
            ("a 1\nbad line\n", "a 2\nbad line\n", .numbers),
            // A number that grows into the next line's bytes is not the next line.
            ("a 1\na 1\n", "a 1\na 1\na 1\n", .series),
        ])
    private func follows(before: String, after: String, expected: Kind) {
        var memory = PageMemory()
        #expect(kind(memory.read(Array(before.utf8))) == .series)
        #expect(kind(memory.read(Array(after.utf8))) == expected)
        #expect(same(memory.values, values(after)))
        #expect(kind(memory.read(Array(after.utf8))) == (values(after).isEmpty ? .series : .same))
    }

    @Test("another format is another page: its timestamps have another unit")
    func format() {
        var memory = PageMemory()
        let page = Array("a 1 1000\n# EOF\n".utf8)
        _ = memory.read(page, format: .prometheus)
        #expect(kind(memory.read(page, format: .openMetrics)) == .series)
    }

    @Test("the times of lines are followed with their numbers")
    func stamps() {
        var memory = PageMemory()
        _ = memory.read(Array("a 1 1000\nb 1\n".utf8))
        #expect(memory.stamps.first == 1 && memory.stamps.last?.isNaN == true)
        #expect(kind(memory.read(Array("a 1 2500\nb 1\n".utf8))) == .numbers)
        #expect(memory.stamps.first == 2.5)
        _ = memory.read(Array("a 1\n".utf8))
        #expect(memory.stamps.isEmpty)
    }

    @Test("recorded pages are followed from poll to poll", arguments: ["vllm-0.32.0", "node_exporter-1.5.0"])
    func recorded(folder: String) throws {
        var memory = PageMemory()
        for name in ["t0", "t1", "t0"] {
            let page = try fixture("\(folder)/\(name).txt")
            _ = memory.read(page)
            #expect(same(memory.values, ExpositionPage(parsing: page).samples.map(\.value)))
        }
    }

    @Test("any page after any other gives what reading it anew gives", arguments: 0..<40)
    func random(seed: UInt64) {
        var dice = SeededGenerator(seed: seed)
        var lines = (0..<30).map { "m\($0 % 7){i=\"\($0)\"} \($0)" }
        var memory = PageMemory()
        for step in 0..<60 {
            let line = Int.random(in: 0..<lines.count, using: &dice)
            switch Int.random(in: 0..<8, using: &dice) {
            case 0: lines.remove(at: line)
            case 1:
                lines.insert(
                    "n{i=\"\(Int.random(in: 0..<5, using: &dice))\"} \(Int.random(in: 0..<100_000, using: &dice))",
                    at: line)
            case 2: lines[line] = "# TYPE x gauge"
            case 3: lines[line] = "broken"
            default:
                let name = lines[line].split(separator: " ")[0]
                lines[line] =
                    "\(name) \([String(Int.random(in: 0..<1_000_000, using: &dice)), "1e\(Int.random(in: 0..<300, using: &dice))", "NaN"][Int.random(in: 0..<3, using: &dice)])"
            }
            if lines.isEmpty { lines = ["a 1"] }
            let page = lines.joined(separator: "\n") + (Int.random(in: 0..<20, using: &dice) == 0 ? "" : "\n")
            _ = memory.read(Array(page.utf8))
            #expect(same(memory.values, values(page)), "seed \(seed), step \(step)")
        }
    }
    @Test("series that come and go among others that stay are read alone", arguments: 0..<20)
    func churn(seed: UInt64) {
        var dice = SeededGenerator(seed: seed)
        var memory = PageMemory()
        var followed = 0
        for step in 0..<60 {
            var page = ""
            for family in 0..<12 {
                page += "# TYPE f\(family) gauge\n"
                for device in 0..<8 where device == 0 || Int.random(in: 0..<20, using: &dice) > 0 {
                    page +=
                        "f\(family){d=\"\(device)\"} \(Int.random(in: 0..<1_000_000, using: &dice) >> (2 * device))\n"
                }
            }
            page += "end 1\n"
            let before = memory.values
            switch memory.read(Array(page.utf8)) {
            case .lines(let edits):
                followed += 1
                // What the edits say is what became of the samples.
                let gone = edits.reduce(0) { $0 + $1.removed.count }
                #expect(memory.values.count == before.count - gone + edits.reduce(0) { $0 + $1.inserted.samples.count })
            case .series: #expect(step == 0)
            case .numbers, .same: break
            }
            #expect(same(memory.values, values(page)), "seed \(seed), step \(step)")
        }
        #expect(followed > 40)
    }
}
