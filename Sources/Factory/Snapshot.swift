// SPDX-License-Identifier: Apache-2.0

/// Whether the plant is real.
package enum PlantKind: Sendable, Codable, Hashable {
    /// `demandScale` is the factor that the trace's or generator's demand was multiplied by to fit the plant.
    case simulated(speed: Double, demandScale: Double, seed: UInt64)
    case live
}

/// What may be done to the plant now.
package enum OperatingMode: String, Sendable, Codable, Hashable {
    /// No writes: nothing can act, or the operator may not.
    case observe = "OBSERVE"
    /// Operators act, by plan and confirmation.
    case manual = "MANUAL"
    /// The running steps end and none starts.
    case hold = "HOLD"
}

/// One source of data, and how fresh it is.
package struct SourceStatus: Sendable, Hashable {
    /// `sim`, `scrape`, `node_exporter`.
    package var name: String
    /// When it last answered; nil: never.
    package var answeredAt: PlantTime?
    package var targets: Int
    package var targetsUp: Int
    /// The worst problem, in a sentence with the target's name; nil: none.
    package var problem: String?
    /// Every target that does not answer: name, reason, when it last did.
    package var dead: [DeadTarget]
    /// Targets that answer and whose page is odd, each with how.
    package var odd: [OddTarget] = []
    /// What does not fit together in what its targets say, in sentences. Set by `Fold`.
    package var hints: [String] = []
    /// Older than this its word is stale: two of its polls. Set by `Fold`.
    package var staleAfter = Seconds(10)

    package init(
        name: String, answeredAt: PlantTime?, targets: Int, targetsUp: Int, problem: String? = nil,
        dead: [DeadTarget] = []
    ) {
        self.name = name
        self.answeredAt = answeredAt
        self.targets = targets
        self.targetsUp = targetsUp
        self.problem = problem
        self.dead = dead
    }
}

/// A target that answers, with something that an operator should know of.
package struct OddTarget: Sendable, Codable, Hashable {
    package var name: String
    /// Goes on after the name: `repeats 3 series; the last of each counts`.
    package var remark: String
    package init(name: String, remark: String) {
        self.name = name
        self.remark = remark
    }
}

/// A target that does not answer.
package struct DeadTarget: Sendable, Codable, Hashable {
    package var name: String
    package var reason: String
    package var lastSeen: PlantTime?
    package init(name: String, reason: String, lastSeen: PlantTime?) {
        self.name = name
        self.reason = reason
        self.lastSeen = lastSeen
    }
}

