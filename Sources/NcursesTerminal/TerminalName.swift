// SPDX-License-Identifier: Apache-2.0

import Screen

/// What TERM says, and which descriptions may stand in for it.
struct TerminalName: Hashable {
    /// At most so many scalars of a foreign TERM are repeated to people.
    private static let longest = 40

    let term: String

    /// Refuses what says of itself that it can show nothing.
    init(_ term: String?) throws(TerminalError) {
        guard let term, !term.isEmpty else { throw .unset }
        let incapable = ["dumb", "unknown", "emacs", "network", "dialup", "lpr", "printer"]
        guard !incapable.contains(term) else { throw .cannotDraw(term: term) }
        self.term = term
    }

    /// The names to try, best first. A host often lacks the description of a newer terminal, which then understands an older one's.
    func candidates(colour: ColourChoice) -> [String] {
        var names = [term]
        // Asked for by hand: many a TERM=xterm is a terminal of 256 colours.
        if colour == .full, !term.hasSuffix("256color") { names.insert("\(term)-256color", at: 0) }
        if term.hasPrefix("screen") || term.hasPrefix("tmux") { names += ["screen-256color", "screen"] }
        names += ["xterm-256color", "xterm", "vt100"]
        var seen: Set<String> = []
        return names.filter { seen.insert($0).inserted }
    }

    /// What to tell once when a stand-in was taken; nil when TERM itself was found.
    func note(opened: String) -> String? {
        if opened == term || opened == "\(term)-256color" { return nil }
        return "TERM=\(shortened) is not known on this host; drawing as \(opened)"
    }

    /// The best tier that the terminal's usual fonts hold. The Linux console's have no eighths of blocks, so no block graphs.
    func glyphs(encodesUTF8: Bool) -> Glyphs {
        guard encodesUTF8 else { return .ascii }
        let plain = ["linux", "vt", "ansi", "cons", "sun", "pcansi", "mach", "hurd", "cygwin"]
        if plain.contains(where: term.hasPrefix) { return .ascii }
        return term.hasPrefix("putty") ? .block : .braille
    }

    var shortened: String { String(String.UnicodeScalarView(term.unicodeScalars.prefix(Self.longest))) }
}
