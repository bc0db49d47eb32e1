// SPDX-License-Identifier: Apache-2.0

import Factory

/// The past of every node and accelerator: what a daemon keeps for whoever opens one.
///
/// Nodes: an hour at the plant's pace, and the means of each minute, which are only kept on disk. Accelerators: 5 minutes at
/// the plant's pace and an hour in steps of 10 s.
struct NodeChronicle: Sendable {
    private static let scales = NodeQuantity.remembered.map(\.scale)
    /// Moments of a chapter of accelerators: what is open takes a third of what it would with the longest.
    private static let gpuLength = 20

    private var book = TrackBook<NodeID>()
    private(set) var fine: SampleLog
    private(set) var minutes: MeanLog
    /// The accelerators of a node, by its track.
    private var gpus: [Range<Int>] = []
    private var gpuFine: SampleLog
    private var gpuCoarse: MeanLog
    private var gpuTracks = 0
    /// The table that `places` is of.
    private var ids: [NodeID] = []
    private var starts: [Int32] = []
    /// The track of each row of the table.
    private var places: [Int] = []

    init() {
        let hour = 3600
        fine = SampleLog(scales: Self.scales, tracks: 0, longest: hour)
        minutes = MeanLog(scales: Self.scales, tracks: 0, longest: 1)
        gpuFine = SampleLog(scales: Self.scales, tracks: 0, longest: TrendReach.recent.count, length: Self.gpuLength)
        gpuCoarse = MeanLog(scales: Self.scales, tracks: 0, longest: TrendReach.hour.count, length: Self.gpuLength)
    }

    var names: [String] { book.names.map(\.name) }

    private var logs: [SampleLog] { [fine, minutes.log, gpuFine, gpuCoarse.log] }

    /// Packed bytes and open ones, of everything.
    var size: (packed: Int, open: Int) { logs.map(\.size).reduce((0, 0)) { ($0.0 + $1.0, $0.1 + $1.1) } }

    /// Samples that are packed.
    var kept: Int { logs.reduce(0) { $0 + $1.kept } }

    /// Takes in a snapshot.
    ///
    /// - Parameter speed: plant seconds of a wall second.
    /// - Returns: the chapters that are complete with it: of all moments, and of minutes.
    mutating func take(
        _ snapshot: FactorySnapshot, speed: Double
    ) -> (fine: SampleLog.Chapter?, minutes: SampleLog.Chapter?) {
        let table = snapshot.nodes
        follow(table)
        let time = snapshot.at.epoch
        let values = NodeQuantity.remembered.map { quantity in
            row(table[keyPath: quantity.column], of: snapshot)
        }
        let complete = fine.add(at: time) { quantity, row in Self.encode(values[quantity], quantity, into: row) }
        let minute = minutes.add(values, step: 60 * speed, at: time)
        if gpuTracks > 0 {
            let values = NodeQuantity.remembered.map { quantity in
                quantity.accelerators(in: table.gpus).map { gpuRow($0, of: snapshot) } ?? []
            }
            gpuFine.add(at: time) { quantity, row in Self.encode(values[quantity], quantity, into: row) }
            _ = gpuCoarse.add(values, step: TrendReach.hour.step.value * speed, at: time)
        }
        return (complete, minute)
    }

    /// The graphs of a node or of one of its accelerators; none of what was never heard of.
    func trends(
        of subject: PastSubject, speed: Double, hold: Seconds, at now: PlantTime
    ) -> [NodeTrendKey: Trend] {
        guard let track = book.place(of: subject.node) else { return [:] }
        var trends: [NodeTrendKey: Trend] = [:]
        for reach in TrendReach.allCases {
            let step = reach.step * speed
            var (log, own, hold) = (fine, track, hold)
            if let gpu = subject.gpu {
                guard gpu < gpus[track].count else { return [:] }
                own = gpus[track].lowerBound + gpu
                if reach == .recent { log = gpuFine } else { (log, hold) = (gpuCoarse.log, max(hold, step)) }
            }
            for (place, quantity) in NodeQuantity.remembered.enumerated() {
                trends[NodeTrendKey(subject, quantity, reach)] = log.trend(
                    place, own, step: step, count: reach.count, hold: hold, at: now)
            }
        }
        // A graph of nothing is none: the screen then keeps its rows.
        return trends.filter { $0.value.values.contains { !$0.isNaN } }
    }

