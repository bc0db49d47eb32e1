// SPDX-License-Identifier: Apache-2.0

import Factory

/// Numbers in the sentences of events.
enum Figures {
    /// `0.4`, `7.9`, `312`.
    static func short(_ value: Double) -> String {
        guard value.isFinite, abs(value) < 1e15 else { return "-" }
        if abs(value) >= 10 { return String(Int(value.rounded())) }
        let tenths = Int((value * 10).rounded())
        return "\(tenths < 0 ? "-" : "")\(abs(tenths) / 10).\(abs(tenths) % 10)"
    }
}

extension SimulatedPlant {
    /// Writes what changed for a class.
    mutating func tell(_ change: ClassAlarm.Change, of index: Int) {
        let pool = inference[index]
        let name = pool.served.serving.name
        let others = alarms.indices.contains { $0 != index && !alarms[$0].isQuiet }
        switch change {
        case .queueBegan:
            let text =
                "\(name): arrivals \(Figures.short(pool.arrivalsShown))/s, pool serves \(Figures.short(pool.capacity))/s"
            emit(.queue, text, isFirstOut: !others && alarms[index].hurtSince == nil)
        case .levelMissed:
            emit(.slo, "\(name): \(missed(pool))", isFirstOut: !others && !alarms[index].hasQueue)
        case .paged:
            emit(.page, "\(name): \(missed(pool)), burn \(Figures.short(pool.burn ?? 0))x")
        case .levelMet:
            emit(.change, "\(name) meets its level again")
        }
    }

    private func missed(_ pool: InferencePool) -> String {
        if let limit = pool.served.level.ttft?.value, pool.ttft95 > limit {
            return "TTFT p95 \(Figures.short(pool.ttft95)) s over \(Figures.short(limit)) s"
        }
        let itl = pool.served.level.itl.value
        if pool.itl > itl { return "ITL p95 \(Figures.short(pool.itl * 1000)) ms over \(Figures.short(itl * 1000)) ms" }
        return "\(Figures.short(pool.shedRate.value)) requests/s shed"
    }
}
