// SPDX-License-Identifier: Apache-2.0

/// A source of what the plant is like. A plant has several.
package protocol Observer: Sendable {
    /// Polls once. Never throws: a source that does not answer says so in `Observation.source`, with reason and age.
    ///
    /// - Parameter now: the wall clock, as seconds since 1970. A simulation advances to it, at its own speed.
    func observe(at now: Double) async -> Observation
}

/// What one poll of one source found. A source leaves empty what it does not speak of.
package struct Observation: Sendable {
    package var source: SourceStatus
    /// The plant's clock at the poll.
    package var at: PlantTime
    /// Time between two polls, by the plant's clock.
    package var interval: Seconds
    /// What kind of plant speaks.
    package var kind: PlantKind
    /// The drill that a simulation runs; nil: none.
    package var drill: String?
    /// Grows when a node changes its pool or enters or leaves transit.
    package var revision: AllocationRevision?
    package var nodes = NodeTable()
    package var pools: [PoolState] = []
    package var jobs: [JobState] = []
    /// As in `FactorySnapshot.queued`.
    package var queued: [String: Int] = [:]
    package var training: TrainingDemand?
    package var trained: Reading<TokensPerSecond> = .missing
    package var mfu: Reading<Share> = .missing
    package var lifecycle: Lifecycle?
    package var economy: Economy?
    /// What exporters said of hosts and engines; `Fold` joins it into nodes and pools. A source gives either these or
    /// `nodes` and `pools`.
    package var hosts: [HostFacts] = []
    package var engines: [EngineFacts] = []
    /// Under which names they said it.
    package var origins: [Origin] = []
    /// Every target of the source, for those who ask.
    package var targets: [TargetHealth] = []
    package var queues: [QueueFacts] = []
    /// What training jobs said of themselves.
    package var runs: [TrainingFacts] = []
    /// What graphs begin with, where a source remembers more than it was asked for; given once. Pools and plant.
    package var past: [TrendKey: Trend] = [:]
    /// What happened since the last poll of this source, oldest first.
    package var events: [FactoryEvent] = []

    package init(source: SourceStatus, at: PlantTime, interval: Seconds, kind: PlantKind) {
        self.source = source
        self.at = at
        self.interval = interval
        self.kind = kind
    }
}
