// SPDX-License-Identifier: Apache-2.0

import Factory
import Screen
import Testing

@testable import Dashboard

@Suite("Frames")
struct FrameTests {
    static let sizes = [[80, 24], [120, 36], [200, 50], [100, 30], [132, 43]]

    @Test("a sum to which not every engine gave its share says that there is more")
    func parts() {
        var snapshot = SampleFactory.simulated()
        let place = snapshot.pools.firstIndex { $0.pool.servingClass?.name == "chat" } ?? 0
        #expect(!dump(SampleFactory.dashboard(snapshot).render(width: 120, height: 36)).contains(">" + "210"))
        snapshot.pools[place].parts = [.waiting, .decode]
        let text = dump(SampleFactory.dashboard(snapshot).render(width: 120, height: 36))
        #expect(text.contains(" >210 ") && text.contains(" >72.8 k"))
    }

    @Test("a class that fails its requests stands in USERS and in its row of the queue; one that does not stays quiet")
    func failing() {
        var snapshot = SampleFactory.calm()
        let place = snapshot.pools.firstIndex { $0.pool.servingClass?.name == "chat" } ?? 0
        snapshot.pools[place].finished = .fresh(RequestsPerSecond(100))
        snapshot.pools[place].failed = .fresh(RequestsPerSecond(0.1))
        #expect(!dump(SampleFactory.dashboard(snapshot).render(width: 120, height: 36)).contains("fails"))
        snapshot.pools[place].failed = .fresh(RequestsPerSecond(25))
        for (width, height) in [(80, 24), (120, 36), (200, 50)] {
            let lines = Driver(snapshot, width: width, height: height).lines
            #expect(lines[1].contains("chat fails 20%!"), "\(lines[1])")
            #expect(lines.dropFirst(2).contains { $0.contains("chat") && $0.contains(" fails 20%!") })
        }
        // A name that fills the cell gives way, and not the number.
        snapshot.pools[place].pool = .inference(ServingClass("qwen3-32b-instruct-2507"))
        let row = Driver(snapshot, width: 80, height: 24).lines[1]
        #expect(row.contains(" fails 20%!") && !row.contains("~"), "\(row)")
    }

    @Test(
        "what a scheduler's metrics do not say is not asked for: no GPUs, no oldest, but what is in use and how long it took"
    )
    func queueMetrics() {
        var snapshot = SampleFactory.hosts()
        var demand = TrainingDemand(pendingJobs: 17, askedGPUs: nil, oldest: nil, oldestJob: "", oldestReason: "")
        (demand.running, demand.gpusUsed, demand.gpusInAll, demand.wait) = (9, 96, 128, Seconds(700))
        snapshot.training = demand
        let text = Driver(snapshot, width: 200, height: 50).text
        for words in ["train 17 jobs pending ", "96/128 GPUs, waited p95 12 min", "9 jobs running"] {
            #expect(text.contains(words), "\(words)\n\(text)")
        }
        #expect(!text.contains("ask"))
        var driver = Driver(snapshot, width: 120, height: 36)
        driver.press("J")
        for words in ["JOBS 9 run, 17 wait", "at risk now -", "no source names them"] {
            #expect(driver.text.contains(words), "\(words)\n\(driver.text)")
        }
        snapshot.training?.age = Seconds(300)
        #expect(Driver(snapshot, width: 200, height: 50).text.contains("17 jobs pending 5m ago"))
        #expect(Driver(snapshot, width: 80, height: 24).text.contains("17 jobs pending"))
    }

    @Test("every panel has exactly its title at every size from 80x24 on", arguments: sizes)
    func titles(size: [Int]) {
        for snapshot in [SampleFactory.large(), SampleFactory.hosts(), SampleFactory.empty()] {
            let driver = Driver(snapshot, width: size[0], height: size[1])
            for title in ["Nodes", "Queue", "Tokens/s", "Allocation", "Events"] {
                #expect(driver.lines.contains { $0.contains(" \(title) ") }, "\(title)")
            }
        }
    }

