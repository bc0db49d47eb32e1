// SPDX-License-Identifier: Apache-2.0

/// Where frames go: a real terminal or one in memory.
package protocol Terminal {
    /// Columns and rows now.
    var size: (width: Int, height: Int) { get }
    /// Shows a frame; what did not change is not sent.
    mutating func show(_ frame: Frame)
}

/// A key as the program understands it, whatever bytes the terminal sent.
package enum Key: Sendable, Hashable {
    case character(Unicode.Scalar)
    case control(Unicode.Scalar)
    case alt(Unicode.Scalar)
    case enter, escape, tab, backTab, backspace, delete
    case up, down, left, right, home, end, pageUp, pageDown
    case function(Int)
}

/// What a terminal tells the program.
package enum TerminalInput: Sendable, Hashable {
    case key(Key)
    /// Text between bracketed-paste marks, or a burst too fast for fingers: never a command.
    case paste(String)
    case resized(width: Int, height: Int)
    case focus(Bool)
}
