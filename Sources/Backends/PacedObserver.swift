// SPDX-License-Identifier: Apache-2.0

package import Factory

/// A source beside a quicker one: it is asked no more often than it wants to be, and its last word stands between.
package actor PacedObserver: Observer {
    private let observer: any Observer
    private let interval: Double
    private var last: Observation?
    private var askedAt = -Double.infinity

    /// - Parameter interval: between two polls. Unit: s.
    package init(_ observer: any Observer, interval: Double) {
        self.observer = observer
        self.interval = interval
    }

    package func observe(at now: Double) async -> Observation {
        // A clock that was set back is no reason to wait.
        if let last, now >= askedAt, now - askedAt < interval * 0.95 { return last }
        askedAt = now
        let observation = await observer.observe(at: now)
        var kept = observation
        (kept.events, kept.past) = ([], [:])
        last = kept
        return observation
    }
}
