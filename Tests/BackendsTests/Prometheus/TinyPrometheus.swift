// SPDX-License-Identifier: Apache-2.0

import Exposition
import Foundation
import Synchronization

@testable import Backends

/// A Prometheus as small as the questions of `PrometheusObserver`: it keeps pages with the time of their scrape, and gives
/// raw samples of them as the real one does.
final class TinyPrometheus: Sendable {
    struct Scrape: Sendable {
        var job: String
        var instance: String
        var time: Double
        /// nil: the target did not answer.
        var page: [UInt8]?
    }

    struct State: Sendable {
        var now = 0.0
        var scrapes: [Scrape] = []
        var alerts = "[]"
        var past = "[]"
        var warnings: [String] = []
        /// Something else than an answer.
        var trouble: Reply?
        var asked: [String] = []
        var requests: [String] = []
    }

    let state = Mutex(State())

    func add(_ job: String, _ instance: String, at time: Double, _ page: [UInt8]?) {
        state.withLock {
            $0.scrapes.append(Scrape(job: job, instance: instance, time: time, page: page))
            $0.now = max($0.now, time + 1)
        }
    }

    var asked: [String] { state.withLock { $0.asked } }

    func reply(_ path: String, _ request: String) -> Reply {
        state.withLock { state in
            state.requests.append(request)
            if let trouble = state.trouble { return trouble }
            if path.hasPrefix("/api/v1/label/") {
                let names = state.scrapes.flatMap { series(of: $0).map { $0.metric["__name__"] ?? "" } }
                return json(Array(Set(names + ["go_goroutines", "up"])), state)
            }
            if path.hasPrefix("/api/v1/targets") {
                let error = "Get \"http://x/metrics\": dial tcp 10.0.0.9:1: connect: connection refused"
                let dead = state.scrapes.filter { $0.page == nil }.map {
                    ["labels": ["job": $0.job, "instance": $0.instance], "lastError": error] as [String: any Sendable]
                }
                return json(["activeTargets": dead], state)
            }
            guard path.hasPrefix("/api/v1/query") else {
                return .page("404 page not found\n", status: "404 Not Found")
            }
            let query = form(request)["query"] ?? ""
            state.asked.append(query)
            if path.hasPrefix("/api/v1/query_range") { return raw(state.past, "matrix", state) }
            if query.contains("ALERTS") { return raw(state.alerts, "vector", state) }
            return json(answer(query, state), state)
        }
    }

    private func form(_ request: String) -> [String: String] {
        let body = request.range(of: "\r\n\r\n").map { request[$0.upperBound...] } ?? ""
        let pairs = body.split(separator: "&").map { $0.split(separator: "=", maxSplits: 1) }
        return Dictionary(
            pairs.map { (String($0[0]), $0.count > 1 ? String($0[1]).removingPercentEncoding ?? "" : "") },
            uniquingKeysWith: { first, _ in first })
    }

    // MARK: Answers

    private struct Series {
        var metric: [String: String]
        var text: String
    }

    private func series(of scrape: Scrape) -> [Series] {
        guard let page = scrape.page.map({ ExpositionPage(parsing: $0) }) else { return [] }
        return page.samples.map { sample in
            var metric = ["__name__": page.string(sample.name)]
            for index in sample.labels {
                let label = page.labels[Int(index)]
                let name = page.string(label.name)
                metric[["job", "instance", "pod", "namespace"].contains(name) ? "exported_\(name)" : name] =
                    page.string(label.value)
            }
            (metric["job"], metric["instance"]) = (scrape.job, scrape.instance)
            return Series(metric: metric, text: sample.value.isInfinite ? "+Inf" : "\(sample.value)")
        }
    }

    private func answer(_ query: String, _ state: State) -> [String: any Sendable] {
        let newest = Dictionary(grouping: state.scrapes) { TargetKey(["job": $0.job, "instance": $0.instance]) }
            .compactMapValues { $0.max { $0.time < $1.time } }
        func vector(_ rows: [([String: String], String)]) -> [String: any Sendable] {
            let result = rows.map { metric, text -> [String: any Sendable] in
                ["metric": metric, "value": [state.now, text] as [any Sendable]]
            }
            return ["resultType": "vector", "result": result]
        }
        func labels(_ key: TargetKey) -> [String: String] { ["job": key.job, "instance": key.instance] }
        if query.hasPrefix("count by") {
            return vector(
                newest.filter { $0.value.page != nil }.map { (labels($0.key), "\(series(of: $0.value).count)") })
        }
        if query.hasPrefix("count_over_time(up") {
            let counts = Dictionary(grouping: state.scrapes) { TargetKey(["job": $0.job, "instance": $0.instance]) }
            return vector(counts.map { (labels($0.key), "\($0.value.count)") })
        }
        if query.hasPrefix("up{"), !query.contains("[") {
            return vector(
                newest.map { (labels($0.key).merging(["__name__": "up"]) { $1 }, $0.value.page == nil ? "0" : "1") })
        }
        if query.hasPrefix("sum by (job,instance,mode)") {
            return vector(newest.values.flatMap { processors($0) })
        }
        let window = query.split(separator: "[").last.flatMap { Double($0.prefix { $0.isNumber }) } ?? 0
        return ["resultType": "matrix", "result": matrix(state.scrapes.filter { $0.time > state.now - window })]
    }

    private func processors(_ scrape: Scrape) -> [([String: String], String)] {
        let own = series(of: scrape).filter { $0.metric["__name__"] == PrometheusNames.processors }
        return Dictionary(grouping: own) { $0.metric["mode"] ?? "" }.map { mode, all in
            let sum = all.reduce(0) { $0 + (Double($1.text) ?? 0) }
            return (["job": scrape.job, "instance": scrape.instance, "mode": mode], "\(sum)")
        }
    }

    private func matrix(_ scrapes: [Scrape]) -> [[String: any Sendable]] {
        var all: [[String: String]: [[any Sendable]]] = [:]
        for scrape in scrapes.sorted(by: { $0.time < $1.time }) {
            let up = ["__name__": "up", "job": scrape.job, "instance": scrape.instance]
            all[up, default: []].append([scrape.time, scrape.page == nil ? "0" : "1"])
            for series in series(of: scrape) where series.metric["__name__"] != PrometheusNames.processors {
                all[series.metric, default: []].append([scrape.time, series.text])
            }
        }
        return all.map { ["metric": $0.key, "values": $0.value] }
    }

    private func json(_ data: any Sendable, _ state: State) -> Reply {
        var whole: [String: any Sendable] = ["status": "success", "data": data]
        if !state.warnings.isEmpty { whole["warnings"] = state.warnings }
        // ignored because what cannot be written fails the test that asked.
        let body = (try? JSONSerialization.data(withJSONObject: whole)).map { [UInt8]($0) } ?? []
        return .page(body, headers: ["Content-Type: application/json"])
    }

    private func raw(_ result: String, _ type: String, _ state: State) -> Reply {
        .page(#"{"status":"success","data":{"resultType":"\#(type)","result":\#(result)}}"#)
    }
}
