// SPDX-License-Identifier: Apache-2.0

import Exposition
import Factory
import Testing

@testable import Backends

private func page(_ lines: String...) -> [UInt8] { Array((lines.joined(separator: "\n") + "\n").utf8) }

private func tokens(_ count: Int, start: Int = 7) -> [UInt8] {
    page(
        "process_start_time_seconds \(start)",
        "vllm:generation_tokens_total{model_name=\"m\",engine=\"0\"} \(count)",
        "vllm:num_requests_running{model_name=\"m\",engine=\"0\"} 1")
}

@Suite struct QuirkTests {
    @Test("a restart makes rates missing for one poll, whether the counter fell or not")
    func restart() throws {
        #expect(try facts([tokens(100), tokens(200)]).engines[0].decode == 20)
        #expect(try facts([tokens(100), tokens(50)]).engines[0].decode == nil)
        #expect(try facts([tokens(100), tokens(50), tokens(60)]).engines[0].decode == 2)
        #expect(try facts([tokens(100), tokens(200, start: 500)]).engines[0].decode == nil)
        #expect(try facts([tokens(100), tokens(200, start: 500), tokens(250, start: 500)]).engines[0].decode == 10)
    }

    @Test("an unchanged counter is zero tokens per second, which is known")
    func idle() throws {
        #expect(try facts([tokens(100), tokens(100)]).engines[0].decode == 0)
    }

    @Test("a rate over a long silence, or over no time, is missing")
    func pauses() throws {
        #expect(try facts([tokens(100), tokens(200)], every: 301).engines[0].decode == nil)
        #expect(try facts([tokens(100), tokens(200)], every: 0).engines[0].decode == nil)
    }

    @Test(
        "a page with times of its own is as old as they say, its rates are by them, and the same times are no new word")
    func stamped() throws {
        func passedOn(_ count: Int, at seconds: Int) -> [UInt8] {
            page("vllm:generation_tokens_total{model_name=\"m\",engine=\"0\"} \(count) \(seconds * 1000)")
        }
        // Pages come every 5 s, from 1100 on; what they pass on was measured 15 s apart.
        let engine = try facts([passedOn(100, at: 1070), passedOn(400, at: 1085)]).engines[0]
        #expect(engine.decode == 20)
        #expect(engine.at == PlantTime(epoch: 1085))
        let again = try facts([passedOn(100, at: 1070), passedOn(400, at: 1085), passedOn(400, at: 1085)]).engines[0]
        #expect(again.decode == 20)
        #expect(again.at == PlantTime(epoch: 1085))
        // A clock that is ahead does not make it younger than its page.
        let ahead = try facts([passedOn(100, at: 9000), passedOn(200, at: 9010)]).engines[0]
        #expect(ahead.decode == 10)
        #expect(ahead.at == PlantTime(epoch: 1105))
    }

    @Test(
        "what is passed on of several engines is as old as each says; one that is dead there is not alive with the others"
    )
    func federated() throws {
        func line(_ model: String, _ count: Int, at seconds: Int) -> String {
            "vllm:generation_tokens_total{model_name=\"\(model)\"} \(count) \(seconds * 1000)"
        }
        // a is scraped every 15 s, b died at 1082 and is still passed on.
        let engines = try facts([
            page(line("a", 100, at: 1080), line("b", 50, at: 1082)),
            page(line("a", 100, at: 1080), line("b", 80, at: 1092)),
            page(line("a", 400, at: 1095), line("b", 80, at: 1092)),
        ]).engines
        #expect(engines.map(\.decode) == [20, 3])
        #expect(engines.map(\.at) == [PlantTime(epoch: 1095), PlantTime(epoch: 1092)])
        // One line without a time of its own is of now, and so is its engine.
        let mixed = page(
            line("a", 100, at: 1080), "vllm:num_requests_running{model_name=\"a\"} 1")
        #expect(try facts([mixed, mixed]).engines[0].at == PlantTime(epoch: 1105))
    }

