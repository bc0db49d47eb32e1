// SPDX-License-Identifier: Apache-2.0

import Exposition

/// The raw samples of one target, put together again as the pages that they came from.
///
/// Prometheus gives all samples of one scrape the scrape's own time, and writes the health of each scrape as `up`. So the
/// times of `up` are the pages, and a series that is not on the newest of them has vanished.
struct TargetSeries: Sendable {
    private struct Line: Sendable {
        /// `name{labels} `, as an exporter would write it.
        var text: [UInt8]
        /// How many there are.
        var labels: Int
        /// In the order of time.
        var samples: [APISample]
    }

    private var lines: [Line] = []
    private var health: [APISample] = []

    /// Samples that are taken in: a server that gives more than was asked for costs bounded memory.
    private static let samplesPerSeries = 2000

    var count: Int { lines.count }
    var isEmpty: Bool { lines.isEmpty && health.isEmpty }

    mutating func add(_ series: QueryReply.Series) {
        let samples = (series.values ?? []).suffix(Self.samplesPerSeries).filter { $0.time.isFinite }
            .sorted { $0.time < $1.time }
        guard let name = series.metric["__name__"], !samples.isEmpty else { return }
        if name == "up" {
            health += samples
        } else {
            lines.append(Line(text: Self.line(name, series.metric), labels: series.metric.count, samples: samples))
        }
    }

    // MARK: Times

    /// When the target was scraped well, oldest first.
    ///
    /// - Parameter spacing: between two scrapes, as far as that is known: where the server writes no `up`, samples that are
    ///   nearer to each other than half of it are of one page. Unit: s.
    func times(spacing: Double) -> [Double] {
        guard health.isEmpty else { return health.filter { $0.value == 1 }.map(\.time).sorted() }
        let all = Set(lines.flatMap { $0.samples.map(\.time) }).sorted()
        return all.enumerated().filter { index, time in
            index + 1 == all.count || all[index + 1] - time > min(spacing, 600) * 0.4
        }.map(\.element)
    }

    /// The usual time between two scrapes; nil from one of them. Unit: s.
    static func spacing(of times: [Double]) -> Double? {
        let gaps = zip(times, times.dropFirst()).map { $1 - $0 }.filter { $0 > 0 }.sorted()
        return gaps.isEmpty ? nil : min(gaps[gaps.count / 2], 3600)
    }

    // MARK: Pages

    /// The page of one scrape: of each series its newest sample since the scrape before.
    ///
    /// An exporter that times its own samples gives them any time between two scrapes.
    func page(at time: Double, after before: Double) -> [UInt8] {
        var page: [UInt8] = []
        // A model's name stands in some labels of its GPU only, and the first series is asked for it.
        for line in lines.sorted(by: { $0.labels > $1.labels }) {
            guard let sample = line.samples.last(where: { $0.time <= time && $0.time > before }) else { continue }
            page += line.text
            page += Array(sample.text.utf8.prefix(40).filter { $0 > 0x20 })
            page.append(UInt8(ascii: "\n"))
        }
        return page
    }

    /// Label values are anything: quotes, backslashes and line ends are written as an exporter must write them.
    static func line(_ name: String, _ labels: [String: String]) -> [UInt8] {
        let isPlain = isName(name)
        var text: [UInt8] = isPlain ? Array(name.utf8) : []
        var parts = isPlain ? [] : [quoted(name)]
        for (label, value) in labels.sorted(by: { $0.key < $1.key }) where label != "__name__" {
            parts.append(
                (isName(label) && !label.contains(":") ? Array(label.utf8) : quoted(label)) + [UInt8(ascii: "=")]
                    + quoted(value))
        }
        if !parts.isEmpty {
            text.append(UInt8(ascii: "{"))
            text += parts.joined(separator: [UInt8(ascii: ",")])
            text.append(UInt8(ascii: "}"))
        }
        return text + [0x20]
    }

    private static func quoted(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = [UInt8(ascii: "\"")]
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\\"), UInt8(ascii: "\""): bytes += [UInt8(ascii: "\\"), byte]
            case UInt8(ascii: "\n"): bytes += Array("\\n".utf8)
            default: bytes.append(byte)
            }
        }
        return bytes + [UInt8(ascii: "\"")]
    }

    private static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, !(first &- 0x30 < 10) else { return false }
        return text.utf8.allSatisfy {
            ($0 | 0x20) &- 0x61 < 26 || $0 &- 0x30 < 10 || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ":")
        }
    }
}
