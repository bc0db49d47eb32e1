// SPDX-License-Identifier: Apache-2.0

import Factory
import SwiftProtobuf

/// What one client has been sent, and from that what it has to be sent.
package struct SnapshotSender: Sendable {
    private struct Sent: Sendable {
        var places: [Int]?
        var cells: Cells
    }

    private var columns: [Sent?] = Array(repeating: nil, count: Tables.columns.count)
    private var records: [[[UInt8]]?] = Array(repeating: nil, count: Tables.records.count)
    private var trends = TrendSender()
    private var counts: [EntityKind: Int] = [:]
    private var last: FactorySnapshot?
    private(set) var topology: UInt64 = 0
    private(set) var update: UInt64 = 0

    package init() {}

    /// Columns first, then records: a key is spoken of by its place.
    static let keys = Tables.columns.map(\.name) + Tables.records.map(\.name)

    /// The next update.
    ///
    /// - Parameter seen: the topology that the view's places are of.
    mutating func next(
        _ snapshot: FactorySnapshot, view: PlantView, serial: UInt64, seen: UInt64, shelves: inout RecordShelves
    ) -> [WireFrame] {
        if last.map({ $0.nodes.ids != snapshot.nodes.ids }) ?? true { topology += 1 }
        // Places of another table mean other nodes: nobody is looked at until the client has seen the new one.
        var settled = SettledView(view, nodes: snapshot.nodes.count)
        if seen != topology { (settled.nodes, settled.opened) = ([], []) }
        update += 1
        var message = WireSnapshot()
        message.update = update
        message.topology = topology
        message.view = serial
        message.placeless = seen != topology
        if last == nil {
            message.whole = true
            message.keys = Self.keys
        }
        message.counts = count(snapshot)
        for (index, row) in Tables.columns.enumerated() {
            if let column = change(of: row, index, snapshot, settled) { message.columns.append(column) }
        }
        shelves.begin(snapshot.sequence)
        for (index, row) in Tables.records.enumerated() {
            if let list = change(of: row, index, snapshot, settled, &shelves) { message.records.append(list) }
        }
        last = snapshot
        var history = trends.next(Self.trends(of: snapshot, settled))
        history.update = update
        let past = WireFrame.with { $0.history = history }
        let now = WireFrame.with { $0.snapshot = message }
        // The past first: a client draws when it has the snapshot.
        return history.series.isEmpty && history.gone.isEmpty ? [now] : [past, now]
    }

    /// The past of the plant, and of what the client has opened: not of what others have.
    private static func trends(of snapshot: FactorySnapshot, _ view: SettledView) -> [String: Trend] {
        var trends = Dictionary(uniqueKeysWithValues: snapshot.trends.map { ($0.key.name, $0.value) })
        let opened = Set(view.opened.map { PastSubject(snapshot.nodes.ids[$0], gpu: view.gpu) })
        for (key, trend) in snapshot.nodeTrends where opened.contains(key.subject) { trends[key.name] = trend }
        return trends
    }

    private mutating func count(_ snapshot: FactorySnapshot) -> [WireCount] {
        let now: [(EntityKind, Int)] = [
            (.source, snapshot.sources.count), (.pool, snapshot.pools.count), (.job, snapshot.jobs.count),
            (.node, snapshot.nodes.count),
        ]
        return now.compactMap { kind, count in
            guard counts[kind] != count else { return nil }
            counts[kind] = count
            return WireCount.with {
                $0.kind = kind.rawValue
                $0.count = UInt32(clamping: count)
            }
        }
    }

    private mutating func change(
        of row: ColumnRow, _ index: Int, _ snapshot: FactorySnapshot, _ view: SettledView
    ) -> WireColumn? {
        let key = UInt32(index)
        let places = view.places(row.reach, in: snapshot)
        if let last, columns[index] != nil, row.isSame(last, snapshot) { return nil }
        var cells = row.read(snapshot, places)
        guard let sent = columns[index], sent.places == places, sent.cells.count == cells.count else {
            columns[index] = Sent(places: places, cells: cells)
            return ColumnChange.whole(cells, key: key, isStepwise: row.isStepwise, dictionary: row.dictionary)
        }
        let band = places == nil ? row.band : 0
        guard
            let column = ColumnChange.between(
                sent.cells, &cells, key: key, isStepwise: row.isStepwise, band: band)
        else { return nil }
        columns[index] = Sent(places: places, cells: cells)
        // Where most changed, all of them take less than their places and they.
        guard column.gaps.count * 4 > cells.count * 3, case .codes = cells else { return column }
        return ColumnChange.whole(cells, key: key, isStepwise: row.isStepwise, dictionary: row.dictionary)
    }

    private mutating func change(
        of row: RecordRow, _ index: Int, _ snapshot: FactorySnapshot, _ view: SettledView,
        _ shelves: inout RecordShelves
    ) -> WireRecords? {
        let bytes = shelves.read(row, index, snapshot, view)
        guard records[index] != bytes else { return nil }
        let (runs, fresh) = RecordRun.between(records[index] ?? [], bytes)
        records[index] = bytes
        return WireRecords.with {
            $0.key = UInt32(Tables.columns.count + index)
            $0.runs = RecordRun.numbers(runs)
            $0.fresh = fresh.map { $0.data }
        }
    }
}

/// The records of the newest snapshot as bytes, for all clients of a daemon.
package struct RecordShelves: Sendable {
    private var shelves: [RecordShelf] = Array(repeating: RecordShelf(), count: Tables.records.count)
    private var lists: [[[UInt8]]?] = Array(repeating: nil, count: Tables.records.count)
    private var sequence: UInt64?

    package init() {}

    fileprivate mutating func begin(_ newest: UInt64) {
        guard sequence != newest else { return }
        sequence = newest
        lists = Array(repeating: nil, count: Tables.records.count)
    }

    fileprivate mutating func read(
        _ row: RecordRow, _ index: Int, _ snapshot: FactorySnapshot, _ view: SettledView
    ) -> [[UInt8]] {
        if row.isViewed { return row.read(snapshot, view, &shelves[index]) }
        if let list = lists[index] { return list }
        let list = row.read(snapshot, view, &shelves[index])
        lists[index] = list
        return list
    }
}
