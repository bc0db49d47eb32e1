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
            // Bursts make a queue before a smoothed rate is over what is served.
            let verb = pool.arrivalsShown > pool.capacity ? "" : " in bursts"
            let text =
                "\(name): arrivals \(Words.short(pool.arrivalsShown))/s\(verb), pool serves \(Words.short(pool.capacity))/s"
            emit(.queue, text + cause(pool), isFirstOut: !others && alarms[index].hurtSince == nil)
        case .levelMissed:
            emit(.slo, "\(name): \(missed(pool))", isFirstOut: !others && !alarms[index].hasQueue)
        case .paged:
            emit(.page, "\(name): \(missed(pool)), burn \(Words.short(pool.burn ?? 0))x")
        case .levelMet:
            emit(.change, "\(name) meets its level again")
        }
    }

    /// What is otherwise than in the half hour before, where something is: `, answers 2.5 x as long`.
    private func cause(_ pool: InferencePool) -> String {
        func grown(_ now: Double, _ usual: Double) -> Double? { usual > 0 && now / usual > 1.15 ? now / usual : nil }
        var causes: [String] = []
        if let times = grown(pool.arrivalsShown, pool.usualArrivals.value) {
            causes.append(", \(Words.fixed(times, 1)) x as many as before")
        }
        if let times = grown(pool.demand.output, pool.usualOutput.value) {
            causes.append(", answers \(Words.fixed(times, 1)) x as long")
        }
        return causes.joined()
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
