// SPDX-License-Identifier: Apache-2.0

import Factory
import Synchronization
import Testing

@testable import Backends

/// A scraper that gives up soon, for servers that deserve it.
func settings(_ deadline: Duration = .seconds(10), bodyLimit: Int = 4 << 20) -> ScrapeSettings {
    ScrapeSettings(interval: Seconds(5), deadline: deadline, patience: .seconds(20), bodyLimit: bodyLimit)
}

/// The sentence for one reply, or `ok`.
private func verdict(_ reply: Reply, _ settings: ScrapeSettings) async throws -> String {
    let server = try await RawServer { _, _ in reply }
    let observer = ScrapeObserver(targets: [try ScrapeTarget(server.url("/metrics"))], settings: settings)
    let status = await observer.observe(at: 1000).source
    try await server.close()
    #expect(status.targets == 1)
    #expect(status.targetsUp == (status.dead.isEmpty ? 1 : 0))
    return status.dead.first?.reason ?? "ok"
}

@Suite struct FailureTests {
    static let page = "vllm:num_requests_running{model_name=\"m\"} 1\n"
    static let chunked = Array("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".utf8)

    @Test("one that has only OpenMetrics is asked again in its own words; text is asked for first")
    func openMetricsOnly() async throws {
        let asked = Mutex<[String]>([])
        let body = Array("# TYPE slurm_jobs_pending gauge\nslurm_jobs_pending 37\n".utf8)
        let server = try await RawServer { _, request in
            let accept = request.split(separator: "\r\n").first { $0.lowercased().hasPrefix("accept:") } ?? ""
            asked.withLock { $0.append(String(accept)) }
            guard accept.contains("application/openmetrics-text") else {
                return .page("", status: "406 Not Acceptable")
            }
            // As Slurm's documents show it: without # EOF.
            return .page(body, headers: ["Content-Type: application/openmetrics-text; version=1.0.0"])
        }
        let observer = ScrapeObserver(targets: [try ScrapeTarget(server.url("/metrics/jobs"))], settings: settings())
        let observation = await observer.observe(at: 1000)
        #expect(observation.source.dead.isEmpty && observation.queues.map(\.pending) == [37])
        #expect(asked.withLock { $0.count } == 2)
        #expect(asked.withLock { $0.first?.contains("openmetrics") } == false)
        try await server.close()
    }

    @Test(
        "each way to answer wrongly is one sentence",
        arguments: [
            (.page(page), "ok"),
            (.page(page, headers: ["Content-Type: text/html"]), "ok"),
            (.page("<!doctype html><html>hello</html>"), "answers HTML, not metrics"),
            (.page("{\"serve_mode\": 1}"), "answers JSON, not metrics"),
            (.page([1, 2, 3, 0, 4, 5]), "answers binary, not metrics"),
            (.page(""), "answers an empty page"),
            (.page([0x1f, 0x8b, 8, 0, 0]), "answers compressed bytes without saying so"),
            (.page("hello world\n"), "answers text that is not metrics (line 1: a value that is not a number)"),
            (.page("oops", status: "500 Internal Server Error"), "answers HTTP 500 Internal Server Error"),
            (.page("", status: "404 Not Found"), "answers HTTP 404 Not Found"),
            (
                .page("", status: "302 Found", headers: ["Location: http://169.254.169.254/latest"]),
                "redirects to http://169.254.169.254/latest; redirects are not followed, give the final URL"
            ),
            (
                .sendAndClose(Array("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n\(page)".utf8)),
                "closes the connection before its answer is whole"
            ),
            (
                .sendAndClose(chunked + Array("5\r\nvllm:".utf8)),
                "closes the connection before its answer is whole"
            ),
            (.sendAndClose([]), "closes the connection before its answer is whole"),
            (.sendAndClose(Array("SSH-2.0-OpenSSH_9.2\r\n".utf8)), "answers something that is not HTTP"),
            (.endless(chunked), "answers more than 4096 KiB"),
            (
                .send(Array("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n".utf8)),
                "answers more than 4096 KiB"
            ),
            (.page(page, headers: ["Content-Encoding: br"]), "answers in the encoding br, which was not asked for"),
            (.page(page, headers: ["Content-Encoding: gzip"]), "answers damaged gzip"),
        ] as [(Reply, String)])
    func sentences(_ reply: Reply, _ expected: String) async throws {
        let found = try await verdict(reply, settings())
        #expect(found == expected)
    }

