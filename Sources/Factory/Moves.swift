// SPDX-License-Identifier: Apache-2.0

/// One step of a node on its way between pools. The same steps for every engine.
package enum MoveStep: String, Sendable, Codable, Hashable, CaseIterable {
    // The release half: out of the donor.
    case cordon, drain, unload
    case checkpoint, release
    // The acquire half: into the receiver.
    case join, restart
    case load, warm, canary, serve
    case park
    /// Back to where the node came from; free before LOSS.
    case restore

    /// The state a node is in while the step runs.
    package var state: NodeState {
        switch self {
        case .cordon: .cordoned
        case .drain: .draining
        case .unload: .unloading
        case .checkpoint: .checkpointing
        case .release: .releasing
        case .join: .joining
        case .restart: .restarting
        case .load: .loading
        case .warm: .warming
        case .canary: .canary
        case .serve: .serving
        case .park: .spare
        case .restore: .restarting
        }
    }

    /// The point of no return that taking the step crosses, if any.
    package var mark: PointOfNoReturn? {
        switch self {
        case .unload, .release: .loss
        case .join, .load, .park: .owner
        default: nil
        }
    }

    /// The steps of a unit from one pool to another, in order; empty when the two are the same.
    package static func path(from donor: Pool, to receiver: Pool, by route: MoveRoute = .pools) -> [MoveStep] {
        guard donor != receiver else { return [] }
        if route != .pools { return scheduled(to: receiver, by: route) }
        let out: [MoveStep] =
            switch donor {
            case .training: [.checkpoint, .release]
            case .inference: [.cordon, .drain, .unload]
            case .spare: []
            }
        let into: [MoveStep] =
            switch receiver {
            case .training: [.join, .restart]
            case .inference: [.load, .warm, .canary, .serve]
            case .spare: [.park]
            }
        return out + into
    }

    /// A scheduler knows one way out and one way in, whatever the node does: what runs there is its jobs.
    private static func scheduled(to receiver: Pool, by route: MoveRoute) -> [MoveStep] {
        let out: [MoveStep] = route == .requeue ? [.cordon, .checkpoint, .release] : [.cordon, .drain]
        let into: [MoveStep] =
            switch receiver {
            case .training: [.join, .restart]
            case .inference: [.load, .serve]
            case .spare: [.park]
            }
        return out + into
    }
}

/// How an engine frees a node.
package enum MoveRoute: String, Sendable, Codable, Hashable, CaseIterable {
    /// The engine runs gangs and servers itself: a gang gives the node up, a server empties it.
    case pools
    /// A scheduler starts no more jobs on the node, and those that run there end by themselves: nothing is lost.
    case drain
    /// A scheduler puts the jobs that run on the node back into its queue: they lose what they have not saved.
    case requeue
}

/// What taking a step cannot give back for free.
package enum PointOfNoReturn: String, Sendable, Hashable {
    /// Work is lost from here: a gang is broken, answers are cut, weights are unloaded.
    case loss = "LOSS"
    /// The node belongs to another pool from here.
    case owner = "OWNER"
}

/// What the desk asks an actuator to do to one unit.
package struct StepOrder: Sendable, Hashable {
    package var decision: DecisionID
    package var node: NodeID
    package var from: Pool
    package var to: Pool
    package var step: MoveStep
    /// The jobs that may be put back: what the plan named when it was confirmed, and no others.
    package var confirmed: [JobID]

    package init(
        decision: DecisionID, node: NodeID, from: Pool, to: Pool, step: MoveStep, confirmed: [JobID] = []
    ) {
        self.confirmed = confirmed
        self.decision = decision
        self.node = node
        self.from = from
        self.to = to
        self.step = step
    }
}

/// How a step stands, as the engine itself says.
package enum StepProgress: Sendable, Hashable {
    /// Still at it; how long it will take when the engine knows.
    case running(remaining: Seconds?)
    /// The state that the step asks for is there.
    case reached
    case failed(String)
}

