// SPDX-License-Identifier: Apache-2.0

import CTerminal
import Glibc
import Screen

/// The loop of the terminal's thread: wait for keys, signals and wake-ups; tell the program; draw its frame.
///
/// One frame is on its way at most: until the terminal has taken it and said so, keys and signals are read and no other is
/// made.
@UIActor
final class UILoop {
    /// The terminal is waited for so long, three times, when it is given back; the whole has a second. Unit: seconds.
    private static let lastPatience = 0.3
    /// A terminal that took nothing for so long is painted anew. Unit: seconds.
    private static let stall = 1.0

    private let tty: Tty
    private let glass: Glass
    private let requests: Requests
    private let program: any TerminalProgram
    private var parser = KeyParser()
    private var pace = FramePace()
    private var fence = FrameFence()
    /// When the half-read key was last added to.
    private var readAt = 0.0
    /// The size may have changed; asked when the next frame is due, so that a storm costs one question.
    private var sizeIsDoubtful = false
    /// All of the screen is to be painted even if the program has nothing new.
    private var mustPaint = true
    private var last: Frame?

    init(tty: Tty, glass: Glass, requests: Requests, program: any TerminalProgram) {
        self.tty = tty
        self.glass = glass
        self.requests = requests
        self.program = program
    }

    /// Takes the terminal, runs until something ends it, gives it back.
    func run() throws(TerminalError) -> TerminalEnding {
        let undo = RestoreText.bytes()
        guard ct_take(tty.input, tty.output, undo, undo.count) == 0 else { throw .system("set", reason()) }
        ct_hold_stderr()
        enter()
        var ending: TerminalEnding?
        while ending == nil {
            let events = wait()
            ending = turn(events)
        }
        program.end()
        leave()
        ct_given_back()
        return ending ?? .ended
    }

    /// Waits for whatever comes first.
    private func wait() -> (input: Int16, output: Int16) {
        let now = monotonicSeconds()
        var waits: [Double] = []
        if let patience = parser.patience { waits.append(max(0, readAt + patience - now)) }
        if !tty.hasPending, let wait = pace.wait(at: now) { waits.append(max(wait, fence.wait(at: now) ?? 0)) }
        // Rounded up, or the last millisecond would be spent in a circle.
        let timeout = waits.min().map { Int32(($0 * 1000).rounded(.up)) } ?? -1
        var files = [
            pollfd(fd: tty.input, events: Int16(POLLIN), revents: 0),
            pollfd(fd: tty.output, events: tty.hasPending ? Int16(POLLOUT) : 0, revents: 0),
            pollfd(fd: UIExecutor.shared.counter, events: Int16(POLLIN), revents: 0),
        ]
        if poll(&files, 3, timeout) <= 0 { return (0, 0) }
        if files[2].revents != 0 { UIExecutor.shared.acknowledge() }
        return (files[0].revents, files[1].revents)
    }

    /// Everything that follows from one waiting; what ended the program, if something did.
    private func turn(_ events: (input: Int16, output: Int16)) -> TerminalEnding? {
        let now = monotonicSeconds()
        if let ending = obey(ct_take_signals(), at: now) { return ending }
        let gone = Int16(POLLHUP | POLLERR | POLLNVAL)
        if (events.input | events.output) & gone != 0 { return .lost }
        if events.input & Int16(POLLIN) != 0 { receive(at: now) }
        if let patience = parser.patience, now >= readAt + patience { deliver(parser.giveUp(), at: now) }
        UIExecutor.shared.runPending()
        if let ending = grant(requests.take(), at: now) { return ending }
        if tty.hasPending { flush(at: now) }
        if !tty.hasPending, pace.isDue(at: now), fence.opens(at: now) { paint(at: now) }
        return tty.isLost ? .lost : nil
    }

    private func obey(_ signals: UInt64, at now: Double) -> TerminalEnding? {
        if signals == 0 { return nil }
        let has = { (signal: Int32) in signals & (1 << UInt64(signal)) != 0 }
        for signal in [SIGTERM, SIGINT, SIGQUIT, SIGHUP] where has(signal) { return .signal(signal) }
        if has(SIGTSTP) {
            return suspend()
        } else if has(SIGCONT) {
            // Stopped from outside without a word: whatever is on the screen is somebody else's.
            _ = glass.leave()
            tty.drop()
            fence.forget()
            enter()
        } else if has(SIGWINCH) {
            sizeIsDoubtful = true
            pace.sizeChanged(at: now)
        }
        return nil
    }

