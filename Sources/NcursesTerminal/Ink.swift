// SPDX-License-Identifier: Apache-2.0

import Screen

/// How many colours to use: what the terminal can, or less.
package enum ColourChoice: String, Sendable, Hashable, CaseIterable {
    case auto
    case full = "256"
    case sixteen = "16"
    case eight = "8"
    case never

    /// 256, 16, 8 or, for none, 0. An explicit choice beats NO_COLOR; nothing gives a terminal what it has not.
    ///
    /// - Parameter terminal: colours the terminal says it has; 0 or less for none.
    func colours(terminal: Int, noColor: String?) -> Int {
        let steps = [256, 16, 8]
        let able = steps.first { terminal >= $0 } ?? 0
        switch self {
        case .auto: return noColor?.isEmpty == false ? 0 : able
        case .never: return 0
        case .full, .sixteen, .eight: return min(able, Int(rawValue) ?? 0)
        }
    }
}

/// A style as ncurses takes it, its colours already of the terminal's depth; -1 is the terminal's own.
struct Ink: Hashable {
    var pair: InkPair
    var bold: Bool
    var dim: Bool
    var reverse: Bool
    var underline: Bool

    init(_ style: Style) {
        (bold, dim, reverse, underline) = (style.bold, style.dim, style.reverse, style.underline)
        pair = InkPair(
            foreground: style.foreground.map { Int16($0.index) } ?? -1,
            background: style.background.map { Int16($0.index) } ?? -1)
    }
}

/// The two colours of an ink.
struct InkPair: Hashable {
    var foreground: Int16
    var background: Int16
    var isPlain: Bool { foreground < 0 && background < 0 }
}
