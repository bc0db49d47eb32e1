// SPDX-License-Identifier: Apache-2.0

import Exposition

/// Which of a page's series are understood, and what their numbers come to.
///
/// It is made from names and labels, and good for every page with the same series: those cost no text.
final class PageLayout: Sendable {
    /// One thing that the page speaks of.
    struct Part: Sendable {
        let entity: PageReading.Entity
        let words: LabelWords
        /// The first of its sources; they stand by metric, those of one metric in the order in which they count.
        let firstSource: Int32
        /// How many of its sources stand before those of each metric, and how many there are.
        let starts: [UInt16]

        /// Indices into the layout's sources.
        func sources(of metric: Metric) -> Range<Int> {
            let first = Int(firstSource)
            return (first + Int(starts[metric.rawValue]))..<(first + Int(starts[metric.rawValue + 1]))
        }

        /// All its numbers.
        let numbers: Range<Int>

        /// Whether it says something by itself.
        var isOfUse: Bool {
            switch entity {
            case .target, .push: false
            case .host, .gpu, .engine, .job, .queue: true
            }
        }
    }

    /// One name under which an entity gives a metric.
    struct Source: Sendable {
        /// In the layout's `rows`.
        let row: UInt16
        /// Of a histogram, ascending.
        let bounds: [Double]
        /// One number, of a histogram one for each bound.
        let numbers: Range<Int>
    }

    /// Several series become one number.
    private struct Joint: Sendable {
        /// In a fixed order, so that the same page always gives the same number.
        let cells: Range<Int32>
        /// The series of the whole beside those of its parts; -1: there is none.
        let whole: Int32
        let aggregation: MetricName.Aggregation
    }

    /// The number of a series goes to a cell.
    private struct Feed: Sendable {
        var sample: Int32
        let cell: Int32
        /// Whose number it is, in `entities`.
        let part: Int32
        /// Its name, in the layout's `rows`.
        let row: UInt16
    }

    /// What tells the rows of the table apart: a name has one for each metric and product, and for each value of a label.
    private struct RowKey: Hashable {
        let name: String
        let metric: Metric
        let product: MetricProduct
        let value: String?

        init(_ row: MetricName) {
            (name, metric, product, value) = (row.name, row.metric, row.product, row.with?.value)
        }
    }

    /// What a name's numbers are multiplied by, and what they must not be below: a counter below zero is no counter.
    private struct Factor: Sendable {
        let scale: Double
        let least: Double

        init(_ row: MetricName) {
            scale = row.scale
            least = row.kind == .gauge ? -.infinity : 0
        }
    }

    let entities: [Part]
    let places: [PageReading.Entity: Int]
    let sources: [Source]
    /// The names that are read on the page, each once: thousands of layouts are kept, and a name is much larger than its
    /// place.
    let rows: [MetricName]
    /// The accelerators of each host by their place in it, the hosts by name.
    let boards: [(host: String, gpus: [(uuid: String, entity: Int)])]
    let accelerator: String
    let repeated: Int
    let leftOut: Int
    private let joints: [Joint]
    private let feeds: [Feed]
    /// By row.
    private let factors: [Factor]
    private let cellCount: Int

    /// - Parameter more: rows beside the table's.
    init(_ page: ExpositionPage, more: [MetricName] = []) {
        let draft = LayoutDraft(page, more: more)
        var entities: [Part] = []
        var sources: [Source] = []
        var joints: [Joint] = []
        var cells: [Int] = []
        var rows: [MetricName] = []
        var rowPlaces: [RowKey: UInt16] = [:]
        func place(of row: MetricName) -> UInt16 {
            if let place = rowPlaces[RowKey(row)] { return place }
            rows.append(row)
            rowPlaces[RowKey(row)] = UInt16(rows.count - 1)
            return UInt16(rows.count - 1)
        }
        var owners: [(series: Int, part: Int)] = []
        for found in draft.entities {
            let firstNumber = joints.count
            let firstSource = sources.count
            var starts: [UInt16] = [0]
            for metric in Metric.allCases {
                defer { starts.append(UInt16(clamping: sources.count - firstSource)) }
                for named in Self.ranked(found.metrics[metric] ?? []) {
                    let start = joints.count
                    let bounds = named.buckets.keys.sorted()
                    for bound in bounds {
                        let series = (named.buckets[bound] ?? [:]).sorted { $0.key < $1.key }
                        let isParted = named.row.parts != nil
                        let whole = isParted && series.first?.key == "" ? cells.count : -1
                        joints.append(
                            Joint(
                                cells: Int32(cells.count)..<Int32(cells.count + series.count), whole: Int32(whole),
                                aggregation: named.row.aggregation))
                        cells += series.map(\.value)
                        owners += series.map { ($0.value, entities.count) }
                    }
                    sources.append(
                        Source(
                            row: place(of: named.row), bounds: named.row.kind == .histogram ? bounds : [],
                            numbers: start..<joints.count))
                }
            }
            entities.append(
                Part(
                    entity: found.entity, words: found.words, firstSource: Int32(firstSource), starts: starts,
                    numbers: firstNumber..<joints.count))
        }
        var cellOf = [Int](repeating: 0, count: draft.seriesCount)
        for (cell, series) in cells.enumerated() { cellOf[series] = cell }
        // Of a series that stands there twice the last one counts: the feeds are in the order of the page.
        var partOf = [Int](repeating: 0, count: draft.seriesCount)
        for (series, part) in owners { partOf[series] = part }
        feeds = draft.feeds.compactMap { feed in
            draft.isLeftOut(feed.series)
                ? nil
                : Feed(
                    sample: Int32(feed.sample), cell: Int32(cellOf[feed.series]), part: Int32(partOf[feed.series]),
                    row: place(of: feed.row))
        }
        places = Dictionary(uniqueKeysWithValues: entities.enumerated().map { ($1.entity, $0) })
        cellCount = cells.count
        boards = Self.boards(entities)
        self.entities = entities
        self.sources = sources
        self.rows = rows
        factors = rows.map(Factor.init)
        self.joints = joints
        accelerator = draft.accelerator
        repeated = draft.repeated
        leftOut = draft.leftOut
    }

