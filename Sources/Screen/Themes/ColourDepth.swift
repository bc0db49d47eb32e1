// SPDX-License-Identifier: Apache-2.0

/// How many colours a terminal has.
package enum ColourDepth: Int, Sendable, Hashable, Comparable, CaseIterable {
    /// No colour at all, or none wanted (NO_COLOR).
    case mono = 0
    case eight = 8
    case sixteen = 16
    case full = 256

    /// The depth that a terminal with so many colours certainly has.
    package init(colours: Int) { self = Self.allCases.last { $0.rawValue <= max(0, colours) } ?? .mono }

    package static func < (left: ColourDepth, right: ColourDepth) -> Bool { left.rawValue < right.rawValue }
}

extension Theme {
    /// The theme as a terminal of that depth can show it. Without colours every theme looks like `mono`.
    package func limited(to depth: ColourDepth) -> Theme {
        switch depth {
        case .full: return self
        case .mono: return Theme(name: name, ground: Theme.mono.ground) { Theme.mono[$0] }
        case .sixteen, .eight:
            let field = ground.colour.limited(to: depth)
            let limited: Ground = if case .painted = ground { .painted(field) } else { ground }
            return Theme(name: name, ground: limited) {
                self[$0].limited(to: depth, ground: ground.colour, field: field)
            }
        }
    }
}

extension Theme.Ground {
    /// The colour nearest to the ground.
    var colour: Colour {
        switch self {
        case .dark: .black
        case .light: .brightWhite
        case .painted(let colour): colour
        }
    }
}

extension Style {
    /// `ground`: the theme's; `field`: what becomes of it at that depth.
    fileprivate func limited(to depth: ColourDepth, ground: Colour, field: Colour) -> Style {
        var style = self
        style.foreground = foreground?.limited(to: depth)
        style.background = background?.limited(to: depth)
        if let background, background != ground, style.background == field {
            // A patch that fades into the ground is kept apart by reverse.
            if style.foreground == nil { style.background = nil }
            style.reverse = true
        }
        if depth == .eight, let foreground, style.background == nil || style.background == field {
            // Eight colours have no bright ones; bold stands in for them, as it always did, and dim for grey.
            let sixteen = foreground.limited(to: .sixteen)
            if sixteen == .grey { (style.foreground, style.dim) = (background == nil ? nil : field.opposite, true) }
            if sixteen.index > 8, sixteen != .brightWhite { style.bold = true }
        }
        let behind = style.background ?? field
        if let fore = style.foreground, fore.mixture.contrast(with: behind.mixture) < 2.5 {
            style.foreground = behind.opposite
            style.bold = !style.dim
        }
        return style
    }
}

extension Colour {
    /// The nearest of the first eight or sixteen colours: by hue for what has one, else by lightness.
    func limited(to depth: ColourDepth) -> Colour {
        guard depth < .full else { return self }
        let sixteen = index < 16 ? index : nearestOfSixteen
        if depth == .sixteen { return Colour(sixteen) }
        return sixteen == Colour.grey.index ? .white : Colour(sixteen % 8)
    }

    /// What is easiest to read on it.
    fileprivate var opposite: Colour { isDark ? .white : .black }

    private var nearestOfSixteen: UInt8 {
        let mixture = mixture
        let parts = [mixture.red, mixture.green, mixture.blue].map(Int.init)
        let (low, high) = (parts.min() ?? 0, parts.max() ?? 0)
        if high - low < 48 {
            return switch (low + high) / 2 {
            case ..<64: 0
            case ..<166: 8
            case ..<242: 7
            default: 15
            }
        }
        let hue = parts.enumerated().reduce(UInt8(0)) {
            $1.element * 20 > (low + high) * 11 ? $0 | 1 << UInt8($1.offset) : $0
        }
        return high >= 224 ? hue + 8 : hue
    }
}
