// SPDX-License-Identifier: Apache-2.0

/// What the terminal can draw: the tier that panels and graphs choose their scalars from.
package enum Glyphs: Sendable, Hashable, CaseIterable {
    /// Box lines, blocks and braille.
    case braille
    /// Box lines and blocks; for fonts without braille.
    case block
    /// Nothing beyond ASCII.
    case ascii
}

/// The arms of a box line in one cell, so that lines that meet are joined.
struct LineArms: OptionSet, Hashable {
    let rawValue: UInt8

    static let up = LineArms(rawValue: 1)
    static let right = LineArms(rawValue: 2)
    static let down = LineArms(rawValue: 4)
    static let left = LineArms(rawValue: 8)
    static let horizontal: LineArms = [.left, .right]
    static let vertical: LineArms = [.up, .down]

    /// Indexed by `rawValue`.
    private static let unicode: [Unicode.Scalar] = [
        " ", "╵", "╶", "└", "╷", "│", "┌", "├", "╴", "┘", "─", "┴", "┐", "┤", "┬", "┼",
    ]

    func scalar(_ glyphs: Glyphs) -> Unicode.Scalar {
        if glyphs != .ascii { return Self.unicode[Int(rawValue & 15)] }
        if isEmpty { return " " }
        if isSubset(of: .horizontal) { return "-" }
        return isSubset(of: .vertical) ? "|" : "+"
    }

    /// The arms of a line drawn before; none when the scalar is no line.
    init(of value: UInt32) {
        switch value {
        case 0x2500...0x257F:
            self.init(rawValue: UInt8(Self.unicode.firstIndex { $0.value == value } ?? 0))
        case 0x2D: self = .horizontal
        case 0x7C: self = .vertical
        case 0x2B: self = [.up, .right, .down, .left]
        default: self = []
        }
    }

    init(rawValue: UInt8) { self.rawValue = rawValue }
}