    @Test("a target that hangs, at once or half-way, is given up at the deadline")
    func hang() async throws {
        let soon = settings(.milliseconds(150))
        #expect(try await verdict(.hang, soon) == "gives no whole answer within 0.2 s")
        let half = Array("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n\(Self.page)".utf8)
        #expect(try await verdict(.send(half), soon) == "gives no whole answer within 0.2 s")
    }

    @Test("a port where nobody listens and a name that nobody has are told apart")
    func nobody() async throws {
        let server = try await RawServer { _, _ in .hang }
        let url = server.url("/metrics")
        try await server.close()
        let targets = [try ScrapeTarget(url), try ScrapeTarget("http://no-such-host.invalid/metrics")]
        let observer = ScrapeObserver(targets: targets, settings: settings())
        let dead = await observer.observe(at: 1000).source.dead
        #expect(dead.map(\.reason) == ["refuses the connection", "has a host name that does not resolve"])
    }

    @Test("gzip is unpacked, in one member or several")
    func gzip() async throws {
        let headers = ["Content-Encoding: gzip"]
        let body = try fixture("vllm-0.32.0/t0.txt.gz")
        let two = try fixture("hostile/two-members.gz")
        let server = try await RawServer { path, request in
            guard request.lowercased().contains("accept-encoding: gzip") else { return .page("", status: "406 No") }
            return .page(path == "/two" ? two : body, headers: headers)
        }
        let targets = [try ScrapeTarget(server.url("/metrics")), try ScrapeTarget(server.url("/two"))]
        let observation = await ScrapeObserver(targets: targets, settings: settings()).observe(at: 1000)
        try await server.close()
        #expect(observation.source.dead.isEmpty)
        #expect(observation.engines.map(\.running) == [8, 1])
        #expect(observation.engines.map(\.waiting) == [6, 2])
    }

    @Test("gzip that grows a thousandfold, or ends too soon, is refused")
    func bomb() async throws {
        let headers = ["Content-Encoding: gzip"]
        let bomb = try fixture("hostile/bomb.gz")
        #expect(bomb.count < 64 << 10)
        let grown = try await verdict(.page(bomb, headers: headers), settings(bodyLimit: 64 << 20))
        #expect(grown.hasPrefix("answers gzip of more than"))
        let cut = Array(try fixture("vllm-0.32.0/t0.txt.gz").dropLast(100))
        #expect(try await verdict(.page(cut, headers: headers), settings()) == "answers damaged gzip")
    }

    /// Lives as long as the process, as its client must.
    private static let wary = PageFetcher(
        settings: settings(), elapsed: ScrapeObserver.monotonic(), refusing: { _ in "it is a test" })

    @Test("a name that leads to a refused address is refused on every connection, before anything is sent")
    func refusedConnection() async throws {
        let server = try await RawServer { _, _ in
            Issue.record("the request was sent")
            return .page(Self.page)
        }
        let target = try ScrapeTarget(server.url("/metrics"))
        for _ in 0..<3 {
            guard case .failure(let failure) = await Self.wary.fetch(target) else {
                Issue.record("the page was fetched")
                continue
            }
            #expect(failure.kind == .refusedAddress)
            #expect(failure.text == "resolves to 127.0.0.1, which is refused: it is a test")
        }
        try await server.close()
    }

    @Test("one slow target delays no other, and its page comes later")
    func slow() async throws {
        // A deadline that no busy machine reaches: the slow one is slow, not late.
        let server = try await RawServer { path, _ in path == "/slow" ? .hang : .page(Self.page) }
        let targets = [try ScrapeTarget(server.url("/slow")), try ScrapeTarget(server.url("/metrics"))]
        let observer = ScrapeObserver(
            targets: targets, settings: ScrapeSettings(deadline: .seconds(3600), patience: .seconds(5)))
        let first = await observer.observe(at: 1000)
        #expect(first.engines.map(\.running) == [1])
        #expect(first.source.dead.map(\.reason) == ["has not answered yet"])
        #expect(first.source.targetsUp == 1)
        // The slow one is still asked: it is not asked again.
        let second = await observer.observe(at: 1005)
        #expect(second.source.dead.map(\.reason) == ["has not answered yet"])
        #expect(second.engines.first.map { $0.at.epoch >= 1005 } == true)
        try await server.close()
    }
}
