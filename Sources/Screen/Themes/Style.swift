// SPDX-License-Identifier: Apache-2.0

/// How a role looks. A colour that is nil is the terminal's own.
package struct Style: Sendable, Hashable {
    package var foreground: Colour?
    package var background: Colour?
    package var bold = false
    package var dim = false
    package var reverse = false
    package var underline = false

    package init(
        foreground: Colour? = nil, background: Colour? = nil, bold: Bool = false, dim: Bool = false,
        reverse: Bool = false, underline: Bool = false
    ) {
        self.foreground = foreground
        self.background = background
        self.bold = bold
        self.dim = dim
        self.reverse = reverse
        self.underline = underline
    }

    /// The words of a theme file: attributes, a colour, `on` a colour; in any order but for `on`.
    ///
    /// `203`, `bold bright-red`, `bold 231 on 160`, `reverse`; `default` stands for the terminal's own colour.
    init(words value: String) throws(StyleError) {
        var sides = (foreground: false, background: false)
        var isBackground = false
        for word in value.split(separator: " ").map(String.init) {
            if word == "on", !isBackground {
                isBackground = true
            } else if !isBackground, let attribute = Self.attributes[word] {
                if self[keyPath: attribute] { throw .twice(word) }
                self[keyPath: attribute] = true
            } else {
                let colour = Colour(word)
                if colour == nil, word != "default" { throw .unknown(word) }
                if isBackground ? sides.background : sides.foreground { throw .twice(word) }
                if isBackground {
                    (background, sides.background) = (colour, true)
                } else {
                    (foreground, sides.foreground) = (colour, true)
                }
            }
        }
        if isBackground, !sides.background { throw .nothingAfterOn }
        if !sides.foreground, !sides.background, self == Style() { throw .empty }
    }

    private static var attributes: [String: WritableKeyPath<Style, Bool>] {
        ["bold": \.bold, "dim": \.dim, "reverse": \.reverse, "underline": \.underline]
    }
}

/// Why the words of a style mean nothing.
enum StyleError: Error, Hashable {
    case empty, nothingAfterOn
    case unknown(String)
    case twice(String)
}
