// SPDX-License-Identifier: Apache-2.0

import Factory
import Synchronization
import Testing

@testable import Backends

@Suite struct OddPageTests {
    private static func engine(_ value: String) -> String {
        ["running", "waiting"].map { "vllm:num_requests_\($0){model_name=\"m\"} \(value)\n" }.joined()
    }

    @Test("fewer than none that wait are unknown", arguments: ["-5", "-1e308"])
    func negative(_ value: String) async throws {
        let server = try await RawServer { _, _ in .page(Self.engine(value)) }
        let observation = await ScrapeObserver(
            targets: [try ScrapeTarget(server.url("/metrics"))], settings: settings()
        ).observe(at: 1)
        #expect(observation.engines.map(\.waiting) == [nil])
        #expect(observation.engines.map(\.running) == [nil])
        try await server.close()
    }

    @Test("a page whose known series are no numbers says so, once while it comes and goes")
    func turning() async throws {
        let page = Mutex(0)
        let server = try await RawServer { _, _ in
            .page(
                Self.engine(
                    page.withLock {
                        $0 += 1; return $0
                    } % 2 == 0 ? "NaN" : "1"))
        }
        let target = try ScrapeTarget(server.url("/metrics"))
        let clock = Mutex(0.0)
        let observer = ScrapeObserver(
            targets: [target], settings: settings(), elapsed: { clock.withLock { $0 } })
        let remark = "answers series that are known, none with a number that can be"
        var events: [String] = []
        var odd: [[String]] = []
        for poll in 0..<6 {
            let observation = await observer.observe(at: Double(poll))
            events += observation.events.map(\.text)
            odd.append(observation.source.odd.map(\.remark))
        }
        #expect(events == ["\(target.name) \(remark)"])
        #expect(odd == [[], [remark], [], [remark], [], [remark]])
        // Long after it is news again.
        clock.withLock { $0 = 1000 }
        events = []
        for poll in 6..<8 { events += await observer.observe(at: Double(poll)).events.map(\.text) }
        #expect(events == ["\(target.name) \(remark)"])
        try await server.close()
    }
}
