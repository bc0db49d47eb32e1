// SPDX-License-Identifier: Apache-2.0

import Exposition
package import Factory

/// One page under the magnifying glass: what of it is understood, what is not and why, and what an operator will miss.
package struct MetricsLint: Sendable {
    /// The formats that a page may be read as.
    package enum Format: String, Sendable, Hashable, CaseIterable {
        case text, openmetrics

        var exposition: ExpositionFormat { self == .openmetrics ? .openMetrics : .prometheus }
    }

    /// For people, one line each.
    package let lines: [String]
    /// Lines of the page that were not understood.
    package let rejected: Int
    /// What it gives, a phrase for each kind of thing: `1 x vllm engine of m: running, waiting`.
    package let gives: [String]
    /// What is remembered of the page between two polls. Unit: bytes.
    package let memory: Int
    /// What its products could say and it does not, in the same way.
    package let missing: [String]
    /// What it says of hosts and engines, without rates; set by `fetch`.
    package private(set) var hosts: [HostFacts] = []
    package private(set) var engines: [EngineFacts] = []

    private static let keptProblems = 100

    /// Reads a page from a file.
    ///
    /// - Parameter format: nil: OpenMetrics where the page ends in `# EOF`, else text.
    /// - Throws: `TargetError` for what is no page of metrics at all.
    package init(file: String, bytes: [UInt8], format: Format? = nil) throws(TargetError) {
        if let complaint = BodyKind(of: bytes).complaint {
            throw TargetError(.unreadable, place: file, complaint.replacing("answers ", with: "is "))
        }
        let format = format?.exposition ?? (Self.endsInEOF(bytes) ? .openMetrics : .prometheus)
        self.init(bytes, format, of: file)
    }

    /// Asks a URL once, and reads what it answers.
    ///
    /// - Parameter format: nil: as the answer's Content-Type says.
    /// - Throws: `TargetError` where nothing usable answers.
    package static func fetch(
        _ target: ScrapeTarget, format: Format? = nil, settings: ScrapeSettings = ScrapeSettings()
    ) async throws(TargetError) -> MetricsLint {
        let fetcher = PageFetcher(settings: settings, elapsed: ScrapeObserver.monotonic())
        switch await fetcher.fetch(target) {
        case .success(let answer):
            if let complaint = BodyKind(of: answer.bytes).complaint {
                throw TargetError(.unreadable, place: target.name, complaint)
            }
            let format = format?.exposition ?? answer.format
            var lint = MetricsLint(answer.bytes, format, of: target.name, training: target.training)
            let page = ExpositionPage(parsing: answer.bytes, format: format)
            var history = TargetHistory(target)
            // One page has no rates, so that its moment does not matter.
            let facts = TargetPlace(target, on: page).placing(
                history.take(PageReading(page), at: PlantTime(epoch: 0), elapsed: 0))
            (lint.hosts, lint.engines) = (facts.hosts, facts.engines)
            return lint
        case .failure(let failure): throw TargetError(.unreadable, place: target.name, failure.text)
        }
    }

    private init(
        _ bytes: [UInt8], _ format: ExpositionFormat, of source: String, training: [TrainingMetric] = []
    ) {
        let more = training.map(\.row)
        let page = ExpositionPage(
            parsing: bytes, format: format, limits: ExpositionLimits(problems: Self.keptProblems))
        let names = Self.names(on: page)
        rejected = page.report.rejected
        memory = PageMemory.byteCount(bytes: bytes.count, series: page.samples.count)
        let kind = format == .openMetrics ? "OpenMetrics" : "text"
        var lines = [
            "\(source): \(kind), \(bytes.count) bytes, \(page.samples.count) series of \(names.count) names, "
                + "\(page.families.count) with a TYPE"
        ]
        lines += Self.problems(of: page)
        lines += Self.warnings(about: page, format, names)
        lines += Self.understood(names)
        (gives, missing) = Self.given(by: PageReading(page, more: more))
        if gives.isEmpty, !names.isEmpty { lines.append("gives nothing that docs/live.md lists") }
        lines += gives.map { "gives \($0)" } + missing.map { "lacks \($0)" }
        self.lines = lines
    }

    private static func endsInEOF(_ bytes: [UInt8]) -> Bool {
        let tail = bytes.suffix(8).filter { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
        return tail.suffix(5).elementsEqual(Array("# EOF".utf8))
    }

    // MARK: Names

    /// A name on the page, as it stands there.
    private struct Name {
        var text: String
        var series: Int
        var type: MetricType?
    }

    /// Each name once, in the order of the page.
    private static func names(on page: ExpositionPage) -> [Name] {
        var places: [String: Int] = [:]
        var names: [Name] = []
        var last: (text: TextRange, place: Int)?
        for sample in page.samples {
            if let known = last, page.same(known.text, sample.name) {
                names[known.place].series += 1
                continue
            }
            let text = page.string(sample.name)
            let place = places[text] ?? names.count
            if place == names.count { names.append(Name(text: text, series: 0, type: page.type(of: sample))) }
            places[text] = place
            names[place].series += 1
            last = (sample.name, place)
        }
        return names
    }

    // MARK: Lines

    private static func problems(of page: ExpositionPage) -> [String] {
        guard page.report.rejected > 0 else { return ["every line is understood"] }
        var lines = ["\(count(page.report.rejected, "line")) not understood:"]
        lines += page.report.first.map { "  line \($0.line): \($0.problem.rawValue)" }
        let rest = page.report.rejected - page.report.first.count
        if rest > 0 { lines.append("  and \(rest) more") }
        return lines
    }

    private static func warnings(
        about page: ExpositionPage, _ format: ExpositionFormat, _ names: [Name]
    ) -> [String] {
        var lines: [String] = []
        if format == .openMetrics, !page.report.sawEnd {
            lines.append("warning: no # EOF at the end: the page may have been cut off")
        }
        let stamped = page.samples.count { !$0.timestamp.isNaN }
        if stamped > 0 { lines.append("\(stamped) series carry a time of their own: they are as old as it says") }
        let repeated = PageReading(page).repeated
        if repeated > 0 { lines.append("warning: \(repeated) series stand there twice, and the last counts") }
        for name in names {
            guard let type = name.type, let row = MetricNames.rows(of: name.text).first, row.kind == .counter,
                type == .gauge
            else { continue }
            lines.append("warning: \(name.text) has the TYPE gauge and is read as a counter")
        }
        return lines
    }

    private static func understood(_ names: [Name]) -> [String] {
        let known = names.filter { !MetricNames.rows(of: $0.text).isEmpty }
        var lines = ["\(known.count) of \(count(names.count, "name")) are used:"]
        for name in known {
            let rows = MetricNames.rows(of: name.text)
            // One name may have a row for each value of a label.
            var meanings: [String] = []
            for row in rows {
                let words = "\(row.metric.words)\(row.unit.isEmpty ? "" : " (\(row.unit))")"
                if !meanings.contains(words) { meanings.append(words) }
            }
            let product = rows.first?.product.rawValue ?? ""
            lines.append(
                "  \(name.text), \(count(name.series, "series")): \(product) \(meanings.joined(separator: ", "))")
        }
        if known.isEmpty { lines = ["none of \(count(names.count, "name")) is used: docs/live.md lists what is"] }
        return lines
    }

    /// What each thing that the page speaks of has, and what its product could say and this page does not.
    private static func given(by reading: PageReading) -> (gives: [String], missing: [String]) {
        var has: [String: (count: Int, metrics: Set<Metric>, could: Set<Metric>, isVerified: Bool)] = [:]
        for (entity, values) in reading.entities {
            guard let title = title(of: entity, reading) else { continue }
            // What a training job could say depends on who wrote it: nothing is missed.
            let isJob = if case .job = entity { true } else { false }
            let could =
                isJob
                ? Set(Metric.allCases.filter { values[$0] != nil })
                : Set(MetricNames.table.filter { belongs($0, to: entity, reading) }.map(\.metric))
            let given = could.filter(values.gives)
            has[title, default: (0, [], [], true)].count += 1
            has[title]?.isVerified = isVerified(entity, values, reading)
            has[title]?.metrics.formUnion(given)
            has[title]?.could.formUnion(could)
        }
        func list(_ metrics: Set<Metric>) -> String { metrics.map(\.words).sorted().joined(separator: ", ") }
        let sorted = has.sorted { $0.key < $1.key }
        return (
            sorted.map { title, found in
                let doubt = found.isVerified ? "" : " (names not verified)"
                return "\(found.count) x \(title): \(list(found.metrics))\(doubt)"
            },
            sorted.compactMap { title, found in
                let missing = found.could.subtracting(found.metrics).subtracting(Metric.rare)
                return missing.isEmpty ? nil : "\(list(missing)) of \(title)"
            }
        )
    }

    private static func title(of entity: PageReading.Entity, _ reading: PageReading) -> String? {
        switch entity {
        case .target, .push: nil
        case .queue(let product): "queue of \(product.rawValue)"
        case .job(let name, _): "training job\(name.isEmpty ? "" : " \(name)")"
        case .host: "host"
        case .gpu: "\(reading.accelerator) accelerator"
        case .engine(let product, let model, _): "\(product.rawValue) engine\(model.isEmpty ? "" : " of \(model)")"
        }
    }

    /// Whether the names were seen on a real page: what stands in documents may be called otherwise.
    private static func isVerified(
        _ entity: PageReading.Entity, _ values: PageReading.Values, _ reading: PageReading
    ) -> Bool {
        switch entity {
        case .gpu: MetricProduct(rawValue: reading.accelerator)?.isRecorded ?? false
        case .engine(let product, _, _), .queue(let product): product.isRecorded
        case .job: values.products.allSatisfy(\.isRecorded)
        case .target, .host, .push: true
        }
    }

    private static func belongs(_ row: MetricName, to entity: PageReading.Entity, _ reading: PageReading) -> Bool {
        switch (row.entity, entity) {
        case (.host, .host): true
        case (.queue, .queue(let product)): row.product == product
        case (.gpu, .gpu): row.product.rawValue == reading.accelerator
        case (.engine, .engine(let product, _, _)): row.product == product
        default: false
        }
    }

    private static func count(_ number: Int, _ noun: String) -> String {
        number == 1 ? "1 \(noun)" : noun == "series" ? "\(number) series" : "\(number) \(noun)s"
    }
}

extension Metric {
    /// For people.
    var words: String {
        switch self {
        case .hostName: "host name"
        case .cpuIdle: "idle processor time"
        case .cpuTotal: "processor time"
        case .memoryTotal: "memory"
        case .memoryAvailable: "free memory"
        case .gpuUtilisation: "utilisation"
        case .tensorActive: "tensor activity"
        case .gpuPower: "power"
        case .gpuPowerLimit: "power limit"
        case .gpuTemperature: "temperature"
        case .lastXID: "last XID"
        case .networkIn: "network in"
        case .networkOut: "network out"
        case .fabricIn: "InfiniBand in"
        case .fabricOut: "InfiniBand out"
        case .diskRead: "disk read"
        case .diskWritten: "disk written"
        case .cpuPressure: "wait for processors"
        case .memoryPressure: "wait for memory"
        case .ioPressure: "wait for disks"
        case .oomKills: "processes killed for memory"
        case .bootTime: "time of boot"
        case .clock: "clock"
        case .energy: "energy"
        case .pcieIn: "PCIe in"
        case .pcieOut: "PCIe out"
        case .pcieBoth: "PCIe"
        case .nvlinkIn: "NVLink in"
        case .nvlinkOut: "NVLink out"
        case .powerHeld: "time held down for power"
        case .heatHeld: "time held down for heat"
        case .uncorrectable: "uncorrectable memory errors"
        case .remapFailed: "failure to remap a row"
        case .remappedRows: "remapped rows"
        case .replays: "PCIe replays"
        case .gpuMemoryUsed: "memory used"
        case .gpuMemoryFree: "memory free"
        case .gpuMemoryReserved: "memory reserved"
        case .gpuMemoryTotal: "memory in all"
        case .running: "running"
        case .waiting: "waiting"
        case .inflight: "in flight"
        case .generatedTokens: "tokens out"
        case .promptTokens: "tokens in"
        case .computedTokens: "tokens computed"
        case .cachedTokens: "tokens from cache"
        case .hitRate: "cache hit rate"
        case .kvUse: "KV use"
        case .preemptions: "pre-emptions"
        case .finished: "requests answered"
        case .failed: "requests failed"
        case .aborted: "requests broken off"
        case .refused: "requests refused"
        case .draftTokens: "tokens drafted"
        case .acceptedTokens: "drafts accepted"
        case .acceptance: "share of drafts accepted"
        case .e2e: "time to the last token"
        case .queued: "time in the queue"
        case .e2eSum: "time to the last token, in sum"
        case .queuedSum: "time in the queue, in sum"
        case .ttft: "TTFT"
        case .itl: "ITL"
        case .trainedRate: "tokens trained"
        case .trainedTotal: "tokens trained so far"
        case .loss: "loss"
        case .stepTime: "time of a step"
        case .stepSum: "time of steps, in sum"
        case .stepCount: "steps"
        case .trainedMFU: "MFU"
        case .trainedFLOPs: "TFLOP/s of a GPU"
        case .pendingJobs: "jobs that wait"
        case .runningJobs: "jobs that run"
        case .evictedJobs: "jobs evicted"
        case .gpusUsed: "GPUs in use"
        case .gpuQuota: "GPUs in all"
        case .admissionWait: "wait for admission"
        case .pushedAt: "time of the last push"
        case .processStart: "start of the process"
        }
    }
}
