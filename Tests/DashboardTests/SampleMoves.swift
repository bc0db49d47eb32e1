// SPDX-License-Identifier: Apache-2.0

import Factory

/// The moves and events of a sample.
struct SampleMoves {
    let sample: SampleFactory

    /// The nodes that are on their way from think or bulk to training.
    static func moving(_ sample: SampleFactory) -> [Int] {
        let end = sample.nodes - sample.spare
        return sample.nodes >= 200 ? Array((end - 6)..<end) : Array((end - 2)..<end)
    }

    var moves: [MoveStatus] {
        let names = SampleNodes(sample: sample).idsOnly
        let donor = Pool.inference(ServingClass(sample.bulk > 0 ? "bulk" : "chat"))
        let units = Self.moving(sample).enumerated().map { offset, node in
            UnitMove(
                node: names[node], from: donor, job: nil, phase: .running, step: offset == 0 ? .load : .drain,
                remaining: Seconds(offset == 0 ? 95 : 212))
        }
        let forecast = MoveForecast(
            ready: Seconds(560), readyP95: Seconds(720), lost: GPUHours(0), waitAfter: Seconds(0.2))
        let open = MoveStatus(
            decision: DecisionID(2231), by: "ops-02", to: .training, phase: .running,
            startedAt: SampleFactory.now + Seconds(-492), units: units, reverses: nil, forecast: forecast)
        var done = MoveStatus(
            decision: DecisionID(2219), by: "ops1", to: .inference(ServingClass("think")), phase: .done,
            startedAt: SampleFactory.now + Seconds(-5400),
            units: [
                UnitMove(
                    node: names[sample.nodes - 1], from: .spare, job: nil, phase: .done, step: .serve, pastLoss: false)
            ], reverses: nil, forecast: forecast)
        done.finishedAt = SampleFactory.now + Seconds(-5200)
        done.outcome = MoveForecast(ready: Seconds(200), readyP95: nil, lost: GPUHours(0), waitAfter: Seconds(0.3))
        return [open, done]
    }

    var events: [FactoryEvent] {
        let now = SampleFactory.now
        guard sample.isTroubled else {
            return [
                FactoryEvent(
                    id: 1, at: now + Seconds(-641), kind: .checkpoint,
                    text: "job 71204 rl-r3 step 18200 durable, manifest verified")
            ]
        }
        let rows: [(Double, FactoryEvent.Kind, String)] = [
            (32, .stale, "su01-n16 dcgm-exporter timeout 3x (job 71180 is still running per Slurm)"),
            (64, .page, "think TTFT p95 over 10 s, burn 21x, acked by nobody"),
            (91, .failed, "su02-n12 XID 79 gpu3, engine lost, 41 requests retried"),
            (187, .queue, "think: arrivals 690/s, pool serves 639/s"),
            (202, .change, "think-v14 rolled out (reasoning budget 8k -> 16k)"),
            (482, .move, "d-2231 submitted by ops-02: nodes to training"),
            (641, .checkpoint, "job 71204 rl-r3 step 18200 durable, manifest verified"),
            (900, .job, "job 71188 moe-x started on 8 nodes"),
            (1400, .repaired, "su03-n02 back from repair, burn-in passed"),
        ]
        return rows.enumerated().map { index, row in
            FactoryEvent(
                id: UInt64(100 - index), at: now + Seconds(-row.0), kind: row.1, text: row.2,
                node: index == 2 ? NodeID("su02-n12") : nil, isFirstOut: row.1 == .change)
        }
    }
}

extension SampleNodes {
    /// The names alone: moves need them, and the table needs the moves.
    var idsOnly: [NodeID] {
        var bare = sample
        (bare.isMoving, bare.isTroubled) = (false, false)
        return SampleNodes(sample: bare).table.ids
    }
}
