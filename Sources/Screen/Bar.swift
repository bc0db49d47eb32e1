// SPDX-License-Identifier: Apache-2.0

/// One part of a bar.
package struct BarSegment: Sendable, Hashable {
    /// In the unit of the bar's total; below zero and NaN count as zero.
    package var value: Double
    /// Fills the part's cells.
    package var scalar: Unicode.Scalar
    package var role: Role

    package init(_ value: Double, _ scalar: Unicode.Scalar, _ role: Role) {
        self.value = value
        self.scalar = scalar
        self.role = role
    }
}

extension Frame {
    /// Draws parts of a whole side by side: the cells of all parts and of the blank rest sum to the width.
    ///
    /// The rest is what `total` has beyond the parts; parts that exceed `total` are the whole. See `BarShares` for the rounding.
    package mutating func bar(_ rect: Rect, segments: [BarSegment], total: Double) {
        guard !rect.isEmpty else { return }
        let shares = BarShares.cells(for: segments.map(\.value), total: total, width: rect.width)
        var x = rect.x
        for (segment, cells) in zip(segments, shares) {
            fill(Rect(x: x, y: rect.y, width: cells, height: rect.height), Cell(segment.scalar, segment.role))
            x += cells
        }
        fill(Rect(x: x, y: rect.y, width: rect.maxX - x, height: rect.height), .blank)
    }
}

/// Rounding that keeps sums: the largest remainder method, with one cell at least for what is not zero.
package enum BarShares {
    /// Cells of each value; together with the rest of `total` they sum to `width`.
    ///
    /// A value above zero gets a cell even if its share is smaller, taken from the part that misses it least; when there are more
    /// such values than cells, the largest get one each.
    package static func cells(for values: [Double], total: Double, width: Int) -> [Int] {
        let parts = values.map { $0.isFinite && $0 > 0 ? $0 : 0 }
        let sum = parts.reduce(0, +)
        guard width > 0, sum > 0, sum.isFinite else { return values.map { _ in 0 } }
        let whole = max(sum, total.isFinite ? total : 0)
        // The rest is the last part, without a claim to a cell of its own.
        let exact = (parts + [whole - sum]).map { $0 / whole * Double(width) }
        var cells = exact.map { Int($0) }
        let byRemainder = exact.indices.sorted {
            let (left, right) = (exact[$0] - Double(cells[$0]), exact[$1] - Double(cells[$1]))
            return left == right ? $0 < $1 : left > right
        }
        for index in byRemainder.prefix(max(0, width - cells.reduce(0, +))) { cells[index] += 1 }
        raiseSmallest(&cells, parts: parts, exact: exact)
        return Array(cells.dropLast())
    }

    private static func raiseSmallest(_ cells: inout [Int], parts: [Double], exact: [Double]) {
        let bySize = parts.indices.sorted { parts[$0] == parts[$1] ? $0 < $1 : parts[$0] > parts[$1] }
        for index in bySize where parts[index] > 0 && cells[index] == 0 {
            let rest = cells.count - 1
            if cells[rest] > 0 {
                cells[rest] -= 1
            } else {
                guard let donor = donor(cells, exact: exact, parts: parts.count) else { return }
                cells[donor] -= 1
            }
            cells[index] = 1
        }
    }

    /// The part that is nearest to its exact share after giving up a cell; one that has a single cell gives none.
    private static func donor(_ cells: [Int], exact: [Double], parts: Int) -> Int? {
        let left = (0..<parts).filter { cells[$0] > 1 }.map { (part: $0, share: Double(cells[$0] - 1) / exact[$0]) }
        return left.max { $0.share < $1.share }?.part
    }
}
