// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import NcursesTerminal

/// A fence behind a reference: `#expect` may ask what changes it.
private final class Held {
    var fence = FrameFence()
    func opens(at now: Double) -> Bool { fence.opens(at: now) }
    func answered(at now: Double) -> Bool { fence.answered(at: now) }
}

private final class HeldParser {
    private var parser = KeyParser()
    func feed(_ text: String) -> Int { parser.feed(Array(text.utf8)).count }
    func answers() -> Int { parser.takeAnswers() }
}

@Suite("One frame on its way")
struct FrameFenceTests {
    @Test("the next frame waits for the answer, and opens with it")
    func answer() {
        let held = Held()
        #expect(held.opens(at: 0))
        held.fence.asked(at: 0)
        #expect(!held.opens(at: 0.1))
        #expect(held.fence.wait(at: 0.1).map { abs($0 - 0.2) < 1e-9 } == true)
        #expect(!held.answered(at: 0.15))
        #expect(held.opens(at: 0.15))
        #expect(held.fence.delay == 0.15)
        // Once it has answered, it is waited for as long as a bad link takes.
        held.fence.asked(at: 1)
        #expect(!held.opens(at: 2.9))
        #expect(held.opens(at: 3))
        #expect(held.fence.isOn)
    }

    @Test("a terminal that never answers is asked three times, and each frame waits 0.3 s at most")
    func silent() {
        let held = Held()
        var now = 0.0
        for _ in 0..<FrameFence.limit {
            #expect(held.fence.isOn)
            held.fence.asked(at: now)
            #expect(!held.opens(at: now + 0.29))
            now += 0.3
            #expect(held.opens(at: now))
        }
        #expect(!held.fence.isOn)
        #expect(held.opens(at: now))
        #expect(held.fence.wait(at: now) == nil)
    }

    @Test("the answer to a frame that was given up too early does not open for the frame after it")
    func slow() {
        let held = Held()
        held.fence.asked(at: 0)
        #expect(held.opens(at: 0.3))
        held.fence.asked(at: 0.3)
        #expect(!held.answered(at: 0.4))
        #expect(held.fence.delay == 0.4)
        #expect(!held.opens(at: 0.69))
        #expect(!held.answered(at: 0.7))
        #expect(held.opens(at: 0.7))
        #expect(held.fence.delay.map { abs($0 - 0.4) < 1e-9 } == true)
    }

    @Test("an answer after all turns it on again, and says that the picture is doubtful")
    func late() {
        let held = Held()
        held.fence.asked(at: 0)
        #expect(!held.answered(at: 0.01))
        for turn in 0..<FrameFence.limit {
            held.fence.asked(at: Double(turn) * 2 + 1)
            #expect(held.opens(at: Double(turn) * 2 + 3))
        }
        #expect(!held.fence.isOn)
        #expect(held.answered(at: 8))
        #expect(held.fence.isOn)
        #expect(!held.answered(at: 8.1))
    }

    @Test("what a slow link takes is news less often, and never less than once a second")
    func pace() {
        var pace = FramePace()
        func interval() -> Double {
            pace.newsCame(at: 0)
            pace.asked(at: 0)
            pace.newsCame(at: 0)
            defer { pace.asked(at: 0) }
            return pace.wait(at: 0) ?? 0
        }
        pace.adapt(to: 0.001)
        #expect(interval() == FramePace.newsInterval)
        pace.adapt(to: 0.2)
        #expect(abs(interval() - 0.6) < 1e-9)
        pace.adapt(to: 5)
        #expect(interval() == FramePace.slowestNews)
    }

    @Test("an answer is no key, and what looks like one is none")
    func parser() {
        let parser = HeldParser()
        #expect(parser.feed("a\u{1B}[0nb") == 2)
        #expect(parser.answers() == 1)
        #expect(parser.answers() == 0)
        #expect(parser.feed("\u{1B}[3n\u{1B}[?0n\u{1B}[n\u{1B}[0;0n") == 0)
        #expect(parser.answers() == 0)
        // In pieces, as a bad link brings it.
        #expect(parser.feed("\u{1B}[") == 0)
        #expect(parser.feed("0n") == 0)
        #expect(parser.answers() == 1)
    }
}
