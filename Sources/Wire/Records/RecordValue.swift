// SPDX-License-Identifier: Apache-2.0

/// A record as it travels: a value that describes itself, so that a reader skips what it does not know.
///
/// Tables carry what there is much of; records carry the rest: moves, events, plans, commands. Their fields go by name,
/// as `Codable` gives them.
indirect enum RecordValue: Equatable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case text(String)
    case list([RecordValue])
    case fields([(key: String, value: RecordValue)])

    static func == (left: RecordValue, right: RecordValue) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let a), .bool(let b)): a == b
        case (.integer(let a), .integer(let b)): a == b
        case (.number(let a), .number(let b)): a.bitPattern == b.bitPattern
        case (.text(let a), .text(let b)): a == b
        case (.list(let a), .list(let b)): a == b
        case (.fields(let a), .fields(let b)): a.count == b.count && zip(a, b).allSatisfy { $0 == $1 }
        default: false
        }
    }
}

/// Why bytes are no record, or no such record.
struct RecordError: Error, Equatable {
    var text: String
}

/// Values of Factory as bytes.
package enum Record {
    /// Bytes longer than this are no record of ours.
    static let limit = 16 << 20

    package static func encode(_ value: some Encodable) -> [UInt8] {
        let target = RecordTarget()
        do {
            try value.encode(to: RecordEncoder(target: target, codingPath: []))
        } catch {
            // Nothing in Factory refuses to be written; what does not come out whole is refused by the reader.
            return []
        }
        var writer = RecordWriter()
        writer.write(target.value)
        return writer.bytes
    }

    package static func decode<T: Decodable>(_ type: T.Type, from bytes: some Collection<UInt8>) throws -> T {
        guard bytes.count <= limit else { throw RecordError(text: "a record of \(bytes.count) bytes") }
        var reader = RecordReader(Array(bytes))
        let value = try reader.whole()
        return try T(from: RecordDecoder(value: value, codingPath: []))
    }
}
