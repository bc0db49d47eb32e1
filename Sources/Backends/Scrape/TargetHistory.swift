// SPDX-License-Identifier: Apache-2.0

import Factory

/// What one target said, and what it said before: rates need two pages.
///
/// The time between two pages is the target's own, from answer to answer. A counter that went down, another process
/// start or a page too long ago makes the rates of one poll missing.
struct TargetHistory: Sendable {
    /// What one page and the ones before it come to.
    struct Facts: Sendable {
        var hosts: [HostFacts] = []
        var engines: [EngineFacts] = []
        var runs: [TrainingFacts] = []
        var queues: [QueueFacts] = []
    }

    private struct Mark {
        var reading: PageReading
        /// Monotonic seconds.
        var elapsed: Double
    }

    private let target: ScrapeTarget
    private var last: Mark?
    private var facts = Facts()
    /// The pages that histograms are compared with: quantiles of one short poll would jump.
    private var marks: [Mark] = []
    /// The same for counters that move when a request ends, over minutes: an answer takes that long.
    private var longMarks: [Mark] = []
    /// When the counters of an engine last began anew, by the clock of the marks.
    private var resets: [PageReading.Entity: Double] = [:]

    /// Latencies are over the last 30 to 60 seconds. Unit: s.
    private static let window = 30.0
    /// So many of them: five minutes.
    private static let longMarksKept = 10
    /// Rates over a longer pause would pass for the present. Unit: s.
    private static let longestPause = 300.0

    init(_ target: ScrapeTarget) {
        self.target = target
    }

    /// Takes the next page.
    ///
    /// - Parameter at: the wall clock of the answer; `elapsed`: the monotonic clock of the same moment.
    mutating func take(_ reading: PageReading, at: PlantTime, elapsed: Double) -> Facts {
        let now = Mark(reading: reading, elapsed: elapsed)
        let before = last.flatMap { Self.isComparable(now, $0) ? $0 : nil }
        if before == nil { (marks, longMarks, resets) = ([], [], [:]) }
        facts = Facts(
            hosts: hosts(now, before, at: at), engines: engines(now, before, at: at),
            runs: TrainingRuns(
                now: reading, base: longMarks.first?.reading, seconds: elapsed - (longMarks.first?.elapsed ?? 0)
            ).facts(of: target, at: at), queues: queues(now, before, at: at))
        last = now
        if marks.last.map({ elapsed - $0.elapsed >= Self.window }) ?? true { marks.append(now) }
        if marks.count > 2 { marks.removeFirst() }
        if longMarks.last.map({ elapsed - $0.elapsed >= Self.window }) ?? true { longMarks.append(now) }
        if longMarks.count > Self.longMarksKept { longMarks.removeFirst() }
        return facts
    }

    private static func isComparable(_ now: Mark, _ before: Mark) -> Bool {
        let pause = now.elapsed - before.elapsed
        guard pause > 0, pause <= longestPause else { return false }
        guard let old = before.reading.entities[.target]?[.processStart],
            let new = now.reading.entities[.target]?[.processStart]
        else { return true }
        return abs(new - old) < 1
    }

    // MARK: Times

    /// When an entity's numbers were taken. No clock of another host makes a number younger than its page.
    private static func moment(of values: PageReading.Values, at: PlantTime) -> PlantTime {
        values.stamp.map { PlantTime(epoch: min($0, at.epoch)) } ?? at
    }

    /// Seconds between an entity's numbers on two pages: by the page's own times where it has them.
    private static func span(_ now: PageReading.Values, _ old: PageReading.Values, _ pages: Double) -> Double {
        guard let new = now.stamp, let before = old.stamp else { return pages }
        return new - before
    }

    /// Whether a page passes on again what it said before: that is no new word.
    private static func isRepeated(_ now: PageReading.Values, _ before: Mark?) -> Bool {
        guard let stamp = now.stamp else { return false }
        return before?.reading.entities[like: now]?.stamp == stamp
    }

    /// A mark that is of use for an entity: none from before its counters began anew.
    private func first(of marks: [Mark], for entity: PageReading.Entity) -> Mark? {
        guard let reset = resets[entity] else { return marks.first }
        return marks.first { $0.elapsed >= reset }
    }

    // MARK: Hosts

