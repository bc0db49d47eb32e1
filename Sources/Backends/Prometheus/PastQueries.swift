// SPDX-License-Identifier: Apache-2.0

import Factory

/// The PromQL of what graphs show, made of the catalogue's rows: one place for all quantities.
///
/// The same rules as for pages: of an old and a new name on one page one counts, ranks that repeat their engine count
/// once, a whole counts before its parts, and what was found in a cache is not computed.
struct PastQueries {
    /// One question: the past of a quantity, as one product tells it.
    struct Question: Sendable, Equatable {
        var quantity: Quantity
        var product: MetricProduct
        var expression: String
        /// Whether a zero may only be silence: the counter moves when a request ends.
        var isAtEnd: Bool
    }

    /// The names of the server that mean a metric of a product, the one that counts first in front.
    private let rows: [MetricProduct: [Metric: [(row: MetricName, name: String)]]]
    private let window: Double

    /// - Parameter window: what rates are taken over: several scrapes. Unit: s.
    init(_ names: PrometheusNames, window: Double) {
        var rows: [MetricProduct: [Metric: [(row: MetricName, name: String)]]] = [:]
        for series in names.series + names.unprefixed {
            for row in MetricNames.rows(of: series) {
                rows[row.product, default: [:]][row.metric, default: []].append((row, series))
            }
        }
        self.rows = rows.mapValues { $0.mapValues { $0.sorted { ($0.row.rank, $0.name) < ($1.row.rank, $1.name) } } }
        self.window = window
    }

    /// Every question that this server can answer.
    var all: [Question] {
        // Ray's own view of a deployment says less than its engines do.
        let hidden: Set<MetricProduct> = rows[.rayLLM] == nil ? [.any] : [.any, .rayServe]
        return rows.keys.filter { !hidden.contains($0) }.sorted { $0.rawValue < $1.rawValue }.flatMap { product in
            Self.table.compactMap { quantity, expression in
                expression(self, product).map {
                    Question(quantity: quantity, product: product, expression: $0.text, isAtEnd: $0.isAtEnd)
                }
            }
        }
    }

    private typealias Expression = (text: String, isAtEnd: Bool)

    // MARK: The table

    private static let table: [(Quantity, @Sendable (PastQueries, MetricProduct) -> Expression?)] = [
        (.decode, { $0.classes("sum", $0.entities(.generatedTokens, of: $1), of: $1) }),
        (.prefill, { $0.classes("sum", $0.computed(by: $1), of: $1) }),
        (.waiting, { $0.classes("sum", $0.entities(.waiting, of: $1), of: $1) }),
        (.kvUse, { $0.classes("avg", $0.entities(.kvUse, of: $1), of: $1) }),
        (.ttft95, { $0.quantile(0.95, .ttft, of: $1) }),
        (.itl95, { $0.quantile(0.95, .itl, of: $1) }),
        (.power, { $0.plant("sum", .gpuPower, of: $1) }),
        (.utilisation, { $0.plant("avg", .gpuUtilisation, of: $1) }),
    ]

    private func classes(_ join: String, _ inner: Expression?, of product: MetricProduct) -> Expression? {
        inner.map { ("\(join) by (\(Self.modelLabels(product).joined(separator: ","))) (\($0.text))", $0.isAtEnd) }
    }

    private func plant(_ join: String, _ metric: Metric, of product: MetricProduct) -> Expression? {
        entities(metric, of: product).map { ("\(join)(\($0.text))", false) }
    }

    /// Tokens of the input that were computed: said so, or all without those found in a cache.
    private func computed(by product: MetricProduct) -> Expression? {
        let said = entities(.computedTokens, of: product)
        guard let prompt = entities(.promptTokens, of: product) else { return said }
        let cached =
            entities(.cachedTokens, of: product)?.text
            ?? entities(.hitRate, of: product).map { "(\(prompt.text)) * (\($0.text))" }
        let none = "(\(prompt.text)) * 0"
        let rest = "clamp_min((\(prompt.text)) - (\(cached.map { "(\($0)) or " } ?? "")\(none)), 0)"
        return (said.map { "(\($0.text)) or \(rest)" } ?? rest, prompt.isAtEnd)
    }

    private func quantile(_ share: Double, _ metric: Metric, of product: MetricProduct) -> Expression? {
        // Bounds of an old and of a new name would not fit together: the names are chosen between as a whole.
        let all = (rows[product]?[metric] ?? []).map { row, name in
            let labels = ["le"] + Self.modelLabels(product)
            let inner = entity(row, name, more: ["le"])
            return "histogram_quantile(\(share), sum by (\(labels.joined(separator: ","))) (\(inner)))"
        }
        return all.isEmpty ? nil : (all.joined(separator: " or "), false)
    }

    // MARK: Entities

    /// One series for each engine or accelerator.
    private func entities(_ metric: Metric, of product: MetricProduct) -> Expression? {
        guard let rows = rows[product]?[metric], let first = rows.first else { return nil }
        return (
            rows.map { "(\(entity($0.row, $0.name, more: [])))" }.joined(separator: " or "), first.row.isAtEnd
        )
    }

    private func entity(_ row: MetricName, _ name: String, more: [String]) -> String {
        let labels = (Self.entityLabels(row) + more).joined(separator: ",")
        let join =
            switch row.aggregation {
            case .sum: "sum"
            case .mean: "avg"
            case .worst, .last: "max"
            }
        let scale = row.scale == 1 ? "" : " * \(row.scale)"
        guard let parts = row.parts else { return "\(join) by (\(labels)) (\(value(row, name)))\(scale)" }
        let whole = "max by (\(labels)) (\(value(row, name, with: parts.map { "\($0)=\"\"" })))"
        let each = "max by (\(labels),\(parts.map { "\($0)" }.joined(separator: ","))) (\(value(row, name)))"
        return parts.isEmpty ? "\(whole)\(scale)" : "(\(whole) or \(join) by (\(labels)) (\(each)))\(scale)"
    }

    private func value(_ row: MetricName, _ name: String, with more: [String] = []) -> String {
        var matchers = more
        if let with = row.with { matchers.append(PromQL.matching("\(with.label)", [with.value])) }
        if let without = row.without { matchers.append(PromQL.matching("\(without.label)", without.values, not: true)) }
        if row.product.needsModel { matchers.append("model_name!=\"\"") }
        // Dynamo's frontend counts requests for a model that nobody serves.
        if row.product == .dynamo { matchers.append("model!=\"unknown_model\"") }
        let selector = "{\((["__name__=\(PromQL.literal(name))"] + matchers).joined(separator: ","))}"
        guard row.kind != .gauge else { return selector }
        return "rate(\(selector)[\(PromQL.window(row.isAtEnd ? max(window, 300) : window))])"
    }

    private static func modelLabels(_ product: MetricProduct) -> [String] { product.modelLabel.map { ["\($0)"] } ?? [] }

    /// What names an engine or an accelerator; labels that a product does not have are empty and harmless.
    private static func entityLabels(_ row: MetricName) -> [String] {
        let place = ["job", "instance"]
        switch row.entity {
        case .engine:
            return place + modelLabels(row.product) + (row.product.engineLabel.map { ["\($0)"] } ?? [])
        case .gpu:
            return ["UUID", "gpu_uuid", "uuid", "serial_number", "Hostname", "hostname", "gpu", "gpu_id", "instance"]
        case .host, .target, .job, .push, .queue: return place
        }
    }
}
