// SPDX-License-Identifier: Apache-2.0

/// What an operator has in mind, before it is priced.
package struct Draft: Sendable, Codable, Hashable {
    /// Where the nodes should go; nil: the class with the worst service level.
    package var to: Pool?
    /// Where they should come from; nil: the planner's choice (spare, then elastic surplus, then least at-risk work).
    package var from: Pool?
    /// 0: as many of the cheapest as the receiver needs, at least one; the preview's draft says how many that are.
    package var nodes: Int
    /// Nodes the operator selected; taken first where the rails allow.
    package var preferred: [NodeID]
    /// The decision that this one takes back.
    package var reverses: DecisionID?
    /// How nodes are freed, of the ways that the engine has; nil: its usual one.
    package var route: MoveRoute?

    package init(
        to: Pool? = nil, from: Pool? = nil, nodes: Int = 1, preferred: [NodeID] = [], reverses: DecisionID? = nil,
        route: MoveRoute? = nil
    ) {
        self.route = route
        self.to = to
        self.from = from
        self.nodes = nodes
        self.preferred = preferred
        self.reverses = reverses
    }
}

/// A priced plan: everything the plan screen shows, and what a submission confirms.
///
/// It is computed from one snapshot. Nothing has been sent.
package struct PlanPreview: Sendable, Codable {
    package var decision: DecisionID
    package var draft: Draft
    /// The receiver that the draft or the planner chose.
    package var to: Pool
    package var revision: AllocationRevision
    package var madeAt: PlantTime
    /// Why now, in a sentence or two: arrivals against capacity, the wait, its limit.
    package var why: [String]
    /// Do nothing, the cheapest way, this plan: in this order. Without the middle one where a scheduler frees the nodes alike
    /// in each of its ways. `units` says what each takes.
    package var ways: [PlanWay]
    package var takes: [Taken]
    /// Lines under TAKES that explain: floors left, gangs restarted, checkpoints.
    package var notes: [String]
    package var steps: [PlannedStep]
    /// The way back, before and after LOSS, in words.
    package var wayBack: [String]
    package var verdicts: [RailVerdict]
    package var tier: ConfirmationTier
    /// Units by wave; one wave when the rails allow all at once.
    package var waves: [[NodeID]]
    /// What the engine would be told, one line a step.
    package var commands: [String]
    /// How far past forecasts were right, in words.
    package var trust: String
    /// Each class and training, before and after.
    package var effects: [PoolEffect]
    package var forecast: MoveForecast
    /// The class whose wait, limit and service the ways compare: the receiver, or the class that gives to training.
    package var watched: ServingClass?
    /// Shortest time between the starts of two waves.
    package var waveSpacing: Seconds = .zero
    /// What it does to people's jobs, each in a sentence: those that are put back, with what they may lose, and those that
    /// could not start any more. Never left out where there is room for anything.
    package var warnings: [String]?
    /// Nodes that the draft prefers and that stay, each in a sentence with the reason; nil: none.
    package var staying: [String]?

    package init(
        decision: DecisionID, draft: Draft, to: Pool, revision: AllocationRevision, madeAt: PlantTime, why: [String],
        ways: [PlanWay], takes: [Taken], notes: [String], steps: [PlannedStep], wayBack: [String],
        verdicts: [RailVerdict], tier: ConfirmationTier, waves: [[NodeID]], commands: [String], trust: String,
        effects: [PoolEffect], forecast: MoveForecast
    ) {
        self.decision = decision
        self.draft = draft
        self.to = to
        self.revision = revision
        self.madeAt = madeAt
        self.why = why
        self.ways = ways
        self.takes = takes
        self.notes = notes
        self.steps = steps
        self.wayBack = wayBack
        self.verdicts = verdicts
        self.tier = tier
        self.waves = waves
        self.commands = commands
        self.trust = trust
        self.effects = effects
        self.forecast = forecast
    }

    /// Nodes of a part of the plan that are there because the operator selected them.
    package func selected(of taken: Taken) -> [NodeID] {
        // The way back names its nodes itself: nobody has selected them.
        draft.reverses == nil ? taken.nodes.filter(draft.preferred.contains) : []
    }

    package var isRefused: Bool { verdicts.contains { $0.verdict == .fail } || takes.isEmpty }
}

