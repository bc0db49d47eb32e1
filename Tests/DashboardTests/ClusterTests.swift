// SPDX-License-Identifier: Apache-2.0

import Factory
import Screen
import TestSupport
import Testing

@testable import Dashboard

@Suite("A Slurm cluster on the screen")
struct ClusterTests {
    static let sizes = [[80, 24], [120, 36], [200, 50]]

    /// As a sentence, wherever it was broken.
    private static func words(_ lines: some Sequence<String>) -> String {
        lines.joined(separator: " ").split(separator: " ").joined(separator: " ")
    }

    private func lines(
        _ keys: [Unicode.Scalar], _ size: [Int], _ snapshot: FactorySnapshot = SampleCluster.snapshot()
    ) -> [String] {
        var driver = Driver(snapshot, width: size[0], height: size[1])
        for key in keys { driver.press(key) }
        return driver.lines
    }

    @Test("its screens are drawn as they were", arguments: ["main", "jobs", "moves"], sizes)
    func golden(screen: String, size: [Int]) {
        var driver = Driver(SampleCluster.snapshot(), width: size[0], height: size[1])
        if screen != "main" { driver.press(screen == "jobs" ? "J" : "M") }
        expectGolden(driver.frame, "cluster-\(screen)-\(size[0])x\(size[1])")
    }

    @Test(
        "who waits for a serving partition is in the queue beside who waits for training, at every size",
        arguments: sizes)
    func queue(size: [Int]) {
        let text = lines([], size).joined(separator: "\n")
        #expect(text.contains("train 3 jobs"), "\(text)")
        #expect(text.contains("serve 2 jobs pending"), "\(text)")
        var calm = SampleCluster()
        calm.waiting = 0
        #expect(lines([], size, calm.snapshot()).joined().contains("serve no job is pending"))
    }

    @Test("where there is no row for each partition one line counts them all")
    func folded() {
        var snapshot = SampleCluster.snapshot()
        for name in ["batch", "chat", "code"] {
            let pool = Pool.inference(ServingClass(name))
            snapshot.pools.insert(PoolState(pool), at: 0)
            snapshot.training?.serving?.append(ServingDemand(pool: pool, pendingJobs: 1, running: 0, askedGPUs: 8))
        }
        let text = lines([], [80, 24], snapshot).joined(separator: "\n")
        #expect(text.contains("jobs wait: train 3, serve 2, batch 1"), "\(text)")
    }

    @Test("the jobs are all counted, and each row has id, name, owner, state and why", arguments: sizes)
    func jobs(size: [Int]) {
        let rows = lines(["J"], size)
        #expect(rows[1].contains("JOBS 2 run, 5 wait for 56 GPUs"), "\(rows[1])")
        let words = rows.map { $0.split(separator: " ").filter { $0 != "-" }.prefix(4) }
        for row in ["4711 pretrain-7b eve RUNNING", "4821_[7-8] sweep mallory PENDING"] {
            #expect(words.contains { $0.joined(separator: " ") == row }, "\(row)\n\(rows)")
        }
        let pinned = rows.first { $0.contains(" 4831 ") } ?? ""
        #expect(
            pinned.contains(size[0] == 80 ? " ReqNodeNotAvail -w node01" : " ReqNodeNotAvail -w node012 -C h100"),
            "\(pinned)")
        #expect(rows.contains { $0.contains("4711") && $0.contains("3h15m") })
    }

    @Test(
        "the reason of a drain has the room that load and memory of hosts need less, and says since when",
        arguments: sizes)
    func reasons(size: [Int]) {
        let row = lines([], size).first { $0.contains("node012") } ?? ""
        #expect(row.contains("drained by root: bad fan on psu"), "\(row)")
        #expect(row.contains("11:36"), "\(row)")
    }

    @Test("of GPUs that only the scheduler counts a node says how many are allocated, and that nobody measures them")
    func countedGPUs() {
        func text(_ node: String, _ snapshot: FactorySnapshot = SampleCluster.snapshot()) -> String {
            var driver = Driver(snapshot, width: 80, height: 24)
            _ = driver.state.open(.node(NodeID(node)))
            return driver.text
        }
        #expect(text("node011").contains("GPUS  8, 4 allocated (0, 1, 2, 5); no source tells how they work"))
        #expect(text("node002").contains("GPUS  8, 8 allocated; no source"))
        var measured = SampleCluster.snapshot()
        measured.nodes.gpus.utilisation.values[0] = 0.5
        #expect(
            text("node001", measured).contains("UTIL") && !text("node001", measured).contains("allocated; no source"))
    }

    @Test(
        "a move that drains says whose job it waits for and until when, in its row and in its detail", arguments: sizes)
    func waits(size: [Int]) {
        let main = lines([], size).first { $0.contains(" d-12 ") && $0.contains("DRAINING for") } ?? ""
        #expect(
            main.contains(size[0] < 200 ? "for 4711 of eve until 17:21Z" : "for 4711 pretrain-7b of eve until 17:21Z"),
            "\(main)")
        #expect(main.contains("abort"), "\(main)")
        let moves = lines(["M"], size)
        let told = "WAITS for 4711 pretrain-7b of eve on node001, until 17:21Z at the latest"
        #expect(Self.words(moves).contains(told), "\(moves)")
        var endless = SampleCluster.snapshot()
        endless.jobs[0].remaining = .missing
        #expect(
            lines(["M"], size, endless).contains {
                $0.contains("4711 pretrain-7b of eve on node001, which has no time limit")
            })
        #expect(
            lines([], size, endless).contains { $0.contains("for 4711 of eve") || $0.contains("for 4711 pretrain") })
    }

    @Test("the moves of earlier runs are the last ones; how many there were in all is not claimed")
    func earlier() {
        var snapshot = SampleCluster.snapshot()
        #expect(lines(["M"], [80, 24], snapshot)[1].contains("MOVES 1 open, 0 ended in this run"))
        #expect(!lines(["M"], [80, 24], snapshot)[1].contains("earlier"))
        snapshot.earlierMoves = snapshot.moves
        #expect(lines(["M"], [80, 24], snapshot)[1].contains("ended in this run; the last 1 of earlier runs"))
    }

    @Test(
        "no question is cut: what it asks, what follows under HOLD, and how to answer",
        arguments: [[40, 12], [60, 20], [80, 24]])
    func questions(size: [Int]) {
        func words(_ lines: [String]) -> String {
            lines.joined(separator: " ").split(separator: " ").joined(separator: " ")
        }
        var held = SampleCluster.snapshot()
        held.mode = .hold
        let abort =
            "abort d-12: free, nothing is lost yet; it goes back when HOLD is released? y yes, any other key: no"
        #expect(Self.words(lines(["A"], size, held).suffix(4)).contains(abort), "\(lines(["A"], size, held))")
        let release = "release HOLD: 1 move goes on? y yes, any other key: no"
        #expect(Self.words(lines(["H"], size, held).suffix(3)).contains(release), "\(lines(["H"], size, held))")
        #expect(!lines(["A"], [20, 5], held).joined().contains("released?"), "too small: the answer stays")
    }
}