    @Test("after a restart nothing is compared with the pages before it, also when the counter has overtaken them")
    func overtaken() throws {
        func page(_ tokens: Int) -> [UInt8] {
            Array(
                "sglang:generation_tokens_total{model_name=\"m\"} \(tokens)\nsglang:num_running_reqs{model_name=\"m\"} 1\n"
                    .utf8)
        }
        // 1000 tokens, a restart, then 40 tokens/s: the pages of before would make it 200 in 120 s.
        let steps = [page(1000), page(0), page(1600), page(3200)]
        #expect(try facts(steps, every: 40).engines[0].decode == 40)
    }

    @Test("Ray's own view of a deployment counts nowhere beside its engines, wherever on the page it stands")
    func rayFirst() throws {
        let serve = "ray_serve_deployment_queued_queries{application=\"llm\"} 5"
        let engine = "ray_vllm_num_requests_running{model_name=\"q\",engine=\"0\"} 1"
        for lines in [[serve, engine], [engine, serve]] {
            let engines = try facts([page(lines.joined(separator: "\n"))]).engines
            #expect(engines.map(\.product) == ["ray"] && engines[0].running == 1)
        }
    }

    @Test("a series that vanished is missing, not zero and not its last value")
    func vanished() throws {
        let gone = page("vllm:num_requests_waiting{model_name=\"m\"} 1")
        let engine = try facts([tokens(100), gone]).engines[0]
        #expect(engine.running == nil)
        #expect(engine.decode == nil)
        #expect(engine.waiting == 1)
    }

    @Test("engines of one endpoint are apart, and series of one engine are summed")
    func engines() throws {
        let text = page(
            "vllm:num_requests_running{model_name=\"m\",engine=\"1\"} 3",
            "vllm:num_requests_running{model_name=\"m\",engine=\"0\",role=\"a\"} 1",
            "vllm:num_requests_running{role=\"b\",engine=\"0\",model_name=\"m\"} 2",
            "vllm:num_requests_running{engine=\"0\",role=\"b\",model_name=\"m\"} 4")
        // The last two are one series, with its labels in another order: the last one counts.
        #expect(try facts([text]).engines.map(\.running) == [5, 3])
        #expect(PageReading(ExpositionPage(parsing: text)).repeated == 1)
    }

    @Test("old names count where the new ones are not, in any order on the page")
    func renames() throws {
        let old = "vllm:gpu_cache_usage_perc{model_name=\"m\"} 0.1"
        let new = "vllm:kv_cache_usage_perc{model_name=\"m\"} 0.2"
        #expect(try facts([page(old)]).engines[0].kvUse == 0.1)
        #expect(try facts([page(old, new)]).engines[0].kvUse == 0.2)
        #expect(try facts([page(new, old)]).engines[0].kvUse == 0.2)
    }

    @Test("NaN, infinite and negative counters are missing")
    func nonsense() throws {
        let text = page(
            "vllm:num_requests_running{model_name=\"m\"} NaN", "vllm:num_requests_waiting{model_name=\"m\"} +Inf",
            "vllm:generation_tokens_total{model_name=\"m\"} -5", "vllm:kv_cache_usage_perc{model_name=\"m\"} 0.5")
        let engine = try facts([text, text]).engines[0]
        #expect(engine.running == nil)
        #expect(engine.waiting == nil)
        #expect(engine.decode == nil)
        #expect(engine.kvUse == 0.5)
    }

    @Test("a share that is none and a power below zero are unknown; a byte order mark costs nothing")
    func outOfRange() throws {
        let text = page(
            "\u{feff}vllm:kv_cache_usage_perc{model_name=\"m\"} 55", "vllm:num_requests_running{model_name=\"m\"} 1",
            "DCGM_FI_DEV_GPU_UTIL{gpu=\"0\"} 250", "DCGM_FI_DEV_POWER_USAGE{gpu=\"0\"} -4")
        let found = try facts([text])
        #expect(found.engines[0].kvUse == nil && found.engines[0].running == 1)
        #expect(found.hosts[0].gpus[0].utilisation == nil && found.hosts[0].gpus[0].power == nil)
        #expect(ExpositionPage(parsing: text).report.rejected == 0)
        #expect(try TargetList.parse("\u{feff}http://a:1\n", file: "f").map(\.host) == ["a"])
    }

