// SPDX-License-Identifier: Apache-2.0

import Dashboard
import Factory
import Screen

/// Hand-built plans: what the planner answers, without a planner.
struct SamplePlans {
    static let think = Pool.inference(ServingClass("think"))
    static let chat = Pool.inference(ServingClass("chat"))

    static func names(_ stem: String, _ range: ClosedRange<Int>) -> [NodeID] {
        range.map { NodeID(stem + ($0 < 10 ? "0\($0)" : String($0))) }
    }

    static func way(
        _ title: String, _ units: Int, ready: Double?, late: Double?, wait: Double, growing: Bool = false,
        over: OverLimit, serves: Double, lost: Double = 0, more: Double = 0
    ) -> PlanWay {
        PlanWay(
            title: title, units: units, ready: ready.map { Seconds($0) }, readyP95: late.map { Seconds($0) },
            waitAt10: .fresh(Seconds(wait)), growing: growing, overLimit: over,
            serves: .fresh(RequestsPerSecond(serves)), needs: .fresh(RequestsPerSecond(742)), lost: GPUHours(lost),
            lostIfCheckpointFails: GPUHours(more))
    }

    static let nothing = way(
        "do nothing", 0, ready: nil, late: nil, wait: 63, growing: true, over: .forEver, serves: 639)
    static let spares = way(
        "8 spare only", 8, ready: 130, late: 190, wait: 2.5, over: .until(Seconds(430)), serves: 721)

    static func verdicts(_ raised: [RailVerdict] = []) -> [RailVerdict] {
        let quiet = [
            (1, "floor", "think 62, chat 96 and training 284 stay above their floors"),
            (2, "spare", "4 spares stay, floor 4"),
            (3, "in transit", "16 of 50 nodes"),
            (5, "cooldown", "no unit has moved in the last 15 min"),
            (6, "unverified", "no open decision on this donor or receiver"),
            (7, "donor's SLO", "training has none"),
            (8, "p95 demand", "training is elastic"),
            (9, "rigid gangs", "job 71204 is elastic 24..40"),
            (10, "checkpoint", "71204 durable 11 min ago"),
            (16, "revision", "12"),
        ].map { RailVerdict(rail: $0.0, name: $0.1, verdict: .ok, text: $0.2) }
        let unjudged = RailVerdict(rail: 12, name: "power", verdict: .unjudged, text: "no cap is configured")
        return quiet.filter { row in !raised.contains { $0.rail == row.rail } } + [unjudged] + raised
    }

    static let warning = RailVerdict(
        rail: 4, name: "units per hour", verdict: .warn, text: "38 of 40 with this plan (d-2219 and d-2231 used 22)")
    static let failing = RailVerdict(
        rail: 1, name: "floor", verdict: .fail, text: "training would keep 258 nodes, its floor is 260")

    /// The plan of SCREENS.md: eight spares and eight nodes of an elastic gang.
    static func loss(_ draft: Draft = Draft(to: think, nodes: 16), revision: UInt64 = 12) -> PlanPreview {
        var plan = base(draft, tier: .typeName("rl-r3"), verdicts: verdicts([warning]), revision: revision)
        plan.ways[2] = way(
            "THIS: 8 spare + 8 train", 16, ready: 450, late: 720, wait: 0, over: .until(Seconds(430)), serves: 803,
            lost: 28, more: 59)
        plan.takes.append(
            Taken(
                from: .training, job: JobID("71204"), jobName: "rl-r3", owner: "nlp1", nodes: names("su04-n", 1...8),
                lost: GPUHours(28)))
        plan.forecast.lost = GPUHours(28)
        plan.notes = [
            "spare leaves 4 (floor 4)",
            "all 100 nodes of 71204 restart ~5:20; ckpt 13:55Z verified; end 01:06Z -> 03:56Z if kept",
        ]
        plan.steps += steps(
            .training, (.checkpoint, 20), (.release, 70), (.load, 110), (.warm, 20), (.canary, 30), (.serve, 0))
        plan.wayBack = ["before LOSS: A aborts, free", "after: about 9 min back, 28 GPU-h more"]
        plan.effects.append(effect(.training, 292, 284, tokens: (840_000, 817_000)))
        return plan
    }

    /// One spare to think: nothing is lost.
    static func free(_ draft: Draft = Draft(to: think, nodes: 1), revision: UInt64 = 12) -> PlanPreview {
        var plan = base(draft, tier: .yes, verdicts: verdicts(), revision: revision)
        plan.takes = [
            Taken(from: .spare, job: nil, jobName: "", owner: "", nodes: names("su07-n", 21...21), lost: .zero)
        ]
        plan.ways = [
            nothing, way("1 spare only", 1, ready: 130, late: 190, wait: 41, over: .until(Seconds(1500)), serves: 649),
            way("THIS: 1 spare", 1, ready: 130, late: 190, wait: 41, over: .until(Seconds(1500)), serves: 649),
        ]
        plan.notes = ["spare leaves 11 (floor 4)"]
        plan.effects = [effect(think, 62, 63, tokens: (893_000, 907_000))]
        plan.commands = [
            "sim load su07-n21 think", "sim warm su07-n21", "sim canary su07-n21", "sim serve su07-n21 think",
        ]
        plan.waves = [names("su07-n", 21...21)]
        return plan
    }

