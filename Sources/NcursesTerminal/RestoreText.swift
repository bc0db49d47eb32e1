// SPDX-License-Identifier: Apache-2.0

import CTerminal

/// What a crash writes to give the screen back. Made beforehand: a handler of signals can make nothing.
enum RestoreText {
    /// The present terminal's own: attributes, cursor, screen; bracketed paste, which no description has.
    @UIActor
    static func bytes() -> [UInt8] {
        bytes(attributesOff: capability("sgr0"), cursorOn: capability("cnorm"), screenOff: capability("rmcup"))
    }

    @UIActor
    private static func capability(_ name: String) -> String? { ct_capability(name).map { String(cString: $0) } }

    static func bytes(attributesOff: String?, cursorOn: String?, screenOff: String?) -> [UInt8] {
        let capabilities = [attributesOff, cursorOn, screenOff].compactMap { $0 }.map(withoutPadding)
        // The first sequence may be lost on what it cuts short. Without a second screen the prompt comes below what is there.
        return Array(("\u{1B}[m\u{1B}[?2004l" + capabilities.joined() + (screenOff == nil ? "\r\n" : "")).utf8)
    }

    /// Takes out `$<5>`, which tells ncurses to wait.
    static func withoutPadding(_ text: String) -> String {
        var rest = text[...]
        var plain = ""
        while let start = rest.firstRange(of: "$<"), let end = rest[start.upperBound...].firstIndex(of: ">") {
            plain += rest[..<start.lowerBound]
            rest = rest[rest.index(after: end)...]
        }
        return plain + rest
    }
}