/// One column of the plan's comparison.
package struct PlanWay: Sendable, Codable, Hashable {
    /// `do nothing`, `8 spare only`, `THIS: 8 spare + 8 train`.
    package var title: String
    package var units: Int
    /// Until the last unit works in its new pool, p50 and p95; nil: nothing to wait for.
    package var ready: Seconds?
    package var readyP95: Seconds?
    /// Wait of `PlanPreview.watched` ten minutes from now; what follows is of the same class.
    package var waitAt10: Reading<Seconds>
    /// Whether that wait is still growing then.
    package var growing: Bool
    /// Requests/s of it that nobody serves then: where patience ends, a wait does not grow, users go.
    package var turnedAway = RequestsPerSecond.zero
    /// When the receiving class meets its level again.
    package var overLimit: OverLimit
    /// What the receiving class serves, against `PlanWay.needs`.
    package var serves: Reading<RequestsPerSecond>
    /// What it needs at the 95th percentile of demand in the next hour.
    package var needs: Reading<RequestsPerSecond>
    package var lost: GPUHours
    /// Lost on top if the checkpoint before the release fails.
    package var lostIfCheckpointFails: GPUHours
    /// How it frees its nodes, where the engine has several ways.
    package var route: MoveRoute?

    package init(
        title: String, units: Int, ready: Seconds?, readyP95: Seconds?, waitAt10: Reading<Seconds>, growing: Bool,
        overLimit: OverLimit, serves: Reading<RequestsPerSecond>, needs: Reading<RequestsPerSecond>, lost: GPUHours,
        lostIfCheckpointFails: GPUHours
    ) {
        self.title = title
        self.units = units
        self.ready = ready
        self.readyP95 = readyP95
        self.waitAt10 = waitAt10
        self.growing = growing
        self.overLimit = overLimit
        self.serves = serves
        self.needs = needs
        self.lost = lost
        self.lostIfCheckpointFails = lostIfCheckpointFails
    }

    /// Whether what it serves covers what is needed; nil when either is unknown.
    package var suffices: Bool? {
        guard let serves = serves.known, let needs = needs.known else { return nil }
        return serves >= needs
    }
}

/// How long a class stays above its limit.
package enum OverLimit: Sendable, Codable, Hashable {
    case never
    case until(Seconds)
    case forEver
    case unknown
}

/// Units a plan takes from one place.
package struct Taken: Sendable, Codable, Hashable {
    package var from: Pool
    package var job: JobID?
    /// Name and owner of the job that loses, for people.
    package var jobName: String
    package var owner: String
    package var nodes: [NodeID]
    package var lost: GPUHours
    /// Where they go when that is not the plan's own receiver: a reverse gives each donor its own back.
    package var to: Pool?
    /// How they are freed; nil: by pools.
    package var route: MoveRoute?
    /// Every job that has any part of the nodes, `job` first, where a scheduler frees them: by requeue these are put back, and
    /// no others.
    package var jobs: [JobAtStake]?

    package init(
        from: Pool, job: JobID?, jobName: String, owner: String, nodes: [NodeID], lost: GPUHours, to: Pool? = nil,
        route: MoveRoute? = nil
    ) {
        self.route = route
        self.from = from
        self.to = to
        self.job = job
        self.jobName = jobName
        self.owner = owner
        self.nodes = nodes
        self.lost = lost
    }
}

/// A job that a scheduler puts back, or whose end is waited for.
package struct JobAtStake: Sendable, Codable, Hashable {
    package var id: JobID
    package var name: String
    package var owner: String
    /// Who pays for it; empty: nobody says.
    package var account: String
    /// On so many nodes it stops.
    package var nodes: Int
    /// What it has not saved, as far as anybody knows; zero where another part of the plan counts it.
    package var lost: GPUHours
    /// When it last saved; nil: no source knows, and `lost` is all since its start.
    package var savedAt: PlantTime?
    /// When its limit ends it; nil: it has none.
    package var ends: PlantTime?

    package init(
        id: JobID, name: String, owner: String, account: String = "", nodes: Int = 0, lost: GPUHours = .zero,
        savedAt: PlantTime? = nil, ends: PlantTime? = nil
    ) {
        self.id = id
        self.name = name
        self.owner = owner
        self.account = account
        self.nodes = nodes
        self.lost = lost
        self.savedAt = savedAt
        self.ends = ends
    }

    /// `eve (account nlp)`
    package var payer: String { account.isEmpty ? owner : "\(owner) (account \(account))" }
}

