// SPDX-License-Identifier: Apache-2.0

import Factory
import Foundation
import Testing

@testable import Backends

/// Whole handshakes, with certificates made for them, are in Tests/EndToEnd/test_tls.py.
@Suite struct TLSTests {
    @Test(
        "a file that cannot be used is named with its key, and again once it has changed",
        arguments: [("", "is empty"), ("no certificate\n", "no PEM")])
    func files(_ text: String, _ what: String) throws {
        let file = NSTemporaryDirectory() + "tokenworks-tls-\(UUID().uuidString).pem"
        defer { try? FileManager.default.removeItem(atPath: file) }  // ignored because nothing depends on it
        let tls = ScrapeTLS(authorities: file)
        let missing = #expect(throws: TargetError.self) { try tls.check() }
        #expect(missing?.description == "tls.ca_file: \(file): No such file or directory")
        try text.write(toFile: file, atomically: false, encoding: .utf8)
        let wrong = #expect(throws: TargetError.self, "\(what)") { try tls.check() }
        #expect(wrong?.description == "tls.ca_file: \(file): holds no certificate in PEM")
    }

    @Test("a target whose files cannot be used is not asked, and says so")
    func notAsked() async throws {
        let server = try await RawServer { _, _ in
            Issue.record("it was asked")
            return .hang
        }
        var target = try ScrapeTarget("https://127.0.0.1:\(server.port)/metrics")
        target.tls = ScrapeTLS(authorities: "/nowhere/ca.pem")
        let status = await ScrapeObserver(targets: [target], settings: settings()).observe(at: 1).source
        #expect(
            status.dead.map(\.reason) == ["is not asked: tls.ca_file: /nowhere/ca.pem: No such file or directory"])
        try await server.close()
    }

    @Test(
        "a URL under another name keeps its port, path and its own authority",
        arguments: [
            ("https://10.0.0.7:9400/metrics", "https://n.example/", ":9400/metrics", "10.0.0.7:9400"),
            ("https://gpu1/a?b=c", "https://n.example/", "/a?b=c", "gpu1"),
            ("https://[fd00::1]:9400/x", "https://n.example/", ":9400/x", "[fd00::1]:9400"),
        ])
    func renamed(_ url: String, _ start: String, _ rest: String, _ authority: String) throws {
        let asked = try ScrapeTarget(url).asked(as: "n.example")
        #expect(asked.url == start.dropLast() + rest)
        #expect(asked.authority == authority)
    }

    @Test("where a URL names no port it is that of its scheme")
    func ports() throws {
        #expect(try ScrapeTarget("https://a/").port == 443)
        #expect(try ScrapeTarget("http://a/").port == 80)
        #expect(try ScrapeTarget("http://a:9400/").port == 9400)
    }
}
