// SPDX-License-Identifier: Apache-2.0

import Factory
import Testing

@testable import Wire

@Suite struct TableTests {
    private static let names = Tables.columns.map(\.name) + Tables.records.map(\.name)

    @Test("no two rows have one name")
    func unique() { #expect(Set(Self.names).count == Self.names.count) }

    /// Stored properties of the tables of a snapshot, as rows name them.
    private static var properties: [String] {
        let snapshot = Sample.filled()
        func labels(_ value: Any, _ prefix: String) -> [String] {
            Mirror(reflecting: value).children.compactMap { $0.label.map { prefix + $0 } }
        }
        return labels(snapshot, "plant.") + labels(snapshot.sources[0], "source.") + labels(snapshot.pools[0], "pool.")
            + labels(snapshot.jobs[0], "job.")
            + labels(snapshot.nodes, "node.").filter { $0 != "node.host" && $0 != "node.gpus" }
            + labels(snapshot.nodes.host, "node.host.")
            + labels(snapshot.nodes.gpus, "gpu.").map { $0 == "gpu.starts" ? "node.gpus.starts" : $0 }
            + labels(snapshot.provenance, "plant.provenance.")
    }

    @Test("every stored property of the snapshot's tables is in a row, or it is written down why not")
    func complete() {
        // How the words of hosts are found, and the whole that its parts travel as.
        let derived: Set = ["plant.provenance", "plant.provenance.rows", "plant.provenance.firstNode"]
        let missing = Self.properties.filter {
            !Self.names.contains($0) && Tables.absent[$0] == nil && !derived.contains($0)
        }
        #expect(missing == [], "add a row to Sources/Wire/Tables")
    }

    @Test("every row names a stored property")
    func real() {
        let properties = Set(Self.properties)
        #expect(Self.names.filter { !properties.contains($0) } == [])
        #expect(Tables.absent.keys.filter { !properties.contains($0) } == [])
    }

    @Test("every row writes the property that it names: none is left as it was born")
    func filled() {
        let full = Sample.filled()
        let blank = PoolState(.spare)
        for (now, born) in zip(Mirror(reflecting: full.pools[1]).children, Mirror(reflecting: blank).children) {
            #expect(Sample.text(now.value) != Sample.text(born.value), "pool.\(now.label ?? "")")
        }
        let job = JobState(
            id: JobID(""), name: "", owner: "", phase: .pending, nodes: 0, minNodes: 0, maxNodes: 0, gpusPerNode: 0,
            since: PlantTime(epoch: 0))
        for (now, born) in zip(Mirror(reflecting: full.jobs[0]).children, Mirror(reflecting: job).children)
        where Tables.absent["job.\(now.label ?? "")"] == nil {
            #expect(Sample.text(now.value) != Sample.text(born.value), "job.\(now.label ?? "")")
        }
        let table = NodeTable()
        for (now, born) in zip(Mirror(reflecting: full.nodes).children, Mirror(reflecting: table).children) {
            #expect(Sample.text(now.value) != Sample.text(born.value), "node.\(now.label ?? "")")
        }
        let gpus = GPUTable()
        for (now, born) in zip(Mirror(reflecting: full.nodes.gpus).children, Mirror(reflecting: gpus).children) {
            #expect(Sample.text(now.value) != Sample.text(born.value), "gpu.\(now.label ?? "")")
        }
    }

    @Test("a snapshot with something in every cell arrives as it was", arguments: Tables.columns.map(\.name))
    func column(name: String) throws {
        let snapshot = Sample.filled()
        var pair = Pair(view: Sample.everything())
        pair.show(snapshot)
        // The places of a view count once the client has seen the table that they are of.
        pair.show(snapshot.next)
        let row = try #require(Tables.columns.first { $0.name == name })
        let received = try #require(pair.received)
        let places = SettledView(Sample.everything(), nodes: 12).places(row.reach, in: snapshot)
        #expect(row.read(received, places) == row.read(snapshot.next, places))
    }

    @Test("what is unknown, stale or no number arrives as that")
    func unknowns() throws {
        var snapshot = Sample.filled()
        snapshot.pools[0].decode = .missing
        snapshot.pools[1].decode = .stale(TokensPerSecond(0), age: Seconds(12.5))
        snapshot.pools[2].decode = .fresh(TokensPerSecond(.nan))
        snapshot.pools[0].prefill = .fresh(TokensPerSecond(0))
        snapshot.pools[1].patience = nil
        snapshot.pools[2].patience = .zero
        snapshot.nodes.power.values[2] = .nan
        snapshot.nodes.power.values[3] = 0
        snapshot.nodes.cpu = Column(count: 0)
        var pair = Pair(view: Sample.everything())
        pair.show(snapshot)
        pair.show(snapshot.next)
        let received = try #require(pair.received)
        #expect(received.pools[0].decode == .missing)
        #expect(received.pools[1].decode == .stale(TokensPerSecond(0), age: Seconds(12.5)))
        #expect(received.pools[2].decode.known?.value.isNaN == true)
        #expect(received.pools[0].prefill == .fresh(TokensPerSecond(0)))
        #expect(received.pools[1].patience == nil)
        #expect(received.pools[2].patience == .zero)
        #expect(received.nodes.power[2] == nil)
        #expect(received.nodes.power[3] == 0)
        #expect(received.nodes.cpu.count == 0)
    }

    @Test("records arrive as they were: moves, events, money, the words of exporters")
    func records() throws {
        let snapshot = Sample.filled()
        var pair = Pair(view: Sample.everything())
        pair.show(snapshot)
        pair.show(snapshot.next)
        let received = try #require(pair.received)
        #expect(received.moves == snapshot.moves)
        #expect(received.earlierMoves == snapshot.earlierMoves)
        #expect(received.events == snapshot.events)
        #expect(received.economy == snapshot.economy)
        #expect(received.lifecycle == snapshot.lifecycle)
        #expect(received.kind == snapshot.kind)
        #expect(received.training == snapshot.training)
        #expect(received.ledger == snapshot.ledger)
        #expect(received.sites == snapshot.sites)
        #expect(received.sources.map(\.dead) == snapshot.sources.map(\.dead))
        #expect(received.sources.map(\.odd) == snapshot.sources.map(\.odd))
        #expect(received.sources.map(\.hints) == snapshot.sources.map(\.hints))
        #expect(received.pools.map(\.profile) == snapshot.pools.map(\.profile))
        #expect(received.nodes.conditions == snapshot.nodes.conditions)
        #expect(received.nodes.gpus.faults == snapshot.nodes.gpus.faults)
        #expect(received.nodes.gpus.lastXID == snapshot.nodes.gpus.lastXID)
        #expect(received.nodes.gpus.models == snapshot.nodes.gpus.models)
        #expect(received.nodes.host.bootedAt == snapshot.nodes.host.bootedAt)
        #expect(received.provenance.hosts(of: 1) == snapshot.provenance.hosts(of: 1))
        #expect(received.provenance.hosts(of: 2) == [])
        #expect(received.provenance.engines == snapshot.provenance.engines)
        #expect(received.provenance.targets == snapshot.provenance.targets)
        #expect(received.trends.count == snapshot.trends.count)
        for (key, trend) in snapshot.trends {
            #expect(Column(received.trends[key]?.values ?? []) == Column(trend.values))
        }
    }
}

extension FactorySnapshot {
    /// The same, one poll on.
    var next: FactorySnapshot {
        var next = self
        next.sequence += 1
        return next
    }
}
