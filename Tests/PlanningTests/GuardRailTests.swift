// SPDX-License-Identifier: Apache-2.0

import Factory
import Planning
import Testing

@Suite("Guard rails")
struct GuardRailTests {
    /// One plant, one proposal, and what one rail says of it.
    struct Case: Sendable, CustomTestStringConvertible {
        var rail: Int
        var name: String
        var verdict: RailVerdict.Verdict
        /// Words that must be in the sentence.
        var words: String
        var from: Pool = .spare
        var to: Pool = SamplePlant.thinkPool
        var nodes: [Int] = [60]
        var reverses = false
        var route: MoveRoute?
        var rails = RailSettings()
        var changed: @Sendable (inout FactorySnapshot) -> Void = { _ in }

        var testDescription: String { "\(rail) \(name) \(verdict.rawValue): \(words)" }
    }

    static let chat = SamplePlant.chatPool
    static let think = SamplePlant.thinkPool

    static let capacity: [Case] = [
        Case(rail: 1, name: "floors", verdict: .ok, words: "only spares"),
        Case(rail: 1, name: "floors", verdict: .ok, words: "chat keeps 13 of 14, floor 7", from: chat, nodes: [32]),
        Case(
            rail: 1, name: "floors", verdict: .fail, words: "chat keeps 13 of 14, floor 14", from: chat, nodes: [32],
            rails: rails { $0.floors["chat"] = 14 }),
        Case(
            rail: 1, name: "floors", verdict: .fail, words: "floor 14", from: chat, nodes: [32],
            rails: rails { $0.floors["inference/chat"] = 14 }),
        Case(rail: 2, name: "spare unit", verdict: .ok, words: "3 of 4 spares stay, 1 must"),
        Case(rail: 2, name: "spare unit", verdict: .fail, words: "0 of 4", nodes: [60, 61, 62, 63]),
        Case(
            rail: 2, name: "spare unit", verdict: .fail, words: "2 must", nodes: [60, 61, 62],
            rails: rails { $0.spareMinimum = 2 }),
        Case(rail: 2, name: "spare unit", verdict: .ok, words: "no spare", from: chat, nodes: [32]),
        Case(rail: 3, name: "in transit", verdict: .ok, words: "1 of 6 with this plan"),
        Case(
            rail: 3, name: "in transit", verdict: .ok, words: "6 of 6 with this plan, in 2 waves", from: .training,
            nodes: Array(0..<8)),
        Case(
            rail: 3, name: "in transit", verdict: .fail, words: "7 of 6 with this plan",
            changed: { for node in 0..<6 { $0.nodes.states[node] = .loading } }),
        Case(
            rail: 3, name: "in transit", verdict: .ok, words: "1 of 6",
            changed: { for node in 0..<16 { $0.nodes.states[node] = .restarting } }),
        Case(rail: 4, name: "units/10 min", verdict: .ok, words: "1 of 6"),
        Case(
            rail: 4, name: "units/10 min", verdict: .warn, words: "2 waves, 10 min apart", from: .training,
            nodes: Array(0..<8)),
        Case(
            rail: 4, name: "units/10 min", verdict: .fail, words: "7 of 6",
            changed: { $0.moves = [SamplePlant().past(3, Array(0..<6), from: .training, to: chat, finished: 60)] }),
        Case(
            rail: 4, name: "units/10 min", verdict: .ok, words: "1 of 6",
            changed: { $0.moves = [SamplePlant().past(3, Array(0..<6), from: .training, to: chat, finished: 500)] }),
        Case(
            rail: 4, name: "units/10 min", verdict: .fail, words: "7 of 6",
            changed: { $0.moves = [waves(6, of: 3, apart: 0, finished: 60)] }),
        Case(
            rail: 4, name: "units/10 min", verdict: .fail, words: "7 of 6",
            changed: { $0.moves = [waves(12, of: 6, apart: 600, finished: 500)] }),
        Case(rail: 4, name: "units/hour", verdict: .ok, words: "1 of 19"),
        Case(
            rail: 4, name: "units/hour", verdict: .warn, words: "19 of 19 with this plan",
            changed: { $0.moves = [SamplePlant().past(3, Array(0..<18), from: .training, to: chat, finished: 900)] }),
        Case(
            rail: 4, name: "units/hour", verdict: .fail, words: "20 of 19 with this plan",
            changed: { $0.moves = [SamplePlant().past(3, Array(0..<19), from: .training, to: chat, finished: 900)] }),
    ]

