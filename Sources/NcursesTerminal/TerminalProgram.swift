// SPDX-License-Identifier: Apache-2.0

package import Screen

/// What runs on a terminal. Everything is asked of it on the terminal's thread; it must answer within milliseconds.
@UIActor
package protocol TerminalProgram: AnyObject {
    /// What one read of the terminal gave, never empty: fingers give one key a read, a program many.
    ///
    /// - Parameter seconds: when it was read, on a clock that only goes forward, so that repeats can be told from fingers.
    func receive(_ inputs: [TerminalInput], at seconds: Double)
    /// Asked when one is due: at once after input, else at most 4 times a second after `wake`. nil when nothing changed.
    func frame(width: Int, height: Int, at seconds: Double) -> Frame?
    /// Asked with each frame; another one repaints.
    var theme: Theme { get }
    /// Told once, before the terminal is given back, whatever ended it.
    func end()
}

extension TerminalProgram {
    package func end() {}
}

/// Why a terminal's program has ended. The terminal has been given back.
package enum TerminalEnding: Sendable, Hashable {
    /// The program asked for it.
    case ended
    /// A signal asked for it: to tell the parent, end with `die(of:)`.
    case signal(Int32)
    /// The terminal is gone.
    case lost
}

/// What the operator wants of the terminal; the defaults are found out.
package struct TerminalOptions: Sendable, Hashable {
    package var colour: ColourChoice
    /// nil: what the locale and TERM promise. Beyond ASCII it insists on a UTF-8 locale.
    package var glyphs: Glyphs?

    package init(colour: ColourChoice = .auto, glyphs: Glyphs? = nil) {
        self.colour = colour
        self.glyphs = glyphs
    }
}

/// What was found out about the terminal.
package struct TerminalFacts: Sendable, Hashable {
    package var glyphs: Glyphs
    /// 256, 16, 8, or 0 for none.
    package var colours: Int
    /// The terminal description in use.
    package var term: String
    /// What fell back and how to do better, to be shown once; it may hold foreign text. nil when nothing did.
    package var note: String?
}
