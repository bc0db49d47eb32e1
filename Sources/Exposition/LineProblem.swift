// SPDX-License-Identifier: Apache-2.0

/// Why a line was not understood. It costs that line, never the page.
package enum LineProblem: String, Error, Sendable, Hashable, CaseIterable {
    case noName = "no metric name"
    case badName = "a character that no metric name may have"
    case badLabel = "labels that are not name=\"value\""
    case openQuote = "a quote that does not end"
    case openBrace = "labels that do not end"
    case tooManyLabels = "more labels than the limit"
    case noValue = "no value"
    case badValue = "a value that is not a number"
    case badTimestamp = "a timestamp that is not a number"
    case trailing = "text after the value"
    case badType = "a TYPE line without a name or with an unknown type"
    case afterEnd = "text after # EOF"
    case cutOff = "the last line has no line end: it is taken as cut off"
    case tooManySamples = "more samples than the limit: the rest is not read"
}

/// What of a page was not understood.
package struct LineReport: Sendable, Hashable {
    /// One line that was not understood.
    package struct Rejected: Sendable, Hashable {
        /// Counted from 1.
        package var line: Int
        package var problem: LineProblem
    }

    /// The lines that were not understood, all of them.
    package private(set) var rejected = 0
    /// The first few of them: as many as the limits say.
    package private(set) var first: [Rejected] = []
    var kept = ExpositionLimits().problems
    /// Whether the page ended with `# EOF`.
    package var sawEnd = false

    mutating func reject(_ problem: LineProblem, line: Int) {
        rejected += 1
        if first.count < kept { first.append(Rejected(line: line, problem: problem)) }
    }
}

/// How much of a page is read: a hostile one costs bounded memory.
package struct ExpositionLimits: Sendable, Hashable {
    package var samples: Int
    package var labelsPerSample: Int
    /// Lines that were not understood and are kept by number and reason; all are counted.
    package var problems: Int

    package init(samples: Int = 1_000_000, labelsPerSample: Int = 128, problems: Int = 5) {
        self.samples = samples
        self.labelsPerSample = labelsPerSample
        self.problems = problems
    }

    /// Labels of a whole page.
    var labels: Int { samples.multipliedReportingOverflow(by: 8).partialValue }
}
