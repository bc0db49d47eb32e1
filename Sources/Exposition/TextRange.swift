// SPDX-License-Identifier: Apache-2.0

/// A piece of text of a page, as the bytes it stands on: nothing is copied until someone asks for a `String`.
package struct TextRange: Sendable, Hashable {
    package var start: UInt32
    package var end: UInt32
    /// Whether backslashes in it stand for something else.
    package var hasEscapes: Bool

    package init(_ range: Range<Int>, hasEscapes: Bool = false) {
        self.start = UInt32(range.lowerBound)
        self.end = UInt32(range.upperBound)
        self.hasEscapes = hasEscapes
    }

    package var range: Range<Int> { Int(start)..<Int(end) }
    package var count: Int { Int(end - start) }
}

/// One label of a sample.
package struct Label: Sendable, Hashable {
    package var name: TextRange
    package var value: TextRange
}

/// One line of a page that carries a number.
package struct Sample: Sendable, Hashable {
    package var name: TextRange
    /// Its labels, in the page's `labels`, in the order of the line.
    package var labels: Range<Int32>
    package var value: Double
    /// From the first byte of the value to the end of its line.
    package var number: TextRange
    /// Seconds since 1970; NaN where the line has none.
    package var timestamp: Double
    /// Index into the page's `families`; -1 where no TYPE speaks of it.
    package var family: Int32
}

/// One `# TYPE` of a page.
package struct Family: Sendable, Hashable {
    package var name: TextRange
    package var type: MetricType
}

/// The word of a TYPE line.
package enum MetricType: Sendable, Hashable, CaseIterable {
    case counter, gauge, histogram, summary, untyped, unknown, info, stateset, gaugehistogram

    /// As a page spells it.
    package var word: StaticString {
        switch self {
        case .counter: "counter"
        case .gauge: "gauge"
        case .histogram: "histogram"
        case .summary: "summary"
        case .untyped: "untyped"
        case .unknown: "unknown"
        case .info: "info"
        case .stateset: "stateset"
        case .gaugehistogram: "gaugehistogram"
        }
    }

    /// The endings that a series of a family of this type may add to the family's name.
    var suffixes: [StaticString] {
        switch self {
        case .counter: ["_total", "_created"]
        case .histogram: ["_bucket", "_count", "_sum", "_created"]
        case .summary: ["_count", "_sum", "_created"]
        case .gaugehistogram: ["_bucket", "_gcount", "_gsum"]
        case .info: ["_info"]
        case .gauge, .stateset, .untyped, .unknown: []
        }
    }
}

/// Which of the two text formats a page is in; it decides the unit of timestamps and the meaning of `# EOF`.
package enum ExpositionFormat: String, Sendable, Hashable, CaseIterable {
    /// Text 0.0.4 and 1.0.0: timestamps in milliseconds.
    case prometheus
    /// OpenMetrics: timestamps in seconds, `# EOF` ends the page.
    case openMetrics

    /// Only `application/openmetrics-text` means OpenMetrics: real exporters send anything else, or nothing, for the other.
    package init(contentType: String?) {
        let type = (contentType ?? "").prefix { $0 != ";" && $0 != " " }
        self = type.lowercased() == "application/openmetrics-text" ? .openMetrics : .prometheus
    }
}
