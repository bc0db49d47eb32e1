// SPDX-License-Identifier: Apache-2.0

/// A colour of the xterm palette: 0 to 15 are the terminal's own sixteen, 16 to 231 a 6x6x6 cube, 232 to 255 greys.
package struct Colour: Sendable, Hashable {
    package let index: UInt8
    package init(_ index: UInt8) { self.index = index }
}

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
}
