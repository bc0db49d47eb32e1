// SPDX-License-Identifier: Apache-2.0

import Exposition

/// What a page says, under our own names and in our own units, before rates are made of its counters.
struct PageReading: Sendable {
    /// What a number belongs to.
    enum Entity: Sendable, Hashable {
        case target, host
        case gpu(host: String, uuid: String)
        case engine(product: MetricProduct, model: String, engine: String)
        /// A training job, and what a pushgateway was told of together: `job` and `instance`.
        case job(name: String, push: String)
        case push(String)
        case queue(MetricProduct)
    }

    /// A metric, or one bucket of it.
    struct Slot: Sendable, Hashable {
        var metric: Metric
        var bound: Double?
    }

    /// The numbers of one entity.
    struct Values: Sendable {
        var name: String?
        var index: Int?
        var model: String?
        /// The job or pod that has the accelerator, and whose it is.
        var holder: String?
        var owner: String?
        fileprivate var parts: [Slot: [String: Double]] = [:]
        fileprivate var rows: [Metric: MetricName] = [:]

        /// Whose names it was read from.
        var products: Set<MetricProduct> { Set(rows.values.map(\.product)) }

        /// Whether the counter moves only when a request ends.
        func isAtEnd(_ metric: Metric) -> Bool { rows[metric]?.isAtEnd ?? false }
    }

    private(set) var entities: [Entity: Values] = [:]
    /// Series that stood on the page more than once; the last one counts.
    private(set) var repeated = 0
    /// Entities beyond the limit, which are left out.
    private(set) var leftOut = 0

    private static let entityLimit = 4096
    private static let nameLimit = 200

    /// - Parameter more: rows beside the table's, which the configuration gives.
    init(_ page: ExpositionPage, more: [MetricName] = []) {
        var rows: [MetricName] = []
        var named: TextRange?
        for sample in page.samples {
            // Series of one name mostly stand together: the table is asked once for all of them.
            if named.map({ page.same($0, sample.name) }) != true {
                let name = page.string(sample.name)
                rows = MetricNames.rows(of: name) + (more.isEmpty ? [] : more.filter { $0.name == name })
                named = sample.name
            }
            guard !rows.isEmpty, sample.value.isFinite else { continue }
            for row in rows { take(sample, as: row, of: page) }
        }
        dropDoubles()
    }

    /// Ray's own view of a deployment, where the page has its engines too.
    private mutating func dropDoubles() {
        func has(_ product: MetricProduct) -> Bool {
            entities.keys.contains { if case .engine(product, _, _) = $0 { true } else { false } }
        }
        guard has(.rayServe), has(.rayLLM) else { return }
        entities = entities.filter { if case .engine(.rayServe, _, _) = $0.key { false } else { true } }
    }

    /// Whose page of accelerators it is.
    private(set) var accelerator = MetricProduct.dcgm.rawValue

    /// Whether anything on the page is of use.
    var isEmpty: Bool {
        entities.keys.allSatisfy { if case .push = $0 { true } else { $0 == .target } }
    }

    private mutating func take(_ sample: Sample, as row: MetricName, of page: ExpositionPage) {
        guard row.takes(sample, of: page) else { return }
        // A counter below zero is no counter.
        if row.kind != .gauge, sample.value < 0 { return }
        var bound: Double?
        if row.kind == .histogram {
            guard let le = page.label("le", of: sample).flatMap(Double.init), !le.isNaN else { return }
            bound = le
        }
        guard let entity = entity(of: sample, row, page) else { return }
        if entities[entity] == nil, entities.count >= Self.entityLimit {
            leftOut += 1
            return
        }
        if row.entity == .gpu { accelerator = row.product.rawValue }
        let part = part(of: sample, row, page)
        entities[entity, default: Values()].note(sample, row, page)
        let isNew = entities[entity]?.set(sample.value * row.scale, Slot(metric: row.metric, bound: bound), part, row)
        if isNew == false, row.parts == nil { repeated += 1 }
    }

    /// nil for a series whose labels do not make it this product's.
    private func entity(of sample: Sample, _ row: MetricName, _ page: ExpositionPage) -> Entity? {
        func text(_ label: StaticString) -> String? {
            page.label(label, of: sample).flatMap { $0.isEmpty ? nil : String($0.prefix(Self.nameLimit)) }
        }
        switch row.entity {
        case .target: return .target
        case .host: return .host
        case .push: return .push(Self.push(text))
        case .queue: return .queue(row.product)
        case .job:
            let own = row.jobLabel.flatMap { page.label(named: $0, of: sample) }
            let name = own ?? (row.jobLabel == nil ? text("job") ?? text("service_name") : nil)
            return .job(name: String((name ?? "").prefix(Self.nameLimit)), push: Self.push(text))
        case .gpu:
            // `hostname` since dcgm-exporter of 2026, `Hostname` before.
            let host = text("Hostname") ?? text("hostname") ?? ""
            let uuid = text("UUID") ?? text("gpu_uuid") ?? text("uuid") ?? text("serial_number")
            return .gpu(host: host, uuid: uuid ?? "gpu " + (text("gpu") ?? text("gpu_id") ?? text("device") ?? "?"))
        case .engine:
            let model = row.product.modelLabel.flatMap(text)
            if row.product.needsModel, model == nil { return nil }
            // Dynamo's frontend counts requests for a model that nobody serves.
            if row.product == .dynamo, model == "unknown_model" { return nil }
            return .engine(
                product: row.product, model: row.product.model(model ?? ""),
                engine: row.product.engineLabel.flatMap(text) ?? "0")
        }
    }

