// SPDX-License-Identifier: Apache-2.0

/// One picture of the screen: a grid of cells. A value; drawn by pure functions, shown by a `Terminal`.
package struct Frame: Sendable, Hashable {
    package let width: Int
    package let height: Int
    /// Row after row.
    package private(set) var cells: [Cell]
    /// Where the text cursor stands, when a field has the focus; nil hides it.
    package var cursor: Position?

    package init(width: Int, height: Int) {
        self.width = max(0, width)
        self.height = max(0, height)
        cells = Array(repeating: .blank, count: self.width * self.height)
    }

    package var bounds: Rect { Rect(x: 0, y: 0, width: width, height: height) }

    /// The cell at a position; setting one outside the frame does nothing, reading one gives a blank.
    ///
    /// Overwriting one half of a wide scalar blanks the other half: a frame never holds half of one.
    package subscript(x: Int, y: Int) -> Cell {
        get { x >= 0 && y >= 0 && x < width && y < height ? cells[y * width + x] : .blank }
        set {
            guard x >= 0, y >= 0, x < width, y < height else { return }
            let index = y * width + x
            if newValue.scalar != cells[index].scalar { separate(index, x: x) }
            cells[index] = newValue
        }
    }

    /// Blanks what a wide scalar at the index has in the cells beside it.
    private mutating func separate(_ index: Int, x: Int) {
        if cells[index].isSecondHalf, x > 0 { cells[index - 1].scalar = Cell.blank.scalar }
        if x + 1 < width, cells[index + 1].isSecondHalf { cells[index + 1].scalar = Cell.blank.scalar }
    }
}

/// A place on the screen, from 0 at the top left.
package struct Position: Sendable, Hashable {
    package var x: Int
    package var y: Int
    package init(x: Int, y: Int) {
        self.x = x
        self.y = y
    }
}

/// A rectangle of cells; never negative in size.
package struct Rect: Sendable, Hashable {
    package var x: Int
    package var y: Int
    package var width: Int
    package var height: Int
    package init(x: Int, y: Int, width: Int, height: Int) {
        self.x = x
        self.y = y
        self.width = max(0, width)
        self.height = max(0, height)
    }
    package var maxX: Int { x + width }
    package var maxY: Int { y + height }
    package var isEmpty: Bool { width == 0 || height == 0 }
}
