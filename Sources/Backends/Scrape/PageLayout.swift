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
        /// Indices into the layout's sources, for each metric in the order in which they count.
        let sources: [Range<Int>]
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
        let row: MetricName
        /// Of a histogram, ascending.
        let bounds: [Double]
        /// One number, of a histogram one for each bound.
        let numbers: Range<Int>
    }

    /// Several series become one number.
    private struct Joint: Sendable {
        /// In a fixed order, so that the same page always gives the same number.
        let cells: Range<Int>
        /// The series of the whole beside those of its parts; -1: there is none.
        let whole: Int
        let aggregation: MetricName.Aggregation
    }

    /// The number of a series goes to a cell.
    private struct Feed: Sendable {
        var sample: Int
        let cell: Int
        let scale: Double
        /// Below it the number is none: a counter below zero is no counter.
        let least: Double
        /// Whose number it is, in `entities`.
        let part: Int
    }

    let entities: [Part]
    let places: [PageReading.Entity: Int]
    let sources: [Source]
    /// The accelerators of each host by their place in it, the hosts by name.
    let boards: [(host: String, gpus: [(uuid: String, entity: Int)])]
    let accelerator: String
    let repeated: Int
    let leftOut: Int
    private let joints: [Joint]
    private let feeds: [Feed]
    private let cellCount: Int

    /// - Parameter more: rows beside the table's.
    init(_ page: ExpositionPage, more: [MetricName] = []) {
        let draft = LayoutDraft(page, more: more)
        var entities: [Part] = []
        var sources: [Source] = []
        var joints: [Joint] = []
        var cells: [Int] = []
        var owners: [(series: Int, part: Int)] = []
        for found in draft.entities {
            let firstNumber = joints.count
            var ranges = [Range<Int>](repeating: 0..<0, count: Metric.allCases.count)
            for metric in found.metrics.keys.sorted(by: { $0.rawValue < $1.rawValue }) {
                let first = sources.count
                for named in Self.ranked(found.metrics[metric] ?? []) {
                    let start = joints.count
                    let bounds = named.buckets.keys.sorted()
                    for bound in bounds {
                        let series = (named.buckets[bound] ?? [:]).sorted { $0.key < $1.key }
                        let isParted = named.row.parts != nil
                        let whole = isParted && series.first?.key == "" ? cells.count : -1
                        joints.append(
                            Joint(
                                cells: cells.count..<(cells.count + series.count), whole: whole,
                                aggregation: named.row.aggregation))
                        cells += series.map(\.value)
                        owners += series.map { ($0.value, entities.count) }
                    }
                    sources.append(
                        Source(
                            row: named.row, bounds: named.row.kind == .histogram ? bounds : [],
                            numbers: start..<joints.count))
                }
                ranges[metric.rawValue] = first..<sources.count
            }
            entities.append(
                Part(entity: found.entity, words: found.words, sources: ranges, numbers: firstNumber..<joints.count))
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
                    sample: feed.sample, cell: cellOf[feed.series], scale: feed.row.scale,
                    least: feed.row.kind == .gauge ? -.infinity : 0, part: partOf[feed.series])
        }
        places = Dictionary(uniqueKeysWithValues: entities.enumerated().map { ($1.entity, $0) })
        cellCount = cells.count
        boards = Self.boards(entities)
        self.entities = entities
        self.sources = sources
        self.joints = joints
        accelerator = draft.accelerator
        repeated = draft.repeated
        leftOut = draft.leftOut
    }

    private init(_ layout: PageLayout, feeds: [Feed]) {
        entities = layout.entities
        places = layout.places
        sources = layout.sources
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
            while let edit = rest.first, edit.removed.upperBound <= moved[index].sample {
                shift += edit.inserted.samples.count - edit.removed.count
                rest.removeFirst()
            }
            if rest.first?.removed.contains(moved[index].sample) == true { return nil }
            moved[index].sample += shift
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
                let value = values[feed.sample]
                if value.isFinite, value >= feed.least { cells[feed.cell] = value * feed.scale }
            }
            return joints.map { joint in
                if joint.whole >= 0, !cells[joint.whole].isNaN { return cells[joint.whole] }
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
            let stamp = lines[feed.sample]
            // One line without a time of its own is of now, and so is what it belongs to.
            stamps[feed.part] = stamp.isFinite ? max(stamps[feed.part], stamp) : .nan
        }
        return stamps.map { $0 > 0 && $0.isFinite ? $0 : .nan }
    }

    private static func join(_ cells: UnsafeMutableBufferPointer<Double>, _ joint: Joint) -> Double {
        var sum = 0.0
        var worst = -Double.infinity
        var last = Double.nan
        var count = 0
        for cell in joint.cells where !cells[cell].isNaN {
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
