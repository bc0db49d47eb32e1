// SPDX-License-Identifier: Apache-2.0

/// How many columns a scalar takes, and whether it may be shown at all.
enum WidthTable {
    enum Kind: UInt8 {
        /// One column. Also what is called ambiguous outside of East Asia.
        case single
        /// Two columns.
        case wide
        /// Combines with what stands before it: no column of its own.
        case mark
        /// Control, invisible, reordering, private or not assigned: never shown.
        case hostile
    }

    static func kind(of scalar: Unicode.Scalar) -> Kind {
        let value = scalar.value
        if value < 0x7F { return value < 0x20 ? .hostile : .single }
        if value < 0x300 { return value < 0xA0 || value == 0xAD ? .hostile : .single }
        var low = 0
        var high = widthRanges.count
        while low < high {
            let middle = (low + high) / 2
            let range = widthRanges[middle]
            if value > range.last { low = middle + 1 } else { high = middle }
        }
        guard low < widthRanges.count, widthRanges[low].first <= value else { return .single }
        return widthRanges[low].kind
    }

    /// Columns of a scalar of a `SafeText`: 1 or 2.
    static func columns(of scalar: Unicode.Scalar) -> Int { kind(of: scalar) == .wide ? 2 : 1 }
}

/// Scalars in a row that are alike.
struct WidthRange {
    let first: UInt32
    let last: UInt32
    let kind: WidthTable.Kind

    init(_ first: UInt32, _ last: UInt32, _ kind: WidthTable.Kind) {
        self.first = first
        self.last = last
        self.kind = kind
    }
}
