// SPDX-License-Identifier: Apache-2.0

import Factory
import Testing

@Suite("Ledger")
struct LedgerTests {
    @Test("the ledger always sums to the total", arguments: [0, 1, 7, 64, 10_000])
    func total(nodes: Int) {
        var state: UInt64 = 42
        let states = (0..<nodes).map { _ -> NodeState in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return NodeState.allCases[Int(state >> 33) % NodeState.allCases.count]
        }
        let ledger = Ledger(counting: states)
        #expect(ledger.total == nodes)
        #expect(LedgerState.allCases.reduce(0) { $0 + ledger[$1] } == nodes)
        #expect(AllocationPart.allCases.reduce(0) { $0 + ledger[part: $1] } == nodes)
    }

    @Test(
        "every state counts in its line and its part",
        arguments: [
            (NodeState.serving, LedgerState.serving, AllocationPart.inference),
            (.cordoned, .draining, .inTransit), (.draining, .draining, .inTransit), (.unloading, .draining, .inTransit),
            (.releasing, .loading, .inTransit), (.loading, .loading, .inTransit), (.warming, .warming, .inTransit),
            (.canary, .warming, .inTransit), (.training, .training, .training), (.checkpointing, .training, .training),
            (.joining, .restarting, .inTransit), (.restarting, .restarting, .inTransit), (.spare, .spare, .spare),
            (.failed, .failed, .failed), (.unknown, .unknown, .unknown), (.out, .out, .out),
        ])
    func lines(state: NodeState, line: LedgerState, part: AllocationPart) {
        let ledger = Ledger(counting: [state])
        #expect(ledger[line] == 1)
        #expect(ledger[part: part] == 1)
        #expect(ledger.total == 1)
    }

    @Test("the table above has every state")
    func complete() {
        #expect(NodeState.allCases.count == 16)
        #expect(Set(NodeState.allCases.map(\.label)).count == 16)
        #expect(NodeState.allCases.allSatisfy { $0.label.count <= 9 })
    }

    @Test("a plant of unknown nodes has a total and nothing else")
    func unknown() {
        #expect(!Ledger(counting: [.unknown, .unknown]).isKnown)
        #expect(Ledger(counting: [.unknown, .serving]).isKnown)
        #expect(Ledger().isKnown)
    }
}
