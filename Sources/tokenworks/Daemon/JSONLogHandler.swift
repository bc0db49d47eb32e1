// SPDX-License-Identifier: Apache-2.0

import Control
import Factory
import Logging

/// A line of JSON for every entry: `time` (RFC 3339), `level`, `message`, and its fields beside them.
///
/// Whatever comes from outside is made safe first: a log that is read with `cat` steers no terminal and hides no text.
struct JSONLogHandler: LogHandler {
    var logLevel = Logger.Level.info
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?
    private let sink: LogSink

    /// Characters of a field or message.
    private static let longest = 1000

    init(_ sink: LogSink) { self.sink = sink }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var fields = metadata
        if let more = metadataProvider?.get() { fields.merge(more) { $1 } }
        if let more = event.metadata { fields.merge(more) { $1 } }
        if let error = event.error { fields["error"] = .string("\(error)") }
        sink.put(Self.line(event.level.rawValue, "\(event.message)", fields, at: WallClock.now()))
    }

    /// - Parameter time: seconds since 1970.
    static func line(_ level: String, _ message: String, _ fields: Logger.Metadata, at time: Double) -> [UInt8] {
        var text = "{\"time\":\"\(stamp(time))\",\"level\":\"\(level)\",\"message\":\(quoted(message))"
        for (key, value) in fields.sorted(by: { $0.key < $1.key }) {
            // A field cannot pretend to be one of the three.
            let key = ["time", "level", "message"].contains(key) ? "field_" + key : key
            text += ",\(quoted(key)):\(encoded(value))"
        }
        return Array((text + "}\n").utf8)
    }

    /// `2026-11-28T14:03:07.042Z`
    private static func stamp(_ time: Double) -> String {
        let whole = time.rounded(.down)
        let thousandths = String(Int((time - whole) * 1000))
        let padded = String(repeating: "0", count: max(0, 3 - thousandths.count)) + thousandths
        return PlantTime(epoch: whole).iso8601.dropLast() + ".\(padded)Z"
    }

    private static func encoded(_ value: Logger.Metadata.Value) -> String {
        switch value {
        case .string(let text): quoted(text)
        case .stringConvertible(let number as Int): String(number)
        case .stringConvertible(let number as Double) where number.isFinite: "\(number)"
        case .stringConvertible(let flag as Bool): flag ? "true" : "false"
        case .stringConvertible(let other): quoted("\(other)")
        case .array(let values): "[" + values.map(encoded).joined(separator: ",") + "]"
        case .dictionary(let members):
            "{"
                + members.sorted { $0.key < $1.key }.map { "\(quoted($0.key)):\(encoded($0.value))" }
                .joined(separator: ",") + "}"
        }
    }

    private static func quoted(_ text: String) -> String {
        let cut = text.unicodeScalars.count > longest
        var short = String.UnicodeScalarView(text.unicodeScalars.prefix(longest))
        if cut { short.append("…") }
        return String(decoding: CanonicalJSON.string(String(short)), as: UTF8.self)
    }
}
