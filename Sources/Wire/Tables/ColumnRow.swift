// SPDX-License-Identifier: Apache-2.0

import Factory

/// One column of one table: how its cells are read out of a snapshot and written into one.
struct ColumnRow: Sendable {
    let kind: EntityKind
    /// The name of the stored property, with a dot where it lies in another.
    let key: String
    let reach: Reach
    /// Whether small changes are small codes.
    let isStepwise: Bool
    /// Whether its cells are words.
    var isWords = false
    /// Whether its values change with the snapshot's time while its cells do not.
    var followsTime = false
    /// A cell of an overview keeps still until it has moved by more steps than this.
    var band: Int64 = 0
    var dictionary: [String] = []
    /// - Parameter places: the cells wanted, in this order; nil: all.
    let read: @Sendable (FactorySnapshot, _ places: [Int]?) -> Cells
    /// - Parameter places: where the cells belong; nil: all.
    let write: @Sendable (inout FactorySnapshot, Cells, _ places: [Int]?) -> Void
    /// Whether two snapshots surely have the same cells, where that is cheaper to say than to read them.
    var isSame: @Sendable (FactorySnapshot, FactorySnapshot) -> Bool = { _, _ in false }

    /// Its name on the wire.
    var name: String { "\(kind.rawValue).\(key)" }
}

/// A table whose entities are an array in the snapshot.
struct ListTable<Entity: Sendable>: Sendable {
    let kind: EntityKind
    let list: any WritableKeyPath<FactorySnapshot, [Entity]> & Sendable

    func column<Value>(
        _ key: String, _ path: any WritableKeyPath<Entity, Value> & Sendable, _ code: CellCode<Value>
    ) -> ColumnRow {
        let list = list
        return ColumnRow(
            kind: kind, key: key, reach: .always, isStepwise: code.isStepwise, dictionary: code.dictionary,
            read: { snapshot, _ in .codes(snapshot[keyPath: list].map { code.code($0[keyPath: path]) }) },
            write: { snapshot, cells, _ in
                guard case .codes(let codes) = cells else { return }
                for (index, cell) in codes.enumerated() where index < snapshot[keyPath: list].count {
                    snapshot[keyPath: list][index][keyPath: path] = code.value(cell)
                }
            })
    }

    func words<Value>(
        _ key: String, _ path: any WritableKeyPath<Entity, Value> & Sendable,
        _ word: @escaping @Sendable (Value) -> String,
        _ value: @escaping @Sendable (String) -> Value
    ) -> ColumnRow {
        let list = list
        return ColumnRow(
            kind: kind, key: key, reach: .always, isStepwise: false, isWords: true,
            read: { snapshot, _ in .words(snapshot[keyPath: list].map { word($0[keyPath: path]) }) },
            write: { snapshot, cells, _ in
                guard case .words(let words) = cells else { return }
                for (index, cell) in words.enumerated() where index < snapshot[keyPath: list].count {
                    snapshot[keyPath: list][index][keyPath: path] = value(cell)
                }
            })
    }

    func words(_ key: String, _ path: any WritableKeyPath<Entity, String> & Sendable) -> ColumnRow {
        words(key, path, { $0 }, { $0 })
    }

    /// A column of which an empty word is nothing.
    func words(_ key: String, _ path: any WritableKeyPath<Entity, String?> & Sendable) -> ColumnRow {
        words(key, path, { $0.map { "=" + $0 } ?? "" }, { $0.isEmpty ? nil : String($0.dropFirst()) })
    }

    func reading<M: Measure>(
        _ key: String, _ path: any WritableKeyPath<Entity, Reading<M>> & Sendable
    ) -> ColumnRow { column(key, path, CellCode<M>.reading) }