    private init(_ layout: PageLayout, feeds: [Feed]) {
        entities = layout.entities
        places = layout.places
        sources = layout.sources
        rows = layout.rows
        factors = layout.factors
        boards = layout.boards
        accelerator = layout.accelerator
        repeated = layout.repeated
        leftOut = layout.leftOut
        joints = layout.joints
        cellCount = layout.cellCount
        self.feeds = feeds
    }

    /// The same layout on a page on which lines of no use came or went; nil where one of them was of use.
    func moved(by edits: [PageEdit], more: [MetricName]) -> PageLayout? {
        for page in edits.lazy.map(\.inserted) {
            for sample in page.samples {
                let name = page.string(sample.name)
                if !MetricNames.rows(of: name).isEmpty || more.contains(where: { $0.name == name }) { return nil }
            }
        }
        var rest = edits[...]
        var shift = 0
        var moved = feeds
        for index in moved.indices {
            let sample = Int(moved[index].sample)
            while let edit = rest.first, edit.removed.upperBound <= sample {
                shift += edit.inserted.samples.count - edit.removed.count
                rest.removeFirst()
            }
            if rest.first?.removed.contains(sample) == true { return nil }
            moved[index].sample += Int32(shift)
        }
        return PageLayout(self, feeds: moved)
    }

    private static func boards(_ entities: [Part]) -> [(host: String, gpus: [(uuid: String, entity: Int)])] {
        var byHost: [String: [(uuid: String, entity: Int)]] = [:]
        for (index, part) in entities.enumerated() {
            if case .gpu(let host, let uuid) = part.entity { byHost[host, default: []].append((uuid, index)) }
        }
        return byHost.sorted { $0.key < $1.key }.map { host, gpus in
            let sorted = gpus.sorted { left, right in
                let places = (entities[left.entity].words.index ?? .max, entities[right.entity].words.index ?? .max)
                return places.0 == places.1 ? left.uuid < right.uuid : places.0 < places.1
            }
            return (host, sorted)
        }
    }

    /// The lowest rank first; of several the one that stands first on the page.
    private static func ranked(_ all: [LayoutDraft.Named]) -> [LayoutDraft.Named] {
        all.enumerated().sorted { ($0.element.row.rank, $0.offset) < ($1.element.row.rank, $1.offset) }.map(\.element)
    }

    /// Whether any of the series would be of use with a number.
    var isOfUse: Bool { entities.contains(where: \.isOfUse) }

    /// The page's numbers in our units; NaN where it has none.
    func numbers(of values: [Double]) -> [Double] {
        withUnsafeTemporaryAllocation(of: Double.self, capacity: cellCount) { cells in
            cells.initialize(repeating: .nan)
            // A number that is none leaves what an earlier line of the series said.
            for feed in feeds {
                let value = values[Int(feed.sample)]
                let row = factors[Int(feed.row)]
                if value.isFinite, value >= row.least { cells[Int(feed.cell)] = value * row.scale }
            }
            return joints.map { joint in
                if joint.whole >= 0, !cells[Int(joint.whole)].isNaN { return cells[Int(joint.whole)] }
                return Self.join(cells, joint)
            }
        }
    }

    /// The newest time that the lines of each entity carry, where all of them carry one; NaN for the others. Empty where none
    /// has any.
    func stamps(of lines: [Double]) -> [Double] {
        guard !lines.isEmpty else { return [] }
        var stamps = [Double](repeating: -.infinity, count: entities.count)
        for feed in feeds {
            let stamp = lines[Int(feed.sample)]
            // One line without a time of its own is of now, and so is what it belongs to.
            let part = Int(feed.part)
            stamps[part] = stamp.isFinite ? max(stamps[part], stamp) : .nan
        }
        return stamps.map { $0 > 0 && $0.isFinite ? $0 : .nan }
    }

    private static func join(_ cells: UnsafeMutableBufferPointer<Double>, _ joint: Joint) -> Double {
        var sum = 0.0
        var worst = -Double.infinity
        var last = Double.nan
        var count = 0
        for cell in joint.cells.lazy.map(Int.init) where !cells[cell].isNaN {
            sum += cells[cell]
            worst = max(worst, cells[cell])
            last = cells[cell]
            count += 1
        }
        guard count > 0 else { return .nan }
        return switch joint.aggregation {
        case .sum: sum
        case .mean: sum / Double(count)
        case .worst: worst
        case .last: last
        }
    }
}
