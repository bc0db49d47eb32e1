// SPDX-License-Identifier: Apache-2.0

import Exposition
import Factory
import Synchronization
import Testing

@testable import Backends

/// A small server, an observer of it, and the clock of both.
struct PrometheusStage {
    let tiny = TinyPrometheus()
    let server: RawServer
    let observer: PrometheusObserver
    /// As sentences call the server.
    let name: String

    init(_ change: (inout PrometheusSettings) throws -> Void = { _ in }) async throws {
        server = try await RawServer { [tiny] path, request in tiny.reply(path, request) }
        var settings = PrometheusSettings(server: try PrometheusServer(server.url("")))
        // A busy machine takes its time: only a hang runs into a limit.
        (settings.patience, settings.deadline) = (.seconds(300), .seconds(300))
        settings.past = 0
        try change(&settings)
        name = settings.server.name
        // The server's clock stands still, and so does this one: how long a busy machine takes is not tested.
        observer = PrometheusObserver(settings, elapsed: { 0 })
    }

    /// Polls at the moment of the server's clock.
    func poll() async -> Observation { await observer.observe(at: tiny.state.withLock { $0.now }) }
}

@Suite("A plant that is read through Prometheus") struct PrometheusObserverTests {
    /// Pages of every product, fifteen seconds apart: whoever scrapes them and whoever asks a server that has scraped them
    /// must know the same.
    @Test(
        "gives the facts of scraping the same pages",
        arguments: [
            "vllm-0.32.0/t", "dynamo-1.6.1/frontend-t", "dynamo-1.6.1/worker-t", "node_exporter-1.5.0/t",
            "documented-dcgm-exporter/t", "documented-sglang/t", "documented-tgi/t", "documented-llamacpp/t",
            "documented-triton/t", "documented-trtllm/t", "documented-ray-llm/t", "documented-amd-device-metrics/t",
            "documented-gaudi/t", "documented-nim/t",
        ])
    func sameFacts(_ path: String) async throws {
        // ignored because some products have one page only.
        let pages = [0, 1].compactMap { try? fixture("\(path)\($0).txt") }
        try #require(!pages.isEmpty)
        var direct = TargetHistory(try ScrapeTarget("http://10.0.0.7:8000/metrics"))
        var wanted = TargetHistory.Facts()
        let stage = try await PrometheusStage()
        for (index, page) in pages.enumerated() {
            let time = 100_000 + Double(index) * 15
            stage.tiny.add("job", "10.0.0.7:8000", at: time, page)
            wanted = direct.take(PageReading(ExpositionPage(parsing: page)), at: PlantTime(epoch: time), elapsed: time)
        }
        let observation = await stage.poll()
        #expect(observation.source.problem == nil && observation.source.targetsUp == 1)
        #expect(!(wanted.engines.isEmpty && wanted.hosts.isEmpty))
        #expect(observation.engines.map(timeless) == wanted.engines.map(timeless))
        for (got, want) in zip(observation.hosts, wanted.hosts) {
            #expect(abs((got.memory ?? -1) - (want.memory ?? -1)) < 1e-9)
            #expect(got.gpus == want.gpus)
            // The server's sums need two of its polls; the first look has what was a minute ago.
            #expect(got.name == want.name && got.address == want.address && got.at == want.at)
        }
        #expect(observation.hosts.count == wanted.hosts.count)
        try await stage.server.close()
    }

    private func timeless(_ engine: EngineFacts) -> EngineFacts {
        var engine = engine
        engine.staleAfter = .zero
        return engine
    }

    @Test("the next page is the newest scrape, processor time comes from the server's sums")
    func next() async throws {
        let pages = try [0, 1].map { try fixture("node_exporter-1.5.0/t\($0).txt") }
        let stage = try await PrometheusStage()
        stage.tiny.add("node", "n1:9100", at: 1000, pages[0])
        #expect(await stage.poll().hosts.map(\.cpu) == [nil])
        stage.tiny.add("node", "n1:9100", at: 1015, pages[1])
        let host = try #require(await stage.poll().hosts.first)
        #expect(host.at == PlantTime(epoch: 1015) && host.address == "n1")
        #expect(try #require(host.cpu) > 0.99)
        // Between two scrapes there is nothing new, and nobody asks for it.
        let asked = stage.tiny.asked.count { $0.hasPrefix("{__name__=~\"up") }
        let again = await stage.poll()
        #expect(again.hosts == [host])
        #expect(stage.tiny.asked.count { $0.hasPrefix("{__name__=~\"up") } == asked)
        try await stage.server.close()
    }

