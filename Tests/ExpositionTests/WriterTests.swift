// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Exposition

@Suite("Writing a page of metrics")
struct WriterTests {
    @Test("a page has a metric once, each series once, and nothing that is unknown")
    func page() {
        var page = PageWriter()
        page.add("a", .gauge, "first", [.init(1, [("x", "1")]), .init(2.5, [("x", "2")]), .init(9, [("x", "1")])])
        page.add("b", .gauge, "nobody knows", [.init(nil, [("x", "1")]), .init(.nan, []), .init(.infinity)])
        page.add("a", .counter, "again", 3)
        page.add("c_seconds", .summary, "took", [.init(0.25, suffix: "_sum"), .init(4, suffix: "_count")])
        page.add("d_total", .counter, "large", 12_345_678_901)
        #expect(
            page.text == """
                # HELP a first
                # TYPE a gauge
                a{x="1"} 1
                a{x="2"} 2.5
                # HELP c_seconds took
                # TYPE c_seconds summary
                c_seconds_sum 0.25
                c_seconds_count 4
                # HELP d_total large
                # TYPE d_total counter
                d_total 12345678901

                """)
    }

    @Test("a name from outside ends no label, no line and no reader's terminal")
    func hostile() {
        var page = PageWriter()
        page.add("a", .gauge, "one\\two\nthree", [.init(1, [("pool", "x\"} 9\nb 1\\\u{1B}[2J\u{202E}é")])])
        #expect(
            page.text == "# HELP a one\\\\two\\nthree\n# TYPE a gauge\n"
                + "a{pool=\"x\\\"} 9\\nb 1\\\\\u{FFFD}[2J\u{FFFD}é\"} 1\n")
    }

    @Test("our own reader finds what was written")
    func readBack() throws {
        var page = PageWriter()
        page.add("a", .gauge, "h", [.init(1.5e-7, [("x", "\"\\\n")]), .init(-3)])
        let read = ExpositionPage(parsing: Array(page.text.utf8))
        #expect(read.samples.count == 2)
        #expect(read.report.first.isEmpty)
    }
}
