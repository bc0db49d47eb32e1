// SPDX-License-Identifier: Apache-2.0

import Factory
import Planning

extension Configuration {
    /// Reads `rails:`; what is not named keeps its default.
    ///
    /// - Parameter pools: the names that a floor may have; nil where they are not known yet. A misspelt one would guard nothing.
    static func rails(_ section: YAMLSection, pools: [String]?) throws(ConfigurationError) -> RailSettings {
        var section = section
        var rails = RailSettings()
        for (key, path) in shares {
            if let share = try section.number(key, in: 0...1) { rails[keyPath: path] = share }
        }
        for (key, path) in spans {
            if let seconds = try section.number(key, in: 0...604_800) { rails[keyPath: path] = Seconds(seconds) }
        }
        for (key, path) in counts {
            if let count = try section.whole(key, in: 0...10_000) { rails[keyPath: path] = count }
        }
        if let burn = try section.number("burn_limit", in: 0...1000) { rails.burnLimit = burn }
        if let polls = try section.number("stale_polls", in: 1...1000) { rails.stalePolls = polls }
        if let cap = try section.number("power_cap_watts", in: 1...1e12) { rails.powerCap = Watts(cap) }
        if var floors = try section.section("floors") {
            for pool in floors.keys {
                if let pools, !pools.contains(pool) {
                    throw ConfigurationError(
                        file: floors.file, line: floors.line(of: pool),
                        text:
                            "rails.floors: there is no pool '\(pool)'; the simulation has \(pools.joined(separator: ", "))"
                    )
                }
                if let floor = try floors.whole(pool, in: 0...10_000) { rails.floors[pool] = floor }
            }
            try floors.finish()
        }
        try section.finish()
        return rails
    }

    private static var shares: [(String, WritableKeyPath<RailSettings, Double>)] {
        [
            ("transit_share", \.transitShare), ("per_10_minutes", \.perTenMinutes), ("per_hour", \.perHour),
            ("warn_share", \.warnShare), ("growth_tolerance", \.growthTolerance), ("power_margin", \.powerMargin),
            ("yes_share", \.yesShare), ("reason_share", \.reasonShare),
        ]
    }

    private static var spans: [(String, WritableKeyPath<RailSettings, Seconds>)] {
        [
            ("cooldown", \.cooldown), ("reversal_window", \.reversalWindow), ("verify_timeout", \.verifyTimeout),
            ("checkpoint_age", \.checkpointAge), ("drain_deadline", \.drainDeadline),
        ]
    }

    private static var counts: [(String, WritableKeyPath<RailSettings, Int>)] {
        [("default_floor", \.defaultFloor), ("spare_minimum", \.spareMinimum)]
    }
}
