// SPDX-License-Identifier: Apache-2.0

/// Writes a page in Prometheus' text format, so that every reader takes it: a metric at most once, each set of labels once,
/// and what is unknown not at all.
package struct PageWriter: Sendable {
    package enum Kind: String, Sendable { case gauge, counter, summary }

    /// One line of a metric; a value that is nil or no finite number is unknown.
    package struct Sample: Sendable {
        /// Appended to the metric's name: `_sum`.
        package var suffix: String
        package var labels: [(name: String, value: String)]
        package var value: Double?

        package init(_ value: Double?, _ labels: [(name: String, value: String)] = [], suffix: String = "") {
            self.value = value
            self.labels = labels
            self.suffix = suffix
        }
    }

    package private(set) var text = ""
    private var names: Set<String> = []

    package init() {}

    package mutating func add(_ name: String, _ kind: Kind, _ help: String, _ samples: [Sample]) {
        guard names.insert(name).inserted else { return }
        var seen: Set<String> = []
        var lines = ""
        for sample in samples {
            guard let value = sample.value, value.isFinite else { continue }
            let series = "\(name)\(sample.suffix)\(Self.labels(sample.labels))"
            guard seen.insert(series).inserted else { continue }
            lines += "\(series) \(Self.number(value))\n"
        }
        guard !lines.isEmpty else { return }
        text += "# HELP \(name) \(Self.escaped(help, quotes: false))\n# TYPE \(name) \(kind.rawValue)\n\(lines)"
    }

    /// One line without labels.
    package mutating func add(_ name: String, _ kind: Kind, _ help: String, _ value: Double?) {
        add(name, kind, help, [Sample(value)])
    }

    private static func labels(_ labels: [(name: String, value: String)]) -> String {
        if labels.isEmpty { return "" }
        return "{" + labels.map { "\($0.name)=\"\(escaped($0.value, quotes: true))\"" }.joined(separator: ",") + "}"
    }

    private static func number(_ value: Double) -> String {
        value.rounded() == value && abs(value) < 1e15 ? String(Int64(value)) : "\(value)"
    }

    /// Names come from exporters: what would end a line, a label or the reader's trust in his terminal does not pass.
    private static func escaped(_ text: String, quotes: Bool) -> String {
        var out = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": out.append(contentsOf: "\\\\".unicodeScalars)
            case "\n": out.append(contentsOf: "\\n".unicodeScalars)
            case "\"" where quotes: out.append(contentsOf: "\\\"".unicodeScalars)
            default:
                let category = scalar.properties.generalCategory
                out.append(category == .control || category == .format ? "\u{FFFD}" : scalar)
            }
        }
        return String(out)
    }
}
