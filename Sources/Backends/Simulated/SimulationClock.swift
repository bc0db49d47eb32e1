// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Wall time in, plant seconds out: one clock for every plant of a simulated factory, so that its sites stay together.
///
/// Time that passes without an observation (a stopped program, a laptop asleep) is caught up for at most `mostSeconds`; the
/// rest does not happen.
package final class SimulationClock: Sendable {
    private struct State {
        var chosen: Double
        var lastWall: Double?
        /// Plant seconds since the start.
        var elapsed = 0.0
        /// The plants in which a move runs.
        var moving: Set<Int> = []
        var plants = 0
    }

    private let state: Mutex<State>

    /// Half a plant minute a second.
    package static let standardSpeed = 30.0
    /// Speeds that can be chosen.
    package static let speedRange = 1.0...3600.0
    /// The fastest that plant time passes while a move runs, so that people can follow and stop it.
    package static let speedWhileMoving = 5.0
    /// Plant seconds that one observation advances at most: two polls at the highest speed.
    private static let mostSeconds = 7200.0

    package init(speed: Double = SimulationClock.standardSpeed) {
        state = Mutex(State(chosen: Self.clamped(speed)))
    }

    /// Plant seconds per wall second, now.
    package var speed: Double { state.withLock { Self.speed($0) } }

    /// Speeds outside `speedRange` become its nearest end. Returns what was set.
    func choose(_ speed: Double) -> Double {
        state.withLock { state in
            state.chosen = Self.clamped(speed)
            return state.chosen
        }
    }

    /// A place for one more plant that runs by this clock.
    func join() -> Int {
        state.withLock { state in
            state.plants += 1
            return state.plants
        }
    }

    /// Plant seconds since the start at a wall time; the same for every plant that asks at the same time.
    func seconds(at wall: Double) -> Double {
        state.withLock { state in
            if let last = state.lastWall, wall > last {
                state.elapsed += min((wall - last) * Self.speed(state), Self.mostSeconds)
            }
            state.lastWall = wall
            return state.elapsed
        }
    }

    /// Says whether a move runs in a plant.
    func set(_ plant: Int, isMoving: Bool) {
        state.withLock { state in
            if isMoving { state.moving.insert(plant) } else { state.moving.remove(plant) }
        }
    }

    private static func speed(_ state: State) -> Double {
        state.moving.isEmpty ? state.chosen : min(state.chosen, speedWhileMoving)
    }

    private static func clamped(_ speed: Double) -> Double {
        min(max(speed, speedRange.lowerBound), speedRange.upperBound)
    }
}
