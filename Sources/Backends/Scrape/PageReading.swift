// SPDX-License-Identifier: Apache-2.0

import Exposition

/// What a page says, under our own names and in our own units, before rates are made of its counters.
///
/// The labels are understood once, by `PageLayout`; a page with the same series adds nothing but its numbers.
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

    let layout: PageLayout
    /// One for each number of the layout; NaN where the page gives none.
    private let numbers: [Double]
    /// When the numbers of each entity were taken, where the page itself says so: what a federation, a gateway or an agent
    /// passes on is as old as it says. Seconds since 1970; NaN for those of which it says nothing, empty where it never does.
    private let stamps: [Double]

    /// - Parameter more: rows beside the table's, which the configuration gives.
    init(_ page: ExpositionPage, more: [MetricName] = []) {
        self.init(
            PageLayout(page, more: more), values: page.samples.map(\.value), stamps: page.samples.map(\.timestamp))
    }

    /// - Parameters:
    ///   - values: those of the page's samples, in its order.
    ///   - stamps: their own times, NaN for none; empty where no line has one.
    init(_ layout: PageLayout, values: [Double], stamps: [Double] = []) {
        self.stamps = layout.stamps(of: stamps)
        self.layout = layout
        numbers = layout.numbers(of: values)
    }

    /// Series that stood on the page more than once; the last one counts.
    var repeated: Int { layout.repeated }
    /// Entities beyond the limit, which are left out.
    var leftOut: Int { layout.leftOut }
    /// Whose page of accelerators it is.
    var accelerator: String { layout.accelerator }
    /// Whether nothing on the page is of use.
    var isEmpty: Bool {
        layout.entities.indices.allSatisfy { !layout.entities[$0].isOfUse || !speaks($0) }
    }

    /// Whether an entity has a number at all: one that has none is not there.
    private func speaks(_ entity: Int) -> Bool { layout.entities[entity].numbers.contains { !numbers[$0].isNaN } }

    var entities: Entities { Entities(reading: self) }

    /// The accelerators of each host, in the order of their places.
    var boards: [(host: String, gpus: [(uuid: String, values: Values)])] {
        layout.boards.compactMap { board in
            let gpus = board.gpus.filter { speaks($0.entity) }
            return gpus.isEmpty
                ? nil : (board.host, gpus.map { ($0.uuid, Values(reading: self, index: $0.entity)) })
        }
    }

    /// What the page speaks of, in its order.
    struct Entities: Sequence {
        fileprivate let reading: PageReading

        var count: Int { reading.layout.entities.indices.count { reading.speaks($0) } }

        func makeIterator() -> AnyIterator<(key: Entity, value: Values)> {
            var index = 0
            return AnyIterator {
                while index < reading.layout.entities.count, !reading.speaks(index) { index += 1 }
                guard index < reading.layout.entities.count else { return nil }
                defer { index += 1 }
                return (reading.layout.entities[index].entity, Values(reading: reading, index: index))
            }
        }

        subscript(entity: Entity) -> Values? {
            guard let place = reading.layout.places[entity], reading.speaks(place) else { return nil }
            return Values(reading: reading, index: place)
        }

        /// The same entity on another page of the target.
        subscript(like other: Values) -> Values? {
            guard other.reading.layout === reading.layout else { return self[other.part.entity] }
            return reading.speaks(other.index) ? Values(reading: reading, index: other.index) : nil
        }
    }

    /// The numbers of one entity.
    struct Values: Sendable {
        fileprivate let reading: PageReading
        fileprivate let index: Int
        fileprivate var part: PageLayout.Part { reading.layout.entities[index] }

        /// When its numbers were taken, by the page itself. Seconds since 1970; nil where it does not say.
        var stamp: Double? {
            guard !reading.stamps.isEmpty, reading.stamps[index].isFinite else { return nil }
            return reading.stamps[index]
        }
        var name: String? { part.words.name }
        var place: Int? { part.words.index }
        var model: String? { part.words.model }
        /// The job or pod that has the accelerator, and whose it is.
        var holder: String? { part.words.holder }
        var owner: String? { part.words.owner }

        /// Whose names it is read from.
        var products: Set<MetricProduct> { Set(Metric.allCases.compactMap { row(of: $0)?.product }) }

        /// Whether the counter moves only when a request ends.
        func isAtEnd(_ metric: Metric) -> Bool { row(of: metric)?.isAtEnd ?? false }

        /// The number of a metric; nil when the page does not give it.
        subscript(metric: Metric) -> Double? {
            guard let source = spoken(metric), row(of: source).kind != .histogram else { return nil }
            return reading.numbers[source.numbers.lowerBound]
        }

        /// The upper bounds of a histogram, ascending, and the observations up to each; nil when the page does not give it
        /// whole.
        func ladder(_ metric: Metric) -> (bounds: [Double], counts: ArraySlice<Double>)? {
            guard let source = spoken(metric), row(of: source).kind == .histogram else { return nil }
            let counts = reading.numbers[source.numbers]
            return counts.contains(where: \.isNaN) ? nil : (source.bounds, counts)
        }

        /// Whether the page gives the metric.
        func gives(_ metric: Metric) -> Bool { spoken(metric) != nil }

        /// The name under which the page gives it.
        func row(of metric: Metric) -> MetricName? { spoken(metric).map(row) }

        private func row(of source: PageLayout.Source) -> MetricName { reading.layout.rows[Int(source.row)] }

        /// Of several names for one metric the first that has a number.
        private func spoken(_ metric: Metric) -> PageLayout.Source? {
            part.sources(of: metric).lazy.map { reading.layout.sources[$0] }.first { source in
                source.numbers.contains { !reading.numbers[$0].isNaN }
            }
        }
    }
}