    @Test("a series that has vanished is missing, and not old")
    func vanished() async throws {
        let stage = try await PrometheusStage()
        let both = "vllm:num_requests_running{model_name=\"m\"} 3\nvllm:num_requests_waiting{model_name=\"m\"} 2\n"
        stage.tiny.add("v", "e:8000", at: 1000, Array(both.utf8))
        #expect(await stage.poll().engines.map(\.waiting) == [2])
        stage.tiny.add("v", "e:8000", at: 1015, Array("vllm:num_requests_running{model_name=\"m\"} 4\n".utf8))
        let engines = await stage.poll().engines
        #expect(engines.map(\.running) == [4] && engines.map(\.waiting) == [nil])
        try await stage.server.close()
    }

    @Test("a target that the server cannot scrape is dead with its reason, keeps its last word, and comes back")
    func death() async throws {
        let stage = try await PrometheusStage()
        let page = Array("vllm:num_requests_running{model_name=\"m\"} 3\n".utf8)
        for time in [970.0, 985, 1000] { stage.tiny.add("v", "e:8000", at: time, page) }
        #expect(await stage.poll().source.dead.isEmpty)
        stage.tiny.add("v", "e:8000", at: 1015, nil)
        let dead = await stage.poll()
        let reason = "cannot be scraped by Prometheus, up is 0 since 00:16:40Z"
        #expect(dead.source.dead.map(\.name) == ["e:8000"] && dead.source.targetsUp == 0)
        #expect(dead.source.dead.first?.reason == reason + ": dial tcp 10.0.0.9:1: connect: connection refused")
        #expect(dead.source.dead.first?.lastSeen == PlantTime(epoch: 1000))
        #expect(dead.events.map(\.kind) == [.stale] && dead.events.first?.text == "e:8000 \(reason)")
        #expect(dead.engines.map(\.running) == [3] && dead.engines.map(\.at) == [PlantTime(epoch: 1000)])
        #expect(await stage.poll().events.isEmpty)
        // Stale by its own time: two of its scrapes and a poll of ours.
        #expect(dead.engines.map(\.staleAfter) == [Seconds(35)])
        stage.tiny.add("v", "e:8000", at: 1030, page)
        let back = await stage.poll()
        #expect(back.events.map(\.text) == ["e:8000 answers again"] && back.source.dead.isEmpty)
        // And one that is taken off the server's list is no target any more.
        stage.tiny.state.withLock {
            $0.scrapes = $0.scrapes.map {
                var s = $0; s.instance = "f:8000"; return s
            }
        }
        let gone = await stage.poll()
        #expect(gone.source.dead.first?.reason.hasPrefix("is no target of Prometheus any more") == true)
        try await stage.server.close()
    }

    @Test("labels of Prometheus' own do not become a GPU's holder, exported ones do")
    func relay() async throws {
        let stage = try await PrometheusStage()
        let own = "pod=\"train-7\",namespace=\"nlp\",UUID=\"GPU-1\",gpu=\"0\",Hostname=\"n1\""
        stage.tiny.add("dcgm", "n1:9400", at: 1000, Array("DCGM_FI_DEV_GPU_UTIL{\(own)} 3\n".utf8))
        let gpus = await stage.poll().hosts.flatMap(\.gpus)
        #expect(gpus.map(\.holder) == ["train-7"] && gpus.map(\.owner) == ["nlp"])
        try await stage.server.close()
    }

    @Test("warnings of a server that answers in part are its problem, and its clock is minded")
    func odd() async throws {
        let stage = try await PrometheusStage()
        stage.tiny.add("v", "e:8000", at: 1000, Array("vllm:num_requests_running{model_name=\"m\"} 3\n".utf8))
        stage.tiny.state.withLock { $0.warnings = ["store 10.0.0.3:10901 is silent"] }
        let name = stage.name
        #expect(await stage.poll().source.problem == "\(name) answers in part: store 10.0.0.3:10901 is silent")
        // What a part does not speak of is not gone.
        let scrapes = stage.tiny.state.withLock { $0.scrapes }
        stage.tiny.state.withLock { $0.scrapes = [] }
        #expect(await stage.poll().source.dead.isEmpty)
        stage.tiny.state.withLock { ($0.scrapes, $0.warnings) = (scrapes, []) }
        stage.tiny.add("v", "e:8000", at: 1015, Array("vllm:num_requests_running{model_name=\"m\"} 4\n".utf8))
        let now = stage.tiny.state.withLock { $0.now } - 300
        let behind = await stage.observer.observe(at: now)
        #expect(behind.source.problem == "\(name) has a clock 5 min ahead of this host's")
        #expect(behind.engines.map { ($0.at - PlantTime(epoch: now)).value.rounded() } == [-1])
        try await stage.server.close()
    }

