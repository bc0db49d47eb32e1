// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The host's clock.
package enum WallClock {
    /// Seconds since 1970.
    @Sendable package static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

/// A clock that nobody sets.
package enum SteadyClock {
    /// Seconds since some moment.
    @Sendable package static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
