// SPDX-License-Identifier: Apache-2.0

import Factory
import Synchronization
import Testing

@testable import Backends

@Suite("The past that graphs begin with") struct PastTests {
    private func questions(_ names: [String]) -> [String: String] {
        let all = PastQueries(PrometheusNames(among: names), window: 60).all
        return Dictionary(all.map { ("\($0.product.rawValue) \($0.quantity)", $0.expression) }) { $1 }
    }

    @Test("expressions are made of the catalogue's rows")
    func expressions() {
        let vllm = questions(["vllm:generation_tokens_total", "vllm:time_to_first_token_seconds_bucket", "node_load1"])
        #expect(
            vllm["vllm decode"]
                == #"sum by (model_name) ((sum by (job,instance,model_name,engine) (rate({__name__="vllm:generation_tokens_total"}[60s]))))"#
        )
        #expect(
            vllm["vllm ttft95"]
                == #"histogram_quantile(0.95, sum by (le,model_name) (sum by (job,instance,model_name,engine,le) (rate({__name__="vllm:time_to_first_token_seconds_bucket"}[60s]))))"#
        )
        #expect(vllm.count == 2)
        // Ranks that repeat their engine count once, the whole before its priorities, over minutes.
        let sglang = questions(["sglang:generation_tokens_total"])["sglang decode"]
        #expect(sglang?.contains(#"priority=""#) == true && sglang?.contains("[300s]") == true)
        let power = questions(["habanalabs_power_mW"])["gaudi power"]
        #expect(power?.hasPrefix("sum((max by (UUID,") == true && power?.contains("* 0.001") == true)
    }

    @Test("what a cache gave is not computed, where the engine speaks of one")
    func prefill() {
        let names = ["vllm:prompt_tokens_total", "vllm:prefix_cache_hits_total"]
        let text = questions(names)["vllm prefill"] ?? ""
        #expect(text.contains("clamp_min(") && text.contains("prefix_cache_hits_total"))
    }

    @Test("answers become evenly spaced trends by class and of the plant, with gaps where nobody knew")
    func trends() throws {
        func reply(_ model: String, _ values: [(Double, String)]) -> QueryReply {
            QueryReply(result: [
                .init(metric: ["model_name": model], values: values.map { APISample(time: $0.0, text: $0.1) })
            ])
        }
        let question = PastQueries.Question(quantity: .decode, product: .vllm, expression: "", isAtEnd: false)
        var reading = PastReading(from: 1000, to: 1045, step: 15)
        reading.add(reply("a", [(1000, "1"), (1015, "NaN"), (1045, "4")]), to: question)
        reading.add(reply("b", [(1015, "7"), (1045, "2"), (9999, "5"), (-1e300, "5")]), to: question)
        let trends = reading.trends(offset: 5)
        let plant = try #require(trends[TrendKey(.decode)])
        #expect(plant.step == Seconds(15) && plant.end == PlantTime(epoch: 1040))
        #expect(plant.values[0] == 1 && plant.values[1] == 7 && plant.values[2].isNaN && plant.values[3] == 6)
        #expect(trends[TrendKey(.decode, .inference(ServingClass("a")))]?.values[3] == 4)
    }

    @Test("no question is longer than VictoriaMetrics takes, whatever the plant and the catalogue")
    func length() {
        let names = PrometheusNames(
            among: MetricNames.table.map { $0.kind == .histogram ? "\($0.name)_bucket" : $0.name })
        let targets = (0..<3000).map { number in
            PrometheusTarget(TargetKey(["job": "dcgm", "instance": "gpu-node-\(number).cluster.local:9400"]))
        }
        let batches = PrometheusBatch.making(targets, paces: [:], counts: [:], limit: 20_000)
        #expect(batches.reduce(0) { $0 + $1.targets.count } == 3000)
        let questions =
            batches.map { $0.samples(names) } + batches.map(\.processors) + [names.targets, names.earlierTargets ?? ""]
            + PastQueries(names, window: 60).all.map(\.expression)
        #expect((questions.map(\.utf8.count).max() ?? 0) < 16_384)
    }

    @Test("an observer gives it once")
    func once() async throws {
        let stage = try await PrometheusStage { $0.past = 60 }
        stage.tiny.add("v", "e:8000", at: 1000, Array("vllm:num_requests_waiting{model_name=\"m\"} 3\n".utf8))
        stage.tiny.state.withLock {
            $0.past = #"[{"metric":{"model_name":"m"},"values":[[941,"5"],[956,"6"],[1001,"7"]]}]"#
        }
        _ = await stage.poll()
        await stage.observer.pastTask?.value
        let past = await stage.poll().past
        let trend = try #require(past[TrendKey(.waiting, .inference(ServingClass("m")))])
        #expect(trend.values.count == 5 && trend.values[0] == 5 && trend.values[4] == 7 && trend.values[2].isNaN)
        #expect(await stage.poll().past.isEmpty)
        try await stage.server.close()
    }
}
