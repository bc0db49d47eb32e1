// SPDX-License-Identifier: Apache-2.0

import Factory
import NIOHTTP1
import TestSupport
import Testing

@testable import Backends

@Suite("Replies that no server would write, read all the way to the facts") struct PrometheusFuzzTests {
    @Test("changed replies never trap, and never make a number that cannot be")
    func replies() async throws {
        let names = ["matrix", "alerts", "processors", "range", "up", "targets", "alertmanager-silences"]
        let whole = try names.map { try fixture("prometheus-2.42-api/\($0).json") }
        await Fuzz.run("PrometheusFuzzTests.replies") { random in
            let body = Fuzz.mutated(whole.randomElement(using: &random) ?? [], &random)
            _ = try? PrometheusClient.decode(body, as: APIReply<TargetsReply>.self)
            _ = try? PrometheusClient.decode(body, as: [SilenceReply].self)
            guard let reply = try? PrometheusClient.decode(body, as: APIReply<QueryReply>.self).data else { return }
            check(reply)
        }
    }

    private func check(_ reply: QueryReply) {
        var byKey: [TargetKey: TargetSeries] = [:]
        for series in reply.result { byKey[TargetKey(series.metric), default: TargetSeries()].add(series) }
        for (key, series) in byKey {
            var target = PrometheusTarget(key)
            target.take(series, .init(now: ["idle": "1e400"]), pace: nil, offset: 0, poll: Seconds(5))
            for engine in target.facts.engines {
                #expect((engine.decode ?? 0) >= 0 && (engine.decode ?? 0).isFinite)
                #expect((engine.waiting ?? 0).isFinite)
            }
        }
        var past = PastReading(from: 1_795_833_900, to: 1_795_834_020, step: 15)
        past.add(reply, to: .init(quantity: .decode, product: .vllm, expression: "", isAtEnd: false))
        for trend in past.trends(offset: 0).values { #expect(trend.values.count == 9) }
        var book = AlertBook()
        _ = book.take(AlertReading(reply, offset: 0).firing, at: PlantTime(epoch: 1_795_834_000))
    }
}
