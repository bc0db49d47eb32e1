// SPDX-License-Identifier: Apache-2.0

/// What a class of requests was promised.
package struct ServiceLevel: Sendable, Codable, Hashable {
    /// Time to first token at the 95th percentile, queue wait included; nil: no promise (bulk work).
    package var ttft: Seconds?
    /// Inter-token latency (TPOT) at the 95th percentile.
    package var itl: Seconds
    /// Share of requests that must meet both.
    package var target: Share

    package init(ttft: Seconds?, itl: Seconds, target: Share) {
        self.ttft = ttft
        self.itl = itl
        self.target = target
    }
}

/// What a model on a node can do: the inputs of the capacity model (FACTORY.md section 3). Unknown on a live plant until a source or the configuration says so.
package struct ServingProfile: Sendable, Codable, Hashable {
    /// For people: `70B FP8 on 8 x H100`.
    package var name: String
    package var gpusPerNode: Int
    /// Time per output token of an idle engine, weights read once.
    package var baseITL: Seconds
    /// Added to the time per output token by each running sequence.
    package var itlPerSequence: Seconds
    /// Added to the time per output token by each token held in the KV cache.
    package var itlPerKVToken: Seconds
    /// Highest prefill rate of a node.
    package var prefillRate: TokensPerSecond
    /// Smallest time of a prefill, and its linear and quadratic cost per token.
    package var prefillFloor: Seconds
    package var prefillPerToken: Seconds
    package var prefillPerTokenSquared: Double
    /// Tokens that the KV caches of a node hold.
    package var kvTokens: Double
    package var maxSequences: Double
    /// Time from an empty node to loaded weights, and from there to the first answer.
    package var loadTime: Seconds
    package var warmTime: Seconds
    /// The same from weights that lie on the node's own disk.
    package var nearLoadTime: Seconds
    /// The same from weights that the host's memory still has.
    package var warmLoadTime: Seconds
    /// The longest answer in flight that a drain waits for, p99.
    package var drainTime: Seconds

    package init(
        name: String, gpusPerNode: Int, baseITL: Seconds, itlPerSequence: Seconds, itlPerKVToken: Seconds,
        prefillRate: TokensPerSecond, prefillFloor: Seconds, prefillPerToken: Seconds, prefillPerTokenSquared: Double,
        kvTokens: Double, maxSequences: Double, loadTime: Seconds, warmTime: Seconds, drainTime: Seconds
    ) {
        self.name = name
        self.gpusPerNode = gpusPerNode
        self.baseITL = baseITL
        self.itlPerSequence = itlPerSequence
        self.itlPerKVToken = itlPerKVToken
        self.prefillRate = prefillRate
        self.prefillFloor = prefillFloor
        self.prefillPerToken = prefillPerToken
        self.prefillPerTokenSquared = prefillPerTokenSquared
        self.kvTokens = kvTokens
        self.maxSequences = maxSequences
        self.loadTime = loadTime
        self.warmTime = warmTime
        self.nearLoadTime = loadTime
        self.warmLoadTime = loadTime
        self.drainTime = drainTime
    }
}

/// Sums over the engines of a class.
package struct PartialSums: OptionSet, Sendable, Hashable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let running = PartialSums(rawValue: 1)
    package static let waiting = PartialSums(rawValue: 2)
    package static let decode = PartialSums(rawValue: 4)
    package static let prefill = PartialSums(rawValue: 8)
    /// Nodes: an engine stands on one that nobody knows.
    package static let nodes = PartialSums(rawValue: 16)
}