    private func hosts(_ now: Mark, _ before: Mark?, at: PlantTime) -> [HostFacts] {
        var facts: [HostFacts] = []
        if let values = now.reading.entities[.host] {
            if Self.isRepeated(values, before), let last = self.facts.hosts.first(where: { $0.gpus.isEmpty }) {
                return [last] + accelerators(now, before, at: at)
            }
            let at = Self.moment(of: values, at: at)
            let old = before?.reading.entities[like: values]
            var host = HostFacts(
                name: values.name.flatMap { $0.isEmpty ? nil : $0 }, address: target.host, exporter: "node_exporter",
                at: at)
            host.target = target.url
            host.cpu = busy(values, old)
            if let total = values[.memoryTotal], let available = values[.memoryAvailable], total > 0 {
                host.memory = min(1, max(0, 1 - available / total))
            }
            let pages = now.elapsed - (before?.elapsed ?? 0)
            MachineRates(now: values, before: old, seconds: old.map { Self.span(values, $0, pages) } ?? pages).fill(
                &host)
            facts.append(host)
        }
        return facts + accelerators(now, before, at: at)
    }

    /// The share of all processor time between two pages that was not idle.
    private func busy(_ now: PageReading.Values, _ before: PageReading.Values?) -> Double? {
        guard let before, let idle = delta(.cpuIdle, now, before), let total = delta(.cpuTotal, now, before), total > 0
        else { return nil }
        return min(1, max(0, 1 - idle / total))
    }

    private func accelerators(_ now: Mark, _ before: Mark?, at: PlantTime) -> [HostFacts] {
        let pages = now.elapsed - (before?.elapsed ?? 0)
        return now.reading.boards.map { board in
            let name = board.host.isEmpty ? nil : board.host
            let isRepeated = board.gpus.allSatisfy { Self.isRepeated($0.values, before) }
            if isRepeated, let last = self.facts.hosts.first(where: { $0.name == name && !$0.gpus.isEmpty }) {
                return last
            }
            let times = board.gpus.map { Self.moment(of: $0.values, at: at) }
            var facts = HostFacts(
                name: name, address: target.host, exporter: now.reading.accelerator, at: times.max() ?? at)
            facts.target = target.url
            facts.gpus = board.gpus.map { uuid, values in
                var gpu = Self.gpu(uuid, values)
                let old = before?.reading.entities[like: values]
                MachineRates(now: values, before: old, seconds: old.map { Self.span(values, $0, pages) } ?? pages)
                    .fill(&gpu)
                return gpu
            }
            return facts
        }
    }

    private static func gpu(_ uuid: String, _ values: PageReading.Values) -> GPUFacts {
        var gpu = GPUFacts(uuid: uuid)
        gpu.index = values.place
        (gpu.holder, gpu.owner) = (values.holder, values.owner)
        gpu.model = values.model
        gpu.power = values[.gpuPower].flatMap { $0 >= 0 ? $0 : nil }
        gpu.powerLimit = values[.gpuPowerLimit] ?? values.model.flatMap(BoardPower.watts)
        gpu.utilisation = share(values[.gpuUtilisation])
        gpu.tensorActive = share(values[.tensorActive])
        gpu.temperature = values[.gpuTemperature]
        gpu.memoryUsed = values[.gpuMemoryUsed]
        gpu.memoryTotal = values[.gpuMemoryTotal]
        if gpu.memoryTotal == nil, let used = values[.gpuMemoryUsed], let free = values[.gpuMemoryFree] {
            // There is no total by default; where the driver reserves nothing it says nothing.
            gpu.memoryTotal = used + free + (values[.gpuMemoryReserved] ?? 0)
        }
        gpu.lastXID = values[.lastXID].flatMap { $0 > 0 ? Int(exactly: $0.rounded()) : nil }
        return gpu
    }

    /// A share that is none is unknown: a percentage where a share should be reads as 5,500 %.
    private static func share(_ value: Double?) -> Double? {
        value.flatMap { (-1e-9...1.0001).contains($0) ? $0 : nil }
    }

    // MARK: Engines

    /// Fewer than none is unknown, and would hide what others have in a sum.
    private static func count(_ value: Double?) -> Double? { value.flatMap { $0 >= 0 ? $0 : nil } }

