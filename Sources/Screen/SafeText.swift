// SPDX-License-Identifier: Apache-2.0

/// Text that cannot harm a terminal or mislead its reader: the only text that the drawing functions take.
///
/// Made from any string by `Sanitizer`: normalised (NFC), cut to `Sanitizer.longest`, each scalar of exactly one or two columns,
/// everything invisible, reordering or unknown shown as `·`. Making it twice changes nothing.
package struct SafeText: Sendable, Hashable {
    /// What is drawn, in order; each takes one column or two.
    package let scalars: [Unicode.Scalar]
    /// Columns it takes on the screen.
    package let width: Int

    package init(_ text: String) {
        (scalars, width) = Sanitizer.safe(text)
    }

    private init(safe scalars: [Unicode.Scalar], width: Int) {
        self.scalars = scalars
        self.width = width
    }

    package static let empty = SafeText(safe: [], width: 0)

    package var isEmpty: Bool { scalars.isEmpty }

    package var string: String {
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars)
        return String(text)
    }

    /// Blanks.
    package static func spaces(_ count: Int) -> SafeText {
        let count = max(0, count)
        return SafeText(safe: Array(repeating: " ", count: count), width: count)
    }

    /// At most so many columns; where something was cut off, the last column is `~`.
    package func clipped(to columns: Int) -> SafeText {
        if width <= columns { return self }
        if columns <= 0 { return .empty }
        var kept: [Unicode.Scalar] = []
        var used = 0
        for scalar in scalars {
            let next = used + WidthTable.columns(of: scalar)
            if next > columns - 1 { break }
            kept.append(scalar)
            used = next
        }
        while used < columns - 1 {
            kept.append(" ")
            used += 1
        }
        return SafeText(safe: kept + ["~"], width: columns)
    }

    /// The last scalars that fit in so many columns, unmarked: the end of a text that is being typed.
    package func suffix(_ columns: Int) -> SafeText {
        var start = scalars.endIndex
        var used = 0
        while start > 0 {
            let next = used + WidthTable.columns(of: scalars[start - 1])
            if next > columns { break }
            used = next
            start -= 1
        }
        return SafeText(safe: Array(scalars[start...]), width: used)
    }

    /// Exactly so many columns: clipped, or filled up with blanks on the side that `align` leaves free.
    package func padded(to columns: Int, align: Alignment = .left) -> SafeText {
        let text = clipped(to: columns)
        let free = columns - text.width
        if free <= 0 { return text }
        let left = align.offset(in: free)
        return SafeText.spaces(left) + text + SafeText.spaces(free - left)
    }

    package static func + (left: SafeText, right: SafeText) -> SafeText {
        SafeText(safe: left.scalars + right.scalars, width: left.width + right.width)
    }
}

extension SafeText: ExpressibleByStringLiteral, ExpressibleByStringInterpolation, CustomStringConvertible {
    package init(stringLiteral value: String) { self.init(value) }
    package var description: String { string }
}

/// Which edge of its field a text keeps to.
package enum Alignment: Sendable, Hashable {
    case left, right, center

    /// Blanks left of the text when `free` columns are left over.
    func offset(in free: Int) -> Int {
        switch self {
        case .left: 0
        case .right: max(0, free)
        case .center: max(0, free) / 2
        }
    }
}
