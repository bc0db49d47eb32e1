// SPDX-License-Identifier: Apache-2.0

import Exposition
import Factory
import Foundation
import Testing

@testable import Backends

/// Adds up the values of a page's lines that begin so, with nothing but string cutting: the other way to read a page.
func total(_ page: [UInt8], _ prefix: String, containing part: String = "") -> Double {
    String(decoding: page, as: UTF8.self).split(separator: "\n").reduce(0) { sum, line in
        guard line.hasPrefix(prefix), part.isEmpty || line.contains(part) else { return sum }
        return sum + (Double(line.split(separator: " ").last ?? "") ?? .nan)
    }
}

/// Reads pages one after the other, five seconds apart, as if they came from one target.
func facts(_ pages: [[UInt8]], every seconds: Double = 5, host: String = "10.0.0.1") throws -> TargetHistory.Facts {
    var history = TargetHistory(try ScrapeTarget("http://\(host):9000/metrics"))
    var facts = TargetHistory.Facts()
    for (index, page) in pages.enumerated() {
        let elapsed = 100 + Double(index) * seconds
        facts = history.take(
            PageReading(ExpositionPage(parsing: page)), at: PlantTime(epoch: 1000 + elapsed), elapsed: elapsed)
    }
    return facts
}

private func isNear(_ left: Double?, _ right: Double) -> Bool {
    left.map { abs($0 - right) <= 1e-9 * max(1, abs(right)) } ?? false
}

@Suite struct ReadingTests {
    @Test("a recorded vLLM page gives what its own lines add up to")
    func vllm() throws {
        let pages = try ["t0", "t1", "t2"].map { try fixture("vllm-0.32.0/\($0).txt") }
        for (before, after) in [(pages[0], pages[1]), (pages[1], pages[2])] {
            let engines = try facts([before, after], every: 4).engines
            #expect(engines.count == 1)
            let engine = try #require(engines.first)
            #expect(engine.model == "tiny-llama")
            #expect(engine.running == total(after, "vllm:num_requests_running{"))
            #expect(engine.waiting == total(after, "vllm:num_requests_waiting{"))
            #expect(engine.kvUse == total(after, "vllm:kv_cache_usage_perc{"))
            func rate(_ prefix: String, _ part: String = "") -> Double {
                (total(after, prefix, containing: part) - total(before, prefix, containing: part)) / 4
            }
            #expect(isNear(engine.decode, rate("vllm:generation_tokens_total{")))
            #expect(isNear(engine.prompt, rate("vllm:prompt_tokens_total{")))
            #expect(isNear(engine.prefill, rate("vllm:prompt_tokens_by_source_total{", "source=\"local_compute\"")))
            #expect(isNear(engine.cached, rate("vllm:prompt_tokens_cached_total{")))
            let seen =
                total(after, "vllm:inter_token_latency_seconds_count")
                - total(before, "vllm:inter_token_latency_seconds_count")
            #expect(engine.itl?.counts.reduce(0, +) == seen)
        }
    }

