// SPDX-License-Identifier: Apache-2.0

import Factory

extension Origin {
    /// The names of many targets, each once: a thousand targets have few products.
    static func each(of all: some Sequence<[Origin]>) -> [Origin] {
        var kinds: [[Origin]] = []
        for origins in all where !origins.isEmpty && !kinds.contains(origins) { kinds.append(origins) }
        var seen: Set<Origin> = []
        return kinds.joined().filter { seen.insert($0).inserted }
    }
}

extension PageReading {
    /// The names that are read on the page, of each product and quantity once.
    var origins: [Origin] {
        var seen: Set<Origin> = []
        return entities.flatMap { _, values in Metric.allCases.compactMap { values.row(of: $0)?.origin } }
            .filter { seen.insert($0).inserted }
    }
}

extension MetricName {
    /// nil for what no screen shows as a number of its own.
    var origin: Origin? {
        guard let field = metric.field else { return nil }
        let label = with.map { "{\($0.label)=\"\($0.value)\"}" } ?? ""
        return Origin(product: product.rawValue, field: field, series: name + label, rule: rule)
    }

    private var rule: String {
        let factor = scale == 1 ? "" : "times \(scale), "
        switch kind {
        case .gauge: return factor + "as it stands"
        case .counter where isAtEnd: return factor + "per second over 30 s to 5 min: it moves when a request ends"
        case .counter: return factor + "per second between two polls"
        case .histogram: return factor + "from its buckets over the last 30 to 60 s"
        }
    }
}

extension Metric {
    /// Which number of a screen it makes.
    fileprivate var field: Origin.Field? {
        switch self {
        case .running: .running
        case .inflight: .inflight
        case .waiting: .waiting
        case .generatedTokens: .decode
        case .promptTokens: .prompt
        case .computedTokens: .computed
        case .cachedTokens: .cached
        case .hitRate: .hitRate
        case .kvUse: .kvUse
        case .preemptions: .preempted
        case .finished: .finished
        case .failed: .failed
        case .e2e: .e2e
        case .queued: .queued
        case .acceptedTokens, .acceptance: .drafted
        case .trainedRate, .trainedTotal: .trained
        case .loss: .loss
        case .stepTime, .stepSum: .step
        case .trainedMFU: .mfu
        case .ttft: .ttft
        case .itl: .itl
        case .cpuIdle: .cpu
        case .memoryAvailable: .memory
        case .gpuUtilisation: .gpuUtilisation
        case .tensorActive: .tensorActive
        case .gpuPower: .power
        case .gpuPowerLimit: .powerLimit
        case .gpuMemoryUsed: .gpuMemory
        case .gpuTemperature: .temperature
        case .lastXID: .lastXID
        default: nil
        }
    }
}