    /// Begins with what another run has kept, each with its own names; oldest first.
    mutating func begin(with past: [KeptChapter]) {
        guard let newest = past.last else { return }
        // A node that is here already has its track; the others get one.
        _ = book.places(of: newest.names.map(NodeID.init))
        grow()
        let chapters = past.filter { $0.chapter.slabs.count == Self.scales.count }.map { kept in
            let own = TrackBook(kept.names)
            let order = book.names.map { own.place(of: $0.name) }
            return SampleLog.Chapter(times: kept.chapter.times, slabs: kept.chapter.slabs.map { $0.picking(order) })
        }
        fine.begin(with: chapters)
    }

    // MARK: Rows

    /// The values of one column by track; what is stale is not what the node does now.
    private func row(_ column: Column, of snapshot: FactorySnapshot) -> [Float] {
        var row = [Float](repeating: .nan, count: fine.tracks)
        for (index, place) in places.enumerated() where index < column.count && Self.isFresh(index, snapshot) {
            row[place] = column.values[index]
        }
        return row
    }

    private func gpuRow(_ column: Column, of snapshot: FactorySnapshot) -> [Float] {
        var row = [Float](repeating: .nan, count: gpuTracks)
        for (index, place) in places.enumerated() where Self.isFresh(index, snapshot) {
            for (gpu, own) in zip(snapshot.nodes.gpus.range(of: index), gpus[place]) where gpu < column.count {
                row[own] = column.values[gpu]
            }
        }
        return row
    }

    private static func isFresh(_ index: Int, _ snapshot: FactorySnapshot) -> Bool {
        guard index < snapshot.nodes.heardAt.count else { return true }
        return (snapshot.at - snapshot.nodes.heardAt[index]).value <= snapshot.staleAfter(of: index).value
    }

    private static func encode(_ values: [Float], _ quantity: Int, into row: UnsafeMutableBufferPointer<UInt16>) {
        let scale = scales[quantity]
        for track in values.indices { row[track] = scale.code(values[track]) }
    }

    // MARK: Tracks

    private mutating func follow(_ table: NodeTable) {
        guard ids != table.ids || starts != table.gpus.starts else { return }
        ids = table.ids
        starts = table.gpus.starts
        places = book.places(of: ids)
        // Names that come and go leave tracks behind.
        if book.names.count > 2 * ids.count + 64 { clear() }
        grow()
        for (index, place) in places.enumerated() {
            let count = table.gpus.range(of: index).count
            guard gpus[place].count != count else { continue }
            gpus[place] = gpuTracks..<gpuTracks + count
            gpuTracks += count
        }
        gpuFine.grow(to: gpuTracks)
        gpuCoarse.grow(to: gpuTracks)
    }

    private mutating func grow() {
        let count = book.names.count
        fine.grow(to: count)
        minutes.grow(to: count)
        gpus += repeatElement(0..<0, count: max(0, count - gpus.count))
    }

    /// Leaves only the tracks of nodes that there are.
    private mutating func clear() {
        let order: [Int?] = places
        let owned = places.map { $0 < gpus.count ? gpus[$0] : 0..<0 }
        book = TrackBook(ids)
        places = Array(ids.indices)
        let known = fine.tracks
        let kept = order.map { $0.flatMap { $0 < known ? $0 : nil } }
        fine.pick(kept)
        minutes.pick(kept)
        gpuFine.pick(owned.flatMap { Array($0) })
        gpuCoarse.pick(owned.flatMap { Array($0) })
        gpuTracks = 0
        gpus = owned.map { range in
            defer { gpuTracks += range.count }
            return gpuTracks..<gpuTracks + range.count
        }
    }
}