    @Test("the five questions are answered in row 2 and none is cut off", arguments: sizes)
    func questions(size: [Int]) {
        for snapshot in [SampleFactory.large(), SampleFactory.simulated(), SampleFactory.calm(), SampleFactory.hosts()]
        {
            let row = Driver(snapshot, width: size[0], height: size[1]).lines[1]
            for name in ["TREND", "WHERE", "MOVING", "TRUST"] { #expect(row.contains(name + " ")) }
            // Where both have no room the answer stays, and the cell says which question it is.
            #expect(row.contains("USERS ") || size[0] == 80 && row.contains(" ok!"))
            #expect(!row.contains("~"))
        }
    }

    @Test("the ledger's parts sum to its total in every frame", arguments: [[20, 5], [40, 12]] + sizes)
    func ledgerSums(size: [Int]) throws {
        for snapshot in [SampleFactory.simulated(), SampleFactory.large(), SampleFactory.calm()] {
            let text = LedgerLine.text(snapshot.ledger, width: size[0] - 16)
            let driver = Driver(snapshot, width: size[0], height: size[1])
            let numbers = text.split { !$0.isNumber }.compactMap { Int($0) }
            let parts = numbers.first == snapshot.ledger.total ? Array(numbers.dropFirst()) : numbers
            #expect(parts.reduce(0, +) == snapshot.nodes.count)
            if size[0] >= 80 { #expect(driver.text.contains(text)) }
        }
    }

    @Test("the same events give the same frame")
    func deterministic() {
        func run() -> Frame {
            var driver = Driver(SampleFactory.large())
            for letter: Unicode.Scalar in ["j", "j", " ", "s", "2", "5", "j", "t", "1"] { driver.press(letter) }
            _ = driver.state.update(.snapshotArrived(SampleFactory.large()))
            return driver.frame
        }
        #expect(run() == run())
    }

    @Test("no size crashes and every frame has the size asked for", arguments: 1...30)
    func tiny(width: Int) {
        for snapshot in [SampleFactory.simulated(), SampleFactory.hosts(), SampleFactory.empty()] {
            for height in 1...10 {
                var driver = Driver(snapshot, width: width, height: height)
                for key: Key in [
                    .character("j"), .control("f"), .character("G"), .tab, .character("/"), .character("x"), .escape,
                ] {
                    driver.press(key)
                    let frame = driver.frame
                    #expect(frame.width == width && frame.height == height)
                }
                #expect(driver.text.contains { !$0.isWhitespace })
            }
        }
    }

    @Test("every screen draws at every odd size", arguments: ["?", "M", "r", "a", "q"] as [Unicode.Scalar])
    func screens(letter: Unicode.Scalar) {
        for (width, height) in [(1, 1), (20, 5), (33, 9), (79, 23), (81, 25), (300, 80)] {
            var driver = Driver(width: width, height: height)
            driver.press(letter)
            #expect(driver.state.screen != .main)
            #expect(driver.frame.width == width)
        }
    }

    @Test("an unknown reads as a dash and never as a zero", arguments: sizes)
    func unknown(size: [Int]) {
        let driver = Driver(SampleFactory.empty(), width: size[0], height: size[1])
        #expect(!driver.lines.dropFirst().dropLast().joined().contains("0"))
        let queue = driver.lines.first { $0.contains("train ") && $0.contains("-") }
        #expect(queue != nil)
    }

    @Test("a stale value keeps its number, has the stale role, and its panel says the age")
    func stale() {
        let driver = Driver(SampleFactory.large())
        #expect(driver.text.contains("stale 42s"))
        let frame = driver.frame
        #expect(frame.cells.contains { $0.role == .stale })
    }

    @Test("before the first snapshot the frame says what it waits for")
    func waiting() {
        let state = DashboardState(options: SampleFactory.options(SampleFactory.simulated()))
        let text = dump(state.render(width: 120, height: 36))
        #expect(
            text.contains("SIM demo") && text.contains("waiting for the first answer") && text.contains("--:--:--Z"))
    }

    @Test("a poll that says almost the same repaints almost nothing")
    func calm() {
        var snapshot = SampleFactory.calm()
        var driver = Driver(snapshot)
        let before = driver.frame
        for index in snapshot.nodes.indices {
            let wobble = Float(SampleFactory.wobble(index, 9) - 0.5)
            snapshot.nodes.power.values[index] += wobble * 150
            snapshot.nodes.gpuUtilisation.values[index] += wobble * 0.02
            snapshot.nodes.temperature.values[index] += wobble
        }
        snapshot.at = snapshot.at + Seconds(1)
        for index in snapshot.nodes.indices { snapshot.nodes.heardAt[index] = snapshot.at }
        _ = driver.state.update(.snapshotArrived(snapshot))
        let changed = zip(before.cells, driver.frame.cells).count { $0 != $1 }
        #expect(changed <= 3)
    }

    @Test("a notice goes away with time")
    func notices() {
        var driver = Driver()
        _ = driver.state.update(.noticed("256 colours are missing"))
        #expect(driver.bottom.contains("256 colours"))
        _ = driver.state.update(.tick(at: driver.now + DashboardState.noticeTime + 1))
        #expect(!driver.bottom.contains("256 colours"))
    }

    @Test("where no class was promised a level none is said to be within it")
    func noLevel() {
        func line(_ snapshot: FactorySnapshot) -> String {
            let rows = dump(ScreenRig(snapshot).frame(120, 36)).split(separator: "\n")
            return rows.first { $0.contains("r opens the plan") }.map(String.init) ?? ""
        }
        var calm = SampleFactory.calm()
        #expect(line(calm).contains("every class is within its level"))
        for index in calm.pools.indices { calm.pools[index].level = nil }
        #expect(line(calm).contains("no class was promised a level"))
    }
}
