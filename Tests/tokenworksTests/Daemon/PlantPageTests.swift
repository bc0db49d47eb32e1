// SPDX-License-Identifier: Apache-2.0

import Exposition
import Factory
import Link
import Testing

@testable import tokenworks

@Suite("The page that serve --metrics answers with")
struct PlantPageTests {
    private func text(_ snapshot: FactorySnapshot, process: ProcessFacts = .now()) -> String {
        PlantPage.text([snapshot], link: .init(), stats: .init(), process: process)
    }

    private func live() -> FactorySnapshot {
        FactorySnapshot(plant: "par1", kind: .live, at: PlantTime(epoch: 1000))
    }

    @Test("what nobody knows is absent, never 0")
    func unknown() {
        let page = text(live(), process: ProcessFacts())
        for name in ["tokenworks_nodes", "node_power", "pool_", "training_", "process_", "last_poll", "source_"] {
            #expect(!page.contains(name), "\(name): \(page)")
        }
        #expect(page.contains("tokenworks_plant_info{plant=\"par1\",kind=\"live\"} 1\n"))
        #expect(page.contains("tokenworks_clients{role=\"operator\"} 0\n"))
    }

    @Test("what is stale is absent, and a part is not the whole")
    func stale() {
        var snapshot = live()
        var chat = PoolState(.inference(ServingClass("chat")))
        chat.decode = .stale(TokensPerSecond(9), age: Seconds(60))
        chat.waiting = .fresh(Count(4))
        chat.ttft95 = .fresh(Seconds(0.5))
        chat.nodesAreKnown = false
        var think = PoolState(.inference(ServingClass("think")))
        think.waiting = .fresh(Count(7))
        think.parts = [.waiting]
        snapshot.pools = [chat, think]
        let page = text(snapshot)
        #expect(!page.contains("decode_tokens"))
        #expect(page.contains("tokenworks_pool_requests_waiting{plant=\"par1\",pool=\"inference/chat\"} 4\n"))
        #expect(!page.contains("requests_waiting{plant=\"par1\",pool=\"inference/think\"}"))
        #expect(!page.contains("pool_nodes{plant=\"par1\",pool=\"inference/chat\"}"))
        #expect(
            page.contains(
                "tokenworks_pool_ttft_seconds{plant=\"par1\",pool=\"inference/chat\",quantile=\"0.95\"} 0.5\n"))
    }

    @Test("names from exporters end no label, and our own reader takes every line")
    func hostile() {
        var snapshot = live()
        var pool = PoolState(.inference(ServingClass("x\"} 1\nevil 2\u{1B}[2J\\")))
        pool.decode = .fresh(TokensPerSecond(1))
        snapshot.pools = [pool, pool]
        snapshot.sources = [SourceStatus(name: "a\nb", answeredAt: nil, targets: 2, targetsUp: 0)]
        let page = text(snapshot)
        #expect(!page.contains("\nevil"))
        #expect(page.contains("tokenworks_source_stale{plant=\"par1\",source=\"a\\nb\"} 1\n"))
        let read = ExpositionPage(parsing: Array(page.utf8))
        #expect(read.report.first.isEmpty && read.samples.count > 10)
        let series = page.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { $0.prefix { $0 != " " } }
        #expect(Set(series).count == series.count)
    }

    @Test("a process knows its own size, time and beginning")
    func process() throws {
        let facts = ProcessFacts.now()
        #expect(try #require(facts.resident) > 1e6)
        #expect(try #require(facts.cpu) > 0)
        #expect(try #require(facts.openFiles) >= 3)
        #expect(try #require(facts.startedAt) > 1e9)
    }
}