    private mutating func engines(_ now: Mark, _ before: Mark?, at: PlantTime) -> [EngineFacts] {
        let facts = now.reading.entities.compactMap { entity, values -> EngineFacts? in
            guard case .engine(let product, let model, let engine) = entity else { return nil }
            if Self.isRepeated(values, before) {
                let last = self.facts.engines.first {
                    $0.product == product.rawValue && $0.model == model && $0.engine == engine
                }
                if let last { return last }
            }
            var facts = EngineFacts(
                model: model, engine: engine, product: product.rawValue, target: target.url, address: target.host,
                at: Self.moment(of: values, at: at))
            facts.isFrontend = product.isFrontend
            facts.waiting = Self.count(values[.waiting])
            // A frontend counts what it holds: those without a first token wait.
            facts.running =
                Self.count(values[.running])
                ?? Self.count(values[.inflight]).map { max(0, $0 - (values[.waiting] ?? 0)) }
            facts.kvUse = Self.share(values[.kvUse])
            guard let before, let old = before.reading.entities[like: values] else { return facts }
            if Self.hasReset(values, old) {
                resets[entity] = now.elapsed
            } else {
                addRates(&facts, values, old, over: Self.span(values, old, now.elapsed - before.elapsed))
                if let mark = first(of: longMarks, for: entity), let base = mark.reading.entities[like: values] {
                    addRatesAtEnd(&facts, values, base, over: Self.span(values, base, now.elapsed - mark.elapsed))
                }
                if let mark = first(of: marks, for: entity), let base = mark.reading.entities[like: values] {
                    addEnds(&facts, values, base, over: Self.span(values, base, now.elapsed - mark.elapsed))
                    facts.ttft = Self.buckets(.ttft, values, base)
                    facts.itl = Self.buckets(.itl, values, base)
                    facts.e2e = Self.buckets(.e2e, values, base)
                    facts.queued = Self.buckets(.queued, values, base)
                }
            }
            return facts
        }.sorted { ($0.model, $0.engine) < ($1.model, $1.engine) }
        // Triton counts each stage as a model; beside a language model the others only prepare its requests.
        let isStaged = facts.contains { $0.product == MetricProduct.triton.rawValue && $0.running != nil }
        return isStaged ? facts.filter { $0.product != MetricProduct.triton.rawValue || $0.running != nil } : facts
    }

    private func addRates(
        _ facts: inout EngineFacts, _ now: PageReading.Values, _ before: PageReading.Values, over seconds: Double
    ) {
        func rate(_ metric: Metric) -> Double? {
            now.isAtEnd(metric) ? nil : delta(metric, now, before).map { $0 / seconds }
        }
        facts.preempted = rate(.preemptions)
        facts.decode = rate(.generatedTokens)
        facts.prompt = rate(.promptTokens)
        facts.cached = rate(.cachedTokens)
        if facts.cached == nil, let share = now[.hitRate] { facts.cached = facts.prompt.map { $0 * share } }
        // An engine that speaks of no cache has none: all it was given it computed.
        facts.prefill = rate(.computedTokens) ?? facts.prompt.map { max(0, $0 - (facts.cached ?? 0)) }
        // What was computed and what was found in the cache is what came in.
        if facts.prompt == nil, let cached = facts.cached { facts.prompt = rate(.computedTokens).map { $0 + cached } }
    }

    /// Counters that move when a request ends: over the longest pages apart that are kept, and nothing is known of a time
    /// in which requests run and none ends.
    private func addRatesAtEnd(
        _ facts: inout EngineFacts, _ now: PageReading.Values, _ base: PageReading.Values, over seconds: Double
    ) {
        // One request that ends between two polls is no rate.
        guard seconds >= Self.window else { return }
        func rate(_ metric: Metric) -> Double? {
            guard now.isAtEnd(metric), let delta = delta(metric, now, base) else { return nil }
            return delta == 0 && (facts.running ?? 1) > 0 ? nil : delta / seconds
        }
        if now.isAtEnd(.generatedTokens) { facts.decode = rate(.generatedTokens) }
        if now.isAtEnd(.preemptions) { facts.preempted = rate(.preemptions) }
        if now.isAtEnd(.cachedTokens) { facts.cached = rate(.cachedTokens) }
        if now.isAtEnd(.computedTokens) { facts.prefill = rate(.computedTokens) }
        if now.isAtEnd(.promptTokens), facts.prompt == nil { facts.prompt = rate(.promptTokens) }
        // Where a source counts what was computed and not what was given, what was found in the cache comes on top.
        if now[.promptTokens] == nil { facts.prompt = facts.prefill.map { $0 + (facts.cached ?? 0) } }
        guard now.isAtEnd(.promptTokens) else { return }
        if facts.cached == nil, let share = now[.hitRate] { facts.cached = facts.prompt.map { $0 * share } }
        facts.prefill = facts.prefill ?? facts.prompt.map { max(0, $0 - (facts.cached ?? 0)) }
    }