extension Taken {
    /// The jobs that a confirmation allows to be put back; nil: it is not about jobs.
    package var confirmed: [JobID]? { route == .requeue ? jobs?.map(\.id) : nil }

    /// The steps of each of its nodes.
    ///
    /// - Parameter receiver: where the plan's nodes go that go nowhere else.
    package func path(to receiver: Pool) -> [MoveStep] {
        MoveStep.path(from: from, to: to ?? receiver, by: route ?? .pools)
    }
}

/// A step of the plan with its expected time.
package struct PlannedStep: Sendable, Codable, Hashable {
    package var step: MoveStep
    package var from: Pool
    package var typical: Seconds?
    /// How the nodes that take it are freed; nil: by pools.
    package var route: MoveRoute?

    package init(step: MoveStep, from: Pool, typical: Seconds?) {
        self.step = step
        self.from = from
        self.typical = typical
    }
}

/// A pool before and after the plan.
package struct PoolEffect: Sendable, Codable, Hashable {
    package var pool: Pool
    package var nodesBefore: Int
    package var nodesAfter: Int
    package var ttftBefore: Reading<Seconds>
    package var ttftAfter: Reading<Seconds>
    package var itlBefore: Reading<Seconds>
    package var itlAfter: Reading<Seconds>
    /// Decode tokens/s, or trained tokens/s for training.
    package var tokensBefore: Reading<TokensPerSecond>
    package var tokensAfter: Reading<TokensPerSecond>

    package init(
        pool: Pool, nodesBefore: Int, nodesAfter: Int, ttftBefore: Reading<Seconds>, ttftAfter: Reading<Seconds>,
        itlBefore: Reading<Seconds>, itlAfter: Reading<Seconds>, tokensBefore: Reading<TokensPerSecond>,
        tokensAfter: Reading<TokensPerSecond>
    ) {
        self.pool = pool
        self.nodesBefore = nodesBefore
        self.nodesAfter = nodesAfter
        self.ttftBefore = ttftBefore
        self.ttftAfter = ttftAfter
        self.itlBefore = itlBefore
        self.itlAfter = itlAfter
        self.tokensBefore = tokensBefore
        self.tokensAfter = tokensAfter
    }
}

/// What one guard rail says of one plan.
package struct RailVerdict: Sendable, Codable, Hashable {
    package enum Verdict: String, Sendable, Codable, Hashable, Comparable {
        case ok, unjudged, warn, fail
        package static func < (left: Verdict, right: Verdict) -> Bool { left.rank < right.rank }
        private var rank: Int {
            switch self {
            case .ok: 0
            case .unjudged: 1
            case .warn: 2
            case .fail: 3
            }
        }
    }

    /// The rail that asks for data.
    package static let data = 15

    /// Number in FACTORY.md section 6.
    package var rail: Int
    package var name: String
    package var verdict: Verdict
    /// One sentence with the numbers that decided.
    package var text: String

    package init(rail: Int, name: String, verdict: Verdict, text: String) {
        self.rail = rail
        self.name = name
        self.verdict = verdict
        self.text = text
    }
}

/// How much a confirmation asks of the operator.
package enum ConfirmationTier: Sendable, Codable, Hashable {
    /// Nothing is lost and at most 5 % of the plant moves: `y`.
    case yes
    /// Work is lost, or more than 5 % moves: type this name (of the job or pool that loses).
    case typeName(String)
    /// More than 20 % moves: type a reason; it pages and is flagged in the audit.
    case reason
    /// Nothing can be confirmed: a rail fails or nothing can act.
    case refused(String)
}

extension [RailVerdict] {
    /// The refusal that is named first: what a plan without data is said to break besides, nobody knows.
    package var decisive: RailVerdict? {
        let failed = filter { $0.verdict == .fail }
        return failed.first { $0.rail == RailVerdict.data } ?? failed.first
    }
}
