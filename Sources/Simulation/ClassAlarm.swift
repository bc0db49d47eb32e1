// SPDX-License-Identifier: Apache-2.0

import Factory

/// Tells the changes worth an operator's eye from the flicker of one class: with on and off delays.
struct ClassAlarm: Sendable {
    /// A change of one class.
    enum Change: Sendable { case queueBegan, levelMissed, paged, levelMet }

    private(set) var hurtSince: Double?
    private var violatedSince: Double?
    private var calmSince: Double?
    private var queuedSince: Double?
    private var emptySince: Double?
    private(set) var hasQueue = false
    private var hasPaged = false

    /// Seconds a condition must last before it counts, and before its end does.
    private static let onDelay = 60.0
    private static let offDelay = 180.0
    /// Burn rate that pages [SRE workbook].
    private static let pagingBurn = 14.4

    var isQuiet: Bool { hurtSince == nil && !hasQueue }

    mutating func advance(_ pool: InferencePool, at now: Double) -> [Change] {
        advanceQueue(pool, at: now) + advanceLevel(pool, at: now)
    }

    private mutating func advanceQueue(_ pool: InferencePool, at now: Double) -> [Change] {
        // Work without a promised time may wait for as long as nobody gives up.
        let limit = (pool.served.level.ttft?.value ?? pool.served.patience.value) / 2
        if pool.wait > limit {
            emptySince = nil
            let since = queuedSince ?? now
            queuedSince = since
            if !hasQueue, now - since >= Self.onDelay / 2, pool.trend > 0 {
                hasQueue = true
                return [.queueBegan]
            }
        } else if pool.wait < limit / 5 {
            queuedSince = nil
            let since = emptySince ?? now
            emptySince = since
            if hasQueue, now - since >= Self.offDelay { hasQueue = false }
        }
        return []
    }

    private mutating func advanceLevel(_ pool: InferencePool, at now: Double) -> [Change] {
        var changes: [Change] = []
        if pool.isViolated {
            calmSince = nil
            let since = violatedSince ?? now
            violatedSince = since
            if hurtSince == nil, now - since >= Self.onDelay {
                hurtSince = since
                changes.append(.levelMissed)
            }
        } else {
            violatedSince = nil
            let since = calmSince ?? now
            calmSince = since
            if hurtSince != nil, now - since >= Self.offDelay {
                hurtSince = nil
                hasPaged = false
                changes.append(.levelMet)
            }
        }
        if hurtSince != nil, !hasPaged, let burn = pool.burn, burn >= Self.pagingBurn {
            hasPaged = true
            changes.append(.paged)
        }
        return changes
    }
}
