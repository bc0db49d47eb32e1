// SPDX-License-Identifier: Apache-2.0

package import Factory

/// A plant that lives in this process: somebody has to give it the time.
package protocol HostedPlant: Plant {
    /// Seconds since 1970, for `run`.
    nonisolated var wall: @Sendable () -> Double { get }

    /// One poll.
    ///
    /// - Parameter now: wall clock, seconds since 1970.
    func tick(now: Double) async

    /// Ends the plant: its streams finish, and the open moves of a simulation are recorded as interrupted. Once.
    func end() async

    /// The newest snapshot; nil before the first tick.
    var newest: FactorySnapshot? { get async }
}

extension HostedPlant {
    /// Ticks until the task is cancelled, then ends the plant.
    ///
    /// - Parameter took: hears how long each tick took.
    package func run(every interval: Duration, took: @Sendable (Duration) -> Void = { _ in }) async {
        let clock = ContinuousClock()
        var next = clock.now
        while !Task.isCancelled {
            took(await clock.measure { await tick(now: wall()) })
            // A tick that took too long is not made up for.
            next = max(next + interval, clock.now)
            // ignored because the loop's condition sees the cancellation.
            try? await clock.sleep(until: next)
        }
        await end()
    }
}
