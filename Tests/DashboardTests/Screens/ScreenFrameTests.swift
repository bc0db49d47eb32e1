// SPDX-License-Identifier: Apache-2.0

import Factory
import Screen
import TestSupport
import Testing

@testable import Dashboard

@Suite("The other screens' pictures")
struct ScreenFrameTests {
    /// A held plant with a unit that is stuck past LOSS.
    static func held() -> FactorySnapshot {
        var snapshot = SampleFactory.simulated()
        snapshot.mode = .hold
        for index in snapshot.moves.indices where snapshot.moves[index].isOpen {
            snapshot.moves[index].phase = .held
            for unit in snapshot.moves[index].units.indices { snapshot.moves[index].units[unit].phase = .held }
            snapshot.moves[index].units[0].pastLoss = true
            snapshot.moves[index].units[0].problem = "load: no weights on the node after 3 tries"
            snapshot.moves[index].undo = ["sim load su04-n14 chat", "sim serve su04-n14 chat"]
        }
        return snapshot
    }

    static func records() -> [AuditRecord] {
        let rows: [(AuditRecord.Kind, String, Int, MoveStep?, String)] = [
            (.released, "ops1", 0, nil, "HOLD released"),
            (.held, "ops1", 0, nil, "HOLD"),
            (.verified, "ops-02", 2219, nil, "ready after 3:20 (forecast 9:20), lost 0 GPU-h"),
            (.step, "ops-02", 2219, .serve, "su04-n16 serves think"),
            (.step, "ops-02", 2219, .load, "su04-n16 loads think"),
            (.accepted, "ops-02", 2219, nil, "1 node spare -> inference/think"),
            (.asked, "ops-02", 2219, nil, "1 node spare -> inference/think, confirmed with y"),
            (.interrupted, "ops-02", 2218, nil, "the program ended while the move ran"),
            (.refused, "guest", 2217, nil, "guest is a viewer: only an operator may act"),
        ]
        return rows.enumerated().map { index, row in
            AuditRecord(
                sequence: UInt64(900 - index), kind: row.0, wall: 1_795_615_572,
                at: SampleFactory.now + Seconds(Double(-index) * 333), by: row.1,
                decision: row.2 == 0 ? nil : DecisionID(row.2), node: row.3 == nil ? nil : NodeID("su04-n16"),
                step: row.3, mode: .manual, text: row.4, details: row.2 == 2217 ? ["confirmation": "yes"] : [:],
                previous: "", hash: "5f1d\(index)")
        }
    }

    static let openings: [(String, ScreenOpening, FactorySnapshot)] = [
        ("moves", .moves, SampleFactory.simulated()), ("moves-held", .moves, held()),
        ("moves-none", .moves, SampleFactory.calm()), ("audit", .audit, SampleFactory.simulated()),
        ("node", .node(NodeID("su01-n05")), SampleFactory.simulated()),
        (
            "node-moving",
            .node(
                SampleMoves.moving(SampleFactory()).first.map { SampleFactory.simulated().nodes.ids[$0] } ?? NodeID("")),
            SampleFactory.simulated()
        ),
        ("node-host", .node(NodeID("10.0.0.2:9100")), SampleFactory.hosts()),
        ("node-stale", .node(NodeID("10.0.0.3:9100")), SampleFactory.hosts()),
        ("help-main", .help(of: .main), SampleFactory.simulated()),
        ("help-plan", .help(of: .plan), SampleFactory.hosts()),
        ("quit", .quit, SampleFactory.simulated()),
        ("request", .request(DecisionID(9)), SharedRoomTests.shared(asking: "adam")),
        ("request-own", .request(DecisionID(9)), SharedRoomTests.shared(asking: SampleFactory.you.name)),
        ("lifecycle", .lifecycle, SampleEconomy.whole()), ("economics", .economics, SampleEconomy.whole()),
        ("jobs", .jobs, SampleEconomy.whole()), ("sites", .sites, SampleEconomy.sites()),
    ]

    @Test("a node shows clocks, links, errors and traffic where a source speaks of them, and no line where none does")
    func rareNumbers() {
        func text(_ snapshot: FactorySnapshot) -> String {
            var rig = ScreenRig(snapshot, width: 120, height: 50)
            _ = rig.state.open(.node(snapshot.nodes.ids[0]))
            return dump(rig.frame(120, 50))
        }
        var snapshot = SampleFactory.simulated()
        for word in ["CLOCK", "NVLINK", "ERRORS", "FLOW", "WAITS", "BOOT"] { #expect(!text(snapshot).contains(word)) }
        snapshot.nodes.gpus.clock = Column([1980, 1410])
        snapshot.nodes.gpus.pcie = Column([1.2e9, 181e9])
        snapshot.nodes.gpus.heldForHeat = Column([0, 0.4])
        snapshot.nodes.gpus.faults[1] = GPUFaults()
        snapshot.nodes.gpus.faults[1]?.uncorrectable = 2
        snapshot.nodes.host.networkIn = Column([2.5e6])
        snapshot.nodes.host.cpuPressure = Column([0.12])
        snapshot.nodes.host.bootedAt[0] = snapshot.at + Seconds(-86_400 * 3)
        snapshot.nodes.host.oomKills[0] = 1
        let shown = text(snapshot)
        for words in [
            "1980 MHz", "1.20 GB/s", "181 GB/s", "40 %!", "2 uncorrectable errors", "network in 2.50 MB/s out -",
            "for cpu 12 %",
            "booted 3d ago", "1 killed for want of memory since then!",
        ] { #expect(shown.contains(words), "\(words)\n\(shown)") }
        #expect(!shown.contains("NVLINK") && !shown.contains("fabric"))
    }

    @Test("each screen looks as it did", arguments: openings.map(\.0))
    func looks(name: String) throws {
        let (_, opening, snapshot) = try #require(Self.openings.first { $0.0 == name })
        for (width, height) in goldenSizes {
            var rig = ScreenRig(snapshot, width: width, height: height)
            _ = rig.state.open(opening)
            if name == "audit" { rig.tell(.auditArrived(Self.records())) }
            expectGolden(rig.frame(width, height), "\(name)-\(width)x\(height)")
        }
    }
}
