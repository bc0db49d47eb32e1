// SPDX-License-Identifier: Apache-2.0

import Factory
import Planning
import RealModule

/// What a job asks for: the part of it that is the same while it waits and while it runs.
struct JobRequest: Sendable, Hashable {
    var id: JobID
    var name: String
    var owner: String
    var kind: JobState.Kind
    var minNodes: Int
    var maxNodes: Int
    /// Parameters of the model it trains; 0 for a job that trains nothing: a notebook, curation.
    var parameters: Double
    /// Model FLOP/s utilisation on `minNodes`. Range 0...1.
    var utilisation: Double
    /// Work, in seconds of its smallest gang.
    var work: Double
    /// Since when it waits, on the plant's clock.
    var since: Double

    var trains: Bool { parameters > 0 }
}

/// A running job: a gang of nodes that steps together, restarts together and saves together.
struct Gang: Sendable {
    var request: JobRequest
    var phase: JobState.Phase
    var nodes: Int
    var since: Double
    /// Since when it steps, checkpoints not counted.
    private var runsSince = 0.0
    /// When a checkpoint or a restart ends.
    var phaseEnds = Double.infinity
    /// When the last checkpoint became durable.
    var checkpointAt: Double
    var nextCheckpoint: Double
    /// Node-seconds left.
    var left: Double
    /// Step time over the median: a node that is slow slows every step of all. Range: 1 and more.
    var slowness = 1.0
    /// Part of its speed that data leaves it, and that power leaves of that. Range 0...1.
    var fed = 1.0
    var powered = 1.0
    var isStarved = false
    /// What its nodes are.
    let machine: Hardware
    /// Seconds of steps, and of everything, since it started.
    private(set) var productive = 0.0
    private(set) var lived = 0.0
    /// Work since the last durable checkpoint, in node-seconds of steps and in its own seconds: what a failure undoes.
    private(set) var unsaved = 0.0
    private var unsavedTime = 0.0
    private let work: Double

    /// The longest time between two checkpoints.
    static let checkpointEvery = 1800.0
    static let checkpointTime = 20.0
    static let restartTime = 300.0
    /// From a node to a rollout worker that answers.
    static let workerStart = 30.0
    /// Step time of a gang with a straggler, over the median.
    static let straggle = 1.3
    /// The same across a network that loses packets.
    static let crawl = 2.5

    init(_ request: JobRequest, nodes: Int, at now: Double, machine: Hardware = .h100) {
        self.request = request
        self.nodes = nodes
        self.machine = machine
        phase = .restarting
        since = now
        phaseEnds = now + Self.restartTime
        checkpointAt = now
        nextCheckpoint = .infinity
        work = request.work * Double(max(1, request.minNodes))
        left = work
    }

    var gpus: Int { nodes * machine.gpusPerUnit }
    /// Rollout workers come and go while the learner steps.
    var changesFreely: Bool {
        phase == .running && (request.kind == .reinforcement || request.kind == .curation)
    }

    /// Young's best interval for so many GPUs at the published failure rate, and never longer than the usual one.
    var checkpointInterval: Double {
        let between = Breakage.gpuHoursPerFailure * 3600 / Double(max(1, gpus))
        return min(Self.checkpointEvery, (2 * Self.checkpointTime * between).squareRoot())
    }

    /// One second of work, or of standing still.
    mutating func step() {
        lived += 1
        guard phase == .running else { return }
        productive += supply
        // Curation has no end: there is always more to read.
        guard request.trains || request.kind == .interactive else { return }
        let done = Double(nodes) * supply / slowness
        left -= done
        guard request.trains else { return }
        unsaved += done
        unsavedTime += supply
    }

    /// A checkpoint is durable.
    mutating func save(at now: Double) {
        checkpointAt = now
        (unsaved, unsavedTime) = (0, 0)
    }

    /// It runs already when the plant opens: what it has done since its last checkpoint, at full speed.
    mutating func open(savedAt: Double, now: Double) {
        checkpointAt = savedAt
        guard request.trains else { return }
        (unsaved, unsavedTime) = (Double(nodes) * (now - savedAt), now - savedAt)
    }

