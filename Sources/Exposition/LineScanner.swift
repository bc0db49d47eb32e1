// SPDX-License-Identifier: Apache-2.0

/// A cursor over one line of a page.
///
/// It is as lenient as Prometheus' own parser, and more so where real exporters are sloppy: tabs, blanks before the
/// line and between its parts, a comma after the last label, unknown backslashes, exemplars in either format.
struct LineScanner {
    private var at: Int
    private let end: Int

    init(_ line: Range<Int>) {
        at = line.lowerBound
        end = line.upperBound
    }

    /// What a line is before it is read.
    enum Opening { case blank, comment, sample }

    mutating func opening(_ bytes: Span<UInt8>) -> Opening {
        skipBlanks(bytes)
        guard at < end else { return .blank }
        return bytes[at] == UInt8(ascii: "#") ? .comment : .sample
    }

    // MARK: Comments

    /// What the rest of a comment means; nil for one that means nothing.
    enum Directive {
        case type(TextRange, MetricType)
        case end
    }

    mutating func directive(_ bytes: Span<UInt8>) throws(LineProblem) -> Directive? {
        at += 1
        let afterHash = at
        skipBlanks(bytes)
        guard at > afterHash else { return nil }
        let word = token(bytes)
        if Self.spells(bytes.extracting(word), "EOF") {
            skipBlanks(bytes)
            return at == end ? .end : nil
        }
        guard Self.spells(bytes.extracting(word), "TYPE") else { return nil }
        skipBlanks(bytes)
        guard at < end else { throw .badType }
        let name = bytes[at] == UInt8(ascii: "\"") ? try quoted(bytes) : TextRange(name(bytes))
        skipBlanks(bytes)
        let typeWord = token(bytes)
        skipBlanks(bytes)
        guard name.count > 0, at == end, let type = Self.type(bytes.extracting(typeWord)) else { throw .badType }
        return .type(name, type)
    }

    // MARK: Samples

    /// Reads the rest of a sample; its labels are added to `labels`.
    mutating func sample(
        _ bytes: Span<UInt8>, format: ExpositionFormat, labels: inout [Label], limit: Int
    ) throws(LineProblem) -> Sample {
        let first = labels.count
        var name: TextRange?
        if Self.isNameStart(bytes[at]) {
            let start = at
            at = min(bytes.bytes.metricNameEnd(from: at), end)
            name = TextRange(start..<at)
            guard at == end || Self.isBlank(bytes[at]) || bytes[at] == UInt8(ascii: "{") else { throw .badName }
            skipBlanks(bytes)
        }
        if at < end, bytes[at] == UInt8(ascii: "{") {
            try readLabels(bytes, name: &name, labels: &labels, limit: limit)
            skipBlanks(bytes)
        } else if name == nil {
            throw .badName
        }
        guard let name else { throw .noName }
        let start = at
        let (value, timestamp) = try number(bytes, format: format)
        return Sample(
            name: name, labels: Int32(first)..<Int32(labels.count), value: value, number: TextRange(start..<end),
            timestamp: timestamp, family: -1)
    }

    /// Reads the rest of a sample after its name and labels.
    mutating func number(
        _ bytes: Span<UInt8>, format: ExpositionFormat
    ) throws(LineProblem) -> (value: Double, timestamp: Double) {
        let value = try readValue(bytes)
        return (value, try readTimestamp(bytes, format: format))
    }

    private mutating func readValue(_ bytes: Span<UInt8>) throws(LineProblem) -> Double {
        let word = token(bytes)
        guard !word.isEmpty else { throw .noValue }
        guard let value = NumberScan.double(bytes, word) else { throw .badValue }
        return value
    }

    /// The timestamp in seconds, NaN for none; an exemplar after it, or in its place, is passed over.
    private mutating func readTimestamp(_ bytes: Span<UInt8>, format: ExpositionFormat) throws(LineProblem) -> Double {
        skipBlanks(bytes)
        guard at < end, bytes[at] != UInt8(ascii: "#") else { return .nan }
        let word = token(bytes)
        guard let number = NumberScan.double(bytes, word) else { throw .badTimestamp }
        skipBlanks(bytes)
        guard at == end || bytes[at] == UInt8(ascii: "#") else { throw .trailing }
        return format == .openMetrics ? number : number / 1000
    }

