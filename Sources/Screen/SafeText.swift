// SPDX-License-Identifier: Apache-2.0

/// Text that cannot harm a terminal: the only text that the drawing functions take.
package struct SafeText: Sendable, Hashable, ExpressibleByStringLiteral, ExpressibleByStringInterpolation {
    package let scalars: [Unicode.Scalar]
    /// Columns it takes on the screen.
    package let width: Int

    package init(_ text: String) {
        scalars = text.unicodeScalars.map { $0.value < 32 || $0.value == 127 ? "?" : $0 }
        width = scalars.count
    }
    package init(stringLiteral value: String) { self.init(value) }
}
