// SPDX-License-Identifier: Apache-2.0

/// Which partition is for what, and whether nodes may be moved between them.
package struct SlurmControl: Sendable, Hashable {
    package enum Role: Sendable, Hashable {
        case training
        /// Each partition for inference is a pool of its own, by its name.
        case inference(String)
    }

    /// Off: what would be done is shown, and nothing is.
    package var isEnabled = false
    package var training: [String] = []
    package var inference: [String] = []
    /// What tells a batch script to save its work, before its job is put back into the queue; nil: it is not told. A script
    /// that does not trap the signal dies of it.
    package var signal: String?
    /// How long it gets for that, where it is told. Unit: s.
    package var grace = 60.0
    /// Nobody has said so: the names only look like it.
    package var isGuess = false

    package init(isEnabled: Bool = false, training: [String], inference: [String]) {
        self.isEnabled = isEnabled
        self.training = training
        self.inference = inference
    }

    /// What the names of partitions make one think; nothing moves by it.
    package init(guessing partitions: [String]) {
        func any(_ signs: [String], in name: String) -> Bool { signs.contains { name.lowercased().contains($0) } }
        let serving = partitions.filter { any(["infer", "serv"], in: $0) }
        self.init(
            training: partitions.filter { any(["train", "tune", "sft"], in: $0) && !serving.contains($0) },
            inference: serving)
        isGuess = true
    }

    package func role(of partition: String) -> Role? {
        if training.contains(partition) { return .training }
        return inference.contains(partition) ? .inference(partition) : nil
    }

    /// The role of a node in these partitions; nil: none, or for training and for inference at once.
    package func role(of partitions: [String]) -> Role? {
        let roles = partitions.compactMap { role(of: $0) }
        guard let first = roles.first else { return nil }
        let isTraining = first == .training
        return roles.allSatisfy { ($0 == .training) == isTraining } ? first : nil
    }
}
