// SPDX-License-Identifier: Apache-2.0

/// Where one value is written to.
final class RecordTarget {
    private enum Shape {
        case single(RecordValue)
        case list([RecordTarget])
        case fields([(key: String, target: RecordTarget)])
    }

    private var shape = Shape.single(.null)

    var value: RecordValue {
        switch shape {
        case .single(let value): value
        case .list(let targets): .list(targets.map(\.value))
        case .fields(let fields): .fields(fields.map { ($0.key, $0.target.value) })
        }
    }

    func set(_ value: RecordValue) { shape = .single(value) }

    func beginList() {
        if case .list = shape { return }
        shape = .list([])
    }

    func beginFields() {
        if case .fields = shape { return }
        shape = .fields([])
    }

    var count: Int { if case .list(let targets) = shape { targets.count } else { 0 } }

    func next() -> RecordTarget {
        let target = RecordTarget()
        if case .list(var targets) = shape {
            // Let go of first: a list that two hold is copied with every element.
            shape = .single(.null)
            targets.append(target)
            shape = .list(targets)
        }
        return target
    }

    func field(_ key: String) -> RecordTarget {
        let target = RecordTarget()
        if case .fields(var fields) = shape {
            shape = .single(.null)
            fields.append((key, target))
            shape = .fields(fields)
        }
        return target
    }
}

struct RecordEncoder: Encoder {
    let target: RecordTarget
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        target.beginFields()
        return KeyedEncodingContainer(RecordFieldsWriter(target: target, codingPath: codingPath))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        target.beginList()
        return RecordListWriter(target: target, codingPath: codingPath)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer {
        RecordSingleWriter(target: target, codingPath: codingPath)
    }
}

extension RecordTarget {
    /// Scalars at once, all else by its own word.
    fileprivate func encode(_ value: some Encodable, _ path: [any CodingKey]) throws {
        switch value {
        case let flag as Bool: set(.bool(flag))
        case let text as String: set(.text(text))
        case let number as Double: set(.number(number))
        case let number as Float: set(.number(Double(number)))
        case let number as UInt64: set(.integer(Int64(bitPattern: number)))
        case let number as any BinaryInteger: set(.integer(Int64(truncatingIfNeeded: number)))
        default: try value.encode(to: RecordEncoder(target: self, codingPath: path))
        }
    }
}

private struct RecordFieldsWriter<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let target: RecordTarget
    let codingPath: [any CodingKey]

    mutating func encodeNil(forKey key: Key) throws { target.field(key.stringValue).set(.null) }

    mutating func encode<T: Encodable>(_ value: T, forKey key: Key) throws {
        try target.field(key.stringValue).encode(value, codingPath + [key])
    }

    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy keyType: Nested.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Nested> {
        RecordEncoder(target: target.field(key.stringValue), codingPath: codingPath + [key]).container(keyedBy: keyType)
    }

    mutating func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        RecordEncoder(target: target.field(key.stringValue), codingPath: codingPath + [key]).unkeyedContainer()
    }

    mutating func superEncoder() -> any Encoder {
        RecordEncoder(target: target.field("super"), codingPath: codingPath)
    }

    mutating func superEncoder(forKey key: Key) -> any Encoder {
        RecordEncoder(target: target.field(key.stringValue), codingPath: codingPath + [key])
    }
}

private struct RecordListWriter: UnkeyedEncodingContainer {
    let target: RecordTarget
    let codingPath: [any CodingKey]
    var count: Int { target.count }

    mutating func encodeNil() throws { target.next().set(.null) }
    mutating func encode<T: Encodable>(_ value: T) throws { try target.next().encode(value, codingPath) }

    mutating func nestedContainer<Nested: CodingKey>(keyedBy keyType: Nested.Type) -> KeyedEncodingContainer<Nested> {
        RecordEncoder(target: target.next(), codingPath: codingPath).container(keyedBy: keyType)
    }

    mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
        RecordEncoder(target: target.next(), codingPath: codingPath).unkeyedContainer()
    }

    mutating func superEncoder() -> any Encoder { RecordEncoder(target: target.next(), codingPath: codingPath) }
}

private struct RecordSingleWriter: SingleValueEncodingContainer {
    let target: RecordTarget
    let codingPath: [any CodingKey]

    mutating func encodeNil() throws { target.set(.null) }
    mutating func encode<T: Encodable>(_ value: T) throws { try target.encode(value, codingPath) }
}