/// One pool as it stands: its nodes, its traffic and its service level.
///
/// A training or spare pool has only `nodes` and `floor`; everything else is `.missing` there.
package struct PoolState: Sendable {
    package var pool: Pool
    /// Nodes that serve (or train, or wait as spares) now. Nodes in transit are not counted.
    package var nodes = 0
    /// Whether anybody says so: engines whose node is unknown serve from some node, and `nodes` is 0.
    package var nodesAreKnown = true
    /// The guard rail: no decision may leave fewer.
    package var floor = 0
    /// The GPUs behind `nodes`; 0 when unknown.
    package var gpus = 0

    package var level: ServiceLevel?
    package var profile: ServingProfile?

    package var arrivals: Reading<RequestsPerSecond> = .missing
    /// Variance over mean of arrivals: 1 is Poisson, real traffic is 8 and more.
    package var burstiness: Reading<Count> = .missing
    /// The most the pool's nodes serve within their service level.
    package var capacity: Reading<RequestsPerSecond> = .missing
    /// Mean tokens of a request and of its answer.
    package var inputTokens: Reading<Count> = .missing
    package var outputTokens: Reading<Count> = .missing
    package var cachedShare: Reading<Share> = .missing

    package var waiting: Reading<Count> = .missing
    package var running: Reading<Count> = .missing
    /// Queued work over what the pool serves: the queue in seconds.
    package var wait: Reading<Seconds> = .missing
    package var oldest: Reading<Seconds> = .missing
    /// Growth of the queue, requests per minute; negative when it shrinks.
    package var queueTrend: Reading<Count> = .missing
    /// Requests that are refused or give up because they would wait too long: a full queue looks flat without them.
    package var turnedAway: Reading<RequestsPerSecond> = .missing
    /// The wait after which they are; nil where nobody says.
    package var patience: Seconds?
    /// Requests that were answered whole, that failed, and that their users broke off.
    package var finished: Reading<RequestsPerSecond> = .missing
    package var failed: Reading<RequestsPerSecond> = .missing
    package var aborted: Reading<RequestsPerSecond> = .missing

    package var decode: Reading<TokensPerSecond> = .missing
    /// Uncached input tokens, never added to `decode`.
    package var prefill: Reading<TokensPerSecond> = .missing
    package var goodput: Reading<TokensPerSecond> = .missing
    package var ttft95: Reading<Seconds> = .missing
    package var itl95: Reading<Seconds> = .missing
    /// The middle and the far tail beside the 95th percentile.
    package var ttft50: Reading<Seconds> = .missing
    package var ttft99: Reading<Seconds> = .missing
    package var itl50: Reading<Seconds> = .missing
    package var itl99: Reading<Seconds> = .missing
    /// From the request to its last token, and how long it waited before any work on it.
    package var e2e95: Reading<Seconds> = .missing
    package var queued95: Reading<Seconds> = .missing
    /// The same as a mean, where no source has anything finer.
    package var e2eMean: Reading<Seconds> = .missing
    package var queuedMean: Reading<Seconds> = .missing
    /// Drafted tokens that were taken over: what speculative decoding is worth. Missing without it.
    package var acceptance: Reading<Share> = .missing
    package var kvUse: Reading<Share> = .missing
    /// Sequences per second that lost their KV cache to others and are computed again.
    package var preempted: Reading<RequestsPerSecond> = .missing
    /// Sums to which not every engine of the class gave its share.
    package var parts: PartialSums = []
    /// Requests that met their level in the last five minutes.
    package var attainment: Reading<Share> = .missing
    /// How fast the error budget burns, over five minutes; 1 spends it exactly.
    package var burn: Reading<Count> = .missing
    /// Since when the level is missed; nil while it is met.
    package var hurtSince: PlantTime?

    package init(_ pool: Pool) { self.pool = pool }

    /// Decode tokens per second and GPU; missing when either side is.
    package var decodePerGPU: Reading<TokensPerSecond> {
        gpus > 0 ? decode.map { TokensPerSecond($0.value / Double(gpus)) } : .missing
    }

    /// Whether an engine of the class does not say what its others do: then the sum is only a part.
    package func isPart<M: Measure>(_ path: KeyPath<PoolState, Reading<M>>) -> Bool {
        switch path as AnyKeyPath {
        case \PoolState.running: parts.contains(.running)
        case \PoolState.waiting: parts.contains(.waiting)
        case \PoolState.decode: parts.contains(.decode)
        case \PoolState.prefill: parts.contains(.prefill)
        default: false
        }
    }

    package var isHurt: Bool { hurtSince != nil }

    /// Requests that failed, of those that were answered or failed; missing while none is.
    package var failedShare: Reading<Share> {
        guard let answered = finished.known?.value else { return .missing }
        let all = answered + (failed.known?.value ?? 0)
        return all > 0 ? failed.map { Share($0.value / all) } : .missing
    }

    /// Whether it fails its users: one request in a hundred, and more than three a minute.
    package var isFailing: Bool {
        guard case .fresh(let share) = failedShare, let failed = failed.known else { return false }
        return share.value >= 0.01 && failed.value > 0.05
    }
}
