// SPDX-License-Identifier: Apache-2.0

import Factory
import Screen
import Testing

@testable import Dashboard

@Suite("A plant that says nothing any more")
struct SilenceTests {
    /// A dashboard that has had so many pictures, one each so many seconds, the last of them now.
    private static func watching(
        _ snapshot: FactorySnapshot = SampleFactory.large(), every gap: Double = 1, pictures: Int = 4, width: Int = 120
    ) -> Driver {
        var driver = Driver(snapshot, width: width)
        var next = snapshot
        for _ in 1..<pictures {
            driver.now += gap
            next.at = next.at + Seconds(gap)
            next.sequence += 1
            // What the sources said stays as old as it was.
            next.sources = next.sources.map { source in
                var source = source
                source.answeredAt = source.answeredAt.map { $0 + Seconds(gap) }
                return source
            }
            _ = driver.state.update(.tick(at: driver.now))
            _ = driver.state.update(.snapshotArrived(next))
        }
        return driver
    }

    private static func pass(_ seconds: Double, _ driver: inout Driver) {
        driver.now += seconds
        _ = driver.state.update(.tick(at: driver.now))
    }

    @Test("a picture that is overdue is said with its age, at every width, and the clock stays the picture's")
    func overdue() {
        for width in [60, 80, 120, 200] {
            var driver = Self.watching(width: width)
            let clock = driver.state.newest.at.clock
            Self.pass(2.2, &driver)
            #expect(!driver.lines[0].contains("no news"), "one poll that is late is no news")
            Self.pass(1.8, &driver)
            #expect(driver.lines[0].contains("no news 4 s"), "\(driver.lines[0])")
            if width > 60 { #expect(driver.lines[0].contains(clock)) }
            Self.pass(3, &driver)
            #expect(driver.lines[0].contains("no news 7 s"))
            var next = driver.state.newest
            next.at = next.at + Seconds(7)
            _ = driver.state.update(.snapshotArrived(next))
            #expect(!driver.lines[0].contains("no news"))
        }
    }

    @Test("ages grow by the dashboard's own clock while nothing comes, and a source that is too old turns stale")
    func ages() {
        var driver = Self.watching(width: 200)
        #expect(driver.lines[0].contains("slurm 3s"))
        let silent = driver.state.main.conditions.silent
        Self.pass(5, &driver)
        #expect(driver.lines[0].contains("slurm 8s"), "\(driver.lines[0])")
        Self.pass(11, &driver)
        #expect(driver.lines[0].contains("prom 31s!"), "\(driver.lines[0])")
        #expect(driver.state.main.conditions.silent == silent, "the picture is late, not its nodes")
        _ = driver.state.update(.input(.resized(width: 180, height: 36), at: driver.now))
        #expect(driver.state.main.conditions.silent == silent)
    }

    @Test("a plant that is looked at seldom is not missed before its time, and a key's own pictures are no polls")
    func seldom() {
        var driver = Self.watching(every: 20, pictures: 4)
        for _ in 0..<8 {
            Self.pass(0.2, &driver)
            // The same picture with more of its cells.
            _ = driver.state.update(.snapshotArrived(driver.state.newest))
        }
        Self.pass(40, &driver)
        #expect(!driver.lines[0].contains("no news"), "\(driver.lines[0])")
        Self.pass(5, &driver)
        #expect(driver.lines[0].contains("no news 46 s") || driver.lines[0].contains("no news 47 s"))
    }

    @Test("one long gap does not make the next one usual")
    func outlier() {
        var driver = Self.watching()
        Self.pass(9, &driver)
        var next = driver.state.newest
        next.at = next.at + Seconds(9)
        _ = driver.state.update(.snapshotArrived(next))
        Self.pass(3, &driver)
        #expect(driver.lines[0].contains("no news 3 s"))
    }

    @Test("a frozen picture stays what it was; that nothing comes behind it is said")
    func frozen() {
        var driver = Self.watching(width: 200)
        driver.press("p")
        Self.pass(8, &driver)
        #expect(driver.lines[0].contains("FROZEN") && driver.lines[0].contains("no news 8 s"), "\(driver.lines[0])")
        #expect(driver.lines[0].contains("slurm 3s"))
    }

    @Test("keys act while news is late: they are locked when the link is lost, and then the title says that instead")
    func keys() {
        var driver = Self.watching(SampleFactory.simulated())
        Self.pass(5, &driver)
        #expect(driver.press("H") == [.perform(.hold)])
        _ = driver.state.update(.linkChanged(.lost(for: Seconds(10), why: "silent")))
        #expect(driver.lines[0].contains("LINK LOST 10 s") && !driver.lines[0].contains("no news"))
        #expect(driver.press("H").isEmpty)
    }

    @Test("time alone asks for a frame once a second while something waits, and never otherwise")
    func frames() {
        var driver = Self.watching()
        let calm = driver.state.ageing
        Self.pass(1, &driver)
        #expect(driver.state.ageing == calm)
        Self.pass(2, &driver)
        let late = driver.state.ageing
        #expect(late != calm)
        Self.pass(1, &driver)
        #expect(driver.state.ageing != late)
    }

    @Test("a command without an answer says so from the first second on, loudly from the third, until the answer comes")
    func unanswered() {
        for width in [60, 80, 120, 200] {
            var driver = Self.watching(SampleFactory.simulated(), width: width)
            driver.press("H")
            #expect(!driver.text.contains("HOLD sent"), "most answers come at once")
            Self.pass(1, &driver)
            #expect(driver.lines[0].contains(" HOLD sent 1 s ago, no answer yet"), "\(driver.lines[0])")
            #expect(Self.role(of: "HOLD sent", in: driver) == .warning)
            Self.pass(2, &driver)
            #expect(driver.lines[0].contains(" HOLD sent 3 s ago, no answer yet"), "\(driver.lines[0])")
            #expect(Self.role(of: "HOLD sent", in: driver) == .alarm)
            let clock = driver.state.newest.at.clock
            if width > 60 { #expect(driver.lines[0].contains("\(clock) no news 3 s"), "\(driver.lines[0])") }
            driver.press("?")
            #expect(driver.lines[0].contains("HOLD sent 3 s ago"), "no page and no key takes it away")
            driver.press(.escape)
            _ = driver.state.update(.commandFinished(CommandOutcome(.hold, .accepted, "HOLD: no step starts")))
            #expect(!driver.text.contains("HOLD sent") && driver.bottom.contains("HOLD: no step starts"))
        }
    }

    @Test("of several commands HOLD is named, and how many wait besides it")
    func several() {
        var driver = Self.watching(SampleFactory.simulated())
        driver.press("+")
        driver.press("H")
        Self.pass(2, &driver)
        #expect(driver.lines[0].contains("HOLD (+1) sent 2 s ago"), "\(driver.lines[0])")
        _ = driver.state.update(.commandFinished(CommandOutcome(.hold, .accepted, "held")))
        #expect(driver.lines[0].contains("speed x60 sent 2 s ago, no answer yet"), "\(driver.lines[0])")
    }

    private static func role(of text: String, in driver: Driver) -> Role? {
        guard let range = driver.lines[0].firstRange(of: text) else { return nil }
        let column = driver.lines[0].distance(from: driver.lines[0].startIndex, to: range.lowerBound)
        return driver.frame[column, 0].role
    }
}
