// SPDX-License-Identifier: Apache-2.0

import Exposition

/// What tokenworks takes from an exporter's page, whatever the exporter calls it.
enum Metric: Int, Sendable, Hashable, CaseIterable {
    case hostName, cpuIdle, cpuTotal, memoryTotal, memoryAvailable
    case gpuUtilisation, tensorActive, gpuPower, gpuPowerLimit, gpuTemperature, lastXID
    case networkIn, networkOut, fabricIn, fabricOut, diskRead, diskWritten
    case cpuPressure, memoryPressure, ioPressure, oomKills, bootTime
    case clock, energy, pcieIn, pcieOut, pcieBoth, nvlinkIn, nvlinkOut, powerHeld, heatHeld
    case uncorrectable, remapFailed, remappedRows, replays
    case gpuMemoryUsed, gpuMemoryFree, gpuMemoryReserved, gpuMemoryTotal
    case running, waiting, inflight, generatedTokens, promptTokens, computedTokens, cachedTokens, hitRate, kvUse
    case preemptions, ttft, itl
    case finished, failed, aborted, refused
    case draftTokens, acceptedTokens, acceptance, e2e, queued, e2eSum, queuedSum
    case trainedRate, trainedTotal, loss, stepTime, stepSum, stepCount, trainedMFU, trainedFLOPs, pushedAt
    case pendingJobs, runningJobs, evictedJobs, gpusUsed, gpuQuota, admissionWait
    case processStart

    /// What many plants do not have and nobody misses: InfiniBand, NVLink, drafts, and what comes only once it has happened.
    static let rare: Set<Metric> = [
        .fabricIn, .fabricOut, .cpuPressure, .memoryPressure, .ioPressure, .oomKills, .bootTime, .clock, .energy,
        .pcieIn,
        .pcieOut, .pcieBoth, .nvlinkIn, .nvlinkOut, .powerHeld, .heatHeld, .uncorrectable, .remapFailed, .remappedRows,
        .replays, .draftTokens, .acceptedTokens, .acceptance, .failed, .aborted, .refused, .evictedJobs, .admissionWait,
        .gpusUsed, .gpuQuota,
    ]

    /// What is counted over half a minute and more, whoever counts it.
    static let ends: Set<Metric> = [.finished, .failed, .aborted, .refused, .draftTokens, .acceptedTokens]
}

/// One row: a name of one product, and what it means here.
struct MetricName: Sendable {
    /// What the series belongs to, told by its labels.
    enum Entity: Sendable { case host, gpu, engine, job, push, queue, target }
    enum Kind: Sendable { case gauge, counter, histogram }
    /// How several series of one entity become one number.
    enum Aggregation: Sendable { case sum, mean, worst, last }

    let product: MetricProduct
    /// Of a histogram, without `_bucket`.
    let name: String
    /// The series counts only with this label value; `5*` is every one that begins so, and a label that is not there is
    /// empty.
    var with: (label: StaticString, value: String)?
    /// And not where this label is there with one of these values, or begins as one that ends in `*`.
    var without: (label: StaticString, values: [String])?
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
    /// A counter that moves only when a request ends: silence while requests run is no zero.
    var isAtEnd = false
    /// The label that names the training job; nil: `job`, or what an OpenTelemetry collector calls it.
    var jobLabel: String?

    /// Whether a series of the name is meant, by its labels.
    func takes(_ sample: Sample, of page: ExpositionPage) -> Bool {
        if let with, !Self.fits(page.label(with.label, of: sample) ?? "", with.value) { return false }
        guard let without, let value = page.label(without.label, of: sample), !value.isEmpty else { return true }
        return !without.values.contains { Self.fits(value, $0) }
    }

    private static func fits(_ value: String, _ pattern: String) -> Bool {
        pattern.last == "*" ? value.hasPrefix(pattern.dropLast()) : value == pattern
    }
}

/// Every name that is understood. A new source is new rows: hosts and accelerators in `MetricNames+Machines`, engines in
/// `MetricNames+Engines`.
enum MetricNames {
    static let table: [MetricName] =
        hosts + accelerators + engines + training + queues + [
            MetricName(
                product: .any, name: "process_start_time_seconds", metric: .processStart, entity: .target, kind: .gauge,
                unit: "s", aggregation: .worst)
        ]

    /// The rows of a series' name; of a histogram only its buckets are taken.
    private static let bySeries: [String: [MetricName]] = Dictionary(grouping: table) {
        $0.kind == .histogram ? $0.name + "_bucket" : $0.name
    }

    /// The rows of a series; empty for one that nobody asks for.
    static func rows(of series: String) -> [MetricName] {
        if let rows = bySeries[series] { return rows }
        // AMD's exporter writes small letters, its older documents large ones, and some installations put `amd_` before.
        let plain = series.lowercased()
        return bySeries[plain.hasPrefix("amd_gpu_") ? String(plain.dropFirst(4)) : plain]?.filter { $0.product == .amd }
            ?? []
    }
}
