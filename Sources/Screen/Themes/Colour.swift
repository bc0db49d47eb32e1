// SPDX-License-Identifier: Apache-2.0

/// A colour of the xterm palette: 0 to 15 are the terminal's own sixteen, 16 to 231 a 6x6x6 cube, 232 to 255 greys.
package struct Colour: Sendable, Hashable {
    package let index: UInt8
    package init(_ index: UInt8) { self.index = index }

    /// `red`, `bright-red` or `203`; nil for anything else.
    package init?(_ word: String) {
        if let position = Self.names.firstIndex(of: word) {
            self.init(UInt8(position))
        } else if let index = UInt8(word), word.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) {
            self.init(index)
        } else {
            return nil
        }
    }

    /// The names of 0 to 15, in order.
    package static let names = hues + hues.map { "bright-" + $0 }

    private static let hues = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"]

    static let black = Colour(0)
    static let white = Colour(7)
    /// Bright black by name.
    static let grey = Colour(8)
    static let brightWhite = Colour(15)

    /// Whether light text is easier to read on it than dark text.
    var isDark: Bool { mixture.luminance < 0.18 }

    /// xterm's own mixture; users may have changed 0 to 15.
    package var mixture: Mixture {
        switch index {
        case 0..<16: return Self.sixteen[Int(index)]
        case 16..<232:
            let cube = Int(index) - 16
            let levels: [UInt8] = [0, 95, 135, 175, 215, 255]
            return Mixture(red: levels[cube / 36], green: levels[cube / 6 % 6], blue: levels[cube % 6])
        default:
            let grey = 8 + 10 * (index - 232)
            return Mixture(red: grey, green: grey, blue: grey)
        }
    }

    private static let sixteen: [Mixture] = [
        Mixture(red: 0, green: 0, blue: 0), Mixture(red: 205, green: 0, blue: 0),
        Mixture(red: 0, green: 205, blue: 0), Mixture(red: 205, green: 205, blue: 0),
        Mixture(red: 0, green: 0, blue: 238), Mixture(red: 205, green: 0, blue: 205),
        Mixture(red: 0, green: 205, blue: 205), Mixture(red: 229, green: 229, blue: 229),
        Mixture(red: 127, green: 127, blue: 127), Mixture(red: 255, green: 0, blue: 0),
        Mixture(red: 0, green: 255, blue: 0), Mixture(red: 255, green: 255, blue: 0),
        Mixture(red: 92, green: 92, blue: 255), Mixture(red: 255, green: 0, blue: 255),
        Mixture(red: 0, green: 255, blue: 255), Mixture(red: 255, green: 255, blue: 255),
    ]
}

/// Red, green and blue light, each 0 to 255 (sRGB).
package struct Mixture: Sendable, Hashable {
    package var red: UInt8
    package var green: UInt8
    package var blue: UInt8

    package init(red: UInt8, green: UInt8, blue: UInt8) {
        self.red = red
        self.green = green
        self.blue = blue
    }

    /// Relative luminance of WCAG 2: 0 is black, 1 is white.
    package var luminance: Double {
        0.2126 * Self.linear(red) + 0.7152 * Self.linear(green) + 0.0722 * Self.linear(blue)
    }

    /// Contrast ratio of WCAG 2, 1 to 21; the order of the two does not matter.
    package func contrast(with other: Mixture) -> Double {
        let (left, right) = (luminance, other.luminance)
        return (max(left, right) + 0.05) / (min(left, right) + 0.05)
    }

    private static func linear(_ level: UInt8) -> Double {
        let share = Double(level) / 255
        if share <= 0.04045 { return share / 12.92 }
        let base = (share + 0.055) / 1.055
        // base^2.4 without a maths library: base^2 times the fifth root of base^2, by Newton's method.
        let square = base * base
        var root = 1.0
        for _ in 0..<40 { root -= (root * root * root * root * root - square) / (5 * root * root * root * root) }
        return square * root
    }
}
