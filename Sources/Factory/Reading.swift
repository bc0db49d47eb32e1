// SPDX-License-Identifier: Apache-2.0

/// What is known of one quantity now. An unknown is never a zero, and a stale value says its age.
package enum Reading<Value: Sendable>: Sendable {
    /// Not older than two polls of its source.
    case fresh(Value)
    /// The last value known, and how long ago it was taken.
    case stale(Value, age: Seconds)
    /// Nobody has said.
    case missing

    /// The value, fresh or stale.
    package var known: Value? {
        switch self {
        case .fresh(let value), .stale(let value, _): value
        case .missing: nil
        }
    }

    package init(_ value: Value?) {
        self = value.map(Reading.fresh) ?? .missing
    }

    package func map<Other: Sendable>(_ transform: (Value) -> Other) -> Reading<Other> {
        switch self {
        case .fresh(let value): .fresh(transform(value))
        case .stale(let value, let age): .stale(transform(value), age: age)
        case .missing: .missing
        }
    }
}

extension Reading: Equatable where Value: Equatable {}
extension Reading: Hashable where Value: Hashable {}
extension Reading: Codable where Value: Codable {}

/// One quantity for many entities, in the order of their table. A missing value is a NaN inside, never a zero.
package struct Column: Sendable, Equatable {
    package var values: [Float]

    package init(count: Int) { values = Array(repeating: .nan, count: count) }
    package init(_ values: [Float]) { self.values = values }

    package var count: Int { values.count }

    /// Makes a column that nobody filled as long as its table; a longer one stays.
    package mutating func extend(to count: Int) {
        guard values.count < count else { return }
        values += Array(repeating: .nan, count: count - values.count)
    }

    /// Sets the value of one of so many entities; a column that nobody fills stays empty.
    mutating func set(_ value: Double?, at index: Int, of count: Int) {
        guard let value else { return }
        extend(to: count)
        values[index] = Float(value)
    }

    /// The value of one entity; nil when nobody has said or when the column is shorter than its table.
    package subscript(index: Int) -> Double? {
        guard index >= 0, index < values.count, !values[index].isNaN else { return nil }
        return Double(values[index])
    }

    /// Sum of the known values; nil when none is known.
    package func sum(_ range: Range<Int>? = nil) -> Double? {
        fold(range) { $0 }
    }

    /// Mean of the known values; nil when none is known.
    package func mean(_ range: Range<Int>? = nil) -> Double? {
        var known = 0
        let sum = fold(range) {
            known += 1; return $0
        }
        return sum.map { $0 / Double(known) }
    }

    private func fold(_ range: Range<Int>?, _ term: (Double) -> Double) -> Double? {
        var sum = 0.0
        var any = false
        for index in (range ?? values.indices).clamped(to: values.indices) where !values[index].isNaN {
            sum += term(Double(values[index]))
            any = true
        }
        return any ? sum : nil
    }

    package static func == (left: Column, right: Column) -> Bool {
        left.values.count == right.values.count
            && zip(left.values, right.values).allSatisfy { $0.bitPattern == $1.bitPattern || $0 == $1 }
    }
}
