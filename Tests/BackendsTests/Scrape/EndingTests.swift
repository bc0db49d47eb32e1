// SPDX-License-Identifier: Apache-2.0

import Exposition
import Factory
import Testing

@testable import Backends

/// Against the pages' own lines, added up by cutting strings.
@Suite("How requests end")
struct EndingTests {
    private func engine(_ before: [UInt8], _ after: [UInt8], every seconds: Double = 5) throws -> EngineFacts {
        try #require(try facts([before, after], every: seconds).engines.first)
    }

    private func page(_ lines: String...) -> [UInt8] { Array((lines.joined(separator: "\n") + "\n").utf8) }

    @Test(
        "every product counts its answers and its failures under its own names",
        arguments: [
            ("documented-sglang", "sglang:num_requests_total", "", "sglang:num_aborted_requests_total"),
            ("documented-trtllm", "trtllm_request_success_total", "trtllm_request_error_total", ""),
            ("documented-tgi", "tgi_request_success", "tgi_request_failure", ""),
            ("documented-nim", "request_finish_total", "request_failure_total", ""),
        ])
    func products(_ product: String, _ finished: String, _ failed: String, _ aborted: String) throws {
        let before = try fixture("\(product)/t0.txt")
        let after = try fixture("\(product)/t1.txt")
        let engine = try engine(before, after)
        func rate(_ name: String) -> Double? {
            name.isEmpty ? nil : (total(after, name) - total(before, name)) / 5
        }
        #expect(engine.finished == rate(finished) && engine.finished ?? 0 > 0)
        #expect(engine.failed == rate(failed))
        #expect(engine.aborted == rate(aborted))
    }

    @Test("vLLM as recorded: by the reason that ended them")
    func vllm() throws {
        let before = try fixture("vllm-0.32.0/t0.txt")
        let after = try fixture("vllm-0.32.0/t1.txt")
        let engine = try engine(before, after)
        func rate(_ reason: String) -> Double {
            let part = "finished_reason=\"\(reason)\""
            let name = "vllm:request_success_total{"
            return (total(after, name, containing: part) - total(before, name, containing: part)) / 5
        }
        #expect(engine.finished == rate("stop") + rate("length") + rate("repetition"))
        #expect(engine.failed == rate("error") && engine.aborted == rate("abort"))
        #expect(engine.refused == 0)
    }

    @Test("Dynamo as recorded: who gave up is no failure, and neither is a model that nobody serves")
    func dynamo() throws {
        let before = try fixture("dynamo-1.6.1/frontend-t0.txt")
        let after = try fixture("dynamo-1.6.1/frontend-t1.txt")
        let engine = try engine(before, after)
        let name = "dynamo_frontend_requests_total{"
        func rate(_ part: String) -> Double {
            (total(after, name, containing: part) - total(before, name, containing: part)) / 5
        }
        #expect(engine.finished == rate("status=\"success\"") && engine.aborted == rate("error_type=\"cancelled\""))
        // No failure stands on either page: nobody has said that there is none.
        #expect(engine.failed == nil)
        let failed =
            String(decoding: after, as: UTF8.self)
            + "dynamo_frontend_requests_total{error_type=\"internal\",model=\"tiny-llama\",status=\"error\"} 10\n"
        #expect(try self.engine(before, Array(failed.utf8)).failed == 2, "its series comes with the first")
    }

    @Test("Ray Serve as recorded: by what its proxies answered")
    func rayServe() throws {
        let before = try fixture("ray-2.60.0/agent-t0.txt")
        let after = try fixture("ray-2.60.0/agent-serve-t1.txt")
        let engines = try facts([before, after]).engines
        #expect(engines.map(\.model) == ["llm"], "what asked for no application is of none")
        let name = "ray_serve_num_http_requests_total{"
        func rate(_ status: String) -> Double {
            let part = "status_code=\"\(status)\""
            return (total(after, name, containing: part) - total(before, name, containing: part)) / 5
        }
        #expect(engines[0].finished == rate("200") && engines[0].failed == rate("500") && rate("500") > 0)
        #expect(engines[0].aborted == rate("499"))
    }

    @Test("Triton: reasons tell apart; the stages before a language model are no classes; older ones give no reason")
    func triton() throws {
        let before = try fixture("documented-triton/t0.txt")
        let after = try fixture("documented-triton/t1.txt")
        let found = try facts([before, after]).engines
        #expect(found.map(\.model) == ["ensemble"])
        #expect(found[0].finished == 18 && found[0].failed == 2 && found[0].aborted == 0.2 && found[0].refused == 1)
        func old(_ failures: Int) -> [UInt8] {
            page(
                "nv_inference_request_success{model=\"resnet\",version=\"1\"} \(failures * 3)",
                "nv_inference_request_failure{model=\"resnet\",version=\"1\"} \(failures)")
        }
        let engine = try engine(old(10), old(20))
        #expect(engine.model == "resnet" && engine.finished == 6 && engine.failed == 2)
    }

