// SPDX-License-Identifier: Apache-2.0

/// Which locale to draw with. ncurses shows every character that the locale cannot encode as a blank, and a locale that is
/// not installed is the C locale: a picture of blanks for somebody whose own computer merely speaks another language.
enum LocaleChoice: Hashable {
    /// The user's own is installed and UTF-8.
    case own
    /// The first of these that can be set; ASCII when none can.
    case firstOf([String])
    /// The user's is another encoding, or none was asked for.
    case ascii

    /// Locales of UTF-8 that a host may have, in the order of trying.
    static let substitutes = ["C.UTF-8", "C.utf8", "en_US.UTF-8"]

    /// The name that counts for characters: the first of these that is not empty.
    static func name(all: String?, type: String?, lang: String?) -> String? {
        [all, type, lang].lazy.compactMap { $0 }.first { !$0.isEmpty }
    }

    /// - Parameter installed: the encoding of the named locale; nil when it is not installed.
    /// - Parameter insists: the operator asked by hand for characters beyond ASCII.
    init(name: String?, installed encoding: String?, insists: Bool) {
        let isUTF8 = encoding.map(Self.isUTF8) ?? false
        if isUTF8 {
            self = .own
        } else if insists {
            self = .firstOf(Self.substitutes)
        } else if let name, encoding == nil, !Self.namesOtherEncoding(name) {
            self = .firstOf(Self.substitutes)
        } else {
            // `C` by choice or by silence, or a terminal of another encoding: UTF-8 would be garbage there.
            self = .ascii
        }
    }

    private static func isUTF8(_ encoding: String) -> Bool {
        let folded = encoding.lowercased()
        return folded == "utf-8" || folded == "utf8"
    }

    /// `de_DE.ISO-8859-1` and `de_DE@euro` say so; `en_US.UTF-8`, `en_US` and macOS's bare `UTF-8` do not.
    private static func namesOtherEncoding(_ name: String) -> Bool {
        if name == "C" || name == "POSIX" { return true }
        if isUTF8(name) { return false }
        let parts = name.split(separator: "@", omittingEmptySubsequences: false)
        if let dot = parts[0].firstIndex(of: ".") { return !isUTF8(String(parts[0][dot...].dropFirst())) }
        return parts.count > 1 && parts[1] == "euro"
    }
}
