// SPDX-License-Identifier: Apache-2.0

/// A look: one style for each role, and the ground it is meant for.
package struct Theme: Sendable, Hashable {
    /// What lies behind text whose style names no background.
    package enum Ground: Sendable, Hashable {
        /// The terminal's own background, taken to be dark, or to be light.
        case dark, light
        /// A colour, painted behind everything.
        case painted(Colour)
    }

    package let name: String
    package let ground: Ground
    /// Indexed by the role's raw value; on a painted ground no colour is nil.
    private let styles: [Style]

    init(name: String, ground: Ground, style: (Role) -> Style) {
        self.name = name
        self.ground = ground
        styles = Role.allCases.map { ground.completing(style($0)) }
    }

    package subscript(role: Role) -> Style { styles[Int(role.rawValue)] }

    /// Reads a theme file's entries: every role by its name, and optionally `ground` (`dark` when absent).
    ///
    /// Errors: the first unknown key in alphabetic order, else the roles that are missing, else the first value that means nothing.
    package init(name: String, entries: [String: String]) throws(ThemeError) {
        let known = Set(Role.allCases.map(\.name) + [Self.groundKey])
        if let unknown = entries.keys.filter({ !known.contains($0) }).sorted().first {
            throw .unknownKey(theme: name, key: unknown)
        }
        let missing = Role.allCases.filter { entries[$0.name] == nil }
        if !missing.isEmpty { throw .missing(theme: name, roles: missing) }
        let ground = try Ground(entries[Self.groundKey] ?? "dark", theme: name)
        var styles: [Role: Style] = [:]
        for role in Role.allCases {
            let value = entries[role.name] ?? ""
            do {
                styles[role] = try Style(words: value)
            } catch {
                throw .meaningless(theme: name, key: role.name, value: value, why: error.sentence)
            }
        }
        self.init(name: name, ground: ground) { styles[$0] ?? Style() }
    }

    /// The key that is no role.
    static let groundKey = "ground"
}

extension Theme.Ground {
    init(_ value: String, theme: String) throws(ThemeError) {
        switch value {
        case "dark": self = .dark
        case "light": self = .light
        default:
            guard let colour = Colour(value) else {
                throw .meaningless(
                    theme: theme, key: Theme.groundKey, value: value,
                    why: "allowed are dark and light (the terminal's own background) or a colour to paint")
            }
            self = .painted(colour)
        }
    }

    /// What the ground looks like. The terminal's own is a guess on the unfavourable side: a dark grey, a light grey.
    package var mixture: Mixture {
        switch self {
        case .dark: Mixture(red: 30, green: 30, blue: 30)
        case .light: Mixture(red: 238, green: 238, blue: 238)
        case .painted(let colour): colour.mixture
        }
    }

    /// What text without a colour looks like on it.
    package var ink: Mixture { isDark ? Colour.white.mixture : Colour.black.mixture }

    var isDark: Bool { mixture.luminance < 0.18 }

    /// On a painted ground the terminal's own colours could be anything: name them all.
    func completing(_ style: Style) -> Style {
        guard case .painted(let ground) = self else { return style }
        var style = style
        style.background = style.background ?? ground
        style.foreground = style.foreground ?? (isDark ? Colour(231) : Colour(16))
        return style
    }
}

extension Role {
    /// The role's key in a theme file.
    package var name: String { "\(self)" }
}
