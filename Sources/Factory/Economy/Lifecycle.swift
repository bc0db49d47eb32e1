// SPDX-License-Identifier: Apache-2.0

/// A store of tokens between two stages.
package struct TokenStock: Sendable, Codable, Hashable {
    /// Tokens held now.
    package var tokens: Double
    /// Tokens it can hold; nil: no limit that anybody knows.
    package var capacity: Double?

    package init(tokens: Double, capacity: Double? = nil) {
        self.tokens = tokens
        self.capacity = capacity
    }

    /// How full it is. Range 0...1; nil without a capacity.
    package var fill: Share? { capacity.map { Share($0 > 0 ? min(1, max(0, tokens / $0)) : 0) } }
}

/// One stage of the way from raw data to answers and back.
package struct LifecycleStage: Sendable, Codable, Hashable {
    /// In the order in which data passes them; `feedback` closes the circle to `curation`.
    package enum Kind: String, Sendable, Codable, Hashable, CaseIterable {
        case ingestion, curation, pretraining
        case postTraining = "post-training"
        case evaluation, rollout, inference, feedback
    }

    package var kind: Kind
    /// Tokens that pass the stage per second: raw, curated, trained, evaluated, reloaded, generated or logged.
    package var rate: Reading<TokensPerSecond> = .missing
    /// What it could pass with its present nodes if nothing before or after held it up.
    package var capacity: Reading<TokensPerSecond> = .missing
    /// Nodes that work on it; nil where none of its own do.
    package var nodes: Int?
    /// What lies between this stage and the next.
    package var stock: TokenStock?
    /// What it does now, or waits for, in a few words: `canary 5 %`, `starved of curated data`; empty: it runs.
    package var note: String = ""
    /// The stage that holds the others up.
    package var isBottleneck = false

    package init(_ kind: Kind) { self.kind = kind }
}

/// The circle of an AI factory: data in, models trained, answers out, logs back.
package struct Lifecycle: Sendable, Codable, Hashable {
    /// Only stages that a source speaks of, in the order of `LifecycleStage.Kind`.
    package var stages: [LifecycleStage] = []
    /// Compute spent on post-training over compute spent on pretraining, over the life of the model: about 30.
    package var postTrainingRatio: Reading<Count> = .missing
    /// Time since the serving model was last replaced by a fine-tuned one.
    package var staleness: Reading<Seconds> = .missing
    /// Part of the logged tokens that curation accepts. Range 0...1.
    package var acceptance: Reading<Share> = .missing
    /// Score of the serving model on the plant's own evaluation. Range 0...1.
    package var quality: Reading<Share> = .missing
    /// What the last fine-tune added to `quality`, of either sign.
    package var lastGain: Reading<Share> = .missing
    /// Fine-tunes deployed since the start.
    package var deployed = 0
    /// Fine-tunes that evaluation or canary turned back.
    package var turnedBack = 0

    package init() {}
}
