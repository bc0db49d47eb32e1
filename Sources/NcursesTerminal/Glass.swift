// SPDX-License-Identifier: Apache-2.0

import CTerminal
import Glibc
import Screen

/// What ncurses has drawn, and how to draw the next frame over it.
///
/// ncurses writes hundreds of small pieces per frame; here it writes them to a file in memory, and the caller gets them as one.
@UIActor
final class Glass {
    /// The terminal description that was found.
    let term: String
    let colours: Int
    private let screen: OpaquePointer
    /// What ncurses writes to, and its number.
    private let file: UnsafeMutablePointer<FILE>
    private let memory: Int32
    private var paints: Paints
    private let encodesUTF8: Bool
    /// What is on the screen, where `isKnown`.
    private var shown = Frame(width: 0, height: 0)
    private var isKnown = false
    private var run: [cchar_t] = []
    /// The shell has the screen.
    private var isAway = true
    /// Goes before what ncurses writes next.
    private var prefix: [UInt8] = []
    private static let pasteOn = Array("\u{1B}[?2004h".utf8)
    private static let pasteOff = Array("\u{1B}[?2004l".utf8)
    /// ncurses sends it whenever it gets the screen back. It would reset a palette that is the operator's own.
    private let paletteReset: [UInt8]

    private(set) var width = 0
    private(set) var height = 0

    /// - Parameter names: terminal descriptions to try, best first.
    init(names: [String], colour: ColourChoice, encodesUTF8: Bool) throws(TerminalError) {
        memory = ct_memory_file("frame")
        guard memory >= 0, let file = fdopen(memory, "w+") else { throw .system("draw for", reason()) }
        guard let (name, screen) = Self.open(names, on: file) else {
            fclose(file)
            throw .noDescriptions(tried: names)
        }
        (self.screen, self.file) = (screen, file)
        guard ct_can_address() else {
            endwin()
            delscreen(screen)
            fclose(file)
            throw .cannotDraw(term: name)
        }
        term = name
        self.encodesUTF8 = encodesUTF8
        paletteReset = ct_capability("oc").map { Array(String(cString: $0).utf8) } ?? []
        colours = colour.colours(terminal: Int(tigetnum("colors")), noColor: environment("NO_COLOR"))
        // has_colors first: on a terminal without colours the other calls crash.
        let isColoured = colours > 0 && has_colors() && start_color() == OK
        paints = Paints(colours: isColoured ? colours : 0, mayUseDefault: isColoured && use_default_colors() == OK)
        // Or ncurses would break off a frame when a key comes.
        typeahead(-1)
        // newterm has spoken for a screen of a size that nobody knew: the first frame says it again, for the real one.
        _ = leave()
    }

    /// The first description that this host has.
    private static func open(
        _ names: [String], on file: UnsafeMutablePointer<FILE>
    ) -> (name: String, screen: OpaquePointer)? {
        for name in names {
            if let screen = newterm(name, file, file) { return (name, screen) }
        }
        return nil
    }

    /// After `leave`: nothing can be drawn any more.
    func close() {
        delscreen(screen)
        fclose(file)
    }

    /// Takes the terminal's size; what is on it is unknown from here on.
    func resize(width: Int, height: Int) {
        resize_term(Int32(height), Int32(width))
        (self.width, self.height) = (Int(getmaxx(ct_window())), Int(getmaxy(ct_window())))
        // ncurses says this once; a terminal that grew may go on scrolling its old rows only.
        if !isAway, let text = ct_scroll_region(Int32(self.height)) {
            prefix = Array(RestoreText.withoutPadding(String(cString: text)).utf8)
        }
        repaint()
    }

    /// The next frame is painted whole.
    func repaint() {
        isKnown = false
        clearok(ct_glass(), true)
    }

    /// Draws a frame with a theme; gives the bytes to send.
    func draw(_ frame: Frame, theme: Theme) -> [UInt8] {
        if paints.take(theme) { isKnown = false }
        let isComparable = isKnown && shown.width == frame.width && shown.height == frame.height
        if !isKnown { werase(ct_window()) }
        for y in 0..<min(height, frame.height) { drawRow(y, of: frame, compared: isComparable) }
        place(frame.cursor)
        shown = frame
        isKnown = true
        wnoutrefresh(ct_window())
        doupdate()
        defer {
            prefix = []
            isAway = false
        }
        return isAway ? Self.pasteOn + withoutPaletteReset(collect()) : prefix + collect()
    }

    /// Gives the bytes that give the screen back to the shell; the next frame takes it again.
    func leave() -> [UInt8] {
        endwin()
        isKnown = false
        isAway = true
        // Without a second screen the prompt comes below the picture.
        let below: [UInt8] = ct_capability("rmcup") == nil ? [13, 10] : []
        return Self.pasteOff + withoutPaletteReset(collect()) + below
    }

    /// What ncurses has written since the last call.
    private func collect() -> [UInt8] {
        let length = Int(lseek(memory, 0, SEEK_CUR))
        guard length > 0 else { return [] }
        let bytes = [UInt8](unsafeUninitializedCapacity: length) { buffer, count in
            count = max(0, pread(memory, buffer.baseAddress, length, 0))
        }
        lseek(memory, 0, SEEK_SET)
        return bytes
    }

    private func withoutPaletteReset(_ bytes: [UInt8]) -> [UInt8] {
        paletteReset.isEmpty ? bytes : bytes.replacing(paletteReset, with: [])
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
