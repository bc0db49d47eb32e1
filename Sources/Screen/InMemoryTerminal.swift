// SPDX-License-Identifier: Apache-2.0

/// A terminal that keeps what it is shown.
package struct InMemoryTerminal: Terminal {
    package var size: (width: Int, height: Int)
    /// Every frame shown, oldest first.
    package private(set) var frames: [Frame] = []

    package init(width: Int, height: Int) { size = (max(0, width), max(0, height)) }

    package mutating func show(_ frame: Frame) { frames.append(frame) }

    /// What is on the screen: the last frame, cut or filled up to the size.
    package var screen: Frame {
        var screen = Frame(width: size.width, height: size.height)
        guard let last = frames.last else { return screen }
        for y in 0..<min(last.height, screen.height) {
            for x in 0..<min(last.width, screen.width) { screen[x, y] = last[x, y] }
            // The right half of what stands in the last column is cut off.
            if last[screen.width, y].isSecondHalf { screen[screen.width - 1, y].scalar = Cell.blank.scalar }
        }
        return screen
    }

    /// The lines on the screen, without trailing blanks.
    package var lines: [String] { Screen.lines(of: screen) }

    /// The screen as text, one line after the other.
    package var text: String { dump(screen) }
}
