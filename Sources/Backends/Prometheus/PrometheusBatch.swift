// SPDX-License-Identifier: Apache-2.0

import Factory

/// Some targets that are asked for together, whole: a page needs all its series, and only a batch of them is in memory.
struct PrometheusBatch: Sendable {
    var targets: [PrometheusTarget] = []
    /// Whether they are seen for the first time.
    let isFirst: Bool
    /// The longest time between two scrapes of one of them. Unit: s.
    var pace: Double
    private var series = 0
    /// Bytes of the targets' names in a question.
    private var length = 0

    /// VictoriaMetrics takes 16 KiB for a question, and the catalogue's names need a third of that.
    private static let longest = 6000

    /// A first look goes as far back as percentiles want to be compared. Unit: s.
    private static let firstWindow = 50.0
    /// Targets of one batch have paces within this factor: what is scraped each second is not asked for minutes.
    private static let spread = 2.0

    /// Puts the targets that are due into as few batches as the limit lets.
    ///
    /// - Parameters:
    ///   - paces: between two scrapes, where it is known. Unit: s.
    ///   - counts: series of each target.
    ///   - limit: series in a batch; one target may have more.
    static func making(
        _ due: [PrometheusTarget], paces: [TargetKey: Double], counts: [TargetKey: Int], limit: Int
    ) -> [PrometheusBatch] {
        let ordered = due.map { (target: $0, pace: $0.spacing ?? paces[$0.key] ?? 60) }.sorted { left, right in
            if (left.target.newest == nil) != (right.target.newest == nil) { return left.target.newest == nil }
            if left.pace != right.pace { return left.pace < right.pace }
            return (left.target.key.job, left.target.key.instance) < (right.target.key.job, right.target.key.instance)
        }
        var batches: [PrometheusBatch] = []
        var shortest = 0.0
        for (target, pace) in ordered {
            let count = counts[target.key] ?? 100
            let isFirst = target.newest == nil
            let fits =
                batches.last.map {
                    $0.isFirst == isFirst && $0.series + count <= limit && $0.length <= longest
                        && pace <= shortest * spread
                } ?? false
            if !fits {
                batches.append(PrometheusBatch(isFirst: isFirst, pace: pace))
                shortest = pace
            }
            batches[batches.count - 1].add(target, pace, count)
        }
        return batches
    }

    private init(isFirst: Bool, pace: Double) {
        self.isFirst = isFirst
        self.pace = pace
    }

    private mutating func add(_ target: PrometheusTarget, _ pace: Double, _ count: Int) {
        targets.append(target)
        self.pace = max(self.pace, pace)
        series += count
        length += target.key.instance.utf8.count + 2
    }

    private var matchers: String {
        let jobs = Set(targets.map(\.key.job)).sorted()
        let instances = Set(targets.map(\.key.instance)).sorted()
        return "\(PromQL.among("job", jobs)),\(PromQL.among("instance", instances))"
    }

    /// Raw samples: the newest page of each target and the one before, whatever moment of a scrape it is.
    func samples(_ names: PrometheusNames) -> String {
        let window = isFirst ? max(4 * pace, Self.firstWindow) : 2.5 * pace
        return "{\(PromQL.among("__name__", names.asked)),\(matchers)}[\(PromQL.window(min(window, 1800)))]"
    }

    /// Hosts of hundreds of cores have thousands of these: the server sums them, and shares of the sums are the same.
    var processors: String { "sum by (job,instance,mode) (\(PrometheusNames.processors){\(matchers)})" }

    /// Asks for them and reads what came; the targets as they are then.
    ///
    /// - Parameters:
    ///   - now: the server's clock: all is asked as of one moment.
    ///   - offset: what that is ahead of this host's. Unit: s.
    @concurrent func ask(
        _ client: PrometheusClient, _ names: PrometheusNames, now: Double, offset: Double, poll: Seconds
    ) async -> Result<(targets: [PrometheusTarget], warnings: [String]), ScrapeFailure> {
        do throws(ScrapeFailure) {
            let reply = try await client.query(samples(names), at: now).get()
            var warnings = reply.warnings
            var byKey: [TargetKey: TargetSeries] = [:]
            for series in reply.content.result { byKey[TargetKey(series.metric), default: TargetSeries()].add(series) }
            var processors: [TargetKey: PrometheusTarget.Processors] = [:]
            if names.hasProcessors {
                let latest = try await client.query(self.processors, at: now).get()
                warnings += latest.warnings
                Self.note(latest.content, \.now, in: &processors)
                if isFirst {
                    let earlier = try await client.query(self.processors, at: now - max(pace, 15)).get()
                    Self.note(earlier.content, \.before, in: &processors)
                }
            }
            let known = targets.map { target in
                var target = target
                if let series = byKey[target.key] {
                    target.take(
                        series, processors[target.key] ?? .init(), pace: pace, offset: offset, poll: poll)
                }
                return target
            }
            return .success((known, warnings))
        } catch {
            return .failure(error)
        }
    }

    private static func note(
        _ reply: QueryReply, _ path: WritableKeyPath<PrometheusTarget.Processors, [String: String]>,
        in processors: inout [TargetKey: PrometheusTarget.Processors]
    ) {
        for series in reply.result {
            guard let value = series.value, let mode = series.metric["mode"] else { continue }
            processors[TargetKey(series.metric), default: .init()][keyPath: path][mode] = value.text
        }
    }
}
