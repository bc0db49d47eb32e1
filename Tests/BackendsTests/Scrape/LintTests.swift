// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Backends

@Suite("lint-metrics: what of a page is understood, and what not and why")
struct LintTests {
    private func lint(_ text: String, _ format: MetricsLint.Format? = nil) throws -> MetricsLint {
        try MetricsLint(file: "p", bytes: Array(text.utf8), format: format)
    }

    @Test("a recorded page is understood whole, and each name that is used says what it means")
    func recorded() throws {
        let page = try fixture("vllm-0.32.0/t1.txt")
        let lint = try MetricsLint(file: "t1", bytes: page)
        #expect(lint.rejected == 0 && lint.lines.contains("every line is understood"))
        let series = String(decoding: page, as: UTF8.self).split(separator: "\n").count { !$0.hasPrefix("#") }
        #expect(lint.lines[0].hasPrefix("t1: text, \(page.count) bytes, \(series) series of "))
        #expect(lint.lines.contains("  vllm:generation_tokens_total, 1 series: vllm tokens out (tokens)"))
        let gives = try #require(lint.lines.first { $0.hasPrefix("gives 1 x vllm engine of tiny-llama: ") })
        for words in ["running", "waiting", "tokens out", "TTFT", "ITL", "KV use"] { #expect(gives.contains(words)) }
    }

    @Test(
        "names that were never seen on a real page say so; those that were do not",
        arguments: [
            ("documented-sglang/t1", true), ("documented-dcgm-exporter/t1", true), ("documented-kueue/t0", true),
            ("documented-megatron/t0", true), ("vllm-0.32.0/t1", false), ("node_exporter-1.5.0/t0", false),
            ("dynamo-1.6.1/frontend-t0", false),
        ])
    func verified(_ page: String, _ isDoubted: Bool) throws {
        let lint = try MetricsLint(file: page, bytes: fixture("\(page).txt"))
        #expect(!lint.gives.isEmpty)
        for line in lint.gives { #expect(line.hasSuffix(" (names not verified)") == isDoubted, "\(line)") }
    }

    @Test("what many plants do not have is not missed")
    func rare() throws {
        let page = try MetricsLint(file: "p", bytes: fixture("node_exporter-1.5.0/t0.txt"))
        #expect(page.missing.isEmpty, "\(page.missing)")
        let short = try lint("vllm:num_requests_running{model_name=\"m\"} 1\n").missing
        #expect(short.count == 1 && short[0].contains("TTFT") && !short[0].contains("draft"))
    }

    @Test("every product that has a recorded page is called verified, and no other")
    func recordedProducts() throws {
        // The folders of Tests/Fixtures that are not called documented-*.
        let recorded: Set<MetricProduct> = [.nodeExporter, .vllm, .dynamo, .rayServe, .pushgateway]
        let own: Set<MetricProduct> = [.training, .any]
        #expect(Set(MetricProduct.allCases.filter(\.isRecorded)) == recorded.union(own))
    }

    @Test("a bad line is named by its number and its reason, and the others count")
    func rejected() throws {
        let lint = try lint("llamacpp:requests_processing 1\nbad{ 3\nx 0x10\nllamacpp:requests_deferred 2\n")
        #expect(lint.rejected == 2)
        #expect(lint.lines.contains("2 lines not understood:"))
        #expect(lint.lines.contains { $0.hasPrefix("  line 2: labels") })
        #expect(lint.lines.contains("  line 3: a value that is not a number"))
        #expect(lint.lines.contains("2 of 3 names are used:") || lint.lines.contains("2 of 2 names are used:"))
        #expect(lint.lines.contains { $0.hasPrefix("lacks ") && $0.contains("tokens out") })
    }

    @Test("# EOF at the end makes it OpenMetrics; without it the page may be cut, which is a warning")
    func openMetrics() throws {
        #expect(try lint("a 1\n# EOF\n").lines[0].hasPrefix("p: OpenMetrics, "))
        #expect(try lint("a 1\n# EOF\n", .text).lines[0].hasPrefix("p: text, "))
        let cut = try lint("a 1\n", .openmetrics)
        #expect(cut.rejected == 0 && cut.lines.contains { $0.hasPrefix("warning: no # EOF") })
        #expect(try lint("a 1\n").lines.contains("none of 1 name is used: docs/live.md lists what is"))
    }

    @Test("times, doubles and wrong types are warnings")
    func warnings() throws {
        let text = """
            # TYPE vllm:generation_tokens_total gauge
            vllm:generation_tokens_total{model_name="m"} 1 1700000000000
            vllm:num_requests_running{model_name="m"} 1
            vllm:num_requests_running{model_name="m"} 2

            """
        let lines = try lint(text).lines
        #expect(lines.contains("1 series carry a time of their own: they are as old as it says"))
        #expect(lines.contains("warning: 1 series stand there twice, and the last counts"))
        #expect(lines.contains("warning: vllm:generation_tokens_total has the TYPE gauge and is read as a counter"))
    }

    @Test("a hundred bad lines are listed, the rest counted", arguments: [100, 150])
    func many(_ bad: Int) throws {
        let lint = try lint(String(repeating: "x y\n", count: bad) + "a 1\n")
        #expect(lint.rejected == bad)
        #expect(lint.lines.count { $0.hasPrefix("  line ") } == 100)
        #expect(lint.lines.contains("  and 50 more") == (bad == 150))
    }

    @Test(
        "what is no page of metrics is called what it is",
        arguments: [
            ("<html>", "is HTML"), ("{\"a\":1}", "is JSON"), ("", "is an empty page"), ("\u{1f}\u{0}", "binary"),
        ])
    func notMetrics(_ text: String, _ words: String) {
        let error = #expect(throws: TargetError.self) { try lint(text) }
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }
}
