// SPDX-License-Identifier: Apache-2.0

import Factory

/// What a page says of training jobs. A pushgateway repeats for ever what it was told once: there the time of the push is the
/// time of the number.
struct TrainingRuns {
    let now: PageReading
    /// The oldest comparable page that is kept, for counters; nil: none.
    let base: PageReading?
    /// Between the two pages.
    let seconds: Double

    func facts(of target: ScrapeTarget, at: PlantTime) -> [TrainingFacts] {
        now.entities.compactMap { entity, values -> TrainingFacts? in
            guard case .job(let name, let push) = entity else { return nil }
            var facts = TrainingFacts(
                name: name.isEmpty ? target.host : name, target: target.url, push: push, at: pushed(push, now) ?? at)
            facts.staleAfter = pushed(push, now) == nil ? nil : target.trainingStale
            facts.tokens = values[.trainedRate] ?? rate(of: entity, values, push)
            facts.loss = values[.loss]
            facts.step = values[.stepTime] ?? meanStep(of: entity, values)
            facts.mfu = values[.trainedMFU].flatMap { (0...1.0001).contains($0) ? $0 : nil }
            facts.flops = values[.trainedFLOPs]
            facts.origins = Metric.allCases.compactMap { values.row(of: $0)?.origin }
            return facts
        }.sorted { ($0.name, $0.push) < ($1.name, $1.push) }
    }

    private func pushed(_ push: String, _ page: PageReading) -> PlantTime? {
        page.entities[.push(push)]?[.pushedAt].flatMap { $0 > 0 ? PlantTime(epoch: $0) : nil }
    }

    /// Tokens from push to push: between two of them the counter stands still, and the job does not.
    private func rate(of entity: PageReading.Entity, _ values: PageReading.Values, _ push: String) -> Double? {
        guard let base, let new = values[.trainedTotal], let old = base.entities[entity]?[.trainedTotal], new >= old
        else { return nil }
        guard let last = pushed(push, now), let first = pushed(push, base) else {
            return seconds > 0 ? (new - old) / seconds : nil
        }
        let apart = (last - first).value
        return apart > 0 ? (new - old) / apart : nil
    }

    private func meanStep(of entity: PageReading.Entity, _ values: PageReading.Values) -> Double? {
        guard let before = base?.entities[entity], let sum = values[.stepSum], let count = values[.stepCount],
            let oldSum = before[.stepSum], let oldCount = before[.stepCount], count > oldCount, sum >= oldSum
        else { return nil }
        return (sum - oldSum) / (count - oldCount)
    }
}
