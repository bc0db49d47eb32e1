// SPDX-License-Identifier: Apache-2.0

/// First byte of every value.
private enum Tag: UInt8 {
    case null, no, yes, integer, double, single, text, list, fields
}

/// A record into bytes. A key is spelt once; after that it is its number.
struct RecordWriter {
    private(set) var bytes: [UInt8] = []
    private var keys: [String: UInt64] = [:]

    init() {}

    mutating func write(_ value: RecordValue) {
        switch value {
        case .null: put(.null)
        case .bool(let flag): put(flag ? .yes : .no)
        case .integer(let number):
            put(.integer)
            put(UInt64(bitPattern: (number << 1) ^ (number >> 63)))
        case .number(let number): put(number)
        case .text(let text):
            put(.text)
            put(text)
        case .list(let values):
            put(.list)
            put(UInt64(values.count))
            for value in values { write(value) }
        case .fields(let fields):
            put(.fields)
            put(UInt64(fields.count))
            for field in fields {
                put(key: field.key)
                write(field.value)
            }
        }
    }

    private mutating func put(_ tag: Tag) { bytes.append(tag.rawValue) }

    private mutating func put(_ number: UInt64) {
        var rest = number
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    private mutating func put(_ number: Double) {
        let single = Float(number)
        if Double(single).bitPattern == number.bitPattern {
            put(.single)
            put(bits: single.bitPattern)
        } else {
            put(.double)
            put(bits: number.bitPattern)
        }
    }

    private mutating func put(bits: some FixedWidthInteger & UnsignedInteger) {
        for place in stride(from: 0, to: bits.bitWidth, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: bits >> place))
        }
    }

    private mutating func put(_ text: String) {
        let utf8 = Array(text.utf8)
        put(UInt64(utf8.count))
        bytes += utf8
    }

    private mutating func put(key: String) {
        if let number = keys[key] {
            put(number)
        } else {
            keys[key] = UInt64(keys.count + 1)
            put(UInt64(0))
            put(key)
        }
    }
}

/// Bytes into a record: anybody's bytes, so that no count is believed and no depth is endless.
struct RecordReader {
    private let bytes: [UInt8]
    private var position = 0
    private var keys: [String] = []

    static let deepest = 32

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func whole() throws(RecordError) -> RecordValue {
        let value = try value(depth: 0)
        guard position == bytes.count else { throw RecordError(text: "a record with something behind its end") }
        return value
    }

    private mutating func value(depth: Int) throws(RecordError) -> RecordValue {
        guard depth <= Self.deepest else { throw RecordError(text: "a record deeper than \(Self.deepest)") }
        let first = try byte()
        guard let tag = Tag(rawValue: first) else { throw RecordError(text: "a value of the unknown kind \(first)") }
        switch tag {
        case .null: return .null
        case .no: return .bool(false)
        case .yes: return .bool(true)
        case .integer:
            let bits = try number()
            return .integer(Int64(bitPattern: bits >> 1) ^ -Int64(bitPattern: bits & 1))
        case .double: return .number(Double(bitPattern: try bits(8)))
        case .single: return .number(Double(Float(bitPattern: UInt32(try bits(4)))))
        case .text: return .text(try text())
        case .list:
            var values: [RecordValue] = []
            for _ in 0..<(try count()) { values.append(try value(depth: depth + 1)) }
            return .list(values)
        case .fields:
            var fields: [(key: String, value: RecordValue)] = []
            for _ in 0..<(try count()) { fields.append((try key(), try value(depth: depth + 1))) }
            return .fields(fields)
        }
    }

    private mutating func byte() throws(RecordError) -> UInt8 {
        guard position < bytes.count else { throw RecordError(text: "a record that ends too early") }
        defer { position += 1 }
        return bytes[position]
    }

    private mutating func number() throws(RecordError) -> UInt64 {
        var number: UInt64 = 0
        for place in 0..<10 {
            let next = try byte()
            number |= UInt64(next & 0x7F) << (7 * place)
            if next < 0x80 { return number }
        }
        throw RecordError(text: "a number without end")
    }

    /// A count of things that each take a byte at least.
    private mutating func count() throws(RecordError) -> Int {
        let count = try number()
        guard count <= UInt64(bytes.count - position) else {
            throw RecordError(text: "a count beyond the record's end")
        }
        return Int(count)
    }

    private mutating func bits(_ count: Int) throws(RecordError) -> UInt64 {
        var bits: UInt64 = 0
        for place in 0..<count { bits |= UInt64(try byte()) << (8 * place) }
        return bits
    }

    private mutating func text() throws(RecordError) -> String {
        let count = try count()
        defer { position += count }
        return String(decoding: bytes[position..<position + count], as: UTF8.self)
    }

    private mutating func key() throws(RecordError) -> String {
        let number = try number()
        if number == 0 {
            keys.append(try text())
            return keys[keys.count - 1]
        }
        guard number <= UInt64(keys.count) else { throw RecordError(text: "a key that was never spelt") }
        return keys[Int(number) - 1]
    }
}
