// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Exposition

@Suite struct PageTests {
    @Test("TYPE decides what a series is, not the ending of its name")
    func types() {
        let text = """
            # TYPE vllm:iteration_tokens_total histogram
            vllm:iteration_tokens_total_bucket{le="1.0"} 1
            vllm:iteration_tokens_total_count 1
            # TYPE a gauge
            a_total 3
            a 4
            # TYPE b counter
            b_total 5
            # TYPE "c.d" summary
            {"c.d",quantile="0.5"} 6
            {"c.d_sum"} 7
            vllm:iteration_tokens_total_sum 9
            # TYPE a counter
            a 1

            """
        let page = ExpositionPage(parsing: Array(text.utf8))
        #expect(page.report.rejected == 0)
        #expect(
            page.samples.map { page.type(of: $0) } == [
                .histogram, .histogram, nil, .gauge, .counter, .summary, .summary, .histogram, .counter,
            ])
    }

    @Test("timestamps are milliseconds in one format and seconds in the other")
    func timestamps() {
        let bytes = Array("x 1 1795392.5\n# EOF\n".utf8)
        #expect(ExpositionPage(parsing: bytes, format: .openMetrics).samples.first?.timestamp == 1795392.5)
        #expect(ExpositionPage(parsing: bytes).samples.first?.timestamp == 1795.3925)
    }

    @Test("OpenMetrics ends at # EOF, the other format does not")
    func afterEnd() {
        let bytes = Array("x 1\n# EOF\ny 2\nz 3\n".utf8)
        let open = ExpositionPage(parsing: bytes, format: .openMetrics)
        #expect(open.samples.count == 1)
        #expect(open.report.first == [.init(line: 3, problem: .afterEnd)])
        #expect(ExpositionPage(parsing: bytes).samples.count == 3)
    }

    @Test(
        "the format is OpenMetrics only where the content type says so",
        arguments: [
            ("application/openmetrics-text; version=1.0.0; charset=utf-8", .openMetrics),
            ("Application/OpenMetrics-Text", .openMetrics), ("text/plain; version=0.0.4", .prometheus),
            ("text/html", .prometheus), ("", .prometheus), (nil, .prometheus),
        ] as [(String?, ExpositionFormat)])
    func format(_ type: String?, _ expected: ExpositionFormat) {
        #expect(ExpositionFormat(contentType: type) == expected)
    }

    @Test("limits end a hostile page instead of filling memory")
    func limits() {
        let limits = ExpositionLimits(samples: 3, labelsPerSample: 2)
        let many = ExpositionPage(parsing: Array(String(repeating: "x 1\n", count: 9).utf8), limits: limits)
        #expect(many.samples.count == 3)
        #expect(many.report.first == [.init(line: 4, problem: .tooManySamples)])
        let wide = ExpositionPage(parsing: Array("x{a=\"\",b=\"\",c=\"\"} 1\ny 2\n".utf8), limits: limits)
        #expect(wide.samples.map(\.value) == [2])
        #expect(wide.labels.isEmpty)
        #expect(wide.report.first == [.init(line: 1, problem: .tooManyLabels)])
    }

    @Test("a label is found by its name alone")
    func label() throws {
        let page = ExpositionPage(parsing: Array("x{ab=\"1\",a=\"2\",b=\"\\\"\"} 1\n".utf8))
        let sample = try #require(page.samples.first)
        #expect(page.label("a", of: sample) == "2")
        #expect(page.label("b", of: sample) == "\"")
        #expect(page.label("c", of: sample) == nil)
    }

    @Test("broken UTF-8 is replaced, never fatal")
    func brokenText() throws {
        let bytes = Array("x{a=\"".utf8) + [0xff, 0xc3] + Array("\"} 1\n".utf8)
        let page = ExpositionPage(parsing: bytes)
        #expect(page.label("a", of: try #require(page.samples.first))?.unicodeScalars.contains("\u{fffd}") == true)
    }

    @Test(
        "a body that is no metrics page is called what it is",
        arguments: [
            ("<!DOCTYPE html><html>", .html), ("\n  <html>", .html), ("<?xml version=\"1.0\"?>", .xml),
            ("{\"serve_mode\": 1}", .json), ("{}", .json), ("[1]", .json), ("{ \"a\\\"b\" : 1}", .json),
            ("{\"a.b\",c=\"d\"} 1\n", .text), ("{\"a.b\"} 1\n", .text), ("{c=\"d\",\"a.b\"} 1\n", .text),
            ("# HELP\n", .text), ("up 1\n", .text), ("", .empty), (" \n", .empty), ("\u{feff}up 1\n", .text),
            ("a\u{0}b", .binary), ("\u{1}\u{2}\u{3}\u{4}", .binary), ("\u{1f}\u{8b}", .text),
        ] as [(String, BodyKind)])
    func bodies(_ text: String, _ kind: BodyKind) {
        // The last row is two scalars of UTF-8, not the two bytes of gzip.
        #expect(BodyKind(of: Array(text.utf8)) == (text == "\u{1f}\u{8b}" ? .binary : kind))
    }

    @Test("gzip and zstd that nobody announced are recognised")
    func compressed() {
        #expect(BodyKind(of: [0x1f, 0x8b, 8, 0, 0, 0]) == .compressed)
        #expect(BodyKind(of: [0x28, 0xb5, 0x2f, 0xfd, 0]) == .compressed)
    }
}
