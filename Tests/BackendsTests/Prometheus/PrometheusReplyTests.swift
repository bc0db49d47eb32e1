// SPDX-License-Identifier: Apache-2.0

import Exposition
import Factory
import Foundation
import Testing

@testable import Backends

/// A reply of the real server under Tests/Fixtures/prometheus-2.42-api.
func recorded<Content: Decodable>(_ name: String, as: Content.Type) throws -> Content {
    try JSONDecoder().decode(Content.self, from: Data(try fixture("prometheus-2.42-api/\(name).json")))
}

@Suite("Replies of Prometheus 2.42 and Alertmanager 0.25, as recorded") struct PrometheusReplyTests {
    private func query(_ name: String) throws -> QueryReply {
        try #require(try recorded(name, as: APIReply<QueryReply>.self).data)
    }

    @Test("a matrix becomes pages again, one for each scrape")
    func matrix() throws {
        var byKey: [TargetKey: TargetSeries] = [:]
        for series in try query("matrix").result {
            byKey[TargetKey(series.metric), default: TargetSeries()].add(series)
        }
        let vllm = try #require(byKey.first { $0.key.job == "vllm" })
        #expect(vllm.key.instance == "127.0.0.1:8000")
        let times = vllm.value.times(spacing: 15)
        #expect(times.count == 4 && TargetSeries.spacing(of: times).map { $0.rounded() } == 1)
        let reading = PageReading(ExpositionPage(parsing: vllm.value.page(at: times[3], after: times[2])))
        let entity = PageReading.Entity.engine(product: .vllm, model: "tiny-llama", engine: "0")
        #expect(reading.entities[entity]?[.waiting] == 5)
        #expect(reading.entities[entity]?.ladder(.ttft)?.bounds.last == .infinity)
        // The pushed page keeps its own names, and has no health of its own.
        let pushed = try #require(byKey.first { $0.key.job == "llama" })
        #expect(pushed.key.instance == "box-7:8080" && !pushed.value.times(spacing: 1).isEmpty)
        #expect(ScrapeTarget(pushed.key).host == "box-7")
    }

    @Test("names, health, sums, reasons and errors are read")
    func others() throws {
        let names = PrometheusNames(among: try #require(try recorded("names", as: APIReply<[String]>.self).data))
        #expect(names.series.contains("vllm:time_to_first_token_seconds_bucket"))
        #expect(names.series.contains("DCGM_FI_DEV_GPU_UTIL") && names.hasProcessors)
        #expect(!names.series.contains("go_goroutines") && !names.series.contains("process_start_time_seconds"))
        #expect(try query("up").result.count { $0.value?.value == 0 } == 1)
        #expect(Set(try query("processors").result.compactMap { $0.metric["mode"] }).contains("idle"))
        let targets = try #require(try recorded("targets", as: APIReply<TargetsReply>.self).data)
        #expect(targets.activeTargets.compactMap(\.lastError).contains { $0.contains("connection refused") })
        #expect(try recorded("buildinfo", as: APIReply<BuildReply>.self).data?.version == "2.42.0+ds")
        let error = try recorded("error", as: APIReply<QueryReply>.self)
        #expect(error.data == nil && error.errorType == "bad_data" && error.error?.contains("parse error") == true)
    }

    @Test("alerts have their beginning, and their silence where Alertmanager knows it")
    func alerts() throws {
        var reading = AlertReading(try query("alerts"), offset: 0)
        #expect(reading.firing.map(\.name).sorted() == ["Hot", "Waiting", "Watchdog"])
        #expect(reading.firing.allSatisfy { ($0.since?.epoch ?? 0) > 1_795_833_700 })
        reading.note(
            try recorded("alertmanager-alerts", as: [ManagedAlert].self),
            try recorded("alertmanager-silences", as: [SilenceReply].self))
        let silenced = reading.firing.filter { $0.silence != nil }
        #expect(silenced.map(\.name) == ["Waiting"])
        #expect(
            silenced.first?.silence
                == .init(by: "anna", until: PlantTime(epoch: 1_795_837_673), comment: "new weights"))
    }

    @Test("native histograms, missing values and numbers that are none are no trouble")
    func odd() throws {
        let text = """
            {"status":"success","warnings":["part"],"infos":["x"],"data":{"resultType":"matrix","result":[
            {"metric":{"__name__":"vllm:num_requests_running"},"values":[[1,"NaN"],[2,"+Inf"],[3.5,"-Inf"],[4,"x"]],
             "histograms":[[1,{"count":"3","sum":"9","buckets":[[0,"0.1","0.2","3"]]}]]},
            {"metric":{"__name__":"h"},"histogram":[1,{"count":"3","sum":"9"}]}]}}
            """
        let reply = try JSONDecoder().decode(APIReply<QueryReply>.self, from: Data(text.utf8))
        #expect(reply.warnings == ["part"] && reply.data?.result.count == 2)
        var series = TargetSeries()
        for one in reply.data?.result ?? [] { series.add(one) }
        #expect(series.times(spacing: 1) == [1, 2, 3.5, 4])
        #expect(PageReading(ExpositionPage(parsing: series.page(at: 4, after: 0))).isEmpty)
    }

    @Test("label values of any kind come through as they were")
    func escapes() throws {
        let nasty = "a\"b\\c\nd}e,f=\u{1F525}\\n"
        let line = TargetSeries.line(
            "vllm:num_requests_running", ["model_name": nasty, "gpu.model": "x", "__name__": "y"])
        let page = ExpositionPage(parsing: line + Array("7\n".utf8))
        #expect(page.report.rejected == 0)
        let sample = try #require(page.samples.first)
        #expect(page.label("model_name", of: sample) == nasty && page.label("gpu.model", of: sample) == "x")
        #expect(PromQL.among("job", ["a.b", "c\"|d"]) == #"job=~"a\\.b|c\"\\|d""#)
    }

    @Test("samples with times of their own belong to the scrape that brought them")
    func ownTimes() {
        func series(_ name: String, _ times: [(Double, String)]) -> QueryReply.Series {
            QueryReply.Series(metric: ["__name__": name], values: times.map { APISample(time: $0.0, text: $0.1) })
        }
        var all = TargetSeries()
        all.add(series("up", [(100, "1"), (115, "0"), (130, "1")]))
        all.add(series("timed", [(97, "1"), (126.5, "2")]))
        all.add(series("plain", [(100, "3")]))
        #expect(all.times(spacing: 15) == [100, 130])
        #expect(String(decoding: all.page(at: 130, after: 100), as: UTF8.self) == "timed 2\n")
        #expect(String(decoding: all.page(at: 100, after: 85), as: UTF8.self) == "timed 1\nplain 3\n")
    }
}
