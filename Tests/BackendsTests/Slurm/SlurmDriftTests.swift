// SPDX-License-Identifier: Apache-2.0

import Backends
import SlurmText
import Testing

@Suite("Drift of Slurm's lists")
struct SlurmDriftTests {
    private func partitions(_ lists: [String: [String]]) -> [SlurmPartition] {
        lists.keys.sorted().map { SlurmPartition(name: $0, nodes: Hostlist(lists[$0] ?? [])) }
    }

    private let intended = ["train": ["n1", "n2"], "serve": ["n3", "n9"]]

    @Test("lists as they were left are none, in whatever order, and partitions that were never changed do not count")
    func none() {
        let now = partitions(["train": ["n2", "n1"], "serve": ["n9", "n3"], "debug": ["n1", "n7"]])
        #expect(SlurmDrift.all(intended, now).isEmpty)
        #expect(SlurmDrift.all([:], now).isEmpty)
    }

    @Test("a reconfigure that took a move back is told by its nodes, both ways")
    func reverted() {
        let now = partitions(["train": ["n1", "n2", "n3"], "serve": ["n9"]])
        let drifts = SlurmDrift.all(intended, now)
        #expect(SlurmDrift.words(drifts) == "serve has lost n3, train has got n3")
        #expect(SlurmDrift.all(intended, now, moving: ["n3"]).isEmpty, "a node under way is where its move has it")
    }

    @Test("a partition that is gone is said to be, and is no longer meant once that is adopted")
    func missing() {
        let now = partitions(["train": ["n1", "n2", "n3"], "debug": ["n7"]])
        #expect(SlurmDrift.words(SlurmDrift.all(intended, now)) == "train has got n3, partition serve is gone")
        let adopted = SlurmDrift.adopted(now, insteadOf: intended)
        #expect(adopted == ["train": ["n1", "n2", "n3"]])
        #expect(SlurmDrift.all(adopted, now).isEmpty)
    }

    @Test("the lines for slurm.conf name the lists as they were left")
    func lines() {
        #expect(
            SlurmDrift.lines(intended) == ["PartitionName=serve Nodes=n[3,9]", "PartitionName=train Nodes=n[1-2]"])
    }
}
