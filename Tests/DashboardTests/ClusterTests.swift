// SPDX-License-Identifier: Apache-2.0

import Factory
import Screen
import TestSupport
import Testing

@testable import Dashboard

@Suite("A Slurm cluster on the screen")
struct ClusterTests {
    static let sizes = [[80, 24], [120, 36], [200, 50]]

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
}
