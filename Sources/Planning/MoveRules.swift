// SPDX-License-Identifier: Apache-2.0

package import Factory

/// How a move machine behaves where a step takes too long or a unit fails.
package struct MoveRules: Sendable, Hashable {
    /// A step is stuck after this many times its typical time, and never before `patience`.
    package var patienceFactor: Double = 3
    /// The shortest time after which a step counts as stuck.
    package var patience = Seconds(120)
    /// The time after which a step of unknown length counts as stuck.
    package var patienceUnknown = Seconds(900)
    /// Whether units that wait still start after another unit of the move has failed.
    package var goOnAfterFailure = false

    package init() {}

    /// How long a step may take before its unit is called stuck.
    package func limit(typical: Seconds?) -> Seconds {
        guard let typical else { return patienceUnknown }
        return max(patience, typical * patienceFactor)
    }
}
