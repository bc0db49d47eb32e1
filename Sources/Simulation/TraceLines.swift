// SPDX-License-Identifier: Apache-2.0

/// One line of a CSV file.
struct TraceLine {
    /// From 1.
    let number: Int
    let fields: [String]

    /// A field as an error may quote it.
    func text(_ column: Int) -> String {
        let field = fields[column]
        return field.count > 20 ? "\(field.prefix(20))..." : field
    }
}

/// The lines of a CSV file, blank ones left out; `\n` and `\r\n` both end a line, fields have no quotes.
struct TraceLines {
    private let bytes: [UInt8]
    private var position = 0
    private var number = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        // A byte order mark would otherwise be part of the first column's name.
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    }

    mutating func next() -> TraceLine? {
        while position < bytes.count {
            let end = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
            let line = bytes[position..<end]
            position = end + 1
            number += 1
            let fields = line.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
                .map { String(decoding: Self.trimmed($0), as: UTF8.self) }
            if fields.count > 1 || fields.first?.isEmpty == false { return TraceLine(number: number, fields: fields) }
        }
        return nil
    }

    private static func trimmed(_ field: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        func isBlank(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 || byte == 13 }
        let start = field.firstIndex { !isBlank($0) } ?? field.endIndex
        let end = field.lastIndex { !isBlank($0) } ?? start - 1
        return start <= end ? field[start...end] : []
    }
}
