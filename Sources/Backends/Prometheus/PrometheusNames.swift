// SPDX-License-Identifier: Apache-2.0

/// Which of the catalogue's names a server has.
struct PrometheusNames: Sendable, Equatable {
    /// As the server writes them: AMD's in either case. Without those below.
    private(set) var series: [String] = []
    /// Names without a prefix: they are the catalogue's only where a model is named.
    private(set) var unprefixed: [String] = []
    /// Counted once for each core and mode: summed by the server, see `PrometheusRound`.
    private(set) var hasProcessors = false

    /// So many seconds of processor time a host has, by mode.
    static let processors = "node_cpu_seconds_total"
    /// Every program has it: it finds no target, and tells restarts of those that are found.
    static let processStart = "process_start_time_seconds"

    /// - Parameter all: every name of the server.
    init(among all: [String]) {
        for name in Set(all).sorted() where name != Self.processStart {
            let rows = MetricNames.rows(of: name)
            if name == Self.processors {
                hasProcessors = true
            } else if rows.contains(where: { !$0.product.needsModel }) {
                series.append(name)
            } else if !rows.isEmpty {
                unprefixed.append(name)
            }
        }
    }

    var isEmpty: Bool { series.isEmpty && unprefixed.isEmpty && !hasProcessors }
    var count: Int { series.count + unprefixed.count + (hasProcessors ? 1 : 0) }

    /// Counts the series by which targets are found, of each target.
    var targets: String {
        var parts: [String] = []
        if !series.isEmpty { parts.append("{\(PromQL.among("__name__", series))}") }
        if !unprefixed.isEmpty { parts.append("{\(PromQL.among("__name__", unprefixed)),model_name!=\"\"}") }
        if hasProcessors { parts.append("\(Self.processors){mode=\"idle\"}") }
        return "count by (job,instance) (\(parts.joined(separator: " or ")))"
    }

    /// The same of targets that gave something a while ago: one name of each product, at a few moments of the last day.
    /// nil where no name would tell.
    var earlierTargets: String? {
        let telling: Set<Metric> = [.hostName, .gpuUtilisation, .running]
        let names = series.filter { MetricNames.rows(of: $0).contains { telling.contains($0.metric) } }
        guard !names.isEmpty else { return nil }
        // One name at a time: two with the same labels would be one series twice, which the server refuses.
        let lately = names.map { "count_over_time({__name__=\(PromQL.literal($0))}[10m])" }
        let before = ["1h", "6h", "1d"].map { "{\(PromQL.among("__name__", names))} offset \($0)" }
        return "count by (job,instance) (\((lately + before).joined(separator: " or ")))"
    }

    /// What is asked of a target as raw samples, its own health among them.
    var asked: [String] { ["up", Self.processStart] + series + unprefixed }
}
