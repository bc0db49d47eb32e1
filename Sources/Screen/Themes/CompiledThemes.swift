// SPDX-License-Identifier: Apache-2.0

extension Theme {
    /// The look without any file: a neutral field, colour only for what is abnormal. The same as `themes/default.yaml`.
    package static let `default` = Theme(name: "default", ground: .dark) { role in
        switch role {
        case .text, .status: Style()
        case .dim: Style(foreground: Colour(246))
        case .border: Style(foreground: Colour(243))
        case .title, .key: Style(bold: true)
        case .selection: Style(reverse: true)
        case .field: Style(foreground: Colour(231), background: Colour(240))
        case .warning: Style(foreground: Colour(214), bold: true)
        case .alarm: Style(foreground: Colour(231), background: Colour(160), bold: true)
        case .moving: Style(foreground: Colour(117))
        case .good: Style(foreground: Colour(114))
        case .stale: Style(foreground: Colour(246), underline: true)
        case .graph: Style(foreground: Colour(248))
        case .graphOver: Style(foreground: Colour(203), bold: true)
        case .training: Style(foreground: Colour(249))
        case .serving: Style(foreground: Colour(255), bold: true)
        case .spare: Style(foreground: Colour(243))
        case .simulated: Style(foreground: Colour(16), background: Colour(179), bold: true)
        case .live: Style(foreground: Colour(16), background: Colour(252), bold: true)
        }
    }

    /// Attributes only, for terminals without colours. The same as `themes/mono.yaml`.
    package static let mono = Theme(name: "mono", ground: .dark) { role in
        switch role {
        case .text, .status, .good, .graph, .training: Style()
        case .dim, .border, .spare: Style(dim: true)
        case .title, .key, .graphOver, .serving, .live: Style(bold: true)
        case .selection: Style(reverse: true)
        case .field, .moving: Style(underline: true)
        case .warning: Style(bold: true, underline: true)
        case .alarm, .simulated: Style(bold: true, reverse: true)
        case .stale: Style(dim: true, underline: true)
        }
    }
}