    /// Back to the last checkpoint. Returns the work that is to be done again. Unit: node-seconds.
    mutating func undo() -> Double {
        defer { (unsaved, unsavedTime) = (0, 0) }
        left += unsaved
        productive -= min(productive, unsavedTime)
        return unsaved
    }

    /// Part of its speed that it has.
    var supply: Double { fed * powered }

    var isElastic: Bool { request.maxNodes > request.minNodes }
    var isWhole: Bool { nodes >= request.minNodes }
    var room: Int { max(0, request.maxNodes - nodes) }
    /// Nodes it lacks to run.
    var missing: Int { max(0, request.minNodes - nodes) }

    /// Model FLOP/s utilisation of the gang's present size; each doubling costs two points in a hundred.
    var utilisation: Double {
        let doublings = Double.log2(max(1, Double(nodes) / Double(max(1, request.minNodes))))
        return request.utilisation * (1 - 0.02 * doublings) / slowness
    }

    /// Trained tokens/s with all the data and power it could use: GPUs x MFU x peak / (6 x parameters); zero while it does
    /// not step.
    var fullRate: Double {
        guard phase == .running, request.trains else { return 0 }
        return Double(gpus) * utilisation * machine.bf16 / (6 * request.parameters)
    }

    /// Trained tokens/s of its present size when nothing at all holds it up, not even a save or a straggler.
    var nominalRate: Double {
        guard request.trains else { return 0 }
        return Double(gpus) * utilisation * slowness * machine.bf16 / (6 * request.parameters)
    }

    /// The same as it is.
    var rate: Double { fullRate * supply }

    mutating func enter(_ phase: JobState.Phase, at now: Double, until end: Double = .infinity) {
        // After a checkpoint it runs on.
        if phase == .running, self.phase != .checkpointing { runsSince = now }
        self.phase = phase
        since = now
        phaseEnds = end
    }

    private var drag: String {
        if slowness >= Self.crawl { return "network loses packets" }
        if slowness > 1 { return "straggler \(Self.straggle) x median" }
        if supply > 0.99 { return "" }
        return isStarved ? "starved of curated data" : "slowed by the power cap"
    }

    func state(at now: Double) -> JobState {
        var job = JobState(
            id: request.id, name: request.name, owner: request.owner, phase: phase, nodes: nodes,
            minNodes: request.minNodes, maxNodes: request.maxNodes, gpusPerNode: machine.gpusPerUnit,
            since: PlantTime(epoch: phase == .running ? runsSince : since))
        job.reason = phase == .incomplete ? "Resources" : ""
        job.kind = request.kind
        job.restartTime = Seconds(changesFreely || !request.trains ? Self.workerStart : Self.restartTime)
        let ends = request.kind != .curation
        if ends { job.progress = .fresh(Share(min(1, max(0, 1 - left / work)))) }
        if lived > 0 { job.ettr = .fresh(Share(min(1, productive / lived))) }
        job.drag = drag
        job.isStarved = isStarved
        if request.trains {
            job.trained = .fresh(TokensPerSecond(rate))
            job.mfu = .fresh(Share(phase == .running ? utilisation * supply : 0))
            job.checkpointAt = PlantTime(epoch: checkpointAt)
            job.unsaved = GPUHours(unsaved * Double(machine.gpusPerUnit) / 3600)
            job.checkpointEvery = Seconds(checkpointInterval)
            job.checkpointTime = Seconds(Self.checkpointTime)
        }
        if ends, phase == .running || phase == .checkpointing {
            let speed = Double(max(1, nodes)) * max(0.01, supply) / slowness
            job.remaining = .fresh(Seconds(left / speed))
        }
        return job
    }
}

extension JobRequest {
    /// The job as it waits.
    func pending(because reason: String, on machine: Hardware) -> JobState {
        var job = JobState(
            id: id, name: name, owner: owner, phase: .pending, nodes: 0, minNodes: minNodes, maxNodes: maxNodes,
            gpusPerNode: machine.gpusPerUnit, since: PlantTime(epoch: since))
        job.reason = reason
        job.kind = kind
        return job
    }
}
