// SPDX-License-Identifier: Apache-2.0

/// Reads the JSON that the audit writes: one object of strings, numbers and objects of strings.
///
/// It is no general parser: whoever uses it writes the result again and compares the bytes, so that every other
/// spelling is refused there.
struct FlatJSON {
    enum Value: Equatable {
        case string(String)
        case number(String)
        case object([String: String])
    }

    private let bytes: ArraySlice<UInt8>
    private var position: Int

    /// The members of the object that fills `bytes`; nil when it is anything else.
    static func parse(_ bytes: ArraySlice<UInt8>) -> [String: Value]? {
        var parser = FlatJSON(bytes)
        guard let members = parser.members({ $0.value() }), parser.position == bytes.endIndex else { return nil }
        return members
    }

    private init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        self.position = bytes.startIndex
    }

    private mutating func members<Member>(_ read: (inout FlatJSON) -> Member?) -> [String: Member]? {
        guard take("{") else { return nil }
        var found: [String: Member] = [:]
        if take("}") { return found }
        while true {
            guard let key = string(), take(":"), let value = read(&self) else { return nil }
            guard found.updateValue(value, forKey: key) == nil else { return nil }
            if take("}") { return found }
            guard take(",") else { return nil }
        }
    }

    private mutating func value() -> Value? {
        switch peek {
        case UInt8(ascii: "\""): string().map(Value.string)
        case UInt8(ascii: "{"): members { $0.string() }.map(Value.object)
        default: number().map(Value.number)
        }
    }

    private mutating func number() -> String? {
        let start = position
        while let byte = peek, byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".") || (0x30...0x39).contains(byte) {
            position += 1
        }
        return position > start ? String(decoding: bytes[start..<position], as: UTF8.self) : nil
    }

    private mutating func string() -> String? {
        guard take("\"") else { return nil }
        var out: [UInt8] = []
        while let byte = peek {
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return String(validating: out, as: UTF8.self)
            case UInt8(ascii: "\\"):
                guard let scalar = escape() else { return nil }
                out += scalar.utf8
            default: out.append(byte)
            }
        }
        return nil
    }

    private mutating func escape() -> Unicode.Scalar? {
        if take("\"") { return "\"" }
        if take("\\") { return "\\" }
        guard take("u"), bytes.endIndex - position >= 4 else { return nil }
        let digits = String(decoding: bytes[position..<position + 4], as: UTF8.self)
        position += 4
        return UInt32(digits, radix: 16).flatMap(Unicode.Scalar.init)
    }

    private var peek: UInt8? { position < bytes.endIndex ? bytes[position] : nil }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard peek == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }
}
