// SPDX-License-Identifier: Apache-2.0

/// The one spelling of a record: compact JSON with sorted keys, so that a hash over the bytes is a hash over the meaning.
///
/// Control, bidi and zero-width characters are escaped: an audit printed by `cat` moves no cursor and hides no text.
package enum CanonicalJSON {
    static func append(_ text: String, to out: inout [UInt8]) {
        out.append(UInt8(ascii: "\""))
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += [UInt8(ascii: "\\"), UInt8(ascii: "\"")]
            case "\\": out += [UInt8(ascii: "\\"), UInt8(ascii: "\\")]
            default:
                if isHostile(scalar) { appendEscape(scalar.value, to: &out) } else { out += scalar.utf8 }
            }
        }
        out.append(UInt8(ascii: "\""))
    }

    /// An object whose values are already encoded.
    package static func object(_ members: [(key: String, value: [UInt8])]) -> [UInt8] {
        var out: [UInt8] = [UInt8(ascii: "{")]
        for (index, member) in members.sorted(by: { $0.key < $1.key }).enumerated() {
            if index > 0 { out.append(UInt8(ascii: ",")) }
            append(member.key, to: &out)
            out.append(UInt8(ascii: ":"))
            out += member.value
        }
        out.append(UInt8(ascii: "}"))
        return out
    }

    package static func string(_ text: String) -> [UInt8] {
        var out: [UInt8] = []
        append(text, to: &out)
        return out
    }

    /// Seconds with three digits after the point.
    static func seconds(_ value: Double) -> [UInt8] {
        let whole = milliseconds(value)
        let size = whole.magnitude
        let digits = String(size % 1000)
        let fraction = String(repeating: "0", count: 3 - digits.count) + digits
        return Array("\(whole < 0 ? "-" : "")\(size / 1000).\(fraction)".utf8)
    }

    /// The value that `seconds` writes: what does not survive the file must not be in the record either.
    static func rounded(_ value: Double) -> Double { Double(milliseconds(value)) / 1000 }

    private static func milliseconds(_ value: Double) -> Int64 {
        guard value.isFinite else { return 0 }
        return Int64((min(max(value, -1e11), 1e11) * 1000).rounded())
    }

    private static func isHostile(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0...0x1F, 0x7F...0x9F, 0x61C, 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x206F, 0xFEFF: true
        default: false
        }
    }

    private static func appendEscape(_ value: UInt32, to out: inout [UInt8]) {
        out += [UInt8(ascii: "\\"), UInt8(ascii: "u")]
        let digits = Array("0123456789abcdef".utf8)
        for shift in [12, 8, 4, 0] as [UInt32] { out.append(digits[Int(value >> shift & 0xF)]) }
    }
}