    /// A finished move from training to chat in waves, 20 minutes long.
    private static func waves(_ units: Int, of size: Int, apart: Double, finished ago: Double) -> MoveStatus {
        var move = SamplePlant().past(3, Array(0..<units), from: .training, to: chat, finished: ago)
        for index in move.units.indices { move.units[index].wave = index / size }
        move.waveSpacing = Seconds(apart)
        move.startedAt = move.startedAt + Seconds(-1000)
        return move
    }

    static let moves: [Case] = [
        Case(rail: 5, name: "cooldown", verdict: .ok, words: "no unit moves"),
        Case(
            rail: 5, name: "cooldown", verdict: .fail, words: "n60 rests until",
            changed: { $0.moves = [SamplePlant().past(3, [60], from: chat, to: .spare, finished: 800)] }),
        Case(
            rail: 5, name: "cooldown", verdict: .ok, words: "no unit moves",
            changed: { $0.moves = [SamplePlant().past(3, [60], from: chat, to: .spare, finished: 901)] }),
        Case(
            rail: 5, name: "cooldown", verdict: .ok, words: "need not rest", from: think, to: .spare, nodes: [46],
            reverses: true, changed: { $0.moves = [SamplePlant().past(3, [46], from: .spare, to: think, finished: 30)] }
        ),
        Case(
            rail: 5, name: "cooldown", verdict: .fail, words: "n60 is FAILED",
            changed: { $0.nodes.conditions[60] = NodeCondition(kind: .failed, text: "XID 79", since: $0.at) }),
        Case(
            rail: 5, name: "cooldown", verdict: .fail, words: "n60 was last heard of",
            changed: { $0.nodes.heardAt[60] = $0.at + Seconds(-60) }),
        Case(rail: 5, name: "cooldown", verdict: .fail, words: "gone from the plant", nodes: [640]),
        Case(rail: 5, name: "reversal", verdict: .ok, words: "no recent move", from: chat, nodes: [32]),
        Case(
            rail: 5, name: "reversal", verdict: .warn, words: "goes against d-3, done 20 min ago", from: chat,
            nodes: [32], changed: { $0.moves = [SamplePlant().past(3, [40], from: think, to: chat, finished: 1200)] }),
        Case(
            rail: 5, name: "reversal", verdict: .ok, words: "no recent move", from: chat, nodes: [32],
            changed: { $0.moves = [SamplePlant().past(3, [40], from: think, to: chat, finished: 1900)] }),
        Case(rail: 6, name: "verified", verdict: .ok, words: "no move of these pools"),
        Case(
            rail: 6, name: "verified", verdict: .fail, words: "d-3 is done but not yet measured",
            changed: {
                $0.moves = [SamplePlant().past(3, [9], from: .training, to: think, finished: 60, measured: false)]
            }),
        Case(
            rail: 6, name: "verified", verdict: .warn, words: "d-3 was never measured",
            changed: {
                $0.moves = [SamplePlant().past(3, [9], from: .training, to: think, finished: 1900, measured: false)]
            }),
        Case(
            rail: 6, name: "verified", verdict: .ok, words: "no move of these pools",
            changed: { $0.moves = [SamplePlant().past(3, [9], from: .spare, to: chat, finished: 60, measured: false)] }),
        Case(
            rail: 6, name: "verified", verdict: .fail, words: "d-3 still moves",
            changed: {
                $0.moves = [SamplePlant().past(3, [9], from: .training, to: think, finished: 60, phase: .running)]
            }),
        Case(rail: 16, name: "revision", verdict: .ok, words: "d-9 is new; allocation 7"),
        Case(
            rail: 16, name: "revision", verdict: .fail, words: "submitted already",
            changed: { $0.moves = [SamplePlant().past(9, [9], from: .training, to: chat, finished: 60)] }),
    ]

