// SPDX-License-Identifier: Apache-2.0

/// A look: one style for each role, nothing else.
package struct Theme: Sendable, Hashable {
    package let name: String
    /// Indexed by the role's raw value.
    private var styles: [Style]

    init(name: String, style: (Role) -> Style) {
        self.name = name
        styles = Role.allCases.map(style)
    }

    package subscript(role: Role) -> Style { styles[Int(role.rawValue)] }

    /// The look that is compiled in: a neutral field, colour only for what is abnormal.
    package static let `default` = Theme(name: "default") { role in
        switch role {
        case .alarm, .graphOver: Style(foreground: Colour(9), bold: true)
        case .warning: Style(foreground: Colour(11))
        case .selection: Style(reverse: true)
        case .title, .key, .live: Style(bold: true)
        case .simulated: Style(bold: true, reverse: true)
        default: Style()
        }
    }
}
