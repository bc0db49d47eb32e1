// SPDX-License-Identifier: Apache-2.0

import Factory

/// When pictures of the plant come, and since when one is missing, on the dashboard's own clock: a picture cannot say itself
/// that it is the last.
struct NewsClock: Sendable {
    private var last: Double?
    /// Seconds between pictures, the newest last.
    private var gaps: [Double] = []
    private var hasGap = false

    /// Below this a poll that is late by chance would be said. Unit: s.
    private static let least = 2.5
    private static let room = 5

    /// Another picture than the last has come.
    mutating func came(at now: Double) {
        defer { last = now }
        guard let last else { return }
        // Who attaches gets the newest picture at once, so that the first gap is a part of one.
        guard hasGap else { return hasGap = true }
        gaps = gaps.suffix(Self.room - 1) + [now - last]
    }

    /// Seconds since the last picture.
    func age(at now: Double) -> Double? { last.map { max(0, now - $0) } }

    /// The same once the next one is overdue, after a bit more than two of the usual gaps; nil: all is in time.
    func silence(at now: Double) -> Double? {
        // The middle one: a gap that was long for once, or many short ones of a key held down, are not the usual.
        guard let age = age(at: now), !gaps.isEmpty else { return nil }
        let usual = gaps.sorted()[gaps.count / 2]
        return age > max(Self.least, usual * 2.25) ? age : nil
    }
}

extension PlantKind {
    /// Plant seconds per second of the dashboard's clock.
    var pace: Double { if case .simulated(let speed, _, _) = self { speed } else { 1 } }
}
