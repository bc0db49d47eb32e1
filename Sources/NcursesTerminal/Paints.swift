// SPDX-License-Identifier: Apache-2.0

import CTerminal
import Screen

/// A role's look as ncurses wants it.
struct Paint {
    var attributes: attr_t
    var pair: Int32

    func cell(_ scalar: UInt32) -> cchar_t {
        cchar_t(attr: attributes, chars: (wchar_t(scalar), 0, 0, 0, 0), ext_color: pair)
    }
}

/// The paints of a theme. Colour pairs are made when a theme first needs them.
@UIActor
struct Paints {
    private let colours: Int
    /// Whether -1, the terminal's own colour, is known to it.
    private let mayUseDefault: Bool
    private var inks: [Ink] = []
    /// Indexed by the role's raw value.
    private var paints: [Paint] = []
    private var pairs: [InkPair: Int32] = [:]

    init(colours: Int, mayUseDefault: Bool) {
        self.colours = colours
        self.mayUseDefault = mayUseDefault
    }

    subscript(role: Role) -> Paint { paints[Int(role.rawValue)] }

    /// Takes a theme; false when it looks as the last one did.
    mutating func take(_ theme: Theme) -> Bool {
        let limited = theme.limited(to: ColourDepth(colours: colours))
        let inks = Role.allCases.map { Ink(limited[$0]) }
        if inks == self.inks { return false }
        self.inks = inks
        pairs.removeAll(keepingCapacity: true)
        paints = inks.map { ink in
            let pair = pair(ink.pair)
            return Paint(attributes: ct_attributes(Self.attributes(ink), pair), pair: pair)
        }
        return true
    }

    private mutating func pair(_ wanted: InkPair) -> Int32 {
        // Pair 0 is the terminal's own look, and the only one that a terminal without colours survives.
        if colours == 0 || wanted.isPlain { return 0 }
        if let known = pairs[wanted] { return known }
        let next = Int32(pairs.count + 1)
        let foreground = wanted.foreground < 0 && !mayUseDefault ? 7 : wanted.foreground
        let background = wanted.background < 0 && !mayUseDefault ? 0 : wanted.background
        guard next < ct_pairs(), init_extended_pair(next, Int32(foreground), Int32(background)) == OK else { return 0 }
        pairs[wanted] = next
        return next
    }

    private static func attributes(_ ink: Ink) -> attr_t {
        var attributes: attr_t = 0
        if ink.bold { attributes |= CT_BOLD }
        if ink.dim { attributes |= CT_DIM }
        if ink.reverse { attributes |= CT_REVERSE }
        if ink.underline { attributes |= CT_UNDERLINE }
        return attributes
    }
}
