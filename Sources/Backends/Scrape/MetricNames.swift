// SPDX-License-Identifier: Apache-2.0

/// What tokenworks takes from an exporter's page, whatever the exporter calls it.
enum Metric: String, Sendable, Hashable, CaseIterable {
    case hostName, cpuIdle, cpuTotal, memoryTotal, memoryAvailable
    case gpuUtilisation, tensorActive, gpuPower, gpuPowerLimit, gpuMemoryUsed, gpuMemoryFree, gpuMemoryReserved
    case gpuTemperature, lastXID
    case running, waiting, generatedTokens, promptTokens, computedTokens, cachedTokens, kvUse, ttft, itl
    case processStart
}

/// One row: a name of one product, and what it means here.
struct MetricName: Sendable {
    enum Product: String, Sendable, Hashable { case nodeExporter = "node_exporter", dcgm, vllm, any }
    /// What the series belongs to, told by its labels.
    enum Entity: Sendable { case host, gpu, engine, target }
    enum Kind: Sendable { case gauge, counter, histogram }
    /// How several series of one entity become one number.
    enum Aggregation: Sendable { case sum, mean, worst, last }

    let product: Product
    /// Of a histogram, without `_bucket`.
    let name: String
    /// The series counts only with this label value.
    var with: (label: StaticString, value: String)?
    let metric: Metric
    let entity: Entity
    let kind: Kind
    /// The unit on the page.
    let unit: String
    /// What the page's number is multiplied by to have the plant's unit.
    var scale = 1.0
    var aggregation = Aggregation.sum
    /// Of several names for one metric on one page the lowest counts: renamed metrics are often served under both.
    var rank = 0
    /// The labels whose values tell series of one entity apart; nil: all that do not name the entity itself.
    var parts: [StaticString]?
}

/// Every name that is understood. A new source is new rows here.
enum MetricNames {
    static let table: [MetricName] =
        hosts + accelerators + engines + [
            MetricName(
                product: .any, name: "process_start_time_seconds", metric: .processStart, entity: .target, kind: .gauge,
                unit: "s", aggregation: .worst)
        ]

    private static let hosts: [MetricName] = [
        MetricName(
            product: .nodeExporter, name: "node_uname_info", metric: .hostName, entity: .host, kind: .gauge, unit: "",
            aggregation: .last),
        MetricName(
            product: .nodeExporter, name: "node_cpu_seconds_total", with: ("mode", "idle"), metric: .cpuIdle,
            entity: .host, kind: .counter, unit: "s"),
        MetricName(
            product: .nodeExporter, name: "node_cpu_seconds_total", metric: .cpuTotal, entity: .host, kind: .counter,
            unit: "s"),
        MetricName(
            product: .nodeExporter, name: "node_memory_MemTotal_bytes", metric: .memoryTotal, entity: .host,
            kind: .gauge, unit: "B"),
        MetricName(
            product: .nodeExporter, name: "node_memory_MemAvailable_bytes", metric: .memoryAvailable, entity: .host,
            kind: .gauge, unit: "B"),
    ]

    // With MIG a GPU has series of its instances, by GPU_I_ID, beside or instead of its own; per pod and per job
    // (hpc_job) the same value is repeated, and counts once.
    private static func dcgm(
        _ name: String, _ metric: Metric, unit: String, scale: Double = 1, _ aggregation: MetricName.Aggregation
    ) -> MetricName {
        MetricName(
            product: .dcgm, name: name, metric: metric, entity: .gpu, kind: .gauge, unit: unit, scale: scale,
            aggregation: aggregation, parts: ["GPU_I_ID"])
    }

    private static let accelerators: [MetricName] = [
        dcgm("DCGM_FI_DEV_GPU_UTIL", .gpuUtilisation, unit: "%", scale: 0.01, .mean),
        dcgm("DCGM_FI_PROF_PIPE_TENSOR_ACTIVE", .tensorActive, unit: "", .mean),
        dcgm("DCGM_FI_DEV_POWER_USAGE", .gpuPower, unit: "W", .worst),
        dcgm("DCGM_FI_DEV_POWER_MGMT_LIMIT", .gpuPowerLimit, unit: "W", .worst),
        dcgm("DCGM_FI_DEV_FB_USED", .gpuMemoryUsed, unit: "MiB", .sum),
        dcgm("DCGM_FI_DEV_FB_FREE", .gpuMemoryFree, unit: "MiB", .sum),
        dcgm("DCGM_FI_DEV_FB_RESERVED", .gpuMemoryReserved, unit: "MiB", .sum),
        dcgm("DCGM_FI_DEV_GPU_TEMP", .gpuTemperature, unit: "C", .worst),
        dcgm("DCGM_FI_DEV_XID_ERRORS", .lastXID, unit: "XID", .worst),
    ]

    private static func vllm(
        _ name: String, _ metric: Metric, _ kind: MetricName.Kind, unit: String = "",
        with: (label: StaticString, value: String)? = nil, _ aggregation: MetricName.Aggregation = .sum, rank: Int = 0
    ) -> MetricName {
        MetricName(
            product: .vllm, name: "vllm:" + name, with: with, metric: metric, entity: .engine, kind: kind, unit: unit,
            aggregation: aggregation, rank: rank)
    }

    private static let engines: [MetricName] = [
        vllm("num_requests_running", .running, .gauge),
        vllm("num_requests_waiting", .waiting, .gauge),
        vllm("generation_tokens_total", .generatedTokens, .counter, unit: "tokens"),
        vllm("prompt_tokens_total", .promptTokens, .counter, unit: "tokens"),
        vllm(
            "prompt_tokens_by_source_total", .computedTokens, .counter, unit: "tokens",
            with: ("source", "local_compute")),
        vllm("prompt_tokens_cached_total", .cachedTokens, .counter, unit: "tokens"),
        vllm("prefix_cache_hits_total", .cachedTokens, .counter, unit: "tokens", rank: 1),
        vllm("gpu_prefix_cache_hits_total", .cachedTokens, .counter, unit: "tokens", rank: 2),
        // "perc" is a share, 0...1, in both.
        vllm("kv_cache_usage_perc", .kvUse, .gauge, .mean),
        vllm("gpu_cache_usage_perc", .kvUse, .gauge, .mean, rank: 1),
        vllm("time_to_first_token_seconds", .ttft, .histogram, unit: "s"),
        vllm("inter_token_latency_seconds", .itl, .histogram, unit: "s"),
        vllm("time_per_output_token_seconds", .itl, .histogram, unit: "s", rank: 1),
    ]

    /// The rows of a series' name; of a histogram only its buckets are taken.
    static let bySeries: [String: [MetricName]] = Dictionary(grouping: table) {
        $0.kind == .histogram ? $0.name + "_bucket" : $0.name
    }
}