    private mutating func readLabels(
        _ bytes: Span<UInt8>, name: inout TextRange?, labels: inout [Label], limit: Int
    ) throws(LineProblem) {
        let first = labels.count
        at += 1
        while true {
            skipBlanks(bytes)
            guard at < end else { throw .openBrace }
            if bytes[at] == UInt8(ascii: "}") { break }
            try readLabel(bytes, name: &name, labels: &labels)
            guard labels.count - first <= limit else { throw .tooManyLabels }
            skipBlanks(bytes)
            guard at < end else { throw .openBrace }
            if bytes[at] == UInt8(ascii: "}") { break }
            guard bytes[at] == UInt8(ascii: ",") else { throw .badLabel }
            at += 1
        }
        at += 1
    }

    /// One `name="value"`, or a metric name in quotes: names beyond the classic alphabet stand inside the braces.
    private mutating func readLabel(
        _ bytes: Span<UInt8>, name: inout TextRange?, labels: inout [Label]
    ) throws(LineProblem) {
        let label: TextRange
        if bytes[at] == UInt8(ascii: "\"") {
            label = try quoted(bytes)
            skipBlanks(bytes)
            if at < end, bytes[at] == UInt8(ascii: ",") || bytes[at] == UInt8(ascii: "}") {
                guard name == nil, label.count > 0 else { throw .badLabel }
                name = label
                return
            }
        } else {
            let start = at
            at = min(bytes.bytes.labelNameEnd(from: at), end)
            label = TextRange(start..<at)
            skipBlanks(bytes)
        }
        guard label.count > 0, at < end, bytes[at] == UInt8(ascii: "=") else { throw .badLabel }
        at += 1
        skipBlanks(bytes)
        guard at < end, bytes[at] == UInt8(ascii: "\"") else { throw .badLabel }
        labels.append(Label(name: label, value: try quoted(bytes)))
    }

    /// The text between the quote under the cursor and the one that ends it.
    private mutating func quoted(_ bytes: Span<UInt8>) throws(LineProblem) -> TextRange {
        at += 1
        let start = at
        let raw = bytes.bytes
        var hasEscapes = false
        while let mark = raw.firstOffset(of: UInt8(ascii: "\""), or: UInt8(ascii: "\\"), in: at..<end) {
            if bytes[mark] == UInt8(ascii: "\"") {
                at = mark + 1
                return TextRange(start..<mark, hasEscapes: hasEscapes)
            }
            hasEscapes = true
            at = min(mark + 2, end)
        }
        throw .openQuote
    }

    // MARK: Bytes

    @inline(__always)
    private mutating func skipBlanks(_ bytes: Span<UInt8>) {
        while at < end, Self.isBlank(bytes[at]) { at += 1 }
    }

    /// A token that is most likely a classic name.
    private mutating func name(_ bytes: Span<UInt8>) -> Range<Int> {
        let start = at
        at = min(bytes.bytes.metricNameEnd(from: at), end)
        return start..<token(bytes).upperBound
    }

    private mutating func token(_ bytes: Span<UInt8>) -> Range<Int> {
        let start = at
        while at < end, !Self.isBlank(bytes[at]) { at += 1 }
        return start..<at
    }

    /// The type that a word names. Its first letter leaves one or two: a page has a TYPE line for every other series.
    private static func type(_ word: Span<UInt8>) -> MetricType? {
        guard !word.isEmpty else { return nil }
        let (first, second): (MetricType, MetricType) =
            switch word[0] {
            case UInt8(ascii: "c"): (.counter, .counter)
            case UInt8(ascii: "g"): (.gauge, .gaugehistogram)
            case UInt8(ascii: "h"): (.histogram, .histogram)
            case UInt8(ascii: "s"): (.summary, .stateset)
            case UInt8(ascii: "u"): (.untyped, .unknown)
            default: (.info, .info)
            }
        if spells(word, first.word) { return first }
        return spells(word, second.word) ? second : nil
    }

    private static func spells(_ text: Span<UInt8>, _ word: StaticString) -> Bool {
        guard word.utf8CodeUnitCount == text.count else { return false }
        return word.withUTF8Buffer { letters in letters.indices.allSatisfy { text[$0] == letters[$0] } }
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    private static func isNameStart(_ byte: UInt8) -> Bool {
        (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ":")
    }
}
