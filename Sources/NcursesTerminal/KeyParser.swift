// SPDX-License-Identifier: Apache-2.0

import Screen

/// Turns the bytes of a terminal into keys. A state machine without a clock: who reads says when it got tired of waiting.
///
/// What it does not know it swallows whole, so that no part of a foreign sequence is ever taken for a key.
struct KeyParser {
    private enum State: Hashable {
        case ground
        /// After ESC.
        case escape
        /// After ESC [ and its parameters so far.
        case control(CSI)
        /// After ESC [ [, the Linux console's first five function keys.
        case console
        /// After ESC O.
        case shift3
        /// So many bytes of an old mouse report are still to come.
        case mouse(Int)
        /// In a string that a terminal answers with: ESC ] P X ^ _ until ST or BEL. `opener` until something came in it.
        case string(opener: UInt8?)
        /// ESC within such a string: the first half of its end.
        case stringEnd
        /// In a character of several bytes.
        case character(value: UInt32, missing: Int, least: UInt32)
        /// Between the marks of a paste; the number of bytes of the end mark seen.
        case paste(matched: Int)
    }

    private static let endOfPaste = Array("\u{1B}[201~".utf8)
    /// The rest of a longer paste is dropped. Unit: bytes.
    static let longestPaste = 64 * 1024

    private var state = State.ground
    private var pasted: [UInt8] = []
    private var inputs: [TerminalInput] = []
    /// Answers to "how are you", since they were last taken.
    private var answers = 0

    /// Seconds to wait for the next byte before `giveUp`; nil when nothing is half read.
    ///
    /// A lone ESC is a key soon; a sequence that has begun may be cut by a bad link.
    var patience: Double? {
        switch state {
        case .ground: nil
        case .escape: 0.05
        case .paste: 2
        case .control, .console, .shift3, .mouse, .string, .stringEnd, .character: 0.25
        }
    }

    /// What the bytes mean, in their order; keeps what is incomplete.
    mutating func feed(_ bytes: some Sequence<UInt8>) -> [TerminalInput] {
        for byte in bytes { take(byte) }
        return flush()
    }

    /// How often the terminal has answered that it is well, since the last call.
    mutating func takeAnswers() -> Int {
        defer { answers = 0 }
        return answers
    }

    /// Nothing more came: what was half read is a key of its own, or nothing.
    mutating func giveUp() -> [TerminalInput] {
        switch state {
        case .escape: emit(.escape)
        case .control(let sequence) where sequence.isEmpty: emit(.alt("["))
        case .shift3: emit(.alt("O"))
        case .string(let opener?): emit(.alt(Unicode.Scalar(opener)))
        case .paste: endPaste()
        case .ground, .control, .console, .mouse, .string, .stringEnd, .character: break
        }
        state = .ground
        return flush()
    }

    private mutating func flush() -> [TerminalInput] {
        defer { inputs.removeAll(keepingCapacity: true) }
        return inputs
    }

    private mutating func emit(_ key: Key) { inputs.append(.key(key)) }

    private mutating func take(_ byte: UInt8) {
        switch state {
        case .paste(let matched): takePasted(byte, matched: matched)
        case .mouse(let missing): state = missing > 1 ? .mouse(missing - 1) : .ground
        case .character(let value, let missing, let least): takeContinuation(byte, value, missing, least)
        case .string, .stringEnd: takeInString(byte)
        case .ground: takeFirst(byte)
        case .escape: takeAfterEscape(byte)
        case .control, .console, .shift3: takeInSequence(byte)
        }
    }

    private mutating func takeFirst(_ byte: UInt8) {
        switch byte {
        case 0x1B: state = .escape
        case 0x0D, 0x0A: emit(.enter)
        case 0x09: emit(.tab)
        case 0x7F, 0x08: emit(.backspace)
        case 0x00: emit(.control(" "))
        case 0x01...0x1A: emit(.control(Unicode.Scalar(byte + 0x60)))
        case 0x1C...0x1F: emit(.control(Unicode.Scalar(byte + 0x40)))
        case 0x20...0x7E: emit(.character(Unicode.Scalar(byte)))
        // The introducers of 8-bit terminals; in UTF-8 these bytes cannot come first.
        case 0x8F: state = .shift3
        case 0x90, 0x98, 0x9D, 0x9E, 0x9F: state = .string(opener: nil)
        case 0x9B: state = .control(CSI())
        case 0xC2...0xDF: state = .character(value: UInt32(byte & 0x1F), missing: 1, least: 0x80)
        case 0xE0...0xEF: state = .character(value: UInt32(byte & 0x0F), missing: 2, least: 0x800)
        case 0xF0...0xF4: state = .character(value: UInt32(byte & 0x07), missing: 3, least: 0x10000)
        default: break
        }
    }