    @Test(
        "whole answers and queues: what the buckets that came in between say",
        arguments: [
            ("documented-sglang", "sglang:e2e_request_latency_seconds", "sglang:queue_time_seconds"),
            ("documented-trtllm", "trtllm_e2e_request_latency_seconds", "trtllm_request_queue_time_seconds"),
            ("documented-tgi", "tgi_request_duration", "tgi_request_queue_duration"),
            ("documented-nim", "e2e_request_latency_seconds", ""),
            ("vllm-0.32.0", "vllm:e2e_request_latency_seconds", "vllm:request_queue_time_seconds"),
            ("dynamo-1.6.1/frontend", "dynamo_frontend_request_duration_seconds", ""),
        ])
    func latencies(_ product: String, _ e2e: String, _ queued: String) throws {
        let place = product.contains("/") ? product + "-" : product + "/"
        let before = try fixture(place + "t0.txt")
        let after = try fixture(place + "t1.txt")
        let engine = try engine(before, after)
        func seen(_ name: String) -> Double? {
            // Dynamo counts too what asked for a model that nobody serves.
            let part = product.hasPrefix("dynamo") ? "tiny-llama" : ""
            let count = name + "_count"
            return name.isEmpty ? nil : total(after, count, containing: part) - total(before, count, containing: part)
        }
        #expect(engine.e2e?.counts.reduce(0, +) == seen(e2e))
        #expect(engine.queued?.counts.reduce(0, +) == seen(queued))
    }

    @Test("Triton has sums in microseconds: means over what it answered")
    func means() throws {
        let before = try fixture("documented-triton/t0.txt")
        let after = try fixture("documented-triton/t1.txt")
        let engine = try engine(before, after)
        func grew(_ name: String) -> Double {
            let name = name + "{model=\"ensemble\""
            return total(after, name) - total(before, name)
        }
        let answered = grew("nv_inference_request_success")
        #expect(engine.e2eMean == grew("nv_inference_request_duration_us") / answered / 1e6 && engine.e2eMean == 1)
        #expect(engine.queuedMean == 0.1 && engine.e2e == nil)
    }

    @Test("drafts that were accepted, as tokens or as the source's own share; without drafts nothing")
    func drafts() throws {
        func share(_ product: String) throws -> Double? {
            let engine = try engine(fixture("\(product)/t0.txt"), fixture("\(product)/t1.txt"))
            guard let drafted = engine.drafted, let accepted = engine.accepted, drafted > 0 else { return nil }
            return accepted / drafted
        }
        #expect(try share("documented-trtllm") == 0.64)
        #expect(try share("documented-llamacpp") == 0.75)
        #expect(try share("documented-sglang") == 0.7)
        #expect(try share("vllm-0.32.0") == nil && share("documented-nim") == nil)
    }

    @Test("a class weighs its engines' means by what they answer, and its drafts by their number")
    func weights() {
        func engine(_ target: String, _ finished: Double, _ mean: Double, _ drafts: (Double, Double)?) -> EngineFacts {
            var facts = EngineFacts(
                model: "m", engine: "0", product: "triton", target: target, address: target, at: PlantTime(epoch: 100))
            (facts.finished, facts.e2eMean) = (finished, mean)
            (facts.drafted, facts.accepted) = (drafts?.0, drafts?.1)
            return facts
        }
        var observation = Observation(
            source: SourceStatus(name: "s", answeredAt: nil, targets: 1, targetsUp: 1), at: PlantTime(epoch: 101),
            interval: Seconds(5), kind: .live)
        observation.engines = [engine("a", 3, 1, (100, 90)), engine("b", 1, 5, (300, 30)), engine("c", 0, 9, nil)]
        var fold = Fold(plant: "p")
        let pool = fold.fold([observation]).classes[0]
        #expect(pool.e2eMean == .fresh(Seconds(2)) && pool.acceptance == .fresh(Share(0.3)))
        #expect(pool.e2e95 == .missing && pool.queuedMean == .missing)
    }

    @Test("one failure in a hundred is a class that fails; three a minute are not, nor is what is stale")
    func failing() {
        func pool(_ finished: Double, _ failed: Double?) -> PoolState {
            var pool = PoolState(.inference(ServingClass("m")))
            pool.finished = .fresh(RequestsPerSecond(finished))
            pool.failed = Reading(failed.map(RequestsPerSecond.init))
            return pool
        }
        #expect(pool(9, 1).isFailing && pool(9, 1).failedShare == .fresh(Share(0.1)))
        #expect(pool(0, 1).isFailing)
        #expect(!pool(0, 0).isFailing && pool(0, 0).failedShare == .missing)
        #expect(!pool(100, 0.5).isFailing && !pool(0.1, 0.05).isFailing && !pool(9, nil).isFailing)
        var old = pool(9, 1)
        old.failed = .stale(RequestsPerSecond(1), age: Seconds(60))
        #expect(!old.isFailing)
    }

    @Test("a frontend says how requests end, its engines where it does not")
    func nearest() {
        func engine(isFrontend: Bool, _ finished: Double?, _ rank: Int = 0) -> EngineFacts {
            var facts = EngineFacts(
                model: "m", engine: "\(rank)", product: isFrontend ? "dynamo" : "vllm", target: "t\(isFrontend)",
                address: "a", at: PlantTime(epoch: 100))
            (facts.isFrontend, facts.finished, facts.failed) = (isFrontend, finished, finished.map { $0 / 4 })
            return facts
        }
        func pool(_ engines: [EngineFacts]) -> PoolState? {
            var observation = Observation(
                source: SourceStatus(name: "s", answeredAt: nil, targets: 1, targetsUp: 1), at: PlantTime(epoch: 101),
                interval: Seconds(5), kind: .live)
            observation.engines = engines
            var fold = Fold(plant: "p")
            return fold.fold([observation]).classes.first
        }
        #expect(
            pool([engine(isFrontend: true, 8), engine(isFrontend: false, 6)])?.finished == .fresh(RequestsPerSecond(8)))
        let behind = pool([
            engine(isFrontend: true, nil), engine(isFrontend: false, 6), engine(isFrontend: false, 2, 1),
        ])
        #expect(behind?.finished == .fresh(RequestsPerSecond(8)) && behind?.failed == .fresh(RequestsPerSecond(2)))
    }
}