/// The whole plant at one moment: a value, made by `Fold`, shared and never changed.
package struct FactorySnapshot: Sendable {
    package var plant: String
    package var kind: PlantKind
    package var mode: OperatingMode
    /// Why nothing can act, in a sentence, where nothing can.
    package var observeOnly: String?
    package var at: PlantTime
    /// Grows with every snapshot of a run.
    package var sequence: UInt64
    package var revision: AllocationRevision
    package var sources: [SourceStatus]
    /// A node that nobody has spoken of for longer than this is stale: two polls of the slowest source.
    package var staleAfter: Seconds
    package var nodes: NodeTable
    /// Serving classes in alphabetical order, then training, then spare. On a live plant only what a source speaks of.
    package var pools: [PoolState]
    package var jobs: [JobState]
    /// How many jobs wait in each partition of a scheduler, each task of an array one; `jobs` may have only the first of them.
    /// Without a partition of which that is not known for certain.
    package var queued: [String: Int] = [:]
    package var training: TrainingDemand?
    package var trained: Reading<TokensPerSecond>
    /// Model FLOP/s utilisation over all running gangs.
    package var mfu: Reading<Share>
    package var ledger: Ledger
    /// Open moves first, newest first; then the finished ones of this run, for a day and 200 at most.
    package var moves: [MoveStatus]
    /// Moves of earlier runs that have ended, newest first, as the audit's last 1000 records tell of them, and those that were
    /// left open and that nobody drives (`MoveStatus.left`). A simulation's clock began anew
    /// since, so that no rail may count them.
    package var earlierMoves: [MoveStatus] = []
    /// Newest first, at most `FactorySnapshot.eventLimit`.
    package var events: [FactoryEvent]
    package var trends: [TrendKey: Trend]
    /// The past of the nodes and accelerators that somebody looks at, where one is kept.
    package var nodeTrends: [NodeTrendKey: Trend] = [:]
    /// What arrives in each class, in steps of about a minute at any speed of the screen: what plans are made with.
    package var demand: [Pool: Trend] = [:]
    /// The drill that a simulation runs; nil: none.
    package var drill: String?
    /// What exporters said, of which nodes and classes were made; empty where an engine knows them itself.
    package var provenance = Provenance()
    /// nil where no source speaks of it.
    package var lifecycle: Lifecycle?
    /// nil where no source speaks of it.
    package var economy: Economy?
    /// The site that this snapshot is of; nil for a factory of one.
    package var site: SiteID?
    /// Who works with the plant; nil where nobody can attach to it.
    package var room: ControlRoom?
    /// Every site of the factory, this one included, in the factory's order; empty for a factory of one.
    package var sites: [SiteState] = []

    package static let eventLimit = 500

    package init(plant: String, kind: PlantKind, at: PlantTime) {
        self.plant = plant
        self.kind = kind
        self.mode = .observe
        self.at = at
        self.sequence = 0
        self.revision = AllocationRevision(0)
        self.sources = []
        self.staleAfter = Seconds(10)
        self.nodes = NodeTable()
        self.pools = []
        self.jobs = []
        self.trained = .missing
        self.mfu = .missing
        self.ledger = Ledger()
        self.moves = []
        self.events = []
        self.trends = [:]
    }

    package func pool(_ pool: Pool) -> PoolState? { pools.first { $0.pool == pool } }

    /// Whether `jobs` are all there are. Where only some speak for themselves, or a queue's metrics count them, they are not.
    package var listsEveryJob: Bool {
        if case .simulated = kind { return true }
        return training?.askedGPUs != nil
    }

    /// Whether a move runs, here or in another site.
    package var hasOpenMoves: Bool { moves.contains(where: \.isOpen) || !sitesThatMove.isEmpty }

    /// The other sites in which moves run.
    package var sitesThatMove: [SiteState] { sites.filter { $0.site != site && $0.moves > 0 } }

    /// The serving classes.
    package var classes: [PoolState] { pools.filter { $0.pool.servingClass != nil } }

    /// The serving class whose service level is worst: hurt first, then by burn, then by wait. nil without any class.
    package var worstClass: PoolState? {
        classes.max { left, right in
            let a = (left.isHurt ? 1 : 0, left.burn.known?.value ?? 0, left.wait.known?.value ?? 0)
            let b = (right.isHurt ? 1 : 0, right.burn.known?.value ?? 0, right.wait.known?.value ?? 0)
            return a < b
        }
    }

    /// Decode over all classes; missing when no class knows its own.
    package var decode: Reading<TokensPerSecond> { sum(\.decode) }
    /// Uncached prefill over all classes.
    package var prefill: Reading<TokensPerSecond> { sum(\.prefill) }
    package var waiting: Reading<Count> { sum(\.waiting) }

    /// From what age on what is known of a node is stale: each by the pace of its own sources.
    package func staleAfter(of node: Int) -> Seconds {
        (node < nodes.staleAfter.count ? nodes.staleAfter[node] : nil) ?? staleAfter
    }

    /// Whether a class, or an engine of one, does not say what the others do: then their sum is only a part, and more is
    /// true.
    package func isPartial<M: Measure>(_ path: KeyPath<PoolState, Reading<M>>) -> Bool {
        if classes.contains(where: { $0.isPart(path) }) { return true }
        let unknown = classes.count { $0[keyPath: path].known == nil }
        return unknown > 0 && unknown < classes.count
    }

    /// The sum of what is known; stale as soon as one part is.
    private func sum<M: Measure>(_ path: KeyPath<PoolState, Reading<M>>) -> Reading<M> {
        var total = 0.0
        var oldest: Seconds?
        var any = false
        for pool in classes {
            switch pool[keyPath: path] {
            case .fresh(let value):
                total += value.value
                any = true
            case .stale(let value, let age):
                total += value.value
                any = true
                oldest = max(oldest ?? age, age)
            case .missing: break
            }
        }
        guard any else { return .missing }
        return oldest.map { .stale(M(total), age: $0) } ?? .fresh(M(total))
    }
}
