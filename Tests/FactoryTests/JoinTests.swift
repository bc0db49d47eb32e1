// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Factory

@Suite("One machine under several names") struct JoinTests {
    /// node_exporter, DCGM and an engine of one machine, each with its own name for it.
    private static let facts = [
        host("node-7", "10.0.0.7"), host("gpu07-ib.example.com", "10.1.0.7", "dcgm"), host("cpu1", "10.0.0.99"),
    ]
    private static let aliases = ["10.9.0.7": "gpu07", "gpu07-ib": "gpu07", "node-7": "gpu07"]

    @Test("the operator's table joins them under its own name, and places the engine")
    func table() {
        var fold = Fold(plant: "p", aliases: Self.aliases)
        let snapshot = fold.fold([exporters(Self.facts, [engine("m", "10.9.0.7")])])
        #expect(snapshot.nodes.ids == [NodeID("cpu1"), NodeID("gpu07")])
        #expect(snapshot.nodes.cpu[1] == 0.25)
        #expect(snapshot.nodes.gpus.range(of: 1).count == 1)
        #expect(snapshot.nodes.states == [.unknown, .serving])
        #expect(snapshot.pools[0].nodes == 1)
        #expect(snapshot.sources[0].hints.isEmpty)
    }

    @Test("without the table they are three, and a hint says how to join them")
    func apart() {
        var fold = Fold(plant: "p")
        let snapshot = fold.fold([exporters(Self.facts, [engine("m", "10.9.0.7")])])
        #expect(snapshot.nodes.count == 3)
        #expect(
            snapshot.sources[0].hints == [
                "1 host with GPUs and no node_exporter (gpu07-ib.example.com), 2 with node_exporter and no GPUs "
                    + "(cpu1, node-7): where they are the same, join them under 'names' in the configuration",
                "engines at 10.9.0.7 are on no known node: give 'node' in the source, or join them under 'names' in the "
                    + "configuration",
            ])
    }

    @Test("an address that two exporters name differently is one hint; one exporter of many machines is none")
    func twoNames() {
        let two = [host("node-7", "10.0.0.7"), host("gpu07", "10.0.0.7", "dcgm")]
        #expect(
            JoinHints(two, []).sentences.first
                == "10.0.0.7 is named gpu07 by dcgm, node-7 by node_exporter: join them under 'names' in the configuration"
        )
        #expect(JoinHints(two, [], aliases: ["node-7": "gpu07"]).sentences.isEmpty)
        let tunnels = [
            host("a", "127.0.0.1"), host("b", "127.0.0.1"), host("a", "127.0.0.1", "dcgm"),
            host("b", "127.0.0.1", "dcgm"),
        ]
        #expect(JoinHints(tunnels, []).sentences.isEmpty)
    }

    @Test("a name with its domain and without is one, in the table as on the pages")
    func domains() {
        let aliases = ["gpu07-ib.example.com": "gpu07"]
        let names = HostNames(["gpu07-ib", "gpu07.example.com"], aliases: aliases)
        #expect(names.canonical("GPU07-IB") == "gpu07.example.com")
        #expect(names.canonical("gpu07") == "gpu07.example.com")
        #expect(names.title(of: "gpu07.example.com") == "gpu07")
        #expect(names.title(of: "gpu08") == nil)
        // The table need not know the domain that a page writes.
        let short = HostNames(["gpu07-ib.example.com"], aliases: ["gpu07-ib": "gpu07"])
        #expect(short.canonical("gpu07-ib.example.com") == "gpu07")
    }

    @Test("an engine's own node counts before its address, and only that")
    func ownNode() {
        var there = engine("m", "10.0.0.1")
        there.node = "b"
        var nowhere = engine("n", "10.0.0.1")
        nowhere.node = "c"
        var fold = Fold(plant: "p")
        let snapshot = fold.fold([exporters([host("a", "10.0.0.1"), host("b", "10.0.0.2")], [there, nowhere])])
        #expect(snapshot.nodes.states == [.unknown, .serving])
        #expect(snapshot.pools.map(\.nodes) == [1, 0])
        #expect(snapshot.pools.map(\.nodesAreKnown) == [true, false])
    }

    @Test("nodes are unknown, not none, where no engine of a class has a place, and a part where one has none")
    func unknownNodes() {
        var fold = Fold(plant: "p")
        let hosts = [host("a", "10.0.0.1")]
        let snapshot = fold.fold([
            exporters(hosts, [engine("m", "10.0.0.1"), engine("m", "10.9.0.1"), engine("n", "10.9.0.2")])
        ])
        #expect(snapshot.pools.map(\.nodes) == [1, 0])
        #expect(snapshot.pools.map(\.nodesAreKnown) == [true, false])
        #expect(snapshot.pools.map { $0.parts.contains(.nodes) } == [true, false])
        // Of a frontend nobody expects a node.
        var front = engine("m", "10.9.0.9")
        front.isFrontend = true
        let with = fold.fold([exporters(hosts, [engine("m", "10.0.0.1"), front])])
        #expect(with.pools[0].nodes == 1)
        #expect(!with.pools[0].parts.contains(.nodes))
    }

    @Test("sites are what nodes stand together by, before racks")
    func sites() {
        var facts = [host("r1-n2", "1"), host("r1-n1", "2"), host("x", "3"), host("r2-n1", "4")]
        for (index, site) in ["oslo", "oslo", "oslo", "bergen"].enumerated() { facts[index].site = site }
        var fold = Fold(plant: "p")
        let nodes = fold.fold([exporters(facts)]).nodes
        #expect(nodes.ids.map(\.name) == ["r2-n1", "x", "r1-n1", "r1-n2"])
        #expect(nodes.groups.map(\.name) == ["bergen r2", "oslo", "oslo r1"])
    }
}
