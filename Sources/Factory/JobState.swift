// SPDX-License-Identifier: Apache-2.0

/// A training job: a gang of nodes, or one that waits for them.
package struct JobState: Sendable {
    package enum Phase: String, Sendable { case pending, running, checkpointing, restarting, incomplete }

    /// What the gang is for.
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        case pretraining
        /// Supervised fine-tuning, part of post-training.
        case fineTuning = "SFT"
        /// Reinforcement learning, part of post-training: part of its gang are rollout workers, which serve inference.
        case reinforcement = "RL"
        case evaluation, curation
        /// A notebook: holds GPUs and trains nothing.
        case interactive
    }

    package var id: JobID
    package var name: String
    package var owner: String
    package var phase: Phase
    /// nil where the scheduler does not say.
    package var kind: Kind?
    /// Part of the whole work that is done. Range 0...1.
    package var progress: Reading<Share> = .missing
    /// Effective training time: productive step time over wall time since it started. Range 0...1.
    package var ettr: Reading<Share> = .missing
    /// Why it runs slower than it could, in a few words: `starved of curated data`, `straggler 1.3 x`; empty: it does not.
    package var drag: String = ""
    /// Whether it waits for curated data.
    package var isStarved = false
    /// Nodes the gang holds now.
    package var nodes: Int
    /// Fewest and most nodes it runs on; equal for a rigid gang.
    package var minNodes: Int
    package var maxNodes: Int
    package var gpusPerNode: Int
    package var trained: Reading<TokensPerSecond> = .missing
    /// Model FLOP/s utilisation. Range 0...1.
    package var mfu: Reading<Share> = .missing
    package var loss: Reading<Count> = .missing
    /// From step to step.
    package var step: Reading<Seconds> = .missing
    /// What one of its accelerators computes. Unit: TFLOP/s.
    package var flops: Reading<Count> = .missing
    /// When the last checkpoint became durable; nil when none is known.
    package var checkpointAt: PlantTime?
    /// Work done since then; nil where only the age is known.
    package var unsaved: GPUHours?
    /// How often it checkpoints; nil when unknown.
    package var checkpointEvery: Seconds?
    /// Time from a changed gang to the first new step.
    package var restartTime: Seconds?
    /// Time a checkpoint stalls the gang.
    package var checkpointTime: Seconds?
    /// Since when it is in its phase.
    package var since: PlantTime
    /// Why it waits, in the scheduler's word: `Resources`.
    package var reason: String = ""
    /// Training time left at the present rate.
    package var remaining: Reading<Seconds> = .missing
    /// Who pays for it; empty: no source says.
    package var account: String = ""
    /// What it insists on, where a scheduler says.
    package var wants: JobWants?

    package init(
        id: JobID, name: String, owner: String, phase: Phase, nodes: Int, minNodes: Int, maxNodes: Int,
        gpusPerNode: Int, since: PlantTime
    ) {
        self.id = id
        self.name = name
        self.owner = owner
        self.phase = phase
        self.nodes = nodes
        self.minNodes = minNodes
        self.maxNodes = maxNodes
        self.gpusPerNode = gpusPerNode
        self.since = since
    }

    /// Whether nodes come and go without a restart: rollout workers of reinforcement learning serve inference while the
    /// learner stays whole, and curation keeps nothing.
    package var changesFreely: Bool { phase == .running && (kind == .reinforcement || kind == .curation) }

    /// Whether it can give so many nodes and lose nothing.
    package func givesFreely(_ count: Int) -> Bool { changesFreely && nodes - count >= minNodes }

    package var isElastic: Bool { maxNodes > minNodes }

    /// Whether any source says how large it is.
    package var isSized: Bool { maxNodes > 0 }

    /// GPU-hours that pre-empting the whole gang now would lose: what it has not saved, where the plant says; else gang times
    /// the age of the last durable checkpoint, which a gang that is starved or restarts does not fill.
    package func atRisk(at now: PlantTime) -> GPUHours? {
        unsaved ?? checkpointAt.map { GPUHours(Double(nodes * gpusPerNode) * max(0, (now - $0).value) / 3600) }
    }
}

/// The other bidder: what training asks for and does not have.
package struct TrainingDemand: Sendable, Codable, Hashable {
    package var pendingJobs: Int
    /// nil where the scheduler's metrics do not say.
    package var askedGPUs: Int?
    /// How long the oldest waits, and who.
    package var oldest: Seconds?
    package var oldestJob: String
    package var oldestReason: String
    /// Jobs that run, where a scheduler says so that does not list them.
    package var running: Int?
    /// Accelerators in use, of those that may be used.
    package var gpusUsed: Int?
    package var gpusInAll: Int?
    /// How long those waited that were let in lately, p95.
    package var wait: Seconds?
    /// How old all this is; nil: fresh.
    package var age: Seconds?
    /// What waits in the same queue for the classes; nil where its scheduler has jobs of training only, or does not tell them apart.
    package var serving: [ServingDemand]?

    package init(pendingJobs: Int, askedGPUs: Int?, oldest: Seconds?, oldestJob: String, oldestReason: String) {
        self.pendingJobs = pendingJobs
        self.askedGPUs = askedGPUs
        self.oldest = oldest
        self.oldestJob = oldestJob
        self.oldestReason = oldestReason
    }
}

/// What a scheduler's jobs ask for that serve a class: each is counted once, and none of them with training.
package struct ServingDemand: Sendable, Codable, Hashable {
    package var pool: Pool
    package var pendingJobs: Int
    package var running: Int
    /// nil: of one that waits it is not known.
    package var askedGPUs: Int?
    /// How long the oldest waits, and who.
    package var oldest: Seconds?
    package var oldestJob: String
    package var oldestReason: String

    package init(
        pool: Pool, pendingJobs: Int, running: Int, askedGPUs: Int?, oldest: Seconds? = nil, oldestJob: String = "",
        oldestReason: String = ""
    ) {
        self.pool = pool
        self.pendingJobs = pendingJobs
        self.running = running
        self.askedGPUs = askedGPUs
        self.oldest = oldest
        self.oldestJob = oldestJob
        self.oldestReason = oldestReason
    }
}

extension TrainingDemand {
    /// Jobs of the queue that wait, whatever for.
    package var pendingInAll: Int { pendingJobs + (serving ?? []).reduce(0) { $0 + $1.pendingJobs } }

    /// Jobs of the queue that run, whatever for; nil where nobody says.
    package var runningInAll: Int? { running.map { $0 + (serving ?? []).reduce(0) { $0 + $1.running } } }

    /// What all that wait ask for; nil where it is not known of each.
    package var askedInAll: Int? {
        (serving ?? []).reduce(askedGPUs) { sum, demand in sum.flatMap { all in demand.askedGPUs.map { all + $0 } } }
    }
}