    @Test("a host that serves two models tells neither's GPUs")
    func sharedHost() throws {
        let gpus = page("DCGM_FI_DEV_POWER_USAGE{gpu=\"0\",UUID=\"GPU-1\",Hostname=\"h\"} 500")
        let two = page("vllm:num_requests_running{model_name=\"a\"} 1", "sglang:num_running_reqs{model_name=\"b\"} 1")
        let one = page("vllm:num_requests_running{model_name=\"a\"} 1")
        for (engines, expected) in [(one, [1]), (two, [0, 0])] {
            let at = PlantTime(epoch: 1100)
            var observation = Observation(
                source: SourceStatus(name: "s", answeredAt: at, targets: 1, targetsUp: 1), at: at, interval: Seconds(5),
                kind: .live)
            observation.hosts = try facts([gpus]).hosts
            observation.engines = try facts([engines]).engines
            var fold = Fold(plant: "p")
            #expect(fold.fold([observation]).classes.map(\.gpus) == expected)
        }
    }

    @Test("without cache counters all prompt tokens were computed; with the old ones the hits are taken off")
    func prefill() throws {
        func both(_ prompt: Int, _ hits: Int?) -> [UInt8] {
            page(
                "vllm:prompt_tokens_total{model_name=\"m\"} \(prompt)",
                hits.map { "vllm:gpu_prefix_cache_hits_total{model_name=\"m\"} \($0)" } ?? "")
        }
        #expect(try facts([both(0, nil), both(500, nil)]).engines[0].prefill == 100)
        #expect(try facts([both(0, 0), both(500, 200)]).engines[0].prefill == 60)
    }

    @Test("a DCGM page that names no host belongs to its address, and GPUs without a UUID are told apart by index")
    func nameless() throws {
        let text = page("DCGM_FI_DEV_GPU_UTIL{gpu=\"1\"} 10", "DCGM_FI_DEV_GPU_UTIL{gpu=\"0\"} 20")
        let host = try facts([text]).hosts[0]
        #expect(host.name == nil)
        #expect(host.address == "10.0.0.1")
        #expect(host.gpus.map(\.utilisation) == [0.2, 0.1])
    }

    @Test("latencies look back 30 to 60 seconds, and a bucket that is written 1 or 1.0 is the same")
    func window() throws {
        func at(_ fast: Int, _ one: String = "1") -> [UInt8] {
            page(
                "vllm:time_to_first_token_seconds_bucket{model_name=\"m\",le=\"\(one)\"} \(fast)",
                "vllm:time_to_first_token_seconds_bucket{model_name=\"m\",le=\"+Inf\"} \(fast)")
        }
        let pages = (0...20).map { at($0, $0 % 2 == 0 ? "1" : "1.0") }
        // Every 5 s one more: at 100 s the pages of 60 s and of 90 s are kept, and 8 came since the older.
        #expect(try facts(pages).engines[0].ttft == Buckets(bounds: [1, .infinity], counts: [8, 0]))
        #expect(try facts([at(5), at(5)]).engines[0].ttft?.quantile(0.95) == nil)
    }

    @Test("a page of a million models is cut, not kept")
    func manyEntities() {
        let text = (0..<5000).map { "vllm:num_requests_running{model_name=\"m\($0)\"} 1\n" }.joined()
        let reading = PageReading(ExpositionPage(parsing: Array(text.utf8)))
        #expect(reading.entities.count == 4096)
        #expect(reading.leftOut == 904)
    }

    @Test("every row of the table has a name of its product and is found by its series")
    func table() {
        for row in MetricNames.table {
            let series = row.kind == .histogram ? row.name + "_bucket" : row.name
            #expect(MetricNames.rows(of: series).contains { $0.metric == row.metric })
        }
        // Some that only a configuration names.
        let told = TrainingMetric.Quantity.allCases.map(\.metric)
        #expect(Set(MetricNames.table.map(\.metric) + told) == Set(Metric.allCases))
    }
}
