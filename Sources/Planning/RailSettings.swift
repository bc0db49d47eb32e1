// SPDX-License-Identifier: Apache-2.0

package import Factory

/// The numbers behind the guard rails of FACTORY.md section 6; every one can be set in the configuration.
package struct RailSettings: Sendable, Hashable {
    /// Rail 1. Fewest nodes a decision may leave in a pool, by its name (`inference/chat`, `chat`, `training`).
    package var floors: [String: Int] = [:]
    /// Rail 1. The floor of a class or of training that neither `floors` nor the plant names. Unit: nodes.
    package var defaultFloor = 1
    /// Rail 2. Spare nodes that always stay.
    package var spareMinimum = 1
    /// Rail 3. Most of the plant in transit at once, at least one node. Range 0...1.
    package var transitShare = 0.10
    /// Rail 4. Most of the plant moved in ten minutes, at least one node. Range 0...1.
    package var perTenMinutes = 0.10
    /// Rail 4. Most of the plant moved in an hour, at least one node. Range 0...1.
    package var perHour = 0.30
    /// Rail 4. From this part of a limit on, the rail warns. Range 0...1.
    package var warnShare = 0.9
    /// Rail 5. Time a unit rests after a move, by the plant's clock.
    package var cooldown = Seconds(900)
    /// Rail 5. A move back within this time is a reversal.
    package var reversalWindow = Seconds(1800)
    /// Rail 6. After this time an unverified move only warns.
    package var verifyTimeout = Seconds(1800)
    /// Rail 7. A donor that burns its error budget faster than this gives nothing.
    package var burnLimit = 1.0
    /// Rail 7. Growth of a donor's queue that is still noise, as a share of its arrivals.
    package var growthTolerance = 0.02
    /// Rail 7 and 15. Data older than this many polls is stale.
    package var stalePolls = 2.0
    /// Rail 10. Oldest durable checkpoint that raises no warning.
    package var checkpointAge = Seconds(3600)
    /// Rail 12. Highest IT power of the plant; nil: none is known.
    package var powerCap: Watts?
    /// Rail 12. Part of the cap that stays free. Range 0...1.
    package var powerMargin = 0.05
    /// Rail 13. Longest time a drain may take before answers are cut or migrated.
    package var drainDeadline = Seconds(600)
    /// Confirmation: up to this part of the plant, and with nothing lost, `y` is enough. Range 0...1.
    package var yesShare = 0.05
    /// Confirmation: above this part of the plant a reason is asked. Range 0...1.
    package var reasonShare = 0.20

    package init() {}

    /// The fewest nodes a decision may leave in a pool.
    package func floor(of state: PoolState) -> Int {
        if let set = floors[state.pool.description] ?? floors[state.pool.shortName] {
            return state.pool == .spare ? max(spareMinimum, set) : set
        }
        if state.pool == .spare { return max(spareMinimum, state.floor) }
        return state.floor > 0 ? state.floor : min(defaultFloor, max(0, state.nodes))
    }

    /// Nodes that a share of a plant stands for, at least one.
    package static func nodes(_ share: Double, of total: Int) -> Int { max(1, Int(share * Double(total) + 1e-9)) }
}
