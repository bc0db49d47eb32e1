// SPDX-License-Identifier: Apache-2.0

package import Factory

/// How targets are polled. The defaults suit a control room.
package struct ScrapeSettings: Sendable, Hashable {
    /// Time between two polls, as whoever polls keeps it: the measure of staleness and back-off.
    package var interval: Seconds
    /// A target that has not answered whole by then has failed.
    package var deadline: Duration
    /// How long one observation waits for slow targets; what comes later is in the next one.
    package var patience: Duration
    /// Largest body, decompressed. Unit: bytes.
    package var bodyLimit: Int
    /// Most times that a body may grow by decompressing.
    package var inflationLimit: Int
    /// Bodies that are kept to be compared with the next ones, all targets together; beyond it each page is read anew. Unit:
    /// bytes.
    package var memoryLimit = 256 << 20
    /// Whether an observation is a look of its own: then all targets are asked at once, however many there are.
    package var isSingleLook = false

    package init(
        interval: Seconds = Seconds(5), deadline: Duration = .seconds(4), patience: Duration = .milliseconds(500),
        bodyLimit: Int = 64 << 20, inflationLimit: Int = 200
    ) {
        self.interval = interval
        self.deadline = deadline
        self.patience = patience
        self.bodyLimit = bodyLimit
        self.inflationLimit = inflationLimit
    }
}
