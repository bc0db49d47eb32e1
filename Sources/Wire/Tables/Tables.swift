// SPDX-License-Identifier: Apache-2.0

import Factory

/// Every row of the contract. A stored property of the snapshot's tables that is in none fails `TableTests`.
enum Tables {
    static let columns: [ColumnRow] = plant + sources + pools + jobs + nodes + accelerators

    static let records: [RecordRow] =
        plantRecords + sourceRecords + poolRecords + nodeRecords + originRecords

    /// Stored properties that do not travel, and why.
    static let absent: [String: String] = [
        "plant.demand": "plans are made where the plant is", "job.wants": "plans are made where the plant is",
        "plant.queued": "plans are made where the plant is",
        "plant.trends": "they travel as history",
        "plant.nodeTrends": "they travel as history, those of the nodes that are opened",
        "plant.nodes": "a table of its own", "plant.pools": "a table of its own", "plant.jobs": "a table of its own",
        "plant.sources": "a table of its own",
    ]

    private static let one = PlantTable()

    static let plant: [ColumnRow] = [
        one.column("sequence", \.sequence, CellCode<UInt64>.pattern),
        one.column("revision", \.revision.number, CellCode<UInt64>.pattern),
        one.column("at", \.at, .moment),
        one.column("staleAfter", \.staleAfter, .measure),
        one.column("trained", \.trained, CellCode<TokensPerSecond>.reading),
        one.column("mfu", \.mfu, CellCode<Share>.reading),
    ]

    static let plantRecords: [RecordRow] = [
        one.record("plant", \.plant),
        one.record("kind", \.kind),
        one.record("mode", \.mode),
        one.record("observeOnly", \.observeOnly),
        one.record("training", \.training),
        one.record("ledger", \.ledger),
        one.records("moves", \.moves),
        one.records("earlierMoves", \.earlierMoves),
        one.records("events", \.events),
        one.record("drill", \.drill),
        one.record("lifecycle", \.lifecycle),
        one.record("economy", \.economy),
        one.record("site", \.site),
        one.record("room", \.room),
        one.records("sites", \.sites),
    ]

    // MARK: Sources

    private static let source = ListTable(kind: .source, list: \FactorySnapshot.sources)

    static let sources: [ColumnRow] = [
        source.words("name", \.name),
        source.column("answeredAt", \.answeredAt, .moment),
        source.column("targets", \.targets, .integer),
        source.column("targetsUp", \.targetsUp, .integer),
        source.words("problem", \.problem),
        source.column("staleAfter", \.staleAfter, .measure),
    ]

    static let sourceRecords: [RecordRow] = [
        listed("dead", \.dead), listed("odd", \.odd), source.records("hints", \.hints),
    ]

    /// One element of a list that belongs to one source: ten thousand dead targets do not travel again with each.
    struct Owned<Element: Codable & Hashable & Sendable>: Codable, Hashable, Sendable {
        var owner: Int
        var element: Element
    }

    private static func listed<Element: Codable & Hashable & Sendable>(
        _ key: String, _ path: any WritableKeyPath<SourceStatus, [Element]> & Sendable
    ) -> RecordRow {
        .cached(
            .source, key,
            read: { snapshot in
                snapshot.sources.enumerated().flatMap { index, source in
                    source[keyPath: path].map { Owned(owner: index, element: $0) }
                }
            },
            write: { snapshot, owned in
                for index in snapshot.sources.indices { snapshot.sources[index][keyPath: path] = [] }
                for element in owned where snapshot.sources.indices.contains(element.owner) {
                    snapshot.sources[element.owner][keyPath: path].append(element.element)
                }
            })
    }
}
