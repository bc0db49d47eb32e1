// SPDX-License-Identifier: Apache-2.0

import Exposition

/// The words that stand in an entity's labels beside the numbers.
struct LabelWords: Sendable {
    var name: String?
    /// Position in the host.
    var index: Int?
    var model: String?
    var holder: String?
    var owner: String?
}

/// What a page's names and labels mean, as it is found line by line.
struct LayoutDraft {
    /// The series of one name that give one metric of an entity.
    struct Named {
        let row: MetricName
        /// The series by their part, by upper bound; what is no histogram stands under infinity.
        var buckets: [Double: [String: Int]] = [:]
    }

    struct Found {
        let entity: PageReading.Entity
        var words = LabelWords()
        var metrics: [Metric: [Named]] = [:]
    }

    /// A line of the page gives its number to a series.
    struct Feed {
        var sample: Int
        var series: Int
        var row: MetricName
    }

    private(set) var entities: [Found] = []
    private(set) var feeds: [Feed] = []
    private(set) var repeated = 0
    private(set) var leftOut = 0
    private(set) var accelerator = MetricProduct.dcgm.rawValue
    private var places: [PageReading.Entity: Int] = [:]
    /// The entity of each series.
    private var owners: [Int] = []
    private var dropped: Set<Int> = []

    private static let entityLimit = 4096
    private static let nameLimit = 200

    init(_ page: ExpositionPage, more: [MetricName]) {
        var rows: [MetricName] = []
        var named: TextRange?
        for (index, sample) in page.samples.enumerated() {
            // Series of one name mostly stand together: the table is asked once for all of them.
            if named.map({ page.same($0, sample.name) }) != true {
                let name = page.string(sample.name)
                rows = MetricNames.rows(of: name) + (more.isEmpty ? [] : more.filter { $0.name == name })
                named = sample.name
            }
            for row in rows { take(sample, index, as: row, of: page) }
        }
        dropDoubles()
    }

    /// Series that were found, those of dropped entities included.
    var seriesCount: Int { owners.count }

    /// Whether the series is of an entity that was dropped after all.
    func isLeftOut(_ series: Int) -> Bool { dropped.contains(owners[series]) }

    /// Ray's own view of a deployment, where the page has its engines too.
    private mutating func dropDoubles() {
        func of(_ product: MetricProduct) -> [Int] {
            entities.indices.filter { if case .engine(product, _, _) = entities[$0].entity { true } else { false } }
        }
        let doubles = of(.rayServe)
        guard !doubles.isEmpty, !of(.rayLLM).isEmpty else { return }
        dropped = Set(doubles)
        entities = entities.indices.filter { !dropped.contains($0) }.map { entities[$0] }
    }

    private mutating func take(_ sample: Sample, _ index: Int, as row: MetricName, of page: ExpositionPage) {
        guard row.takes(sample, of: page) else { return }
        var bound = Double.infinity
        if row.kind == .histogram {
            guard let le = page.label("le", of: sample).flatMap(Double.init), !le.isNaN else { return }
            bound = le
        }
        guard let entity = Self.entity(of: sample, row, page) else { return }
        guard let place = place(of: entity) else { return }
        if row.entity == .gpu { accelerator = row.product.rawValue }
        entities[place].words.note(sample, row, page)
        var named = entities[place].metrics[row.metric] ?? []
        let at = named.firstIndex { $0.row.name == row.name } ?? named.count
        if at == named.count { named.append(Named(row: row)) }
        let part = Self.part(of: sample, row, page)
        let series = named[at].buckets[bound]?[part]
        if series != nil, row.parts == nil { repeated += 1 }
        if series == nil { owners.append(place) }
        named[at].buckets[bound, default: [:]][part] = series ?? owners.count - 1
        entities[place].metrics[row.metric] = named
        feeds.append(Feed(sample: index, series: series ?? owners.count - 1, row: row))
    }

    private mutating func place(of entity: PageReading.Entity) -> Int? {
        if let place = places[entity] { return place }
        guard entities.count < Self.entityLimit else {
            leftOut += 1
            return nil
        }
        entities.append(Found(entity: entity))
        places[entity] = entities.count - 1
        return entities.count - 1
    }

    /// nil for a series whose labels do not make it this product's.
    private static func entity(of sample: Sample, _ row: MetricName, _ page: ExpositionPage) -> PageReading.Entity? {
        func text(_ label: StaticString) -> String? {
            page.label(label, of: sample).flatMap { $0.isEmpty ? nil : String($0.prefix(nameLimit)) }
        }
        switch row.entity {
        case .target: return .target
        case .host: return .host
        case .push: return .push(push(text))
        case .queue: return .queue(row.product)
        case .job:
            let own = row.jobLabel.flatMap { page.label(named: $0, of: sample) }
            let name = own ?? (row.jobLabel == nil ? text("job") ?? text("service_name") : nil)
            return .job(name: String((name ?? "").prefix(nameLimit)), push: push(text))
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

    /// What tells the series from the others of its entity and metric.
    private static func part(of sample: Sample, _ row: MetricName, _ page: ExpositionPage) -> String {
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

extension LabelWords {
    fileprivate mutating func note(_ sample: Sample, _ row: MetricName, _ page: ExpositionPage) {
        switch row.entity {
        case .host where row.metric == .hostName:
            name = page.label("nodename", of: sample).map { String($0.prefix(200)) }
        case .gpu:
            noteHolder(sample, page)
            // Not every series of an accelerator has all of its labels.
            if index == nil {
                let place = page.label("gpu", of: sample) ?? page.label("gpu_id", of: sample)
                index = (place ?? page.label("device", of: sample)).flatMap { Int($0) }
            }
            guard model == nil else { return }
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
}