    /// More than a tier allows to be confirmed by name, in three waves: a reason is asked.
    static func third(_ draft: Draft = Draft(to: think, from: .training, nodes: 92)) -> PlanPreview {
        var plan = loss(draft)
        plan.tier = .reason
        plan.takes = [
            Taken(
                from: .training, job: JobID("71204"), jobName: "rl-r3", owner: "nlp1",
                nodes: names("su04-n", 1...32) + names("su05-n", 1...8), lost: GPUHours(59)),
            Taken(
                from: .training, job: JobID("71188"), jobName: "moe-x", owner: "research",
                nodes: names("su06-n", 1...32) + names("su07-n", 1...20), lost: GPUHours(143)),
        ]
        plan.forecast.lost = GPUHours(202)
        plan.steps = plan.steps.filter { $0.from == .training }
        plan.ways[2] = way(
            "THIS: 92 train", 92, ready: 3900, late: 5200, wait: 0, over: .until(Seconds(600)), serves: 1587, lost: 202,
            more: 59)
        plan.waves = [
            names("su04-n", 1...32) + names("su05-n", 1...8), names("su06-n", 1...32) + names("su07-n", 1...8),
            names("su07-n", 9...20),
        ]
        plan.waveSpacing = Seconds(600)
        return plan
    }

    /// A plan that a rail forbids.
    static func refused(_ draft: Draft = Draft(to: think, from: .training, nodes: 34)) -> PlanPreview {
        var plan = loss(draft)
        plan.verdicts = verdicts([failing, warning])
        plan.tier = .refused("rail 1: training would keep 258 nodes, its floor is 260; take 32 or fewer")
        return plan
    }

    /// The way back of d-2231, after LOSS.
    static func reverse() -> PlanPreview {
        var plan = loss(
            Draft(to: .training, from: think, nodes: 8, preferred: names("su04-n", 1...8), reverses: DecisionID(2231)))
        plan.to = .training
        plan.watched = ServingClass("think")
        plan.tier = .typeName("think")
        plan.why = ["takes back d-2231 of ops-02, 13:58Z: 8 nodes that training gave to think"]
        plan.takes = [
            Taken(from: think, job: nil, jobName: "think", owner: "", nodes: names("su04-n", 1...8), lost: .zero)
        ]
        plan.ways = [
            nothing, spares,
            way("THIS: 8 think", 8, ready: 560, late: 800, wait: 70, growing: true, over: .forEver, serves: 556),
        ]
        plan.steps = steps(think, (.cordon, 0), (.drain, 300), (.unload, 10), (.join, 20), (.restart, 320))
        plan.forecast.lost = .zero
        plan.wayBack = ["before LOSS: A aborts, free", "after: plan the way again"]
        plan.notes = ["a reversal is exempt from the cooldown"]
        return plan
    }

    private static func base(
        _ draft: Draft, tier: ConfirmationTier, verdicts: [RailVerdict], revision: UInt64
    ) -> PlanPreview {
        PlanPreview(
            decision: DecisionID(2232), draft: draft, to: draft.to ?? think, revision: AllocationRevision(revision),
            madeAt: SampleFactory.now, why: ["690/s arrive, 62 nodes serve 639/s; wait 15 s, limit 10 s, since 14:03Z"],
            ways: [nothing, spares, spares],
            takes: [
                Taken(from: .spare, job: nil, jobName: "", owner: "", nodes: names("su07-n", 21...28), lost: .zero)
            ], notes: [],
            steps: steps(.spare, (.load, 110), (.warm, 20), (.canary, 30), (.serve, 0)),
            wayBack: ["A aborts, free, until a node serves"], verdicts: verdicts, tier: tier,
            waves: [names("su07-n", 21...28) + names("su04-n", 1...8)],
            commands: names("su07-n", 21...28).flatMap {
                ["sim load \($0) think", "sim warm \($0)", "sim serve \($0) think"]
            },
            trust: "ready time p50 of last 31 moves, 6 of them missed p95; arrivals held flat",
            effects: [effect(think, 62, 78, tokens: (893_000, 1_120_000))],
            forecast: MoveForecast(
                ready: Seconds(450), readyP95: Seconds(720), lost: .zero, waitAfter: Seconds(0))
        )
        .watching("think")
    }

    private static func steps(_ donor: Pool, _ rows: (MoveStep, Double)...) -> [PlannedStep] {
        rows.map { PlannedStep(step: $0.0, from: donor, typical: Seconds($0.1)) }
    }

    private static func effect(_ pool: Pool, _ before: Int, _ after: Int, tokens: (Double, Double)) -> PoolEffect {
        let serves = pool != .training
        return PoolEffect(
            pool: pool, nodesBefore: before, nodesAfter: after, ttftBefore: serves ? .fresh(Seconds(17.1)) : .missing,
            ttftAfter: serves ? .fresh(Seconds(0.6)) : .missing, itlBefore: serves ? .fresh(Seconds(0.049)) : .missing,
            itlAfter: serves ? .fresh(Seconds(0.043)) : .missing, tokensBefore: .fresh(TokensPerSecond(tokens.0)),
            tokensAfter: .fresh(TokensPerSecond(tokens.1)))
    }
}

extension PlanPreview {
    func watching(_ name: String) -> PlanPreview {
        var plan = self
        plan.watched = ServingClass(name)
        return plan
    }
}
