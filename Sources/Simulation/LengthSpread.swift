// SPDX-License-Identifier: Apache-2.0

import RealModule

/// A log-normal spread of lengths around a mean that moves with the traffic.
struct LengthSpread: Sendable, Hashable {
    /// Standard deviation of the logarithm.
    let sigma: Double

    init(_ sigma: Double) { self.sigma = sigma }

    /// The length that a share of all does not exceed, for a mean.
    ///
    /// - Parameter deviations: of a standard normal: 1.645 for the 95th percentile, 2.326 for the 99th.
    func length(mean: Double, deviations: Double) -> Double {
        mean * Double.exp(deviations * sigma - sigma * sigma / 2)
    }
}
