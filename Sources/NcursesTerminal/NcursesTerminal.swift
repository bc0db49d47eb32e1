// SPDX-License-Identifier: Apache-2.0

import CTerminal
import Glibc
import Screen

/// Runs a program on the terminal of stdin and stdout, on the calling thread, until it ends; the terminal is always given back.
///
/// Throws before anything is written to the terminal. Call it on the main thread, and once at a time.
///
/// - Parameter start: makes the program; it gets what wakes the loop and what was found out about the terminal.
package func runTerminal(
    _ options: TerminalOptions, _ start: @UIActor (UIWake, TerminalFacts) -> any TerminalProgram
) throws(TerminalError) -> TerminalEnding {
    let executor = UIExecutor.shared
    guard executor.counter >= 0 else { throw .system("wait for", "no eventfd") }
    guard executor.claim() else { throw .system("use", "it is in use already") }
    defer { executor.release() }
    let result: Result<TerminalEnding, TerminalError> = UIActor.onItsThread {
        do throws(TerminalError) {
            return .success(try openAndRun(options, start))
        } catch {
            return .failure(error)
        }
    }
    return try result.get()
}

/// Dies of a signal, so that the parent sees it in the exit status; for the end of a program whose terminal ended with `.signal`.
package func die(of signal: Int32) -> Never { ct_die(signal) }

@UIActor
private func openAndRun(
    _ options: TerminalOptions, _ start: @UIActor (UIWake, TerminalFacts) -> any TerminalProgram
) throws(TerminalError) -> TerminalEnding {
    let tty = try Tty()
    defer { tty.closeFiles() }
    let name = try TerminalName(environment("TERM"))
    let character = chooseLocale(insists: options.glyphs.map { $0 != .ascii } ?? false)
    // Before ncurses, which takes only signals that nobody has.
    ct_watch_signals(UIExecutor.shared.counter)
    defer { ct_unwatch_signals() }
    let glass = try Glass(
        names: name.candidates(colour: options.colour), colour: options.colour, encodesUTF8: character.encodesUTF8)
    defer { glass.close() }
    let notes = [name.note(opened: glass.term), options.glyphs == nil ? character.note : nil].compactMap { $0 }
    let facts = TerminalFacts(
        glyphs: options.glyphs ?? name.glyphs(encodesUTF8: character.encodesUTF8), colours: glass.colours,
        term: glass.term, note: notes.isEmpty ? nil : notes.joined(separator: "; "))
    let requests = Requests()
    let program = start(UIWake(requests), facts)
    let loop = UILoop(tty: tty, glass: glass, requests: requests, program: program)
    return try loop.run()
}

/// Sets the locale of characters, and of nothing else: numbers in files keep their point.
@UIActor
private func chooseLocale(insists: Bool) -> (encodesUTF8: Bool, note: String?) {
    let name = LocaleChoice.name(
        all: environment("LC_ALL"), type: environment("LC_CTYPE"), lang: environment("LANG"))
    let encoding = setlocale(LC_CTYPE, "").map { _ in String(cString: ct_encoding()) }
    switch LocaleChoice(name: name, installed: encoding, insists: insists) {
    case .own: return (true, nil)
    case .firstOf(let names):
        if names.contains(where: { setlocale(LC_CTYPE, $0) != nil }) { return (true, nil) }
    case .ascii: break
    }
    setlocale(LC_CTYPE, "C")
    return (false, "the locale is not UTF-8: drawing in ASCII; LANG=C.UTF-8 gives the full picture")
}

/// A variable of the environment; nil when it is not set.
func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
