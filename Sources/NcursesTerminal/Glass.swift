// SPDX-License-Identifier: Apache-2.0

import CTerminal
import Glibc
import Screen

/// What ncurses has drawn, and how to draw the next frame over it.
///
/// ncurses writes hundreds of small pieces per frame; here it writes them to a file in memory, and `collect` gives them as one.
@UIActor
final class Glass {
    /// The terminal description that was found.
    let term: String
    let colours: Int
    private let memory: Int32
    private var paints: Paints
    private let encodesUTF8: Bool
    /// What is on the screen, where `isKnown`.
    private var shown = Frame(width: 0, height: 0)
    private var isKnown = false
    private var run: [cchar_t] = []

    private(set) var width = 0
    private(set) var height = 0

    /// - Parameter names: terminal descriptions to try, best first.
    init(names: [String], colour: ColourChoice, encodesUTF8: Bool) throws(TerminalError) {
        memory = ct_memory_file("frame")
        guard memory >= 0, let file = fdopen(memory, "w+") else { throw .system("draw for", reason()) }
        guard let name = names.first(where: { newterm($0, file, file) != nil }) else {
            fclose(file)
            throw .noDescriptions(tried: names)
        }
        guard ct_can_address() else {
            endwin()
            throw .cannotDraw(term: name)
        }
        term = name
        self.encodesUTF8 = encodesUTF8
        // has_colors first: on a terminal without colours the other calls crash.
        var able = 0
        if has_colors(), colour != .never, start_color() == OK { able = Int(ct_colours()) }
        colours = colour.colours(terminal: able, noColor: environment("NO_COLOR"))
        paints = Paints(colours: colours, mayUseDefault: colours > 0 && use_default_colors() == OK)
        // Or ncurses would break off a frame when a key comes.
        typeahead(-1)
        leaveok(ct_window(), true)
        curs_set(0)
    }

    /// Takes the terminal's size; what is on it is unknown from here on.
    func resize(width: Int, height: Int) {
        resize_term(Int32(height), Int32(width))
        (self.width, self.height) = (Int(getmaxx(ct_window())), Int(getmaxy(ct_window())))
        repaint()
    }

    /// The next frame is painted whole.
    func repaint() {
        isKnown = false
        clearok(ct_glass(), true)
    }

    /// Draws a frame with a theme.
    func draw(_ frame: Frame, theme: Theme) {
        if paints.take(theme) { isKnown = false }
        let isComparable = isKnown && shown.width == frame.width && shown.height == frame.height
        if !isKnown { werase(ct_window()) }
        for y in 0..<min(height, frame.height) { drawRow(y, of: frame, compared: isComparable) }
        place(frame.cursor)
        shown = frame
        isKnown = true
        wnoutrefresh(ct_window())
        doupdate()
    }

    /// The bytes that ncurses has written since the last call.
    func collect() -> [UInt8] {
        let length = Int(lseek(memory, 0, SEEK_CUR))
        guard length > 0 else { return [] }
        let bytes = [UInt8](unsafeUninitializedCapacity: length) { buffer, count in
            count = max(0, pread(memory, buffer.baseAddress, length, 0))
        }
        lseek(memory, 0, SEEK_SET)
        return bytes
    }

    /// Writes what gives the screen back to the shell; the next frame takes it again.
    func leave() {
        endwin()
        isKnown = false
    }

    private func place(_ cursor: Position?) {
        if let cursor, cursor.x >= 0, cursor.y >= 0, cursor.x < width, cursor.y < height {
            leaveok(ct_window(), false)
            wmove(ct_window(), Int32(cursor.y), Int32(cursor.x))
            curs_set(1)
        } else {
            leaveok(ct_window(), true)
            curs_set(0)
        }
    }

    /// Hands ncurses the runs of a row that changed, so that it need not look at the rest.
    private func drawRow(_ y: Int, of frame: Frame, compared: Bool) {
        let end = min(width, frame.width)
        var x = 0
        while x < end {
            if compared, frame[x, y] == shown[x, y] {
                x += 1
                continue
            }
            var start = x
            // A wide character is drawn whole.
            while start > 0, frame[start, y].scalar == 0 { start -= 1 }
            run.removeAll(keepingCapacity: true)
            x = start
            repeat { x += append(frame, x, y, end: end) } while x < end && !(compared && frame[x, y] == shown[x, y])
            mvwadd_wchnstr(ct_window(), Int32(y), Int32(start), run, Int32(run.count))
        }
    }

    /// Appends what stands in a cell; gives the columns it takes.
    private func append(_ frame: Frame, _ x: Int, _ y: Int, end: Int) -> Int {
        let cell = frame[x, y]
        let paint = paints[cell.role]
        let isWide = x + 1 < end && frame[x + 1, y].scalar == 0
        if let scalar = drawable(cell.scalar, columns: isWide ? 2 : 1) {
            run.append(paint.cell(scalar))
        } else {
            // The second half of nothing is a blank; a control character, or one that the locale cannot show, a question mark.
            run.append(paint.cell(cell.scalar == 0 ? 0x20 : 0x3F))
            if isWide { run.append(paint.cell(0x20)) }
        }
        return isWide ? 2 : 1
    }

    /// The scalar, if the terminal and ncurses both take it for so many columns. Frames are safe already; this is the last door.
    private func drawable(_ scalar: UInt32, columns: Int32) -> UInt32? {
        if scalar >= 0x20, scalar < 0x7F { return columns == 1 ? scalar : nil }
        guard encodesUTF8, scalar >= 0xA0, ct_width(scalar) == columns else { return nil }
        return scalar
    }
}
