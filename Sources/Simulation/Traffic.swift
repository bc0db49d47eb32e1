// SPDX-License-Identifier: Apache-2.0

package import Factory

/// What one class asks of the plant at one time.
package struct ClassDemand: Sendable, Hashable {
    /// Unit: requests/s.
    package var rate: Double
    /// Variance over mean of the arrivals; 1 is Poisson.
    package var burstiness: Double
    /// Mean tokens of a prompt.
    package var input: Double
    /// Mean tokens of an answer.
    package var output: Double

    /// Takes its numbers as they are.
    package init(rate: Double, burstiness: Double, input: Double, output: Double) {
        self.rate = rate
        self.burstiness = burstiness
        self.input = input
        self.output = output
    }

    func mixed(with other: ClassDemand, part: Double) -> ClassDemand {
        func between(_ a: Double, _ b: Double) -> Double { a + (b - a) * part }
        return ClassDemand(
            rate: between(rate, other.rate), burstiness: between(burstiness, other.burstiness),
            input: between(input, other.input), output: between(output, other.output))
    }
}

/// Demand over time: from the built-in generator, or from the rows of a trace, in a straight line from row to row.
package struct Traffic: Sendable {
    /// For people: `generator`, `trace factory_7d_10min.csv.gz`.
    package let name: String
    /// The classes it speaks of, in the order of each row.
    package let classes: [ServingClass]
    /// Classes in the trace that the plant does not model; nothing of them arrives.
    package let leftOut: [String]
    /// How often a trace has started again; always 0 for the generator, which never ends.
    package private(set) var laps = 0

    /// How long a trace lasts before it starts again; nil for the generator.
    package var length: Seconds? {
        if case .trace(let rows) = source { Seconds(rows.length) } else { nil }
    }

    private enum Source: Sendable {
        case trace(TraceRows)
        case generator(TrafficGenerator)
    }
    private var source: Source
    private var row = 0
    private var from: [ClassDemand]
    private var to: [ClassDemand]
    private var fromAt = 0.0
    private var toAt: Double

    /// Demand fitted to the published facts of FACTORY.md section 4; endless.
    package static func generated(seed: UInt64) -> Traffic { Traffic(TrafficGenerator(seed: seed)) }

    private init(_ generator: TrafficGenerator) {
        var generator = generator
        name = "generator"
        classes = TrafficGenerator.classes
        leftOut = []
        from = generator.next()
        to = generator.next()
        toAt = TrafficGenerator.step
        source = .generator(generator)
    }

    /// Demand from a trace; it starts again where it ends.
    ///
    /// - Parameter name: the file, for people.
    package init(_ trace: TraceRows, name: String) {
        self.name = "trace \(name)"
        classes = trace.classes
        leftOut = trace.leftOut
        from = trace.row(0)
        to = trace.row(1 % trace.count)
        toAt = trace.end(of: 0)
        source = .trace(trace)
    }

    /// Where a class stands in each row; nil for one that nothing asks for.
    func index(of serving: ServingClass) -> Int? { classes.firstIndex(of: serving) }

    /// Goes on to a time, in seconds since the first row; never back.
    package mutating func advance(to seconds: Double) {
        while seconds >= toAt {
            fromAt = toAt
            from = to
            switch source {
            case .generator(var generator):
                to = generator.next()
                toAt += TrafficGenerator.step
                source = .generator(generator)
            case .trace(let trace):
                row = (row + 1) % trace.count
                if row == 0 { laps += 1 }
                to = trace.row((row + 1) % trace.count)
                toAt = Double(laps) * trace.length + trace.end(of: row)
            }
        }
    }

    /// What one class asks at a time between the two rows that `advance` found.
    func demand(of index: Int, at seconds: Double) -> ClassDemand {
        from[index].mixed(with: to[index], part: min(1, max(0, (seconds - fromAt) / (toAt - fromAt))))
    }

    /// The rows that stand for the whole: all of a trace, the first week of the generator.
    func sample() -> [[ClassDemand]] {
        switch source {
        case .trace(let trace): (0..<trace.count).map(trace.row)
        case .generator(var generator): [from, to] + (2..<1008).map { _ in generator.next() }
        }
    }
}
