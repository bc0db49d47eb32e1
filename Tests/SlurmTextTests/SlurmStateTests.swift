// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SlurmText

@Suite struct SlurmStateTests {
    @Test(
        "commands and REST servers of all generations mean the same",
        arguments: [
            ("IDLE+DRAIN", ["idle", "DRAIN"]), ("mix*", ["MIXED", "NOT_RESPONDING"]), ("drained", ["IDLE", "DRAIN"]),
            ("drng", ["ALLOCATED", "DRAIN"]), ("idle~", ["IDLE", "POWERED_DOWN"]),
            ("DOWN*+DRAIN", ["DOWN", "DRAIN", "NOT_RESPONDING"]),
            ("idle+drain", ["idle", "DRAIN"]), ("IDLE+MAINTENANCE+RESERVED", ["IDLE", "MAINTENANCE", "RESERVED"]),
            ("unk*", ["UNKNOWN", "NOT_RESPONDING"]), ("alloc", ["allocated"]), ("idle-", ["IDLE", "PLANNED"]),
        ])
    func words(text: String, words: [String]) {
        #expect(SlurmNodeState(parsing: text) == SlurmNodeState(words: words))
    }

    @Test("a word of tomorrow is kept, and a node with one is not taken for drained")
    func unknown() {
        let state = SlurmNodeState(parsing: "IDLE+DRAIN+HAUNTED")
        #expect(state.others == ["HAUNTED"])
        #expect(state.isDrained && !state.isExactlyDrained)
        #expect(state.description == "IDLE+DRAIN+HAUNTED")
    }

    @Test("drained, draining and taking work are apart")
    func apart() {
        #expect(SlurmNodeState(parsing: "IDLE+DRAIN").isExactlyDrained)
        #expect(SlurmNodeState(parsing: "IDLE+DRAIN+CLOUD").isExactlyDrained)
        #expect(SlurmNodeState(parsing: "IDLE+DRAIN+PLANNED").isExactlyDrained)
        #expect(!SlurmNodeState(parsing: "IDLE*+DRAIN").isExactlyDrained)
        #expect(!SlurmNodeState(parsing: "IDLE+DRAIN+COMPLETING").isExactlyDrained)
        #expect(SlurmNodeState(parsing: "MIXED+DRAIN").isDraining)
        #expect(!SlurmNodeState(parsing: "MIXED+DRAIN").takesWork)
        #expect(SlurmNodeState(parsing: "MIXED").takesWork)
        #expect(!SlurmNodeState(parsing: "UNKNOWN").takesWork)
    }

    @Test(
        "GPUs in every way to write them",
        arguments: [
            ("gpu:h200:8", 8), ("gpu:h200:3(IDX:0-2)", 3), ("gpu:h200:0(IDX:N/A)", 0), ("gpu:(null):4(IDX:0-3)", 4),
            ("gpu:4(S:0-1)", 4), ("gpu:a100:2(S:0,1),gpu:h200:6(S:2-3)", 8), ("gres:gpu:8", 8), ("gres/gpu:h200:2", 2),
            ("gres/gpu=8,gres/gpu:h200=8,cpu=4", 8), ("gres/gpu:h200=4,gres/gpu:a100=4", 8), ("gpu", 1),
            ("gpu:h200", 1),
            ("gpu:h200:no_consume:4", 4), ("shard:4,nic:2", 0), ("", 0), ("(null)", 0), ("gpu:2,gpu:h200:2", 4),
        ])
    func gpus(text: String, count: Int) {
        #expect(SlurmGres.gpus(in: text) == count)
    }

    @Test("GPUs that cannot be read are unknown, never none")
    func unreadable() {
        #expect(SlurmGres.gpus(in: "gpu:h200:many:x") == nil)
        #expect(SlurmGres.gpuType(in: "shard:2,gpu:h200:8(S:0-1)") == "h200")
        #expect(SlurmGres.gpuType(in: "gpu:8") == nil)
    }

    @Test("moments are UTC, and what is no moment is none")
    func moments() {
        #expect(SlurmTime.moment("2026-11-28T13:15:21") == 1_795_871_721)
        #expect(SlurmTime.moment("1795871721") == 1_795_871_721)
        #expect(SlurmTime.moment("2028-02-29T00:00:00") == 1_835_395_200)
        for text in ["N/A", "Unknown", "None", "0", "", "4294967294000", "2026-13-01T00:00:00", "NONE"] {
            #expect(SlurmTime.moment(text) == nil, "\(text)")
        }
    }

    @Test("spans in days, hours, minutes")
    func spans() {
        #expect(SlurmTime.span("2-00:00:00") == 172_800)
        #expect(SlurmTime.span("1-12") == 129_600)
        #expect(SlurmTime.span("10:00") == 600)
        #expect(SlurmTime.span("1:02:03") == 3723)
        #expect(SlurmTime.span("5") == 300)
        #expect(SlurmTime.span("UNLIMITED") == .infinity)
        for text in ["NOT_SET", "Partition_Limit", "", "1:2:3:4", "-5"] {
            #expect(SlurmTime.span(text) == nil, "\(text)")
        }
    }

    @Test("arrays stand for their tasks")
    func arrays() {
        #expect(SlurmArray(parsing: "4-99%4")?.count == 96)
        #expect(SlurmArray(parsing: "4-99%4")?.throttle == 4)
        #expect(SlurmArray(parsing: "1,3,5-9:2")?.count == 5)
        #expect(SlurmArray(parsing: "7")?.count == 1)
        let cut = SlurmArray(parsing: "1,3,5,...")
        #expect(cut?.count == 3 && cut?.isCut == true)
        for text in ["", "x", "9-1", "1-5:0", "1%x"] { #expect(SlurmArray(parsing: text) == nil, "\(text)") }
    }
}
