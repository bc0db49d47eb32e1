// SPDX-License-Identifier: Apache-2.0

extension Theme {
    /// Contrast of a role's text with what is behind it: 1 (none) to 21; 4.5 is readable text, 3 readable shapes (WCAG 2).
    ///
    /// The terminal's own colours are taken as `Ground` says; dim as two thirds of the way from the ground to the ink.
    package func contrast(of role: Role) -> Double {
        let style = self[role]
        let back = style.background?.mixture ?? ground.mixture
        var fore = style.foreground?.mixture ?? ground.ink
        if style.dim { fore = fore.mixed(with: back) }
        return fore.contrast(with: back)
    }
}

extension Mixture {
    /// Two parts of this, one of the other.
    fileprivate func mixed(with other: Mixture) -> Mixture {
        func mix(_ left: UInt8, _ right: UInt8) -> UInt8 { UInt8((2 * Int(left) + Int(right)) / 3) }
        return Mixture(red: mix(red, other.red), green: mix(green, other.green), blue: mix(blue, other.blue))
    }
}