    @Test("p95 of a recorded page is what counting its bucket lines gives")
    func latency() throws {
        let before = try fixture("vllm-0.32.0/t1.txt")
        let after = try fixture("vllm-0.32.0/t2.txt")
        for name in ["time_to_first_token_seconds", "inter_token_latency_seconds"] {
            let engine = try #require(try facts([before, after]).engines.first)
            let buckets = try #require(name.hasPrefix("inter") ? engine.itl : engine.ttft)
            // The other way: walk the cumulative lines of both pages until the rank is reached.
            let count = total(after, "vllm:\(name)_count") - total(before, "vllm:\(name)_count")
            let rank = 0.95 * count
            var lower = 0.0
            var below = 0.0
            for line in String(decoding: after, as: UTF8.self).split(separator: "\n")
            where line.hasPrefix("vllm:\(name)_bucket{") {
                let bound = line.components(separatedBy: "le=\"")[1].components(separatedBy: "\"")[0]
                let part = "le=\"\(bound)\""
                let reached =
                    total(after, "vllm:\(name)_bucket{", containing: part)
                    - total(before, "vllm:\(name)_bucket{", containing: part)
                if reached >= rank {
                    let upper = try #require(Double(bound))
                    #expect(
                        isNear(buckets.quantile(0.95), lower + (upper - lower) * (rank - below) / (reached - below)))
                    break
                }
                lower = Double(bound) ?? 0
                below = reached
            }
        }
    }

    @Test("a recorded node_exporter page gives host, processors and memory")
    func nodeExporter() throws {
        let before = try fixture("node_exporter-1.5.0/t0.txt")
        let after = try fixture("node_exporter-1.5.0/t1.txt")
        let host = try #require(try facts([before, after]).hosts.first)
        #expect(host.name == "vm")
        #expect(host.exporter == "node_exporter")
        let name = "node_cpu_seconds_total{"
        let all = total(after, name) - total(before, name)
        let idle = total(after, name, containing: "mode=\"idle\"") - total(before, name, containing: "mode=\"idle\"")
        #expect(isNear(host.cpu, 1 - idle / all))
        let available = total(after, "node_memory_MemAvailable_bytes")
        #expect(isNear(host.memory, 1 - available / total(after, "node_memory_MemTotal_bytes")))
    }

    @Test("before the second page rates are missing and gauges are there")
    func first() throws {
        let engine = try #require(try facts([fixture("vllm-0.32.0/t0.txt")]).engines.first)
        #expect(engine.running == 8)
        #expect(engine.decode == nil)
        #expect(engine.prefill == nil)
        #expect(engine.itl == nil)
        let host = try #require(try facts([fixture("node_exporter-1.5.0/t0.txt")]).hosts.first)
        #expect(host.cpu == nil)
        #expect(host.memory != nil)
    }

    @Test("documented DCGM names give GPUs in the plant's units")
    func dcgm() throws {
        let host = try #require(try facts([fixture("documented-dcgm-exporter/t0.txt")]).hosts.first)
        #expect(host.name == "GPU-Node-07.cluster.local")
        #expect(host.exporter == "dcgm")
        #expect(host.gpus.map(\.index) == [0, 1, 2, 3])
        #expect(host.gpus.map(\.power) == [71.382, 612.517, 598.04, 70.9])
        #expect(host.gpus.map(\.powerLimit) == [700, 700, 700, 700])
        #expect(host.gpus.map(\.temperature) == [41, 63, 58, 44])
        #expect(host.gpus.map(\.lastXID) == [nil, nil, nil, 79])
        #expect(host.gpus.map(\.tensorActive) == [0, 0.4125, 0.3875, nil])
        #expect(host.gpus[1].utilisation == 0.97)
        #expect(isNear(host.gpus[1].memory, 78894.0 / (78894 + 2105 + 555)))
    }

    @Test("MIG instances, pods and jobs on one GPU do not count it twice")
    func mig() throws {
        let host = try #require(try facts([fixture("documented-dcgm-exporter/mig-and-jobs.txt")]).hosts.first)
        #expect(host.name == "a100-1")
        #expect(host.gpus.map(\.uuid) == ["GPU-aa", "GPU-bb"])
        #expect(host.gpus.map(\.power) == [210.5, 300])
        #expect(host.gpus.map(\.utilisation) == [0.55, 0.8])
        #expect(host.gpus[0].memory == 3000.0 / 40000)
    }

    @Test(
        "pages of other products are no hosts and no engines",
        arguments: [
            "prometheus-2.42/t0.txt", "pushgateway-1.5.1/t0.txt", "ray-2.60.0/aux-t0.txt",
        ])
    func others(_ path: String) throws {
        let facts = try facts([fixture(path)])
        #expect(facts.hosts.isEmpty)
        #expect(facts.engines.isEmpty)
        #expect(PageReading(ExpositionPage(parsing: try fixture(path))).isEmpty)
    }

    @Test("Dynamo's worker passes vLLM's names on under the old and the new name: KV use counts once")
    func dynamo() throws {
        let engine = try #require(try facts([fixture("dynamo-1.6.1/worker-t0.txt")]).engines.first)
        #expect(engine.kvUse == 0.177734375)
        #expect(engine.running == 13)
        #expect(engine.decode == nil)
    }
}
