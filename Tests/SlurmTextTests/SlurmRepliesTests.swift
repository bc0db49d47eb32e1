// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import SlurmText

/// What a real 22.05.8 said, asked as tokenworks asks it.
@Suite struct SlurmRepliesTests {
    private static func text(_ name: String) throws -> String {
        String(decoding: try fixture("slurm-22.05.8/\(name).txt"), as: UTF8.self)
    }

    @Test("every node with its state, GPUs, load and partition")
    func nodes() throws {
        let nodes = SlurmNode.nodes(in: try Self.text("scontrol-nodes"))
        #expect(nodes.count == 16)
        let first = try #require(nodes.first)
        #expect(first.name == "node001" && first.partitions == ["training"])
        #expect(first.state == SlurmNodeState(.mixed))
        #expect(first.gpus == 8 && first.gpusAllocated == 8 && first.gpuType == "h200")
        #expect(first.cpus == 64 && first.cpusAllocated == 16 && first.memory == 1_024_000)
        #expect(first.cpuLoad != nil && first.version == "22.05.8" && first.reason == nil)
        #expect(nodes[14].state == SlurmNodeState(.idle, [.maintenance, .reserved]))
    }

    @Test("a reason is whole, with its owner and time, whatever it looks like")
    func reasons() throws {
        let nodes = SlurmNode.nodes(in: try Self.text("scontrol-nodes"))
        let drained = nodes[11]
        #expect(drained.state == SlurmNodeState(.idle, [.drain]))
        #expect(drained.reason == "bad gpu [x] State=FOO disk=1 maybe")
        #expect(drained.reasonOwner == "root" && drained.reasonAt == 1_795_871_721)
        let down = nodes[12]
        #expect(down.name == "node013" && down.state == SlurmNodeState(.down))
        #expect(down.reason == "line1 line2 NodeName=forged State=IDLE" && down.reasonOwner == "root")
    }

    @Test("partitions with their lists and limits")
    func partitions() throws {
        let partitions = try SlurmPartition.partitions(in: try Self.text("scontrol-partitions"))
        #expect(partitions.map(\.name) == ["training", "inference"])
        #expect(partitions[0].nodes.names.count == 10 && partitions[0].state == .up && partitions[0].isDefault)
        #expect(partitions[1].nodes.description == "node[011-016]" && partitions[1].maxTime == .infinity)
        #expect(partitions[1].defaultTime == nil && partitions[1].maxNodesPerJob == nil)
    }

