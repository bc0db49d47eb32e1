// SPDX-License-Identifier: Apache-2.0

import Factory
import Synchronization
import Testing

@testable import Backends

/// A clock that a test sets, and a page that it turns.
private final class Stage: Sendable {
    let seconds = Mutex(0.0)
    let page = Mutex(0)
}

@Suite struct ObserverTests {
    @Test("two scrapes of recorded pages give one host that serves, with the pages' own rates")
    func twoScrapes() async throws {
        let vllm = try ["t0", "t1"].map { try fixture("vllm-0.32.0/\($0).txt") }
        let node = try ["t0", "t1"].map { try fixture("node_exporter-1.5.0/\($0).txt") }
        let stage = Stage()
        let engines = try await RawServer { _, _ in .page(vllm[stage.page.withLock { $0 }]) }
        let hosts = try await RawServer { _, _ in .page(node[stage.page.withLock { $0 }]) }
        let observer = ScrapeObserver(
            targets: [try ScrapeTarget(hosts.url("/metrics")), try ScrapeTarget(engines.url("/metrics"))],
            settings: settings(), elapsed: { stage.seconds.withLock { $0 } })
        var fold = Fold(plant: "p")

        let first = fold.fold([await observer.observe(at: 1000)])
        #expect(first.decode == .missing)
        #expect(first.waiting == .fresh(Count(6)))
        #expect(first.nodes.ids == [NodeID("vm")])
        #expect(first.nodes.states == [.serving])
        #expect(first.nodes.cpu[0] == nil)

        stage.seconds.withLock { $0 = 4 }
        stage.page.withLock { $0 = 1 }
        let second = fold.fold([await observer.observe(at: 1004)])
        let decode = total(vllm[1], "vllm:generation_tokens_total{") - total(vllm[0], "vllm:generation_tokens_total{")
        #expect(second.decode == .fresh(TokensPerSecond(decode / 4)))
        #expect(second.waiting == .fresh(Count(5)))
        #expect(second.nodes.cpu[0] == 1)
        #expect(second.ledger.total == 1)
        #expect(second.pools.map(\.pool.shortName) == ["tiny-llama"])
        #expect(second.sources.first?.targetsUp == 2)
        try await engines.close()
        try await hosts.close()
    }

    @Test(
        "the same body again is compared and not read, and says the same; without room it is read",
        arguments: [1 << 20, 0])
    func sameBody(_ room: Int) async throws {
        let vllm = try ["t0", "t1"].map { try fixture("vllm-0.32.0/\($0).txt") }
        let stage = Stage()
        let server = try await RawServer { _, _ in .page(vllm[stage.page.withLock { $0 }]) }
        var settings = settings()
        settings.memoryLimit = room
        let observer = ScrapeObserver(
            targets: [try ScrapeTarget(server.url("/metrics"))], settings: settings,
            elapsed: { stage.seconds.withLock { $0 } })
        var decodes: [Double?] = []
        for (second, page) in [(0.0, 0), (4, 0), (8, 1), (12, 1)] {
            stage.seconds.withLock { $0 = second }
            stage.page.withLock { $0 = page }
            let observation = await observer.observe(at: 1000 + second)
            #expect(observation.engines.map(\.running) == [total(vllm[page], "vllm:num_requests_running{")])
            #expect(observation.engines[0].at == PlantTime(epoch: 1000 + second))
            decodes.append(observation.engines[0].decode)
        }
        let made = total(vllm[1], "vllm:generation_tokens_total{") - total(vllm[0], "vllm:generation_tokens_total{")
        #expect(decodes == [nil, 0, made / 4, 0])
        try await server.close()
    }

