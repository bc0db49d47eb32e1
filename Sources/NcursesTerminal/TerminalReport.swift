// SPDX-License-Identifier: Apache-2.0

import CTerminal
import Glibc

/// What the dashboard would find of the terminal and the locale that this process was started with. Nothing is written.
package struct TerminalReport: Sendable {
    /// Whether the dashboard could open, and in a sentence how or why not.
    package let canOpen: Bool
    package let terminal: String
    /// Whether the whole picture can be drawn, and in a sentence with which locale or why not.
    package let isUTF8: Bool
    package let locale: String

    /// Asks the environment and the descriptors 0 and 1. Sets the locale of characters, as the dashboard does.
    package init() {
        let streams = [(STDIN_FILENO, "stdin"), (STDOUT_FILENO, "stdout")]
        if let missing = streams.first(where: { isatty($0.0) == 0 }) {
            (canOpen, terminal) = (false, "\(missing.1) is not a terminal: commands work, the dashboard does not")
        } else {
            do throws(TerminalError) {
                let name = try TerminalName(environment("TERM"))
                (canOpen, terminal) = (true, "TERM=\(name.shortened)")
            } catch {
                (canOpen, terminal) = (false, error.description)
            }
        }
        let name = LocaleChoice.name(
            all: environment("LC_ALL"), type: environment("LC_CTYPE"), lang: environment("LANG"))
        let encoding = setlocale(LC_CTYPE, "").map { _ in String(cString: ct_encoding()) }
        switch LocaleChoice(name: name, installed: encoding, insists: false) {
        case .own: (isUTF8, locale) = (true, "\(name ?? "the host's locale") is UTF-8")
        case .firstOf(let names):
            let found = names.first { setlocale(LC_CTYPE, $0) != nil }
            isUTF8 = found != nil
            locale =
                found.map { "\(name ?? "none") is not installed here; \($0) stands in for it" }
                ?? "\(name ?? "none") is not installed here, nor any of UTF-8: drawing in ASCII; install locales"
        case .ascii: (isUTF8, locale) = (false, "not UTF-8: drawing in ASCII; LANG=C.UTF-8 gives the full picture")
        }
    }
}
