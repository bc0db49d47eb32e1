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
        picture("done", at: 70)
        press("M", at: 72)
        picture("moves", at: 73)
        press(.escape, at: 74)
    }

    /// A gang that loses a node: its job's name is typed; HOLD stops the move between two steps, and releases it.
    private mutating func trainingMoves() {
        press(">", at: 76)
        press(.down, at: 78)
        press(.down, at: 80)
        press(.tab, at: 86)
        type("asr-f5", from: 87)
        picture("losing-plan", at: 93)
        press(.enter, at: 94)
        press("H", at: 104)
        picture("hold", at: 130)
        press("H", at: 132)
        press("y", at: 134)
        picture("released", at: 136)
        press("M", at: 262)
        press("A", at: 264)
        picture("way-back", at: 265)
        press(.escape, at: 266)
        press(.escape, at: 268)
    }

    private mutating func looksAround() {
        press("?", at: 300)
        picture("help", at: 301)
        press(.escape, at: 302)
        press("j", at: 303)
        press("j", at: 304)
        press(.enter, at: 305)
        picture("node", at: 306)
        press(.escape, at: 307)
        press("/", at: 308)
        type("think", from: 309)
        press(.enter, at: 314)
        press("s", at: 315)
        press("s", at: 316)
        picture("filtered", at: 317)
        press("a", at: 318)
        picture("audit", at: 319)
        press(.escape, at: 320)
    }
}
