// SPDX-License-Identifier: Apache-2.0

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

    private static func normalised(_ text: String) -> (scalars: [Unicode.Scalar], width: Int) {
        let kept = String(text.unicodeScalars.prefix(longest))
        var scalars: [Unicode.Scalar] = []
        scalars.reserveCapacity(kept.utf8.count)
        var width = 0
        var inMarks = false
        for scalar in kept._nfc {
            switch WidthTable.kind(of: scalar) {
            case .single:
                scalars.append(scalar)
                width += 1
            case .wide:
                scalars.append(scalar)
                width += 2
            case .mark where inMarks:
                continue
            case .mark, .hostile:
                scalars.append(replacement)
                width += 1
            }
            inMarks = WidthTable.kind(of: scalar) == .mark
        }
        if text.unicodeScalars.count > longest {
            scalars.append("~")
            width += 1
        }
        return (scalars, width)
    }
}