    /// A value of each entity that is no single number.
    func records<Value: Codable & Hashable & Sendable>(
        _ key: String, _ path: any WritableKeyPath<Entity, Value> & Sendable
    ) -> RecordRow {
        let list = list
        return .cached(
            kind, key, read: { $0[keyPath: list].map { $0[keyPath: path] } },
            write: { snapshot, values in
                for (index, value) in values.enumerated() where index < snapshot[keyPath: list].count {
                    snapshot[keyPath: list][index][keyPath: path] = value
                }
            })
    }
}

/// The table of one row: the plant.
struct PlantTable: Sendable {
    func column<Value>(
        _ key: String, _ path: any WritableKeyPath<FactorySnapshot, Value> & Sendable, _ code: CellCode<Value>
    ) -> ColumnRow {
        ColumnRow(
            kind: .plant, key: key, reach: .always, isStepwise: code.isStepwise, dictionary: code.dictionary,
            read: { snapshot, _ in .codes([code.code(snapshot[keyPath: path])]) },
            write: { snapshot, cells, _ in
                guard case .codes(let codes) = cells, let cell = codes.first else { return }
                snapshot[keyPath: path] = code.value(cell)
            })
    }

    /// A value of the plant that is no single number.
    func record<Value: Codable & Hashable & Sendable>(
        _ key: String, _ path: any WritableKeyPath<FactorySnapshot, Value> & Sendable
    ) -> RecordRow {
        .cached(
            .plant, key, read: { [$0[keyPath: path]] },
            write: { snapshot, values in
                if let value = values.first { snapshot[keyPath: path] = value }
            })
    }

    func records<Value: Codable & Hashable & Sendable>(
        _ key: String, _ path: any WritableKeyPath<FactorySnapshot, [Value]> & Sendable
    ) -> RecordRow {
        .cached(.plant, key, read: { $0[keyPath: path] }, write: { $0[keyPath: path] = $1 })
    }
}

/// The tables of nodes and accelerators, which are columns already.
struct NodeColumns: Sendable {
    let kind: EntityKind
    let reach: Reach

    /// A column of values.
    func values<Value: Sendable>(
        _ key: String, _ path: any WritableKeyPath<NodeTable, [Value]> & Sendable, _ code: CellCode<Value>
    ) -> ColumnRow {
        ColumnRow(
            kind: kind, key: key, reach: .always, isStepwise: code.isStepwise, dictionary: code.dictionary,
            read: { snapshot, _ in .codes(snapshot.nodes[keyPath: path].map(code.code)) },
            write: { snapshot, cells, _ in
                guard case .codes(let codes) = cells else { return }
                snapshot.nodes[keyPath: path] = codes.map(code.value)
            })
    }

    /// A measured column: one that nobody fills stays empty, and a cell that is not sent is missing.
    func measured(
        _ key: String, _ path: any WritableKeyPath<NodeTable, Column> & Sendable, _ code: CellCode<Float>,
        band: Int64 = 0
    ) -> ColumnRow {
        let kind = kind
        return ColumnRow(
            kind: kind, key: key, reach: reach, isStepwise: code.isStepwise, band: band,
            read: { snapshot, places in
                let values = snapshot.nodes[keyPath: path].values
                guard let places else { return .codes(values.map(code.code)) }
                // An empty column says so in one cell less than asked.
                guard !values.isEmpty else { return .codes([]) }
                return .codes(places.map { values.indices.contains($0) ? code.code(values[$0]) : 0 })
            },
            write: { snapshot, cells, places in
                guard case .codes(let codes) = cells else { return }
                guard let places else {
                    snapshot.nodes[keyPath: path] = Column(codes.map(code.value))
                    return
                }
                guard !codes.isEmpty else {
                    snapshot.nodes[keyPath: path] = Column(count: 0)
                    return
                }
                var column = Column(count: kind == .gpu ? snapshot.nodes.gpus.count : snapshot.nodes.count)
                for (place, cell) in zip(places, codes) where column.values.indices.contains(place) {
                    column.values[place] = code.value(cell)
                }
                snapshot.nodes[keyPath: path] = column
            })
    }
}

extension GPUTable {
    var count: Int { Int(starts.last ?? 0) }
}