/// One unit of a move.
package struct UnitMove: Sendable, Codable, Hashable {
    package enum Phase: String, Sendable, Codable, Hashable {
        case waiting, running, held, done, failed, aborting, aborted
    }

    package var node: NodeID
    package var from: Pool
    /// The job that loses the node, when one does.
    package var job: JobID?
    package var phase: Phase
    /// The step that runs, or the last one taken; nil before the first.
    package var step: MoveStep?
    /// Whether the unit has crossed LOSS.
    package var pastLoss: Bool
    package var remaining: Seconds?
    package var problem: String?
    package var wave: Int
    /// Where the unit goes when that is not the move's own receiver: a reverse gives each donor its own back.
    package var to: Pool?
    /// What its gang loses, counted once a wave: the gang it leaves, when its first unit crosses LOSS; else the gang it
    /// joins, when the first unit makes it restart.
    package var atStake: GPUHours
    /// How the unit is freed; nil: by pools, the way of engines that run gangs and servers themselves.
    package var route: MoveRoute?
    /// The jobs that may be put back, as the plan named them; nil: `job` alone.
    package var confirmed: [JobID]?
    /// The engine gives no word of the running step; nil: it does.
    package var unheard: Unheard?

    /// Since when nobody knows how a step stands, and why.
    package struct Unheard: Sendable, Codable, Hashable {
        package var since: PlantTime
        package var why: String

        package init(since: PlantTime, why: String) {
            self.since = since
            self.why = why
        }
    }

    package init(
        node: NodeID, from: Pool, job: JobID?, phase: Phase = .waiting, step: MoveStep? = nil, pastLoss: Bool = false,
        remaining: Seconds? = nil, problem: String? = nil, wave: Int = 0, to: Pool? = nil, atStake: GPUHours = .zero
    ) {
        self.node = node
        self.from = from
        self.to = to
        self.atStake = atStake
        self.job = job
        self.phase = phase
        self.step = step
        self.pastLoss = pastLoss
        self.remaining = remaining
        self.problem = problem
        self.wave = wave
    }

    package var isFinished: Bool { phase == .done || phase == .failed || phase == .aborted }
}

/// A confirmed decision on its way, or at its end.
package struct MoveStatus: Sendable, Codable, Hashable {
    package enum Phase: String, Sendable, Codable, Hashable {
        case running, held, aborting, done, failed, aborted, interrupted
    }

    package var decision: DecisionID
    package var by: String
    package var to: Pool
    package var phase: Phase
    package var startedAt: PlantTime
    package var finishedAt: PlantTime?
    package var units: [UnitMove]
    /// The decision that this one takes back, when it does.
    package var reverses: DecisionID?
    package var forecast: MoveForecast
    /// What happened, once the move has been verified.
    package var outcome: MoveForecast?
    /// GPU-hours lost so far.
    package var lost: GPUHours
    /// The command lines that would bring a stuck unit back by hand.
    package var undo: [String]
    /// Shortest time between the starts of two waves.
    package var waveSpacing: Seconds = .zero
    /// Why it began though it moves more than the limit and nobody else agreed, in its operator's words; nil: it needed nobody,
    /// or somebody agreed.
    package var alone: String?
    /// Why nobody drives it though the audit has no end of it, and what becomes of it: a sentence; nil of any other.
    package var left: String?
    /// Nodes that the engine still keeps out of work for it though it has ended; nil: none.
    package var holds: [NodeID]?

    package init(
        decision: DecisionID, by: String, to: Pool, phase: Phase, startedAt: PlantTime, units: [UnitMove],
        reverses: DecisionID?, forecast: MoveForecast
    ) {
        self.decision = decision
        self.by = by
        self.to = to
        self.phase = phase
        self.startedAt = startedAt
        self.units = units
        self.reverses = reverses
        self.forecast = forecast
        self.lost = .zero
        self.undo = []
    }

    package var isOpen: Bool { phase == .running || phase == .held || phase == .aborting }
    package var done: Int { units.count { $0.phase == .done } }
    package var donors: [Pool] {
        var seen: [Pool] = []
        for unit in units where !seen.contains(unit.from) { seen.append(unit.from) }
        return seen
    }
    /// Units that an abort would bring back free: under way, or waiting, before LOSS.
    package var returnable: Int { units.count { !$0.pastLoss && !$0.isFinished } }
    /// What is said of a move above the limit that nobody else agreed to; nil of any other.
    package var aloneSentence: String? {
        alone.map { "\(decision) by \(by) alone moves more than the limit: \($0)" }
    }
    /// Abort costs nothing while no unit has crossed LOSS.
    package var abortIsFree: Bool { !units.contains { $0.pastLoss } }
}

extension FactorySnapshot {
    /// Whether what earlier runs moved is still where they moved it: a simulated plant ends with its process.
    package var outlivesItsMoves: Bool { if case .simulated = kind { false } else { true } }

    /// The move of a decision, as far as its way back can be planned; nil where it is not known any more, or its plant is gone.
    package func reversible(_ decision: DecisionID) -> MoveStatus? {
        let earlier = outlivesItsMoves ? earlierMoves.filter { $0.left == nil } : []
        return (moves + earlier).first { $0.decision == decision }
    }
}

/// What a plan promised, or what came of it; the two are compared after each move.
package struct MoveForecast: Sendable, Codable, Hashable {
    /// Time from submission until the last unit works in its new pool.
    package var ready: Seconds?
    package var readyP95: Seconds?
    package var lost: GPUHours?
    /// Wait ten minutes after the submission, of the class that the plan watches.
    package var waitAfter: Seconds?

    package init(ready: Seconds?, readyP95: Seconds?, lost: GPUHours?, waitAfter: Seconds?) {
        self.ready = ready
        self.readyP95 = readyP95
        self.lost = lost
        self.waitAfter = waitAfter
    }
}