    static let donors: [Case] = [
        Case(rail: 7, name: "donor's health", verdict: .ok, words: "no class gives"),
        Case(rail: 7, name: "donor's health", verdict: .ok, words: "chat meets its level", from: chat, nodes: [32]),
        Case(
            rail: 7, name: "donor's health", verdict: .fail, words: "chat misses its own level", from: chat,
            nodes: [32],
            changed: { $0.pools[0].hurtSince = $0.at }),
        Case(
            rail: 7, name: "donor's health", verdict: .fail, words: "burns its error budget 6 x", from: chat,
            nodes: [32], changed: { $0.pools[0].burn = .fresh(Count(6)) }),
        Case(
            rail: 7, name: "donor's health", verdict: .fail, words: "grows by 900 a minute", from: chat, nodes: [32],
            changed: { $0.pools[0].queueTrend = .fresh(Count(900)) }),
        Case(
            rail: 7, name: "donor's health", verdict: .unjudged, words: "no source says", from: chat, nodes: [32],
            changed: { $0.pools[0].burn = .missing }),
        Case(rail: 7, name: "donor's data", verdict: .ok, words: "both sides count 14", from: chat, nodes: [32]),
        Case(
            rail: 7, name: "donor's data", verdict: .fail, words: "chat's data is 40 s old", from: chat, nodes: [32],
            changed: { $0.pools[0].arrivals = .stale(RequestsPerSecond(5), age: Seconds(40)) }),
        Case(
            rail: 7, name: "donor's data", verdict: .fail, words: "15 nodes by one source, 14 by another", from: chat,
            nodes: [32], changed: { $0.pools[0].nodes = 15 }),
        Case(
            rail: 7, name: "donor's data", verdict: .unjudged, words: "no source says what reaches chat", from: chat,
            nodes: [32], changed: { $0.pools[0].arrivals = .missing }),
        Case(rail: 8, name: "donor at p95", verdict: .ok, words: "chat keeps 13 nodes", from: chat, nodes: [32]),
        Case(
            rail: 8, name: "donor at p95", verdict: .fail, words: "think keeps 12 nodes", from: think, to: .training,
            nodes: [46, 47]),
        Case(
            rail: 8, name: "donor at p95", verdict: .unjudged, words: "not known yet", from: think, to: .training,
            nodes: [46], changed: { $0.demand = [:] }),
        Case(rail: 13, name: "drain", verdict: .ok, words: "nothing drains"),
        Case(
            rail: 13, name: "drain", verdict: .ok, words: "last 6:00, deadline 10:00", from: think, to: chat,
            nodes: [46]),
        Case(
            rail: 13, name: "drain", verdict: .warn, words: "cut or migrated", from: think, to: chat, nodes: [46],
            rails: rails { $0.drainDeadline = Seconds(60) }),
        Case(
            rail: 13, name: "drain", verdict: .unjudged, words: "no source", from: think, to: chat, nodes: [46],
            changed: { $0.pools[1].profile = nil }),
    ]

    static let work: [Case] = [
        Case(rail: 9, name: "gangs", verdict: .ok, words: "no gang"),
        Case(rail: 9, name: "gangs", verdict: .ok, words: "rl-r3 keeps 15 of 16, needs 8", from: .training, nodes: [0]),
        Case(
            rail: 9, name: "gangs", verdict: .warn, words: "pre-l4 keeps 7 of 8, needs 8: it stops", from: .training,
            nodes: [24]),
        Case(rail: 10, name: "checkpoint", verdict: .ok, words: "no work"),
        Case(rail: 10, name: "checkpoint", verdict: .ok, words: "rl-r3's is 25 min old", from: .training, nodes: [0]),
        Case(
            rail: 10, name: "checkpoint", verdict: .warn, words: "53 GPU-h more if the next fails", from: .training,
            nodes: [0], rails: rails { $0.checkpointAge = Seconds(600) }),
        Case(
            rail: 10, name: "checkpoint", verdict: .warn, words: "no checkpoint of rl-r3 is known", from: .training,
            nodes: [0], changed: { $0.jobs[0].checkpointAt = nil }),
        Case(rail: 11, name: "whole units", verdict: .ok, words: "8 GPUs"),
        Case(
            rail: 11, name: "whole units", verdict: .fail, words: "n60 has 4 GPUs, the model needs 8",
            changed: { $0.nodes.gpus.starts = (0...64).map { Int32($0 * 4) } }),
        Case(rail: 12, name: "power", verdict: .unjudged, words: "no power cap"),
        Case(
            rail: 12, name: "power", verdict: .ok, words: "325 kW at the peak after the move, 380 allowed",
            rails: rails { $0.powerCap = Watts(400_000) }),
        Case(
            rail: 12, name: "power", verdict: .fail, words: "304 allowed",
            rails: rails { $0.powerCap = Watts(320_000) }),
        Case(
            rail: 12, name: "power", verdict: .unjudged, words: "no source says what n60",
            rails: rails { $0.powerCap = Watts(400_000) }, changed: { $0.nodes.powerLimit = Column(count: 64) }),
        Case(rail: 14, name: "canary", verdict: .ok, words: "passes a canary"),
        Case(rail: 14, name: "canary", verdict: .ok, words: "nothing is loaded", to: .training),
        Case(rail: 14, name: "canary", verdict: .unjudged, words: "no canary: what serves", route: .drain),
        Case(rail: 14, name: "canary", verdict: .unjudged, words: "no canary: what serves", route: .requeue),
        Case(rail: 14, name: "canary", verdict: .ok, words: "nothing is loaded", to: .training, route: .drain),
    ]

