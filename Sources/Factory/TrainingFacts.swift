// SPDX-License-Identifier: Apache-2.0

/// What one training job said of itself, by way of one pusher or exporter.
///
/// A nil is unknown, never zero.
package struct TrainingFacts: Sendable, Codable, Equatable {
    /// The job, in its own words.
    package var name: String
    /// The target it was read from.
    package var target: String
    /// Which of the job's pushers said it; empty where it was scraped.
    package var push: String
    /// When it was said: the push, or the page.
    package var at: PlantTime
    /// Unit: tokens/s.
    package var tokens: Double?
    package var loss: Double?
    /// Unit: s.
    package var step: Double?
    /// Range 0...1.
    package var mfu: Double?
    /// Of one accelerator. Unit: TFLOP/s.
    package var flops: Double?
    /// Older than this it is stale; nil: two polls of its source. Set by `Fold` then.
    package var staleAfter: Seconds?
    /// Under which names it was said.
    package var origins: [Origin] = []

    package init(name: String, target: String, push: String, at: PlantTime) {
        self.name = name
        self.target = target
        self.push = push
        self.at = at
    }
}