    private mutating func takeContinuation(_ byte: UInt8, _ value: UInt32, _ missing: Int, _ least: UInt32) {
        guard byte & 0xC0 == 0x80 else {
            state = .ground
            return take(byte)
        }
        let value = value << 6 | UInt32(byte & 0x3F)
        guard missing == 1 else {
            state = .character(value: value, missing: missing - 1, least: least)
            return
        }
        state = .ground
        if value >= max(least, 0xA0), let scalar = Unicode.Scalar(value) { emit(.character(scalar)) }
    }

    private mutating func takeAfterEscape(_ byte: UInt8) {
        state = .ground
        switch byte {
        case UInt8(ascii: "["): state = .control(CSI())
        case UInt8(ascii: "O"): state = .shift3
        case UInt8(ascii: "]"), UInt8(ascii: "P"), UInt8(ascii: "X"), UInt8(ascii: "^"), UInt8(ascii: "_"):
            state = .string(opener: byte)
        case 0x1B:
            emit(.escape)
            state = .escape
        case 0x20...0x7E: emit(.alt(Unicode.Scalar(byte)))
        default:
            // Alt with Enter or a letter beyond ASCII: the key counts, Alt does not.
            take(byte)
        }
    }

    private mutating func takeInSequence(_ byte: UInt8) {
        guard byte >= 0x20, byte < 0x7F else {
            // A control key in the middle of it: the sequence will not be finished.
            state = .ground
            if byte < 0x7F, byte != 0x18 { take(byte) }
            return
        }
        switch state {
        case .control(var sequence):
            if sequence.isEmpty, byte == UInt8(ascii: "[") {
                state = .console
            } else if sequence.take(byte) {
                finish(sequence, final: byte)
            } else {
                state = .control(sequence)
            }
        case .console:
            state = .ground
            if case 0x41...0x45 = byte { emit(.function(Int(byte) - 0x40)) }
        case .shift3 where byte >= 0x40:
            state = .ground
            if let key = KeySequence.shift3(byte) { emit(key) }
        default: break
        }
    }

    private mutating func finish(_ sequence: CSI, final: UInt8) {
        state = .ground
        switch KeySequence.meaning(of: sequence, final: final) {
        case .key(let key): emit(key)
        case .focus(let isIn): inputs.append(.focus(isIn))
        case .pasteBegins: state = .paste(matched: 0)
        case .oldMouse: state = .mouse(3)
        case .isWell: answers += 1
        case .nothing: break
        }
    }

    private mutating func takeInString(_ byte: UInt8) {
        if state == .stringEnd {
            state = .escape
            // `ESC \` ends it; any other ESC has begun something new.
            if byte == UInt8(ascii: "\\") { state = .ground } else { take(byte) }
            return
        }
        switch byte {
        case 0x1B: state = .stringEnd
        case 0x07, 0x18, 0x1A, 0x9C: state = .ground
        default: state = .string(opener: nil)
        }
    }

    private mutating func takePasted(_ byte: UInt8, matched: Int) {
        if byte == Self.endOfPaste[matched] {
            state = .paste(matched: matched + 1)
            if matched + 1 == Self.endOfPaste.count { endPaste() }
            return
        }
        keep(Self.endOfPaste.prefix(matched))
        if byte == Self.endOfPaste[0] {
            state = .paste(matched: 1)
        } else {
            keep(CollectionOfOne(byte))
            state = .paste(matched: 0)
        }
    }

    private mutating func keep(_ bytes: some Collection<UInt8>) {
        if pasted.count + bytes.count <= Self.longestPaste { pasted += bytes }
    }

    private mutating func endPaste() {
        state = .ground
        inputs.append(.paste(String(decoding: pasted, as: UTF8.self)))
        pasted = []
    }
}