    static let plant: [Case] = [
        Case(rail: 15, name: "data", verdict: .ok, words: "the source answers"),
        Case(rail: 15, name: "data", verdict: .fail, words: "no source answers", changed: { $0.sources = [] }),
        Case(
            rail: 15, name: "data", verdict: .fail, words: "last answered 1 min ago",
            changed: { $0.sources[0].answeredAt = $0.at + Seconds(-60) }),
        Case(
            rail: 15, name: "data", verdict: .warn, words: "k8s has never answered",
            changed: { $0.sources.append(SourceStatus(name: "k8s", answeredAt: nil, targets: 1, targetsUp: 0)) }),
        Case(
            rail: 15, name: "data", verdict: .fail, words: "slurm last answered 1 min ago: slurm hangs",
            changed: { plant in
                plant.sources.append(
                    SourceStatus(
                        name: "slurm", answeredAt: plant.at + Seconds(-60), targets: 1, targetsUp: 0,
                        problem: "slurm hangs"))
                plant.nodes.heardAt = plant.nodes.indices.map { _ in plant.at + Seconds(-60) }
            }),
        Case(rail: 17, name: "poll budget", verdict: .unjudged, words: "poller"),
        Case(rail: 18, name: "advisory first", verdict: .ok, words: "operator"),
        Case(rail: 19, name: "dry run", verdict: .ok, words: "simulated"),
        Case(
            rail: 19, name: "dry run", verdict: .ok, words: "nothing can act",
            changed: {
                $0.kind = .live
                $0.observeOnly = "no control"
            }),
        Case(rail: 20, name: "audit", verdict: .unjudged, words: "before anything acts"),
    ]

    static func rails(_ change: (inout RailSettings) -> Void) -> RailSettings {
        var rails = RailSettings()
        change(&rails)
        return rails
    }

    @Test("each rail judges as its table says", arguments: capacity + moves + donors + work + plant)
    func verdict(_ wanted: Case) throws {
        var plant = SamplePlant()
        plant.changed = wanted.changed
        let snapshot = plant.snapshot
        let job = wanted.from == .training ? snapshot.jobs[wanted.nodes[0] < 16 ? 0 : 2] : nil
        var taken = Taken(
            from: wanted.from, job: job?.id, jobName: job?.name ?? "", owner: "",
            nodes: wanted.nodes.map { NodeID("n\($0)") }, lost: .zero)
        taken.route = wanted.route
        var proposal = Proposal(
            decision: DecisionID(9), to: wanted.to, asked: wanted.nodes.count, takes: [taken],
            reverses: wanted.reverses ? snapshot.moves.first : nil)
        proposal.waves = WavePlan(proposal.nodes, on: snapshot, wanted.rails)
        let verdicts = GuardRails.judge(proposal, on: snapshot, wanted.rails)
        let found = try #require(verdicts.first { $0.rail == wanted.rail && $0.name == wanted.name })
        #expect(found.verdict == wanted.verdict, "\(found.text)")
        #expect(found.text.contains(wanted.words), "\(found.text)")
    }

    @Test("every rail of FACTORY.md is in the list, in order, with a case above")
    func complete() {
        let numbers = GuardRails.list.map(\.number)
        #expect(Set(numbers) == Set(1...20))
        #expect(numbers == numbers.sorted())
        let covered = Set((Self.capacity + Self.moves + Self.donors + Self.work + Self.plant).map(\.name))
        #expect(covered == Set(GuardRails.list.map(\.name)))
    }
}