    private func grant(_ asked: Requests.Set, at now: Double) -> TerminalEnding? {
        if asked.contains(.end) { return .ended }
        if asked.contains(.suspend), let ending = suspend() { return ending }
        if asked.contains(.news) { pace.newsCame(at: now) }
        if asked.contains(.redraw) { repaint(at: now) }
        return nil
    }

    private func receive(at now: Double) {
        readAt = now
        guard case .bytes(let bytes) = tty.receive() else { return }
        let inputs = parser.feed(bytes)
        if parser.takeAnswers() > 0 {
            if fence.answered(at: now) { repaint(at: now) }
            if let delay = fence.delay { pace.adapt(to: delay) }
        }
        deliver(inputs, at: now)
    }

    private func deliver(_ inputs: [TerminalInput], at now: Double) {
        guard !inputs.isEmpty else { return }
        program.receive(inputs, at: now)
        pace.inputCame(at: now)
    }

    private func flush(at now: Double) {
        tty.flush(at: now)
        guard !tty.hasPending, tty.longestStall >= Self.stall else { return }
        tty.forgetStall()
        repaint(at: now)
    }

    private func repaint(at now: Double) {
        glass.repaint()
        mustPaint = true
        pace.inputCame(at: now)
    }

    private func paint(at now: Double) {
        if sizeIsDoubtful { adoptSize(at: now) }
        pace.asked(at: now)
        let fresh = program.frame(width: glass.width, height: glass.height, at: now)
        guard let frame = fresh ?? (mustPaint ? last : nil) else { return }
        mustPaint = false
        last = frame
        let bytes = glass.draw(frame, theme: program.theme)
        if !bytes.isEmpty, fence.isOn {
            tty.send(bytes + FrameFence.query, at: now)
            fence.asked(at: now)
        } else {
            tty.send(bytes, at: now)
        }
        ct_trim_stderr()
    }

    private func adoptSize(at now: Double) {
        sizeIsDoubtful = false
        let before = (glass.width, glass.height)
        let size = tty.size
        glass.resize(width: size.width, height: size.height)
        mustPaint = true
        if before != (0, 0), before != (glass.width, glass.height) {
            program.receive([.resized(width: glass.width, height: glass.height)], at: now)
        }
    }

    /// Takes the terminal: its modes now, its screen with the first frame.
    private func enter() {
        // ignored because a terminal that refuses is gone, and the next read says so.
        _ = ct_enter_raw()
        let now = monotonicSeconds()
        sizeIsDoubtful = true
        pace.inputCame(at: now)
        glass.repaint()
    }

    /// Gives the terminal back, as it was.
    private func leave() {
        if tty.finish(glass.leave(), patience: Self.lastPatience) { awaitAnswer() }
        fence.forget()
        _ = ct_leave_raw()
    }

    /// Waits for the answer to the last frame: later it would stand in the shell's next line.
    private func awaitAnswer() {
        let deadline = monotonicSeconds() + Self.lastPatience
        while fence.isWaiting, !tty.isLost {
            let now = monotonicSeconds()
            guard now < deadline else { return }
            var arrival = pollfd(fd: tty.input, events: Int16(POLLIN), revents: 0)
            // ignored because the read that follows tells the same.
            _ = poll(&arrival, 1, Int32((deadline - now) * 1000) + 1)
            // Byte by byte: what is typed behind the answer is the shell's.
            if case .bytes(let bytes) = tty.receive(atMost: 1) { _ = parser.feed(bytes) }
            if parser.takeAnswers() > 0 { _ = fence.answered(at: now) }
        }
    }

    /// Ctrl-Z: the shell has the terminal until it brings the program back.
    private func suspend() -> TerminalEnding? {
        leave()
        ct_stop_group()
        ct_remember_modes()
        // What came while it was stopped counts, except for what `enter` does anyway.
        let signals = ct_take_signals()
        let answered = [SIGCONT, SIGTSTP, SIGWINCH].reduce(UInt64(0)) { $0 | 1 << UInt64($1) }
        if let ending = obey(signals & ~answered, at: monotonicSeconds()) { return ending }
        enter()
        return nil
    }
}
