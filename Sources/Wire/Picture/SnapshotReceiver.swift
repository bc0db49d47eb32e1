// SPDX-License-Identifier: Apache-2.0

package import Factory

/// Puts a snapshot together out of what a daemon sends.
package struct SnapshotReceiver: Sendable {
    private enum Place: Sendable {
        case column(Int)
        case records(Int)
    }

    package private(set) var snapshot: FactorySnapshot?
    package private(set) var topology: UInt64 = 0
    private var keys: [Place?] = []
    private var cells: [Cells?] = Array(repeating: nil, count: Tables.columns.count)
    /// What the daemon's places in a dictionary are here.
    private var translations: [[Int64]] = Array(repeating: [], count: Tables.columns.count)
    private var lists: [(any Sendable)?] = Array(repeating: nil, count: Tables.records.count)
    private var past = TrendReceiver()

    package init() {}

    /// - Parameter view: what the client had asked for with the serial that the message names.
    /// - Throws: `RecordError`: then nothing that was sent before can be trusted either.
    mutating func take(_ message: WireSnapshot, view: PlantView) throws {
        if message.whole {
            let history = past
            self = SnapshotReceiver()
            past = history
            keys = message.keys.map { Self.place(of: $0) }
            snapshot = FactorySnapshot(plant: "", kind: .live, at: PlantTime(epoch: 0))
        }
        guard var picture = snapshot else { throw RecordError(text: "a change of a snapshot that never came") }
        snapshot = nil
        topology = message.topology
        for count in message.counts { Self.resize(&picture, count) }
        var settled = SettledView()
        var written: Set<Int> = []
        for column in message.columns {
            guard case .column(let index)? = place(column.key) else { continue }
            // Names come first; what follows is of the nodes that there are now.
            settled = SettledView(view, nodes: picture.nodes.count)
            try take(column, index)
            write(index, into: &picture, settled)
            written.insert(index)
        }
        for (index, row) in Tables.columns.enumerated() where row.followsTime && !written.contains(index) {
            write(index, into: &picture, settled)
        }
        settled = SettledView(view, nodes: picture.nodes.count)
        for records in message.records {
            guard case .records(let index)? = place(records.key) else { continue }
            let pieces = RecordPieces(
                old: lists[index], runs: try RecordRun.parse(records.runs), fresh: records.fresh.map { Array($0) })
            lists[index] = try Tables.records[index].write(&picture, settled, pieces)
        }
        Self.even(&picture.nodes)
        picture.trends = past.trends
        picture.nodeTrends = past.nodeTrends
        snapshot = picture
    }

    mutating func take(_ history: WireHistory) throws { try past.take(history) }

    private static func place(of key: String) -> Place? {
        if let index = Tables.columns.firstIndex(where: { $0.name == key }) { return .column(index) }
        return Tables.records.firstIndex { $0.name == key }.map(Place.records)
    }

    private func place(_ key: UInt32) -> Place? { keys.indices.contains(Int(key)) ? keys[Int(key)] : nil }

    private mutating func take(_ column: WireColumn, _ index: Int) throws {
        let row = Tables.columns[index]
        var now = cells[index] ?? (row.isWords ? .words([]) : .codes([]))
        try ColumnChange.apply(column, to: &now, isStepwise: row.isStepwise, hasWords: row.isWords)
        cells[index] = now
        if column.whole, !row.dictionary.isEmpty {
            translations[index] = column.words.map { Int64(row.dictionary.firstIndex(of: $0) ?? -1) }
        }
    }

    private func write(_ index: Int, into picture: inout FactorySnapshot, _ view: SettledView) {
        guard var now = cells[index] else { return }
        let row = Tables.columns[index]
        if !row.dictionary.isEmpty, case .codes(let codes) = now {
            let words = translations[index]
            now = .codes(codes.map { words.indices.contains(Int(clamping: $0)) ? words[Int($0)] : -1 })
        }
        row.write(&picture, now, view.places(row.reach, in: picture))
    }

    private static func resize(_ picture: inout FactorySnapshot, _ count: WireCount) {
        let many = min(Int(count.count), ColumnChange.longest)
        switch EntityKind(rawValue: count.kind) {
        case .source:
            let blank = SourceStatus(name: "", answeredAt: nil, targets: 0, targetsUp: 0)
            picture.sources.resize(to: min(many, listLimit), with: blank)
        case .pool: picture.pools.resize(to: min(many, listLimit), with: PoolState(.spare))
        case .job:
            let blank = JobState(
                id: JobID(""), name: "", owner: "", phase: .pending, nodes: 0, minNodes: 0, maxNodes: 0, gpusPerNode: 0,
                since: PlantTime(epoch: 0))
            picture.jobs.resize(to: min(many, listLimit), with: blank)
        case .plant, .node, .gpu, nil: break
        }
    }

    /// More pools, jobs or sources than this are nobody's.
    private static let listLimit = 200_000

    /// Screens read these by node without asking how long they are.
    private static func even(_ nodes: inout NodeTable) {
        let count = nodes.count
        nodes.states.resize(to: count, with: .unknown)
        nodes.since.resize(to: count, with: PlantTime(epoch: 0))
        for index in nodes.groups.indices {
            nodes.groups[index].range = nodes.groups[index].range.clamped(to: 0..<count)
        }
    }
}

extension Array {
    fileprivate mutating func resize(to wanted: Int, with blank: Element) {
        if count > wanted {
            removeLast(count - wanted)
        } else if count < wanted {
            self += Array(repeating: blank, count: wanted - count)
        }
    }
}
