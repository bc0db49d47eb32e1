// SPDX-License-Identifier: Apache-2.0

/// How often an account's refused commands are told: a client that asks ten thousand times a second must not fill a log.
struct RefusalPace {
    /// Refusals that are told one by one; after them one each so many seconds, and a count of the others.
    static let burst = 10.0
    static let pace = 10.0

    private struct Standing {
        var name: String
        /// Refusals that may be told now.
        var credit = RefusalPace.burst
        var at: Double
        var untold = 0

        mutating func pass(to now: Double) {
            credit = min(RefusalPace.burst, credit + max(0, now - at) / RefusalPace.pace)
            at = now
        }
    }

    private var standings: [String: Standing] = [:]

    /// Accounts of which something is remembered.
    var count: Int { standings.count }

    /// Whether to tell of a refusal; one that is not told is counted.
    mutating func mayTell(_ name: String, of account: String, at now: Double) -> Bool {
        var standing = standings[account] ?? Standing(name: name, at: now)
        standing.pass(to: now)
        defer { standings[account] = standing }
        guard standing.credit >= 1 else {
            standing.untold += 1
            return false
        }
        standing.credit -= 1
        return true
    }

    /// Names, and how many of their refusals nobody was told of; once.
    mutating func overdue(at now: Double) -> [(name: String, count: Int)] {
        var told: [(name: String, count: Int)] = []
        for account in standings.keys.sorted() {
            guard var standing = standings[account] else { continue }
            standing.pass(to: now)
            if standing.untold > 0, standing.credit >= 1 {
                told.append((standing.name, standing.untold))
                standing.credit -= 1
                standing.untold = 0
            }
            // Who has been quiet for long is as if never heard of.
            standings[account] = standing.credit >= Self.burst ? nil : standing
        }
        return told
    }
}
