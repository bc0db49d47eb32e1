// SPDX-License-Identifier: Apache-2.0

package import Factory

/// A trace that cannot be used. `description` is one sentence without the file's name.
package struct TraceError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Line in the file, from 1; nil when the whole file is meant.
    package let line: Int?
    /// What is wrong.
    package let text: String

    /// - Parameter text: what is wrong, without line and file.
    package init(line: Int?, _ text: String) {
        self.line = line
        self.text = text
    }

    /// `line 3: chat_rps is 'abc', not a number`.
    package var description: String { line.map { "line \($0): \(text)" } ?? text }
}

/// The rows of a demand trace: CSV with `t_s` and, for each class, `CLASS_rps`, `CLASS_idc`, `CLASS_in`, `CLASS_out`.
package struct TraceRows: Sendable {
    /// The classes that the plant models and the file speaks of, in the order of each row.
    package let classes: [ServingClass]
    /// Other classes that the file speaks of (a column `CLASS_rps`), in its order.
    package let leftOut: [String]
    /// Seconds since the first row.
    private let times: [Double]
    /// Row after row.
    private let demands: [ClassDemand]
    /// Seconds from the first row to the end of the last.
    let length: Double

    /// Rows.
    package var count: Int { times.count }

    func row(_ index: Int) -> [ClassDemand] {
        Array(demands[index * classes.count..<(index + 1) * classes.count])
    }

    /// When the row after this one begins, in seconds since the first row.
    func end(of index: Int) -> Double { index + 1 < count ? times[index + 1] : length }

    /// Parses the bytes of a CSV file; errors name the line.
    package init(parsing bytes: [UInt8]) throws(TraceError) {
        var lines = TraceLines(bytes)
        guard let header = lines.next() else { throw TraceError(line: nil, "the trace is empty") }
        let columns = try TraceColumns(header.fields, line: header.number)
        var times: [Double] = []
        var demands: [ClassDemand] = []
        while let line = lines.next() {
            let time = try columns.time(line)
            if let last = times.last, time <= last {
                throw TraceError(
                    line: line.number, "t_s is \(line.text(columns.timeColumn)), not after the row before it")
            }
            times.append(time)
            demands += try columns.demands(line)
        }
        guard let first = times.first, let last = times.last else {
            throw TraceError(line: nil, "the trace has a header but no rows")
        }
        guard demands.contains(where: { $0.rate > 0 }) else {
            let names = columns.classes.map(\.name).joined(separator: " or ")
            throw TraceError(line: nil, "the trace holds no demand for \(names)")
        }
        classes = columns.classes
        leftOut = columns.leftOut
        self.times = times.map { $0 - first }
        self.demands = demands
        // The last row lasts as long as the one before it; a single row, ten minutes.
        let step = times.count > 1 ? last - times[times.count - 2] : 600
        length = last - first + step
        // The plant takes whole seconds: a shorter trace would start again for ever within one.
        guard length >= 1 else { throw TraceError(line: nil, "the trace lasts \(length) s: t_s is in seconds") }
    }
}

/// Where the columns of a trace are.
struct TraceColumns {
    let timeColumn: Int
    let classes: [ServingClass]
    let leftOut: [String]
    private let width: Int
    /// rps, idc, in, out of each class; nil for an input that the trace does not count.
    private let places: [[Int?]]
    private let names: [String]

    init(_ names: [String], line: Int) throws(TraceError) {
        var places: [String: Int] = [:]
        for (index, name) in names.enumerated() {
            guard places.updateValue(index, forKey: name) == nil else {
                throw TraceError(line: line, "column '\(name)' is there twice")
            }
        }
        func place(_ name: String) throws(TraceError) -> Int {
            guard let place = places[name] else { throw TraceError(line: line, "column '\(name)' is missing") }
            return place
        }
        timeColumn = try place("t_s")
        var found: [[Int?]] = []
        var classes: [ServingClass] = []
        for serving in ServedClass.all.map(\.serving) where places["\(serving)_rps"] != nil {
            var four: [Int?] = []
            for part in ["rps", "idc", "in", "out"] {
                // Traces count no tokens of an image.
                let mayMiss = part == "in" && serving.name == "image"
                four.append(mayMiss ? places["image_in"] : try place("\(serving)_\(part)"))
            }
            found.append(four)
            classes.append(serving)
        }
        guard !classes.isEmpty else {
            throw TraceError(line: line, "column 'chat_rps' is missing, and that of every other class")
        }
        let modelled = ServedClass.all.map(\.serving.name)
        leftOut = names.compactMap { name in
            guard name.hasSuffix("_rps") else { return nil }
            let serving = String(name.dropLast(4))
            return modelled.contains(serving) ? nil : serving
        }
        self.classes = classes
        self.places = found
        self.names = names
        width = names.count
    }

    func time(_ line: TraceLine) throws(TraceError) -> Double {
        guard line.fields.count == width else {
            throw TraceError(line: line.number, "\(line.fields.count) fields where the header has \(width)")
        }
        return try number(timeColumn, of: line)
    }

    func demands(_ line: TraceLine) throws(TraceError) -> [ClassDemand] {
        var row: [ClassDemand] = []
        for four in places {
            row.append(
                ClassDemand(
                    rate: try number(four[0], of: line), burstiness: try number(four[1], of: line),
                    input: try number(four[2], of: line), output: try number(four[3], of: line)))
        }
        return row
    }

    private func number(_ column: Int?, of line: TraceLine) throws(TraceError) -> Double {
        guard let column else { return TrafficGenerator.imageTokens }
        let text = line.fields[column]
        guard let value = Double(text), value.isFinite else {
            throw TraceError(line: line.number, "\(names[column]) is '\(line.text(column))', not a number")
        }
        guard value >= 0, value <= 1e9 else {
            throw TraceError(line: line.number, "\(names[column]) is \(line.text(column)), not between 0 and 1e9")
        }
        return value
    }
}
