// SPDX-License-Identifier: Apache-2.0

/// Which partitions of a Slurm are whose: what `control: [{slurm: {...}}]` says.
package struct SlurmControl: Sendable, Hashable {
    /// Nothing is sent unless this is true: plans and their commands are shown all the same.
    package var isEnabled: Bool
    /// Partitions that train; nodes come to the first of them, or back to the one that they came from.
    package var training: [String]
    /// Partitions that serve; each is a class of its name.
    package var inference: [String]
    /// What tells a batch script to save its work, before its job is put back into the queue.
    package var signal: String
    /// How long it gets for that. Unit: s.
    package var grace: Double

    package init(
        isEnabled: Bool = false, training: [String] = [], inference: [String] = [], signal: String = "USR1",
        grace: Double = 60
    ) {
        self.isEnabled = isEnabled
        self.training = training
        self.inference = inference
        self.signal = signal
        self.grace = grace
    }
}
