// SPDX-License-Identifier: Apache-2.0

import Factory
import RealModule

/// What a job asks for: the part of it that is the same while it waits and while it runs.
struct JobRequest: Sendable, Hashable {
    var id: JobID
    var name: String
    var owner: String
    var minNodes: Int
    var maxNodes: Int
    /// Parameters of the model it trains; 0 for an interactive job, which trains nothing.
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
    /// When a checkpoint or a restart ends.
    var phaseEnds = Double.infinity
    /// When the last checkpoint became durable.
    var checkpointAt: Double
    var nextCheckpoint: Double
    /// Node-seconds left.
    var left: Double
    /// A node that is slow slows every step of all.
    var hasStraggler = false

    static let checkpointEvery = 1800.0
    static let checkpointTime = 20.0
    static let restartTime = 300.0
    /// bf16 of an H100. Unit: FLOP/s.
    private static let peak = 989e12
    static let gpusPerNode = 8
    /// Step time of a gang with a straggler, over the median.
    static let straggle = 1.3

    init(_ request: JobRequest, nodes: Int, at now: Double) {
        self.request = request
        self.nodes = nodes
        phase = .restarting
        since = now
        phaseEnds = now + Self.restartTime
        checkpointAt = now
        nextCheckpoint = .infinity
        left = request.work * Double(request.minNodes)
    }

    var isElastic: Bool { request.maxNodes > request.minNodes }
    var isWhole: Bool { nodes >= request.minNodes }
    var room: Int { max(0, request.maxNodes - nodes) }
    /// Nodes it lacks to run.
    var missing: Int { max(0, request.minNodes - nodes) }

    /// Model FLOP/s utilisation of the gang's present size; each doubling costs two points in a hundred.
    var utilisation: Double {
        let doublings = Double.log2(max(1, Double(nodes) / Double(max(1, request.minNodes))))
        return request.utilisation * (1 - 0.02 * doublings) / (hasStraggler ? Self.straggle : 1)
    }

    /// Trained tokens/s: GPUs x MFU x peak / (6 x parameters); zero while it does not step.
    var rate: Double {
        guard phase == .running, request.trains else { return 0 }
        return Double(nodes * Self.gpusPerNode) * utilisation * Self.peak / (6 * request.parameters)
    }

    /// Work that would be done again if it stopped now. Unit: node-seconds.
    func atRisk(at now: Double) -> Double {
        request.trains ? Double(nodes) * max(0, now - checkpointAt) : 0
    }

    mutating func enter(_ phase: JobState.Phase, at now: Double, until end: Double = .infinity) {
        self.phase = phase
        since = now
        phaseEnds = end
    }

    func state(at now: Double) -> JobState {
        var job = JobState(
            id: request.id, name: request.name, owner: request.owner, phase: phase, nodes: nodes,
            minNodes: request.minNodes, maxNodes: request.maxNodes, gpusPerNode: Self.gpusPerNode,
            since: PlantTime(epoch: since))
        job.reason = phase == .incomplete ? "Resources" : ""
        if request.trains {
            job.trained = .fresh(TokensPerSecond(rate))
            job.mfu = .fresh(Share(phase == .running ? utilisation : 0))
            job.checkpointAt = PlantTime(epoch: checkpointAt)
            job.checkpointEvery = Seconds(Self.checkpointEvery)
            job.checkpointTime = Seconds(Self.checkpointTime)
            job.restartTime = Seconds(Self.restartTime)
        }
        if phase == .running || phase == .checkpointing {
            job.remaining = .fresh(Seconds(left / Double(max(1, nodes)) * (hasStraggler ? Self.straggle : 1)))
        }
        return job
    }
}

extension JobRequest {
    /// The job as it waits.
    func pending(because reason: String) -> JobState {
        var job = JobState(
            id: id, name: name, owner: owner, phase: .pending, nodes: 0, minNodes: minNodes, maxNodes: maxNodes,
            gpusPerNode: Gang.gpusPerNode, since: PlantTime(epoch: since))
        job.reason = reason
        return job
    }
}
