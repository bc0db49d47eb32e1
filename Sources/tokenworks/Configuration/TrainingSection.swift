// SPDX-License-Identifier: Apache-2.0

import Backends

/// `training:` of a scrape source: which names mean what of a training job.
enum TrainingSection {
    /// - Throws: `ConfigurationError` with the line of the item that is wrong.
    static func read(_ source: inout YAMLSection) throws(ConfigurationError) -> [TrainingMetric] {
        var metrics: [TrainingMetric] = []
        for var item in try source.sections("training") ?? [] {
            let name = try item.string("metric")
            let label = try item.string("label")
            let quantity = try item.word("quantity", of: TrainingMetric.Quantity.allCases.map(\.rawValue))
                .flatMap(TrainingMetric.Quantity.init)
            let scale = try item.number("scale", in: 1e-12...1e12)
            try item.finish()
            guard let name, !name.isEmpty, let quantity else {
                throw ConfigurationError(
                    file: item.file, line: item.line,
                    text: "\(item.path): needs 'metric' (a name on the page) and 'quantity' (what it means)")
            }
            guard !metrics.contains(where: { $0.name == name }) else {
                throw ConfigurationError(
                    file: item.file, line: item.line, text: "\(item.path).metric: '\(name)' is given twice")
            }
            metrics.append(TrainingMetric(name: name, label: label, quantity: quantity, scale: scale ?? 1))
        }
        return metrics
    }
}
