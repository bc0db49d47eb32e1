// SPDX-License-Identifier: Apache-2.0

import Factory

/// The cells of a column as they travel.
enum Cells: Sendable, Equatable {
    case codes([Int64])
    case words([String])

    var count: Int {
        switch self {
        case .codes(let codes): codes.count
        case .words(let words): words.count
        }
    }
}

/// How a value becomes a whole number and comes back. What is unknown has a code of its own, so that it never comes back as
/// a number; 0 is the unknown wherever there is one.
struct CellCode<Value>: Sendable {
    let code: @Sendable (Value) -> Int64
    let value: @Sendable (Int64) -> Value
    /// Whether a small change of the value is a small change of the code: then differences travel.
    let isStepwise: Bool
    /// What codes are places in, where they are; a reader goes by the word, not by the place.
    var dictionary: [String] = []
}

/// The bits of a single-precision number with the mantissa's tail in front: round numbers are short.
private func bits(_ value: Float) -> Int64 { Int64(value.bitPattern.byteSwapped) }

private func single(_ bits: Int64) -> Float { Float(bitPattern: UInt32(truncatingIfNeeded: bits).byteSwapped) }

/// 1 and more for 0 and more, -1 and less for less: 0 stays free.
private func shifted(_ whole: Int64) -> Int64 { whole >= 0 ? whole &+ 1 : whole }

private func unshifted(_ code: Int64) -> Int64 { code > 0 ? code - 1 : code }

/// A number as a whole one; what no integer holds is the nearest that does.
private func whole(_ value: Double) -> Int64 { Int64(max(-1e15, min(1e15, value.rounded()))) }

extension CellCode where Value: FixedWidthInteger & Sendable {
    static var integer: CellCode<Value> {
        CellCode(code: { Int64(truncatingIfNeeded: $0) }, value: { Value(clamping: $0) }, isStepwise: true)
    }

    /// All 64 bits.
    static var pattern: CellCode<UInt64> {
        CellCode<UInt64>(
            code: { Int64(bitPattern: $0) }, value: { UInt64(bitPattern: $0) }, isStepwise: true)
    }
}

extension CellCode where Value == Int? {
    static var integer: CellCode<Int?> {
        CellCode(
            code: { $0.map { shifted(Int64($0)) } ?? 0 }, value: { $0 == 0 ? nil : Int(unshifted($0)) },
            isStepwise: true)
    }
}

extension CellCode where Value == Bool {
    static var flag: CellCode<Bool> { CellCode(code: { $0 ? 1 : 0 }, value: { $0 != 0 }, isStepwise: true) }
}

extension CellCode where Value == PlantTime {
    /// To the millisecond.
    static var moment: CellCode<PlantTime> {
        CellCode(
            code: { $0.epoch.isFinite ? whole($0.epoch * 1000) : 0 }, value: { PlantTime(epoch: Double($0) / 1000) },
            isStepwise: true)
    }
}

extension CellCode where Value == PlantTime? {
    static var moment: CellCode<PlantTime?> {
        CellCode(
            code: { $0.map { shifted($0.epoch.isFinite ? whole($0.epoch * 1000) : 0) } ?? 0 },
            value: { $0 == 0 ? nil : PlantTime(epoch: Double(unshifted($0)) / 1000) }, isStepwise: true)
    }
}

extension CellCode where Value == Float {
    /// Rounded to a step; NaN is 0.
    static func steps(_ step: Float) -> CellCode<Float> {
        CellCode(
            code: { $0.isNaN ? 0 : shifted(whole(Double($0 / step))) },
            value: { $0 == 0 ? .nan : Float(Double(unshifted($0)) * Double(step)) }, isStepwise: true)
    }

    /// As it is; NaN is 0.
    static var exact: CellCode<Float> {
        CellCode(code: { $0.isNaN ? 0 : bits($0) + 1 }, value: { $0 == 0 ? .nan : single($0 - 1) }, isStepwise: false)
    }
}

extension CellCode where Value: Measure {
    static var measure: CellCode<Value> {
        CellCode(code: { bits(Float($0.value)) }, value: { Value(Double(single($0))) }, isStepwise: false)
    }

    static var optional: CellCode<Value?> {
        CellCode<Value?>(
            code: { $0.map { bits(Float($0.value)) + 1 } ?? 0 },
            value: { $0 == 0 ? nil : Value(Double(single($0 - 1))) },
            isStepwise: false)
    }

    /// Fresh, stale with its age to a tenth of a second, or missing.
    static var reading: CellCode<Reading<Value>> {
        CellCode<Reading<Value>>(
            code: { reading in
                switch reading {
                case .missing: 0
                case .fresh(let value): 1 + bits(Float(value.value))
                case .stale(let value, let age):
                    1 + bits(Float(value.value)) + ((1 + tenths(age)) << 33)
                }
            },
            value: { code in
                guard code > 0 else { return .missing }
                let value = Value(Double(single((code - 1) & 0xFFFF_FFFF)))
                let age = (code - 1) >> 33
                return age == 0 ? .fresh(value) : .stale(value, age: Seconds(Double(age - 1) / 10))
            }, isStepwise: false)
    }

    private static func tenths(_ age: Seconds) -> Int64 {
        age.value.isFinite ? Int64(max(0, min(1e8, (age.value * 10).rounded()))) : 0
    }
}

extension CellCode where Value: CaseIterable & RawRepresentable & Equatable & Sendable, Value.RawValue == String {
    /// A place among the cases, by name.
    ///
    /// - Parameter unknown: what a name stands for that this program does not know.
    static func cases(unknown: Value) -> CellCode<Value> {
        let all = Array(Value.allCases)
        return CellCode(
            code: { value in Int64(all.firstIndex(of: value) ?? 0) },
            value: { all.indices.contains(Int(clamping: $0)) ? all[Int($0)] : unknown }, isStepwise: true,
            dictionary: all.map(\.rawValue))
    }
}
