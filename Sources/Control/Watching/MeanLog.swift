// SPDX-License-Identifier: Apache-2.0

import Factory

/// A log whose moments are the means of many: coarser, and longer.
struct MeanLog: Sendable {
    private(set) var log: SampleLog
    /// Sums and counts of what is known, of each quantity and track.
    private var sums: [[Float]]
    private var counts: [[UInt16]]
    /// The step that is added to now, by its number and length.
    private var open: (number: Double, step: Double)?

    init(scales: [SampleScale], tracks: Int, longest: Int, length: Int = PackedSlab.longest) {
        log = SampleLog(scales: scales, tracks: tracks, longest: longest, length: length)
        sums = scales.map { _ in Array(repeating: 0, count: tracks) }
        counts = scales.map { _ in Array(repeating: 0, count: tracks) }
    }

    /// Adds a moment's values, quantity by quantity, for every track.
    ///
    /// - Parameter step: seconds that a mean is of.
    /// - Returns: the chapter that is complete with it.
    mutating func add(_ values: [[Float]], step: Double, at time: Double) -> SampleLog.Chapter? {
        let number = (time / step).rounded(.up)
        var complete: SampleLog.Chapter?
        if let open, open != (number, step) { complete = end(open) }
        self.open = (number, step)
        for quantity in values.indices {
            let row = values[quantity]
            sums[quantity].withUnsafeMutableBufferPointer { sums in
                counts[quantity].withUnsafeMutableBufferPointer { counts in
                    for track in row.indices where !row[track].isNaN && counts[track] < .max {
                        sums[track] += row[track]
                        counts[track] += 1
                    }
                }
            }
        }
        return complete
    }

    private mutating func end(_ step: (number: Double, step: Double)) -> SampleLog.Chapter? {
        let time = step.number * step.step
        defer {
            for quantity in sums.indices {
                sums[quantity].withUnsafeMutableBufferPointer { $0.update(repeating: 0) }
                counts[quantity].withUnsafeMutableBufferPointer { $0.update(repeating: 0) }
            }
        }
        // A clock that was set back, or a step that has become shorter: what is there already stays.
        guard time > log.lastTime ?? -.infinity else { return nil }
        let (scales, sums, counts) = (log.scales, sums, counts)
        return log.add(at: time) { quantity, row in
            let scale = scales[quantity]
            for track in row.indices where counts[quantity][track] > 0 {
                row[track] = scale.code(sums[quantity][track] / Float(counts[quantity][track]))
            }
        }
    }

    mutating func grow(to tracks: Int) {
        guard tracks > log.tracks else { return }
        let more = tracks - log.tracks
        log.grow(to: tracks)
        for quantity in sums.indices {
            sums[quantity] += repeatElement(0, count: more)
            counts[quantity] += repeatElement(0, count: more)
        }
    }

    mutating func pick(_ order: [Int?]) {
        log.pick(order)
        for quantity in sums.indices {
            let (oldSums, oldCounts) = (sums[quantity], counts[quantity])
            sums[quantity] = order.map { $0.map { oldSums[$0] } ?? 0 }
            counts[quantity] = order.map { $0.map { oldCounts[$0] } ?? 0 }
        }
    }
}
