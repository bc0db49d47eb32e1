// SPDX-License-Identifier: Apache-2.0

import Factory
import Planning
import Simulation

/// What came of a trial, in the units of docs/simulate.md.
struct TrialResult: Encodable {
    struct Class: Encodable, Equatable {
        var name: String
        /// Part of the requests that met their level. Range 0...1; nil where nothing was asked.
        var attainment: Double?
        /// Output tokens of requests that met their level, per second.
        var goodput: Double
        /// Mean nodes that served it.
        var nodes: Double
        var violationMinutesPerDay: Double
    }

    var policy: String
    var seed: UInt64
    var demandScale: Double
    var days: Double
    var nodes: Int
    var hardware: String
    var traffic: String
    var drill: String?
    /// Part of all requests that met their level, and of each class.
    var attainment: Double?
    var classes: [Class]
    var tokenGoodput: Double
    /// Part of the plant's node-time that went into training steps that count. Range 0...1.
    var trainingGoodput: Double
    var movesPerDay: Double
    var nodesMovedPerDay: Double
    var movesFailed: Int
    var draftsRefused: Int
    /// Minutes a day in which at least one class missed its level.
    var violationMinutesPerDay: Double
    /// Work that failures and moves have thrown away, and what gangs stood for it.
    var lostGPUHours: Double
    /// Rent of the serving nodes over what they gave. Unit: $ per million output tokens.
    var dollarsPerMtok: Double?
    /// Output tokens per joule of the serving nodes' IT energy.
    var tokensPerJoule: Double?
    var leadSeconds: Double?
    /// How often the trace began again, each time after so many days.
    var wraps: Int
    var traceDays: Double?
    /// The split of a static policy, by class.
    var split: [String: Int]?

    init(
        policy: String, settings: SimulationSettings, demandScale: Double, books: PlantBooks, lost: GPUHours,
        moves: MoveTally, traffic: Traffic, length: Double
    ) {
        let days = length / 86_400
        self.policy = policy
        seed = settings.seed
        self.demandScale = demandScale
        self.days = days
        nodes = settings.nodes
        hardware = settings.hardware.name
        self.traffic = traffic.name
        drill = settings.drill?.name
        classes = books.classes.map { row in
            Class(
                name: row.serving.name, attainment: row.attainment, goodput: row.goodTokens / max(1, books.seconds),
                nodes: row.nodeSeconds / max(1, books.seconds), violationMinutesPerDay: row.missed / 60 / days)
        }
        let judged = books.classes.reduce(0) { $0 + $1.judged }
        attainment = judged > 0 ? books.classes.reduce(0) { $0 + $1.met } / judged : nil
        tokenGoodput = classes.reduce(0) { $0 + $1.goodput }
        let all = Double(settings.nodes) * books.seconds
        let gpus = Double(settings.hardware.gpusPerUnit)
        trainingGoodput = all > 0 ? (books.trained - lost.value * 3600 / gpus) / all : 0
        movesPerDay = Double(moves.moves) / days
        nodesMovedPerDay = Double(moves.nodes) / days
        movesFailed = moves.failed
        draftsRefused = moves.refused
        violationMinutesPerDay = books.missed / 60 / days
        lostGPUHours = lost.value + books.stood * gpus / 3600
        let tokens = books.classes.reduce(0) { $0 + $1.tokens }
        let served = books.classes.reduce(0) { $0 + $1.nodeSeconds }
        dollarsPerMtok =
            tokens > 0 ? settings.hardware.pricePerHour * gpus * served / 3600 / (tokens / 1e6) : nil
        tokensPerJoule = books.servingEnergy > 0 ? tokens / books.servingEnergy : nil
        leadSeconds = moves.lead?.value
        traceDays = traffic.length.map { $0.value / 86_400 }
        var end = traffic
        end.advance(to: max(0, length - 1))
        wraps = end.laps
    }

    /// A class's part of requests that met their level; 1 where nothing was asked.
    func attainment(of name: String) -> Double { classes.first { $0.name == name }?.attainment ?? 1 }

    enum CodingKeys: String, CodingKey {
        case policy, seed, days, nodes, hardware, traffic, drill, attainment, classes, split, wraps
        case demandScale = "demand_scale"
        case tokenGoodput = "token_goodput_per_second"
        case trainingGoodput = "training_goodput"
        case movesPerDay = "moves_per_day"
        case nodesMovedPerDay = "nodes_moved_per_day"
        case movesFailed = "moves_failed"
        case draftsRefused = "drafts_refused"
        case violationMinutesPerDay = "violation_minutes_per_day"
        case traceDays = "trace_days"
        case lostGPUHours = "lost_gpu_hours"
        case dollarsPerMtok = "dollars_per_mtok"
        case tokensPerJoule = "tokens_per_joule"
        case leadSeconds = "lead_seconds"
    }
}

extension TrialResult.Class {
    enum CodingKeys: String, CodingKey {
        case name, attainment, nodes
        case goodput = "token_goodput_per_second"
        case violationMinutesPerDay = "violation_minutes_per_day"
    }
}

/// One line of a trial's file.
enum TrialLine: Encodable {
    case interval(Interval)
    case move(Move)
    case summary(TrialResult)

    /// The plant at a time.
    struct Interval: Encodable {
        let kind = "interval"
        var at: String
        var allocation: [String: Int]
        var classes: [Row]
        var trained: Double?
        var power: Double?

        struct Row: Encodable {
            var name: String
            var nodes: Int
            var arrivals: Double?
            var capacity: Double?
            var wait: Double?
            var attainment: Double?
        }

        init(_ snapshot: FactorySnapshot) {
            at = snapshot.at.iso8601
            allocation = [:]
            for part in AllocationPart.allCases where part != .unknown {
                allocation[part.rawValue] = snapshot.ledger[part: part]
            }
            classes = snapshot.classes.map {
                Row(
                    name: $0.pool.shortName, nodes: $0.nodes, arrivals: $0.arrivals.known?.value,
                    capacity: $0.capacity.known?.value, wait: $0.wait.known?.value,
                    attainment: $0.attainment.known?.value)
            }
            trained = snapshot.trained.known?.value
            power = snapshot.economy?.itPower.known?.value
        }

        enum CodingKeys: String, CodingKey {
            case kind, at, allocation, classes
            case trained = "trained_tokens_per_second"
            case power = "it_power_watts"
        }
    }

    /// A move that has ended.
    struct Move: Encodable {
        let kind = "move"
        var at: String
        var decision: String
        var to: String
        var from: [String]
        var nodes: Int
        var phase: String
        var seconds: Double?
        var lost: Double

        init(_ move: MoveStatus) {
            at = move.startedAt.iso8601
            decision = move.decision.description
            to = move.to.description
            from = move.donors.map(\.description)
            nodes = move.done
            phase = move.phase.rawValue
            seconds = move.finishedAt.map { ($0 - move.startedAt).value }
            lost = move.lost.value
        }

        enum CodingKeys: String, CodingKey {
            case kind, at, decision, to, from, nodes, phase, seconds
            case lost = "lost_gpu_hours"
        }
    }

    func encode(to encoder: any Encoder) throws {
        switch self {
        case .interval(let line): try line.encode(to: encoder)
        case .move(let line): try line.encode(to: encoder)
        case .summary(let result):
            var container = encoder.container(keyedBy: SummaryKey.self)
            try container.encode("summary", forKey: .kind)
            try result.encode(to: encoder)
        }
    }

    private enum SummaryKey: String, CodingKey { case kind }
}
