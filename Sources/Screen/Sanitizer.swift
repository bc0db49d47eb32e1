// SPDX-License-Identifier: Apache-2.0

// `_nfc` is the standard library's own normaliser, the one that comparing strings uses; Foundation's would break the wall.
@_spi(_Unicode) import Swift

/// The boundary between the text of others and the screen: one function, used by `SafeText` alone.
///
/// A cell holds one scalar, so a run of combining marks that normalisation could not compose with its letter is shown as one `·`
/// beside it: nothing of another's text is hidden, and no pile of marks leaves its cell.
enum Sanitizer {
    /// Scalars of the original that are looked at; the rest is cut, with `~` at the end. Bounds the cost of normalising.
    static let longest = 4096
    /// Stands for every scalar that must not reach a terminal.
    static let replacement: Unicode.Scalar = "\u{B7}"

    static func safe(_ text: String) -> (scalars: [Unicode.Scalar], width: Int) {
        let bytes = text.utf8
        if bytes.count <= longest, bytes.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) {
            return (bytes.map { Unicode.Scalar($0) }, bytes.count)
        }
        return normalised(text)
    }

    /// Marks in a row that normalising is given; no letter composes with more. A pile of thousands would cost their square.
    private static let mostMarks = 4

    private static func normalised(_ text: String) -> (scalars: [Unicode.Scalar], width: Int) {
        let (kept, isCut) = shortened(text)
        var scalars: [Unicode.Scalar] = []
        scalars.reserveCapacity(kept.utf8.count)
        var width = 0
        var before = WidthTable.Kind.single
        for scalar in kept._nfc {
            let kind = WidthTable.kind(of: scalar)
            defer { before = kind }
            switch kind {
            case .mark where before == .mark: continue
            case .mark, .hostile: scalars.append(replacement)
            case .single, .wide: scalars.append(scalar)
            }
            width += kind == .wide ? 2 : 1
        }
        if isCut {
            scalars.append("~")
            width += 1
        }
        return (scalars, width)
    }

    /// The text up to `longest`, without the marks of a pile.
    private static func shortened(_ text: String) -> (kept: String, isCut: Bool) {
        var kept = String.UnicodeScalarView()
        var marks = 0
        var count = 0
        for scalar in text.unicodeScalars {
            if count == longest { return (String(kept), true) }
            count += 1
            marks = WidthTable.kind(of: scalar) == .mark ? marks + 1 : 0
            if marks <= mostMarks { kept.append(scalar) }
        }
        return (String(kept), false)
    }
}
