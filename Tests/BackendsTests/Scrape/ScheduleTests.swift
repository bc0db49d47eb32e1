// SPDX-License-Identifier: Apache-2.0

import Factory
import Synchronization
import Testing

@testable import Backends

/// What a server saw.
private final class Log: Sendable {
    let paths = Mutex<[String]>([])
    let requests = Mutex<[String]>([])
}

@Suite struct ScheduleTests {
    @Test("the moments of a thousand URLs are spread over the interval, and are the same in every process")
    func offsets() {
        let moments = (0..<1000).map { PollSchedule.offset(of: "http://gpu\($0):9400/metrics") }
        #expect(moments.allSatisfy { (0..<1).contains($0) })
        for part in 0..<20 {
            let count = moments.count { Int($0 * 20) == part }
            #expect((25...80).contains(count), "\(count) of 1000 in part \(part) of 20")
        }
        #expect(abs(PollSchedule.offset(of: "http://gpu1:9400/metrics") - moments[1]) < 1e-12)
        #expect(PollSchedule.quickest(100, Seconds(5)) == Seconds(0.2))
        #expect(PollSchedule.quickest(10_000, Seconds(5)) == Seconds(5))
        #expect(abs(moments[0] - Self.firstMoment) < 1e-9)
    }

    /// Of `http://gpu0:9400/metrics`, computed by hand: it must not depend on a seed of the process.
    private static let firstMoment = 0.22462069869528278

    @Test("many targets are asked once an interval, each at its own moment, and no observation waits for them")
    func spread() async throws {
        let log = Log()
        let (requests, asked) = AsyncStream<Void>.makeStream()
        let server = try await RawServer { path, _ in
            log.paths.withLock { $0.append(path) }
            asked.yield()
            return .page("vllm:num_requests_running{model_name=\"m\"} 1\n")
        }
        let urls = (0..<200).map { server.url("/m\($0)") }
        let observer = ScrapeObserver(
            targets: try urls.map { try ScrapeTarget($0) },
            settings: ScrapeSettings(interval: Seconds(2), deadline: .seconds(20)))
        var all = requests.makeAsyncIterator()
        let clock = ContinuousClock()
        #expect(await observer.observe(at: 1000).source.targets == 200)
        // The first round is quick, so that there is something to see.
        for _ in urls { _ = await all.next() }
        log.paths.withLock { $0 = [] }
        let began = clock.now
        _ = await observer.observe(at: 1002)
        #expect(log.paths.withLock { $0.count } < 150, "they were asked at once")
        for _ in urls { _ = await all.next() }
        #expect(clock.now - began > .seconds(1.5), "the last of 200 moments of 2 s was early")
        let paths = log.paths.withLock { $0 }
        #expect(Set(paths).count == 200)
        let moments = paths.map { PollSchedule.offset(of: server.url($0)) }
        #expect(moments.prefix(40).allSatisfy { $0 < 0.5 })
        #expect(moments.suffix(40).allSatisfy { $0 > 0.5 })
        // The first round has long been answered.
        let last = await observer.observe(at: 1003)
        #expect(last.source.targetsUp == 200)
        #expect(last.engines.count == 200)
        // What is asked once an interval is up to one interval old when it is told, and no less fresh.
        #expect(last.interval == Seconds(3))
        try await server.close()
    }

    @Test("no more are asked at once than connections may be open, and every one has its turn")
    func gate() async throws {
        let log = Log()
        let server = try await RawServer { path, request in
            log.requests.withLock { $0.append(request.lowercased()) }
            return .page("vllm:num_requests_running{model_name=\"m\"} 1\n")
        }
        let observer = ScrapeObserver(
            targets: try (0..<30).map { try ScrapeTarget(server.url("/m\($0)")) }, settings: settings(),
            limits: { FileLimit(targets: $0, files: 130) })
        let observation = await observer.observe(at: 1000)
        #expect(observation.source.targetsUp == 30)
        #expect(log.requests.withLock { $0.allSatisfy { $0.contains("connection: close") } })
        try await server.close()
    }

    @Test("targets that hang hold up the others only until their deadline")
    func hanging() async throws {
        let log = Log()
        let server = try await RawServer { path, _ in
            log.paths.withLock { $0.append(path) }
            return .hang
        }
        let paths = (0..<20).map { "/hang\($0)" } + ["/last"]
        let observer = ScrapeObserver(
            targets: try paths.map { try ScrapeTarget(server.url($0)) }, settings: settings(.milliseconds(150)),
            limits: { FileLimit(targets: $0, files: 0) })
        let observation = await observer.observe(at: 1000)
        #expect(observation.source.dead.map(\.reason) == paths.map { _ in "gives no whole answer within 0.2 s" })
        try await server.close()
    }

    @Test(
        "open files decide how many connections there may be, and whether they stay",
        arguments: [(1000, 1024, 896, false), (800, 1024, 896, true), (10_000, 20_000, 1024, true), (5, 0, 8, true)])
    func limits(_ targets: Int, _ files: Int, _ connections: Int, _ keepsOpen: Bool) {
        let limit = FileLimit(targets: targets, files: files)
        #expect(limit.connections == connections)
        #expect(limit.keepsOpen == keepsOpen)
        #expect(limit.files == files)
    }
}
