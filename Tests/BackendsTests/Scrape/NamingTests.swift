// SPDX-License-Identifier: Apache-2.0

import Exposition
import Factory
import Testing

@testable import Backends

@Suite struct NamingTests {
    private static func place(
        _ node: TargetNaming?, _ url: String = "http://gpu7-bmc.example.com:9400/metrics",
        labels: [String: String] = [:], page: String = ""
    ) throws -> TargetPlace {
        var targets = [try ScrapeTarget(url)]
        targets.name(node: node, site: nil, labels: [labels])
        return TargetPlace(targets[0], on: ExpositionPage(parsing: Array(page.utf8)))
    }

    @Test(
        "part of the address names the machine",
        arguments: [
            ("^(.*?)-bmc", "gpu7"), ("gpu[0-9]+", "gpu7"), ("^(rack[0-9]+)-", nil), ("^()", nil),
            ("example", "example"),
        ])
    func address(_ pattern: String, _ name: String?) throws {
        #expect(try Self.place(.address(pattern)).node == name)
        #expect(TargetNaming.address(pattern).mistake == nil)
    }

    @Test("what is no regular expression is said")
    func mistake() {
        #expect(TargetNaming.address("(").mistake?.hasPrefix("'(' is no regular expression") == true)
    }

    @Test("a label of the list counts before one of the page, and one of the page where the page has one value of it")
    func label() throws {
        let page = "a{kubernetes_node=\"n1\",x=\"1\"} 1\na{kubernetes_node=\"n1\"} 2\nb 3\n"
        let node = TargetNaming.label("kubernetes_node")
        #expect(try Self.place(node, page: page).node == "n1")
        #expect(try Self.place(node, labels: ["kubernetes_node": "n2"], page: page).node == "n2")
        #expect(try Self.place(node, labels: ["kubernetes_node": ""], page: page).node == "n1")
        #expect(try Self.place(node, page: page + "c{kubernetes_node=\"n3\"} 1\n").node == nil)
        #expect(try Self.place(node, page: "a 1\n").node == nil)
    }

    @Test("a target with a node of its own is there, whatever its page says, and its engine too")
    func observed() async throws {
        let server = try await RawServer { path, _ in
            .page(
                path == "/gpu"
                    ? "DCGM_FI_DEV_GPU_UTIL{UUID=\"GPU-1\",gpu=\"0\",Hostname=\"pod-x7f\"} 50\n"
                    : "vllm:num_requests_running{model_name=\"m\"} 1\n")
        }
        var targets = try ["/gpu", "/llm"].map { try ScrapeTarget(server.url($0)) }
        targets.name(
            node: .label("node"), site: .label("dc"), labels: [["node": "gpu7", "dc": "oslo"], ["node": "gpu7"]])
        let observation = await ScrapeObserver(targets: targets, settings: settings()).observe(at: 1)
        #expect(observation.hosts.map(\.name) == ["gpu7"])
        #expect(observation.hosts.map(\.site) == ["oslo"])
        #expect(observation.engines.map(\.node) == ["gpu7"])
        let lint = try await MetricsLint.fetch(targets[0], settings: settings())
        #expect(lint.hosts.map(\.name) == ["gpu7"])
        try await server.close()
    }

    @Test("a page of several machines keeps their names")
    func gateway() async throws {
        let server = try await RawServer { _, _ in
            .page(
                """
                DCGM_FI_DEV_GPU_UTIL{UUID="GPU-1",gpu="0",Hostname="a"} 50
                DCGM_FI_DEV_GPU_UTIL{UUID="GPU-2",gpu="0",Hostname="b"} 50

                """)
        }
        var targets = [try ScrapeTarget(server.url("/"))]
        targets.name(node: .address("127"), site: nil)
        let observation = await ScrapeObserver(targets: targets, settings: settings()).observe(at: 1)
        #expect(observation.hosts.map(\.name) == ["a", "b"])
        try await server.close()
    }
}
