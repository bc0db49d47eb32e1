// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Factory

/// An observation of exporters at second 1000, polled every 5 s, with the facts that a test needs.
func exporters(_ hosts: [HostFacts], _ engines: [EngineFacts] = [], at epoch: Double = 1000) -> Observation {
    let at = PlantTime(epoch: epoch)
    let source = SourceStatus(name: "scrape", answeredAt: at, targets: 1, targetsUp: 1)
    var observation = Observation(source: source, at: at, interval: Seconds(5), kind: .live)
    observation.hosts = hosts
    observation.engines = engines
    return observation
}

func host(
    _ name: String?, _ address: String, _ exporter: String = "node_exporter", at epoch: Double = 1000
) -> HostFacts {
    var facts = HostFacts(name: name, address: address, exporter: exporter, at: PlantTime(epoch: epoch))
    if exporter == "node_exporter" {
        facts.cpu = 0.25
        facts.memory = 0.5
    } else {
        var gpu = GPUFacts(uuid: "GPU-\(address)")
        gpu.index = 0
        gpu.power = 400
        gpu.utilisation = 0.9
        facts.gpus = [gpu]
    }
    return facts
}

func engine(_ model: String, _ address: String, at epoch: Double = 1000, decode: Double? = 100) -> EngineFacts {
    var facts = EngineFacts(
        model: model, engine: "0", product: "vllm", target: "http://\(address):8000/metrics", address: address,
        at: PlantTime(epoch: epoch))
    facts.decode = decode
    facts.waiting = 2
    facts.kvUse = 0.4
    return facts
}

@Suite struct FoldTests {
    @Test("a source with a table of its own is taken whole and not copied")
    func single() {
        var observation = exporters([])
        observation.nodes.ids = (0..<10_000).map { NodeID("n\($0)") }
        observation.nodes.states = Array(repeating: .spare, count: 10_000)
        observation.nodes.power = Column(Array(repeating: 5, count: 10_000))
        observation.pools = [PoolState(.spare)]
        observation.revision = AllocationRevision(7)
        var fold = Fold(plant: "p")
        let snapshot = fold.fold([observation])
        #expect(snapshot.ledger[.spare] == 10_000)
        #expect(snapshot.revision == AllocationRevision(7))
        #expect(snapshot.staleAfter == Seconds(10))
        let same = snapshot.nodes.power.values.withUnsafeBufferPointer { shown in
            observation.nodes.power.values.withUnsafeBufferPointer { shown.baseAddress == $0.baseAddress }
        }
        #expect(same)
    }

    @Test("no source at all gives an empty plant, not a crash")
    func nothing() {
        var fold = Fold(plant: "p")
        let snapshot = fold.fold([])
        #expect(snapshot.ledger.total == 0)
        #expect(snapshot.decode == .missing)
    }

    @Test(
        "names of one machine are joined, names of two are not",
        arguments: [
            ([("gpu01", "a"), ("GPU01.cluster.local", "b")], ["gpu01"]),
            ([("gpu01.cluster.local.", "a"), ("gpu01.CLUSTER.local", "b")], ["gpu01.cluster.local."]),
            ([("n1.a.org", "a"), ("n1.b.org", "b"), ("n1", "c")], ["n1", "n1.a.org", "n1.b.org"]),
            ([("n1", "a"), ("n10", "b"), ("n2", "c")], ["n1", "n2", "n10"]),
            ([("10.0.0.5", "a"), ("10.0.0.6", "b")], ["10.0.0.5", "10.0.0.6"]),
            ([("vm", "127.0.0.1"), (nil, "localhost"), (nil, "[::1]")], ["vm"]),
            ([(nil, "10.0.0.5"), (nil, "10.0.0.5")], ["10.0.0.5"]),
            ([(nil, "10.0.0.5"), (nil, "10.0.0.6")], ["10.0.0.5", "10.0.0.6"]),
            // Two machines behind one address: the nameless exporter there belongs to neither.
            ([("a", "127.0.0.1"), ("b", "127.0.0.1"), (nil, "127.0.0.1")], ["127.0.0.1", "a", "b"]),
            (
                [("rack2-n1", "a"), ("rack10-n1", "b"), ("rack2-n10", "c"), ("rack2-n9", "d")],
                ["rack2-n1", "rack2-n9", "rack2-n10", "rack10-n1"]
            ),
        ] as [([(String?, String)], [String])])
    func joining(_ names: [(String?, String)], _ expected: [String]) {
        var fold = Fold(plant: "p")
        let snapshot = fold.fold([exporters(names.map { host($0.0, $0.1) })])
        #expect(snapshot.nodes.ids.map(\.name) == expected)
        #expect(snapshot.ledger.total == expected.count)
        #expect(snapshot.ledger[.unknown] == expected.count)
        #expect(!snapshot.ledger.isKnown)
        #expect(snapshot.nodes.groups.flatMap(\.range) == Array(0..<expected.count))
    }

