// SPDX-License-Identifier: Apache-2.0

import Factory

/// Compute spent on the plant's model so far: the scaling law of post-training made visible.
///
/// Over its life a model's post-training takes about 30 times the compute of its pretraining (FACTORY.md section 3); the
/// books open with such a past, a month of the whole plant for pretraining.
struct Lifetime: Sendable {
    /// Unit: GPU-seconds.
    private(set) var pretraining: Double
    private(set) var postTraining: Double

    static let ratio = 30.0

    init(gpus: Int) {
        pretraining = Double(gpus) * 30 * 86_400
        postTraining = Self.ratio * pretraining
    }

    /// One second of a running gang.
    mutating func add(_ kind: JobState.Kind, gpus: Int) {
        switch kind {
        case .pretraining: pretraining += Double(gpus)
        case .fineTuning, .reinforcement: postTraining += Double(gpus)
        case .evaluation, .curation, .interactive: break
        }
    }
}
