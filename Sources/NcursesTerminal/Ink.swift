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

/// A style in the colours of one terminal; -1 is the terminal's own.
struct Ink: Hashable {
    var foreground: Int16 = -1
    var background: Int16 = -1
    var bold: Bool
    var dim: Bool
    var reverse: Bool
    var underline: Bool

    init(_ style: Style, colours: Int) {
        (bold, dim, reverse, underline) = (style.bold, style.dim, style.reverse, style.underline)
        guard colours > 0 else {
            // A coloured ground is how a theme marks a row; without colours it would vanish.
            if style.background != nil { reverse.toggle() }
            return
        }
        if let colour = style.foreground {
            let reduced = Palette.reduce(colour.index, to: colours)
            foreground = Int16(reduced.index)
            if reduced.isBright { bold = true }
        }
        if let colour = style.background { background = Int16(Palette.reduce(colour.index, to: colours).index) }
        let becameEqual = foreground == background && style.foreground != style.background
        if foreground >= 0, becameEqual { foreground = Palette.isLight(UInt8(background)) ? 0 : 7 }
    }

    var pair: InkPair { InkPair(foreground: foreground, background: background) }
}

/// The two colours of an ink.
struct InkPair: Hashable {
    var foreground: Int16
    var background: Int16
    var isPlain: Bool { foreground < 0 && background < 0 }
}

/// The palette of xterm, and its reduction to smaller ones. Hue is kept before lightness: it carries the meaning.
enum Palette {
    /// The index in a palette of `colours`, and whether a foreground needs bold to be as light as it was.
    static func reduce(_ index: UInt8, to colours: Int) -> (index: UInt8, isBright: Bool) {
        if colours >= 256 { return (index, false) }
        let sixteen = index < 16 ? index : nearestOfSixteen(rgb(index))
        if colours >= 16 || sixteen < 8 { return (sixteen, false) }
        // Bold black is black on many terminals of eight colours.
        return sixteen == 8 ? (7, false) : (sixteen - 8, true)
    }

    static func isLight(_ index: UInt8) -> Bool {
        let (red, green, blue) = rgb(index)
        return 3 * red + 6 * green + blue > 10 * 127
    }

    /// Red, green and blue of a palette index. Range 0...255.
    static func rgb(_ index: UInt8) -> (red: Int, green: Int, blue: Int) {
        let index = Int(index)
        switch index {
        case 0..<8:
            let level = { (bit: Int) in index & bit == 0 ? 0 : 205 }
            return index == 7 ? (229, 229, 229) : (level(1), level(2), level(4))
        case 8..<16:
            let level = { (bit: Int) in index & bit == 0 ? 0 : 255 }
            return index == 8 ? (127, 127, 127) : (level(1), level(2), level(4))
        case 16..<232:
            let level = { (step: Int) in step == 0 ? 0 : 55 + 40 * step }
            let cube = index - 16
            return (level(cube / 36), level(cube / 6 % 6), level(cube % 6))
        default:
            let grey = 8 + 10 * (index - 232)
            return (grey, grey, grey)
        }
    }

    private static func nearestOfSixteen(_ colour: (red: Int, green: Int, blue: Int)) -> UInt8 {
        let channels = [colour.red, colour.green, colour.blue]
        let (low, high) = (channels.min() ?? 0, channels.max() ?? 0)
        if high - low < 48 {
            let greys: [(limit: Int, index: UInt8)] = [(64, 0), (178, 8), (242, 7)]
            return greys.first { (low + high) / 2 < $0.limit }?.index ?? 15
        }
        let middle = (low + high) / 2
        var index: UInt8 = 0
        for (bit, channel) in channels.enumerated() where channel > middle { index |= 1 << bit }
        return high >= 230 ? index + 8 : index
    }
}