    @Test("node_exporter and DCGM of one host fill one row; what neither says is missing")
    func columns() {
        var fold = Fold(plant: "p")
        let observation = exporters([host("GPU-07.cluster.local", "10.0.0.7", "dcgm"), host("gpu-07", "10.0.0.7")])
        let nodes = fold.fold([observation]).nodes
        #expect(nodes.ids == [NodeID("gpu-07")])
        #expect(nodes.cpu[0] == 0.25)
        #expect(nodes.memory[0] == 0.5)
        #expect(nodes.power[0] == 400)
        #expect(nodes.gpuUtilisation[0] == Double(Float(0.9)))
        #expect(nodes.temperature[0] == nil)
        #expect(nodes.powerLimit[0] == nil)
        #expect(nodes.gpus.range(of: 0) == 0..<1)
        #expect(nodes.conditions.isEmpty)
        #expect(nodes.groups.map(\.name) == ["gpu"])
    }

    @Test("GPU columns come to the node as sums, means and the worst")
    func gpus() {
        var facts = host("a", "a", "dcgm")
        facts.gpus = (0..<3).map { index in
            var gpu = GPUFacts(uuid: "GPU-\(index)")
            gpu.index = 2 - index
            gpu.power = [100, 200, nil][index]
            gpu.utilisation = [0, 1, 0.5][index]
            gpu.temperature = [40, 70, 50][index]
            gpu.memoryUsed = [10, 30, nil][index]
            gpu.memoryTotal = [100, 100, 100][index]
            return gpu
        }
        var fold = Fold(plant: "p")
        let nodes = fold.fold([exporters([facts])]).nodes
        #expect(nodes.power[0] == 300)
        #expect(nodes.gpuUtilisation[0] == 0.5)
        #expect(nodes.temperature[0] == 70)
        #expect(nodes.gpuMemory[0] == Double(Float(0.2)))
        #expect(nodes.tensorActive[0] == nil)
        #expect(nodes.gpus.temperature.values == [50, 70, 40])
        #expect(nodes.gpus.power[0] == nil)
    }

    @Test("rows are added after those of a table that a source gives itself")
    func append() {
        var table = exporters([])
        table.nodes.ids = [NodeID("s1"), NodeID("a")]
        table.nodes.states = [.training, .spare]
        table.nodes.groups = [NodeGroup(name: "g", range: 0..<2)]
        var fold = Fold(plant: "p")
        let snapshot = fold.fold([table, exporters([host("a", "x"), host("b", "y", "dcgm")])])
        #expect(snapshot.nodes.ids.map(\.name) == ["s1", "a", "b"])
        #expect(snapshot.nodes.power[0] == nil)
        #expect(snapshot.nodes.power[2] == 400)
        #expect(snapshot.nodes.gpus.range(of: 1) == 0..<0)
        #expect(snapshot.nodes.gpus.range(of: 2) == 0..<1)
        #expect(snapshot.nodes.groups.map(\.range) == [0..<2, 2..<3])
        #expect(snapshot.ledger[.training] == 1)
        #expect(snapshot.ledger.total == 3)
    }
}
