// SPDX-License-Identifier: Apache-2.0

/// What a body looks like before it is read as metrics: a wrong port answers something, and the operator is told what.
package enum BodyKind: Sendable, Hashable, CaseIterable {
    case text, empty, html, xml, json, compressed, binary

    /// Judges by the first kilobyte.
    package init(of bytes: [UInt8]) {
        var head = bytes.prefix(1024)
        if head.starts(with: [0x1f, 0x8b]) || head.starts(with: [0x28, 0xb5, 0x2f, 0xfd]) {
            self = .compressed
            return
        }
        if head.starts(with: [0xef, 0xbb, 0xbf]) { head = head.dropFirst(3) }
        let controls = head.count { $0 < 0x20 && !Self.isSpace($0) }
        if head.contains(0) || controls * 10 > head.count {
            self = .binary
            return
        }
        head = head.drop(while: Self.isSpace)
        switch head.first {
        case nil: self = .empty
        case UInt8(ascii: "<"): self = head.starts(with: Array("<?xml".utf8)) ? .xml : .html
        case UInt8(ascii: "["): self = .json
        case UInt8(ascii: "{"): self = Self.isJSON(head.dropFirst()) ? .json : .text
        default: self = .text
        }
    }

    /// After a brace: `"key":` and `}` are JSON, `"name"` before a comma, a brace or `=` is a metric with a quoted name.
    private static func isJSON(_ body: ArraySlice<UInt8>) -> Bool {
        var rest = body.drop(while: isSpace)
        guard rest.first == UInt8(ascii: "\"") else { return rest.first == UInt8(ascii: "}") || rest.isEmpty }
        rest = rest.dropFirst()
        while let byte = rest.popFirst(), byte != UInt8(ascii: "\"") {
            if byte == UInt8(ascii: "\\") { rest = rest.dropFirst() }
        }
        return rest.drop(while: isSpace).first == UInt8(ascii: ":")
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (byte >= 0x09 && byte <= 0x0d) }

    /// Why the body is not metrics, after "it"; nil for text.
    package var complaint: String? {
        switch self {
        case .text: nil
        case .empty: "answers an empty page"
        case .html: "answers HTML, not metrics"
        case .xml: "answers XML, not metrics"
        case .json: "answers JSON, not metrics"
        case .compressed: "answers compressed bytes without saying so"
        case .binary: "answers binary, not metrics"
        }
    }
}