    @Test("pages are remembered within one limit for all targets, and every page is read all the same")
    func memoryLimit() async throws {
        let server = try await RawServer { path, _ in
            .page("vllm:num_requests_running{model_name=\"\(path)\"} 4\n" + String(repeating: "# x\n", count: 500))
        }
        let targets = try (0..<6).map { try ScrapeTarget(server.url("/m\($0)")) }
        var limited = settings()
        limited.memoryLimit = 5000
        let observer = ScrapeObserver(targets: targets, settings: limited)
        for second in 0..<3 {
            #expect(
                await observer.observe(at: 1000 + Double(second) * 5).engines.map(\.running)
                    == Array(repeating: 4, count: 6))
            #expect(await observer.remembered <= 5000)
            #expect(await observer.remembered > 2000)
        }
        try await server.close()
    }

    @Test("polls of a target share one connection, which stays")
    func keepsConnection() async throws {
        let server = try await RawServer { _, _ in .page("vllm:num_requests_running{model_name=\"m\"} 4\n") }
        let observer = ScrapeObserver(targets: [try ScrapeTarget(server.url("/metrics"))], settings: settings())
        for second in 0..<5 {
            #expect(await observer.observe(at: 1000 + Double(second) * 5).source.dead.isEmpty)
        }
        #expect(server.connections == 1)
        try await server.close()
    }

    @Test("a machine that is down since before the start is there as unknown; an engine that is down is no machine")
    func downFromTheStart() async throws {
        let node = try fixture("node_exporter-1.5.0/t0.txt")
        let hosts = try await RawServer { _, _ in .page(node) }
        // Nobody listens at the other addresses of loopback.
        let down = try ScrapeTarget("http://127.0.0.2:\(hosts.port)/metrics")
        let engine = try ScrapeTarget("http://127.0.0.3:1/metrics")
        let observer = ScrapeObserver(
            targets: [try ScrapeTarget(hosts.url("/metrics")), down, engine], settings: settings())
        var fold = Fold(plant: "p")
        let snapshot = fold.fold([await observer.observe(at: 1000)])
        #expect(Set(snapshot.nodes.ids) == [NodeID("vm"), NodeID("127.0.0.2")])
        let index = try #require(snapshot.nodes.ids.firstIndex(of: NodeID("127.0.0.2")))
        #expect(snapshot.nodes.states[index] == .unknown && snapshot.nodes.lastHeard(of: index) == nil)
        let condition = try #require(snapshot.nodes.conditions[index])
        #expect(condition.kind == .stale && condition.text.hasPrefix(down.name), "\(condition)")
        #expect(condition.text.contains("refuses"), "\(condition)")
        try await hosts.close()
    }

    @Test("a target that never answered is dead, not stale: it has said nothing that could be old")
    func neverAnswered() async throws {
        let server = try await RawServer { _, _ in .page("", status: "503 Service Unavailable") }
        let target = try ScrapeTarget(server.url("/metrics"))
        let events = await ScrapeObserver(targets: [target], settings: settings()).observe(at: 1000).events
        #expect(events.map(\.kind) == [.dead])
        #expect(
            events.map(\.text) == [
                "\(target.name) answers HTTP 503 Service Unavailable, and never gave a page"
            ])
        try await server.close()
    }

    @Test("a target that dies is shown dead with reason and age, is asked less and less, and comes back")
    func death() async throws {
        let stage = Stage()
        let asked = Mutex(0)
        let server = try await RawServer { _, _ in
            asked.withLock { $0 += 1 }
            let isDead = stage.page.withLock { $0 } == 1
            return isDead
                ? .page("", status: "503 Service Unavailable")
                : .page("vllm:num_requests_running{model_name=\"m\"} 4\n")
        }
        let target = try ScrapeTarget(server.url("/metrics"))
        let observer = ScrapeObserver(
            targets: [target], settings: settings(), elapsed: { stage.seconds.withLock { $0 } })
        var now = 1000.0
        func poll() async -> Observation {
            let observation = await observer.observe(at: now)
            now += 5
            stage.seconds.withLock { $0 += 5 }
            return observation
        }
        #expect(await poll().source.dead.isEmpty)
        stage.page.withLock { $0 = 1 }
        let dead = await poll()
        #expect(
            dead.source.dead == [
                DeadTarget(
                    name: target.name, reason: "answers HTTP 503 Service Unavailable", lastSeen: PlantTime(epoch: 1000))
            ])
        #expect(dead.source.problem == "\(target.name) answers HTTP 503 Service Unavailable")
        #expect(dead.events.map(\.kind) == [.stale])
        // What it said last is kept with its time, so that Fold can call it stale.
        #expect(dead.engines.map(\.running) == [4])
        #expect(dead.engines.map(\.at) == [PlantTime(epoch: 1000)])
        for _ in 0..<11 { #expect(await poll().events.isEmpty) }
        // Polls 2, 3, 5 and 9 of the twelve since its death asked; the others were passed over.
        #expect(asked.withLock { $0 } == 5)
        stage.page.withLock { $0 = 0 }
        var back: [FactoryEvent] = []
        for _ in 0..<13 where back.isEmpty { back = await poll().events }
        #expect(back.map(\.text) == ["\(target.name) answers again"])
        try await server.close()
    }

    @Test("an XID that appears is one event")
    func xid() async throws {
        let stage = Stage()
        let server = try await RawServer { _, _ in
            let xid = stage.page.withLock { $0 }
            return .page("DCGM_FI_DEV_XID_ERRORS{gpu=\"3\",UUID=\"GPU-1\",Hostname=\"n1\"} \(xid)\n")
        }
        let observer = ScrapeObserver(targets: [try ScrapeTarget(server.url("/metrics"))], settings: settings())
        #expect(await observer.observe(at: 1000).events.isEmpty)
        stage.page.withLock { $0 = 79 }
        #expect(await observer.observe(at: 1005).events.map(\.text) == ["n1 XID 79 gpu3"])
        #expect(await observer.observe(at: 1010).events.isEmpty)
        try await server.close()
    }

    @Test("a page without anything known, or with bad lines, is up and remarked on")
    func remarks() async throws {
        let server = try await RawServer { path, _ in
            path == "/odd" ? .page("up 1\n") : .page("vllm:num_requests_running{model_name=\"m\"} 4\nbad line\n")
        }
        let odd = await ScrapeObserver(targets: [try ScrapeTarget(server.url("/odd"))], settings: settings()).observe(
            at: 1)
        #expect(odd.source.targetsUp == 1)
        #expect(
            odd.source.problem?.hasSuffix("answers 1 series, none that is known (docs/live.md has the list)") == true)
        let bad = await ScrapeObserver(targets: [try ScrapeTarget(server.url("/metrics"))], settings: settings())
            .observe(at: 1)
        #expect(
            bad.source.problem?.hasSuffix(
                "has 1 line that are not understood, first line 2: a value that is not a number") == true)
        try await server.close()
    }

    @Test("no target at all is an observation of nothing")
    func none() async {
        let observation = await ScrapeObserver(targets: []).observe(at: 1)
        #expect(observation.source.targets == 0)
        #expect(observation.source.answeredAt == nil)
    }
}
