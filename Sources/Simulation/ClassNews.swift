// SPDX-License-Identifier: Apache-2.0

import Factory

extension SimulatedPlant {
    /// Writes what changed for a class.
    mutating func tell(_ change: ClassAlarm.Change, of index: Int) {
        let pool = inference[index]
        let name = pool.served.serving.name
        let others = alarms.indices.contains { $0 != index && !alarms[$0].isQuiet }
        switch change {
        case .queueBegan:
            let text =
                "\(name): arrivals \(Words.short(pool.arrivalsShown))/s, pool serves \(Words.short(pool.capacity))/s"
            emit(.queue, text, isFirstOut: !others && alarms[index].hurtSince == nil)
        case .levelMissed:
            emit(.slo, "\(name): \(missed(pool))", isFirstOut: !others && !alarms[index].hasQueue)
        case .paged:
            emit(.page, "\(name): \(missed(pool)), burn \(Words.short(pool.burn ?? 0))x")
        case .levelMet:
            emit(.change, "\(name) meets its level again")
        }
    }

    private func missed(_ pool: InferencePool) -> String {
        if let limit = pool.served.level.ttft?.value, pool.ttft95 > limit {
            return "TTFT p95 \(Words.short(pool.ttft95)) s over \(Words.short(limit)) s"
        }
        let itl = pool.served.level.itl.value
        if pool.itl > itl { return "ITL p95 \(Words.short(pool.itl * 1000)) ms over \(Words.short(itl * 1000)) ms" }
        return "\(Words.short(pool.shedRate.value)) requests/s shed"
    }
}
