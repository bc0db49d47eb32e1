// SPDX-License-Identifier: Apache-2.0

import Screen

/// What happens at which tick: a key, or a picture taken.
struct Script {
    enum Cue {
        case press(Key)
        case picture(String)
    }

    private(set) var cues: [(tick: Int, cue: Cue)] = []

    mutating func press(_ key: Key, at tick: Int) { cues.append((tick, .press(key))) }

    mutating func press(_ letter: Unicode.Scalar, at tick: Int) { press(.character(letter), at: tick) }

    /// One letter a tick: a quarter of a second, as fingers do.
    mutating func type(_ text: String, from tick: Int) {
        for (index, scalar) in text.unicodeScalars.enumerated() { press(scalar, at: tick + index) }
    }

    mutating func picture(_ name: String, at tick: Int) { cues.append((tick, .picture(name))) }
}

extension Script {
    /// Everything an operator does in an hour of the plant's time, on the standard plant.
    static let tour: Script = {
        var script = Script()
        script.picture("opening", at: 0)
        script.spareMoves()
        script.trainingMoves()
        script.looksAround()
        return script
    }()

    /// `>`, the plan, `y`, and the move until it is done: nothing is lost.
    private mutating func spareMoves() {
        press(">", at: 2)
        picture("plan", at: 3)
        press("y", at: 8)
        picture("confirmed", at: 8)
        picture("moving", at: 30)
        picture("done", at: 150)
        press("M", at: 152)
        picture("moves", at: 153)
        press(.escape, at: 154)
    }

    /// A gang that loses nodes to the burst: its job's name is typed; HOLD stops the move between two steps, and
    /// releases it.
    private mutating func trainingMoves() {
        press(">", at: 180)
        for step in 0..<4 { press(.down, at: 182 + step) }
        for step in 0..<5 { press("+", at: 187 + step) }
        press(.tab, at: 193)
        type("sft-v1", from: 194)
        picture("losing-plan", at: 201)
        press(.enter, at: 202)
        press("H", at: 212)
        picture("hold", at: 238)
        press("H", at: 240)
        press("y", at: 242)
        picture("released", at: 244)
        press("M", at: 410)
        press("A", at: 412)
        picture("way-back", at: 413)
        press(.escape, at: 414)
        press(.escape, at: 416)
    }

    private mutating func looksAround() {
        press("?", at: 430)
        picture("help", at: 431)
        press(.escape, at: 432)
        press("j", at: 433)
        press("j", at: 434)
        press(.enter, at: 435)
        picture("node", at: 436)
        press(.escape, at: 437)
        press("/", at: 438)
        type("think", from: 439)
        press(.enter, at: 444)
        press("s", at: 445)
        press("s", at: 446)
        picture("filtered", at: 447)
        press("a", at: 448)
        picture("audit", at: 449)
        press(.escape, at: 450)
    }
}