    /// Over half a minute and more: one that fails among two of a poll is no share of anything.
    private func addEnds(
        _ facts: inout EngineFacts, _ now: PageReading.Values, _ base: PageReading.Values, over seconds: Double
    ) {
        // Where answers are counted, what has not been counted yet has not happened yet: its series comes with the first.
        let isCounted = base[.finished] != nil
        func rate(_ metric: Metric) -> Double? {
            guard let new = now[metric], let old = base[metric] ?? (isCounted ? 0 : nil), new >= old else { return nil }
            return (new - old) / seconds
        }
        facts.finished = rate(.finished)
        facts.failed = rate(.failed)
        facts.aborted = rate(.aborted)
        facts.refused = rate(.refused)
        facts.drafted = delta(.draftTokens, now, base).map { $0 / seconds }
        facts.accepted = delta(.acceptedTokens, now, base).map { $0 / seconds }
        // A source's own share stands still when nothing runs, and is zero without any drafts.
        if facts.drafted == nil, let share = Self.share(now[.acceptance]), share > 0, (facts.running ?? 0) > 0 {
            (facts.drafted, facts.accepted) = (1, share)
        }
        guard let answered = delta(.finished, now, base), answered > 0 else { return }
        facts.e2eMean = delta(.e2eSum, now, base).map { $0 / answered }
        facts.queuedMean = delta(.queuedSum, now, base).map { $0 / answered }
    }

    // MARK: Queues

    private func queues(_ now: Mark, _ before: Mark?, at: PlantTime) -> [QueueFacts] {
        now.reading.entities.compactMap { entity, values -> QueueFacts? in
            guard case .queue(let product) = entity else { return nil }
            var facts = QueueFacts(scheduler: product.rawValue, target: target.url, at: at)
            facts.pending = values[.pendingJobs]
            facts.running = values[.runningJobs]
            facts.gpusUsed = values[.gpusUsed]
            facts.gpusInAll = values[.gpuQuota]
            facts.evicted = values[.evictedJobs]
            if let base = longMarks.first?.reading.entities[like: values] {
                facts.wait = Self.buckets(.admissionWait, values, base)
            }
            return facts
        }.sorted { $0.scheduler < $1.scheduler }
    }

    private static let counters: [Metric] = [
        .generatedTokens, .promptTokens, .computedTokens, .cachedTokens, .preemptions,
    ]

    /// Whether the engine began anew: one counter that went down speaks for all.
    private static func hasReset(_ now: PageReading.Values, _ before: PageReading.Values) -> Bool {
        counters.contains { metric in
            guard let new = now[metric], let old = before[metric] else { return false }
            return new < old
        }
    }

    private func delta(_ metric: Metric, _ now: PageReading.Values, _ before: PageReading.Values) -> Double? {
        guard let new = now[metric], let old = before[metric], new >= old else { return nil }
        return new - old
    }

    /// What was observed since an older page; nil when the bounds or the counts do not fit together.
    private static func buckets(_ metric: Metric, _ now: PageReading.Values, _ base: PageReading.Values) -> Buckets? {
        guard let new = now.ladder(metric), let old = base.ladder(metric), new.bounds == old.bounds,
            new.bounds.last?.isInfinite == true, new.bounds.count > 1
        else { return nil }
        var counts: [Double] = []
        counts.reserveCapacity(new.bounds.count)
        var below = 0.0
        for (new, old) in zip(new.counts, old.counts) {
            guard new >= old else { return nil }
            counts.append(max(0, new - old - below))
            below = max(below, new - old)
        }
        return Buckets(bounds: new.bounds, counts: counts)
    }
}