    @Test("many targets are asked for in batches, and what refuses too much is asked for less")
    func batches() async throws {
        let stage = try await PrometheusStage { $0.seriesPerQuery = 400 }
        let page = (0..<100).map { "vllm:num_requests_running{model_name=\"m\($0)\"} 1\n" }.joined()
        for number in 0..<10 { stage.tiny.add("v", "e\(number):8000", at: 1000, Array(page.utf8)) }
        #expect(await stage.poll().engines.count == 1000)
        #expect(stage.tiny.asked.count { $0.hasPrefix("{__name__=~\"up") } == 3)
        try await stage.server.close()
    }

    @Test("tenant and token go to the server, and to an Alertmanager only where that is the same one")
    func secrets() async throws {
        let mimir = try PrometheusServer("http://mimir:8080/prometheus/")
        #expect(mimir.base == "http://mimir:8080/prometheus" && mimir.name == "mimir:8080/prometheus")
        var own = mimir
        (own.tenant, own.credentials) = ("prod", .bearer(tokenFile: "/t"))
        #expect(try PrometheusServer("http://mimir:8080/alertmanager").trusting(own).tenant == "prod")
        #expect(try PrometheusServer("http://mimir:9093").trusting(own).credentials == nil)
        let stage = try await PrometheusStage { $0.server.tenant = "prod" }
        stage.tiny.add("v", "e:8000", at: 1000, Array("vllm:num_requests_running{model_name=\"m\"} 3\n".utf8))
        _ = await stage.poll()
        let requests = stage.tiny.state.withLock { $0.requests }
        #expect(!requests.isEmpty && requests.allSatisfy { $0.contains("X-Scope-OrgID: prod\r\n") })
        try await stage.server.close()
    }

    @Test(
        "a URL that cannot be asked is refused before anything is sent",
        arguments: [
            ("ftp://a", "write http://HOST:9090"), ("http://u:p@a", "everyone on this host could read it"),
            ("http://169.254.169.254", "metadata"), ("http://a/?x=1", "has a query"),
        ])
    func urls(_ url: String, _ words: String) throws {
        let error = try #require(throws: TargetError.self) { try PrometheusServer(url) }
        #expect(error.text.contains(words), "\(error.text)")
    }

    @Test(
        "an answer that is none is one sentence",
        arguments: [
            (
                Reply.page(#"{"status":"error","errorType":"execution","error":"too many samples"}"#, status: "422 X"),
                "refuses the query (HTTP 422, execution): too many samples"
            ),
            (.page("<html>Sign in</html>"), "answers HTML, not what Prometheus' API answers"),
            (.page("oops", status: "500 Internal Server Error"), "answers HTTP 500 Internal Server Error"),
            (
                .page("no org id", status: "401 Unauthorized"),
                "answers HTTP 401: it wants a tenant (docs/configuration.md)"
            ),
            (.page("go", status: "302 Found", headers: ["Location: /login"]), "redirects to /login"),
            (.page("404", status: "404 Not Found"), "its API does not begin here"),
            (.page(#"{"status":"success","data":["up","#), "answers JSON that is damaged or cut off"),
            (.page(#"{"status":"success","data":[1]}"#), "answers JSON that is not of Prometheus' API at data[0]"),
            (.page("{}"), "answers JSON that has no 'status'"),
            (.page(#"{"status":"success","data":["up"]}"#), "has no metric that is known"),
            (.page(""), "answers nothing"),
            (.send(Array("HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n".utf8)), "answers more than"),
            (.hang, "gives no whole answer within 0.5 s"),
        ])
    func failures(_ reply: Reply, _ words: String) async throws {
        let stage = try await PrometheusStage { settings in
            if case .hang = reply { settings.deadline = .milliseconds(500) }
        }
        stage.tiny.state.withLock { $0.trouble = reply }
        let source = await stage.observer.observe(at: 1000).source
        #expect(source.targets == 1 && source.targetsUp == 0 && source.dead.count == 1)
        #expect(source.dead.first?.reason.contains(words) == true, "\(source.dead.first?.reason ?? "")")
        #expect(source.problem?.hasPrefix(stage.name) == true)
        try await stage.server.close()
    }
}