    private static func push(_ text: (StaticString) -> String?) -> String {
        "\(text("job") ?? "")\u{1}\(text("instance") ?? "")"
    }

    /// What tells the series from the others of its entity and slot.
    private func part(of sample: Sample, _ row: MetricName, _ page: ExpositionPage) -> String {
        if let parts = row.parts { return parts.map { page.label($0, of: sample) ?? "" }.joined(separator: "\u{1}") }
        var own: Set<String> = ["le"]
        if row.entity == .engine {
            for label in [row.product.modelLabel, row.product.engineLabel].compactMap({ $0 }) { own.insert("\(label)") }
        }
        return sample.labels.compactMap { index -> String? in
            let label = page.labels[Int(index)]
            let name = page.string(label.name)
            return own.contains(name) ? nil : "\(name)\u{2}\(page.string(label.value))"
        }.sorted().joined(separator: "\u{1}")
    }
}

extension PageReading.Values {
    /// Keeps the words that stand in labels beside the numbers.
    fileprivate mutating func note(_ sample: Sample, _ row: MetricName, _ page: ExpositionPage) {
        switch row.entity {
        case .host where row.metric == .hostName:
            name = page.label("nodename", of: sample).map { String($0.prefix(200)) }
        case .gpu:
            noteHolder(sample, page)
            guard index == nil else { return }
            let place = page.label("gpu", of: sample) ?? page.label("gpu_id", of: sample)
            index = (place ?? page.label("device", of: sample)).flatMap { Int($0) }
            let name = page.label("modelName", of: sample) ?? page.label("card_model", of: sample)
            model = (name ?? page.label("card_series", of: sample)).map { String($0.prefix(200)) }
        default: break
        }
    }

    /// Slurm's job before Kubernetes' pod; behind a Prometheus the exporter's own labels are called `exported_`.
    private mutating func noteHolder(_ sample: Sample, _ page: ExpositionPage) {
        func first(_ labels: [StaticString]) -> String? {
            labels.lazy.compactMap { page.label($0, of: sample) }.first { !$0.isEmpty }.map { String($0.prefix(200)) }
        }
        // Where Prometheus has put its own labels on, a plain pod is the exporter's.
        let isRelayed = page.label("job", of: sample) != nil && page.label("instance", of: sample) != nil
        let pods: [StaticString] = isRelayed ? ["exported_pod"] : ["exported_pod", "pod", "pod_name"]
        guard let found = first(["hpc_job", "job_id"] + pods) else { return }
        holder = found
        owner = first(
            isRelayed
                ? ["job_user", "exported_namespace"]
                : ["job_user", "exported_namespace", "namespace", "pod_namespace"])
    }

    /// Sets one series; false when it was there already.
    fileprivate mutating func set(
        _ value: Double, _ slot: PageReading.Slot, _ part: String, _ row: MetricName
    ) -> Bool {
        if let other = rows[slot.metric], other.name != row.name {
            guard row.rank < other.rank else { return true }
            parts = parts.filter { $0.key.metric != slot.metric }
        }
        rows[slot.metric] = row
        return parts[slot, default: [:]].updateValue(value, forKey: part) == nil
    }

    /// The number of a metric; nil when the page does not give it.
    subscript(metric: Metric) -> Double? { self[PageReading.Slot(metric: metric)] }

    subscript(slot: PageReading.Slot) -> Double? {
        guard let parts = parts[slot], let row = rows[slot.metric], !parts.isEmpty else { return nil }
        // The whole GPU's own series counts before those of its MIG instances.
        if row.parts != nil, let whole = parts[""] { return whole }
        // Summed in a fixed order, so that the same page always gives the same number.
        let values = parts.sorted { $0.key < $1.key }.map(\.value)
        switch row.aggregation {
        case .sum: return values.reduce(0, +)
        case .mean: return values.reduce(0, +) / Double(values.count)
        case .worst: return values.max()
        case .last: return values.last
        }
    }

    /// The upper bounds of a histogram, ascending.
    func bounds(of metric: Metric) -> [Double] {
        parts.keys.filter { $0.metric == metric }.compactMap(\.bound).sorted()
    }
}
