// SPDX-License-Identifier: Apache-2.0

/// A page of an exporter, read: its samples and what of it was not understood.
///
/// Reads Prometheus text 0.0.4 and 1.0.0 and OpenMetrics. A bad line costs that line. Series stand in the order of the
/// page; the same series twice is two samples, and the last one counts.
package struct ExpositionPage: Sendable {
    package let bytes: [UInt8]
    package private(set) var samples: [Sample] = []
    package private(set) var labels: [Label] = []
    /// TYPE lines, in the order of the page; of two for one name the last one counts.
    package private(set) var families: [Family] = []
    package private(set) var report = LineReport()

    /// Reads a page. Time: O(bytes); memory: bounded by `limits`.
    package init(
        parsing bytes: [UInt8], format: ExpositionFormat = .prometheus, limits: ExpositionLimits = ExpositionLimits()
    ) {
        self.bytes = bytes
        report.kept = limits.problems
        // Ranges are kept in 32 bits; no page that a scraper lets through is near that.
        parse(bytes.span.extracting(first: min(bytes.count, Int(Int32.max))), format: format, limits: limits)
    }

    private mutating func parse(_ bytes: Span<UInt8>, format: ExpositionFormat, limits: ExpositionLimits) {
        // Lines of real pages are longer: the arrays need not grow.
        samples.reserveCapacity(min(bytes.count / 48, limits.samples))
        labels.reserveCapacity(min(bytes.count / 32, limits.labels))
        // A byte order mark is no part of the first name.
        var start = bytes.count >= 3 && bytes[0] == 0xef && bytes[1] == 0xbb && bytes[2] == 0xbf ? 3 : 0
        var number = 0
        while start < bytes.count {
            number += 1
            let end = bytes.bytes.firstOffset(of: UInt8(ascii: "\n"), in: start..<bytes.count) ?? bytes.count
            let isWhole = end < bytes.count
            let isCarriage = end > start && bytes[end - 1] == UInt8(ascii: "\r")
            let line = LineScanner(start..<(isCarriage ? end - 1 : end))
            start = end + 1
            do throws(LineProblem) {
                try read(line, bytes, lineEnd: isWhole ? end : nil, format: format, limits: limits)
            } catch {
                report.reject(error, line: number)
                if error == .tooManySamples || error == .afterEnd { return }
            }
        }
    }

    private mutating func read(
        _ line: LineScanner, _ bytes: Span<UInt8>, lineEnd: Int?, format: ExpositionFormat, limits: ExpositionLimits
    ) throws(LineProblem) {
        var line = line
        switch line.opening(bytes) {
        case .blank: return
        case .comment:
            switch try line.directive(bytes) {
            case .type(let name, let type): families.append(Family(name: name, type: type))
            case .end: report.sawEnd = true
            case nil: break
            }
        case .sample:
            if report.sawEnd, format == .openMetrics { throw .afterEnd }
            guard let lineEnd else { throw .cutOff }
            guard samples.count < limits.samples, labels.count < limits.labels else { throw .tooManySamples }
            let known = labels.count
            do throws(LineProblem) {
                var sample = try line.sample(bytes, format: format, labels: &labels, limit: limits.labelsPerSample)
                sample.family = family(of: sample.name, bytes)
                sample.number.end = UInt32(lineEnd)
                samples.append(sample)
            } catch {
                labels.removeSubrange(known...)
                throw error
            }
        }
    }

    // MARK: Families

    /// The TYPE line of a name. Families mostly stand together, so the newest is tried first.
    private func family(of name: TextRange, _ bytes: Span<UInt8>) -> Int32 {
        // A series of the name before, and no TYPE since.
        if let last = samples.last, last.name.count == name.count, last.family == families.count - 1 {
            let raw = bytes.bytes
            let same = raw.commonCount(
                at: Int(name.start), with: raw, at: Int(last.name.start), atMost: name.count)
            if same == name.count { return last.family }
        }
        // A hostile page of many families and many names without one must not cost the square of its size.
        let reach = 256
        for index in families.indices.suffix(reach).reversed() where Self.belongs(name, to: families[index], bytes) {
            return Int32(index)
        }
        return -1
    }

    private static func belongs(_ name: TextRange, to family: Family, _ bytes: Span<UInt8>) -> Bool {
        let extra = name.count - family.name.count
        guard extra >= 0, extra <= 8 else { return false }
        let raw = bytes.bytes
        let same = raw.commonCount(
            at: Int(name.start), with: raw, at: Int(family.name.start), atMost: family.name.count)
        guard same == family.name.count else { return false }
        guard extra > 0 else { return true }
        let ending = (Int(name.end) - extra)..<Int(name.end)
        return family.type.suffixes.contains { suffix in
            suffix.utf8CodeUnitCount == extra
                && suffix.withUTF8Buffer { zip(ending, $0).allSatisfy { bytes[$0] == $1 } }
        }
    }

    /// What the page's TYPE says of a sample; nil where it says nothing.
    package func type(of sample: Sample) -> MetricType? {
        sample.family >= 0 ? families[Int(sample.family)].type : nil
    }

    // MARK: Text

    /// A number that two pages share when they have the same series in the same order, and hardly ever otherwise.
    package var seriesHash: UInt64 {
        var hash = UInt64(samples.count)
        let raw = bytes.span.bytes
        for sample in samples {
            // A name in quotes may stand behind its labels.
            let first = sample.labels.isEmpty ? sample.name.start : labels[Int(sample.labels.lowerBound)].name.start
            raw.mix(into: &hash, Int(min(first, sample.name.start))..<Int(sample.number.start))
        }
        return hash
    }

    /// The text as a value: escapes resolved, broken UTF-8 replaced.
    package func string(_ text: TextRange) -> String {
        let slice = bytes[text.range]
        guard text.hasEscapes else { return String(decoding: slice, as: UTF8.self) }
        var plain: [UInt8] = []
        plain.reserveCapacity(slice.count)
        var at = slice.startIndex
        while at < slice.endIndex {
            let next = at + 1
            guard slice[at] == UInt8(ascii: "\\"), next < slice.endIndex else {
                plain.append(slice[at])
                at = next
                continue
            }
            switch slice[next] {
            case UInt8(ascii: "n"): plain.append(UInt8(ascii: "\n"))
            case UInt8(ascii: "\\"), UInt8(ascii: "\""): plain.append(slice[next])
            // Any other backslash stands for itself, as lenient parsers keep it.
            default: plain.append(contentsOf: slice[at...next])
            }
            at = next + 1
        }
        return String(decoding: plain, as: UTF8.self)
    }

    /// Whether two pieces of the page are the same bytes.
    package func same(_ left: TextRange, _ right: TextRange) -> Bool {
        left.count == right.count && bytes[left.range].elementsEqual(bytes[right.range])
    }

    /// The same for a name that is known only at run time.
    package func label(named name: String, of sample: Sample) -> String? {
        for index in sample.labels where string(labels[Int(index)].name) == name {
            return string(labels[Int(index)].value)
        }
        return nil
    }

    /// The value of a label; nil when the sample has none of that name.
    package func label(_ name: StaticString, of sample: Sample) -> String? {
        for index in sample.labels {
            let label = labels[Int(index)]
            guard label.name.count == name.utf8CodeUnitCount else { continue }
            let isSame = name.withUTF8Buffer { bytes[label.name.range].elementsEqual($0) }
            if isSame { return string(label.value) }
        }
        return nil
    }
}