    @Test("a partition whose list cannot be read is an error, not a shorter list")
    func brokenList() throws {
        #expect(throws: HostlistError.self) {
            try SlurmPartition.partitions(in: "PartitionName=p Nodes=node[001- State=UP")
        }
    }

    @Test("reservations with nodes, flags and times")
    func reservations() throws {
        let reservations = try SlurmReservation.reservations(in: try Self.text("scontrol-reservations"))
        let one = try #require(reservations.first)
        #expect(one.name == "maint1" && one.nodes.names == ["node015"] && one.users == ["root"])
        #expect(one.flags.contains("MAINT"))
        #expect(one.isActive(at: 1_795_871_781) && !one.isActive(at: 1_795_871_780) && !one.isActive(at: 1_795_875_381))
        #expect(try SlurmReservation.reservations(in: "No reservations in the system\n").isEmpty)
    }

    @Test("the queue: arrays expanded, GPUs by every way to ask, names with lines in them")
    func queue() throws {
        let queue = SlurmQueue(parsing: try fixture("slurm-22.05.8/squeue.txt"), mark: "Zmark")
        #expect(queue.unread == 0)
        #expect(queue.jobs.count == 13)
        let byID = Dictionary(queue.jobs.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        let gang = try #require(byID["1"])
        #expect(gang.isRunning && gang.nodes.names.count == 4 && gang.gpus == 32 && gang.limit == 172_800)
        #expect(gang.user == "root" && gang.account == nil && gang.partitions == ["training"])
        #expect(byID["2"]?.gpus == 4)
        #expect(byID["3"]?.gpus == 8)
        let array = try #require(byID["4_[8-99%4]"])
        #expect(array.isPending && array.tasks == 92 && array.throttle == 4 && array.gpus == 2 && array.arrayID == "4")
        #expect(array.name == "arr|pipe\tx" && array.reason == "JobArrayTaskLimit")
        #expect(byID["4_5"]?.tasks == 1)
        #expect(byID["5_[1,3,5,7,9]"]?.tasks == 5)
        #expect(byID["6"]?.name == "evil\nFORGED|1\u{1b}[31mred")
        #expect(byID["6"]?.start == 1_827_407_723 && byID["6"]?.limit == .infinity)
        #expect(byID["7"]?.isHeld == true && byID["7"]?.requiredNodes == "node001")
        #expect(byID["8"]?.isHeld == false && byID["8"]?.reason == "BeginTime")
        #expect(byID["9"]?.limit == 600 && byID["9"]?.nodes.names == ["node011"])
    }

    @Test("a reason that repeats its own key is whole")
    func repeated() throws {
        let line =
            "NodeName=n1 State=IDLE+DRAIN OS=Linux 6 #1  RealMemory=5 Reason=a Reason=b Weight=9 [root@2026-11-28T13:15:21]"
        let node = try #require(SlurmNode(SlurmRecord(line: line)))
        #expect(node.reason == "a Reason=b Weight=9" && node.reasonOwner == "root" && node.memory == 5)
    }

    @Test("a newer version says the same in the same words, and the reservation of a node beside")
    func newer() throws {
        func text(_ name: String) throws -> String {
            String(decoding: try fixture("slurm-24.11.5/\(name).txt"), as: UTF8.self)
        }
        let nodes = SlurmNode.nodes(in: try text("scontrol-nodes"))
        #expect(nodes.map(\.state.description) == ["MIXED", "MIXED", "IDLE+MAINTENANCE+RESERVED", "IDLE+DRAIN"])
        #expect(nodes[2].reservation == "maint1" && nodes[3].reason == "bad fan [x] State=FOO")
        #expect(nodes[3].reasonOwner == "root" && nodes[0].gpuIndexes == Set(0..<8))
        let queue = SlurmQueue(parsing: Array(try text("squeue").utf8), mark: "Zmark")
        #expect(queue.unread == 0)
        #expect(queue.jobs.map(\.gpus) == [3, 4, 16])
        #expect(queue.jobs.map(\.tasks) == [30, 1, 1])
        #expect(SlurmHealth(parsing: try text("sdiag"))?.threads != nil)
    }

    @Test("a row takes nothing from the row before, whichever rows there are")
    func rows() throws {
        let whole = try fixture("slurm-22.05.8/squeue.txt")
        var rows = String(decoding: whole, as: UTF8.self).components(separatedBy: "Zmark\n").dropLast()
        let alone = rows.map { SlurmQueue(parsing: Array(($0 + "Zmark\n").utf8), mark: "Zmark").jobs }
        #expect(alone.allSatisfy { $0.count == 1 })
        var random = SeededGenerator(seed: 6)
        for _ in 0..<40 {
            let order = rows.indices.shuffled(using: &random)
            let text = order.map { rows[$0] + "Zmark\n" }.joined()
            #expect(SlurmQueue(parsing: Array(text.utf8), mark: "Zmark").jobs == order.flatMap { alone[$0] })
        }
        // One that cannot be read in between changes nothing of the next.
        rows.insert("nonsense", at: 1)
        let broken = SlurmQueue(parsing: Array(rows.map { $0 + "Zmark\n" }.joined().utf8), mark: "Zmark")
        #expect(broken.jobs == alone.flatMap(\.self) && broken.unread == 1)
    }

    @Test("GPUs by socket are unknown, not none")
    func sockets() {
        func gpus(perSocket: String) -> Int? {
            SlurmQueue.gpus(
                perNode: "N/A", perJob: "N/A", perTask: "N/A", perSocket: perSocket, allocated: "cpu=1", nodes: 1,
                tasks: 1)
        }
        #expect(gpus(perSocket: "gres:gpu:2") == nil && gpus(perSocket: "N/A") == 0)
    }

    @Test("an answer that breaks off says so, and a forged row is none without the mark")
    func broken() throws {
        let whole = try fixture("slurm-22.05.8/squeue.txt")
        let cut = SlurmQueue(parsing: Array(whole.dropLast(30)), mark: "Zmark")
        #expect(cut.jobs.count == 12 && cut.unread == 1)
        #expect(SlurmQueue(parsing: whole, mark: "Zother").jobs.isEmpty)
        #expect(SlurmQueue(parsing: [], mark: "Zmark").unread == 0)
        #expect(SlurmQueue.arguments(mark: "Zmark").last?.hasSuffix("Name:Zmark") == true)
    }

    @Test("a mark that begins with a digit is no width of the column")
    func width() throws {
        #expect(SlurmQueue.arguments(mark: "3k9fx").last?.hasSuffix("Name:m3k9fx") == true)
        let text = try Self.text("squeue").replacingOccurrences(of: "Zmark", with: "m3k9fx")
        let queue = SlurmQueue(parsing: Array(text.utf8), mark: "3k9fx")
        #expect(queue.unread == 0 && !queue.jobs.isEmpty)
    }

    @Test("the scheduler's health by its own counts")
    func health() throws {
        let health = try #require(SlurmHealth(parsing: try Self.text("sdiag")))
        #expect(health.threads != nil && health.agentQueue == 0)
        #expect(health.lastCycle.map { $0 > 0 && $0 < 1 } == true && health.meanCycle != nil)
        #expect(health.backfillCycle != nil && health.backfillQueue != nil && health.jobsRunning == 8)
        #expect(SlurmHealth(parsing: "slurm_get_statistics: Connection refused") == nil)
    }

    @Test("no bytes bring a parser down")
    func fuzz() async throws {
        let replies = try ["scontrol-nodes", "scontrol-partitions", "scontrol-reservations", "squeue", "sdiag"].map {
            try fixture("slurm-22.05.8/\($0).txt")
        }
        await Fuzz.run("slurm replies", seconds: 5) { random in
            for reply in replies {
                let bytes = Fuzz.mutated(Array(reply.prefix(6000)), &random)
                let text = String(decoding: bytes, as: UTF8.self)
                #expect(SlurmNode.nodes(in: text).count <= 64)
                // ignored because only that it comes back counts.
                _ = try? SlurmPartition.partitions(in: text)
                _ = try? SlurmReservation.reservations(in: text)
                #expect(SlurmQueue(parsing: bytes, mark: "Zmark").jobs.count <= 64)
                _ = SlurmHealth(parsing: text)
            }
        }
    }
}
