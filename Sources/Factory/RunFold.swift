// SPDX-License-Identifier: Apache-2.0

/// Joins what the parts of training jobs said into jobs, by name.
///
/// Tokens are summed over the pushers of a job, the rest is their mean. What is stale counts on, with its age, only where
/// nothing fresh speaks of the job; after ten times its span the job is gone: a pushgateway never forgets one that has ended.
package struct RunFold {
    let now: PlantTime

    package init(now: PlantTime) { self.now = now }

    private static let forgetAfter = 10.0

    /// In alphabetical order. Nobody says how many nodes they run on.
    func jobs(_ facts: [TrainingFacts]) -> [JobState] {
        let known = facts.filter { now - $0.at <= span($0) * Self.forgetAfter }
        return Dictionary(grouping: known, by: \.name).sorted { $0.key < $1.key }.map { name, all in
            let parts = counted(all)
            var job = JobState(
                id: JobID(name), name: name, owner: "", phase: .running, nodes: 0, minNodes: 0, maxNodes: 0,
                gpusPerNode: 0, since: now)
            job.trained = sum(parts, \.tokens).map(TokensPerSecond.init)
            job.loss = mean(parts, \.loss).map(Count.init)
            job.step = mean(parts, \.step).map(Seconds.init)
            job.mfu = mean(parts, \.mfu).map(Share.init)
            job.flops = mean(parts, \.flops).map(Count.init)
            return job
        }
    }

    /// What counts of all that was said of one job, in the order in which it stands there.
    package func counted(_ all: [TrainingFacts]) -> [TrainingFacts] {
        let fresh = all.filter { now - $0.at <= span($0) }
        return fresh.isEmpty ? all.filter { $0.at == all.map(\.at).max() } : fresh
    }

    private func span(_ facts: TrainingFacts) -> Seconds { facts.staleAfter ?? Seconds(10) }

    private func sum(_ parts: [TrainingFacts], _ path: KeyPath<TrainingFacts, Double?>) -> Reading<Double> {
        let known = parts.filter { $0[keyPath: path] != nil }
        guard let newest = known.map(\.at).max() else { return .missing }
        let sum = known.reduce(0) { $0 + ($1[keyPath: path] ?? 0) }
        return known.contains { now - $0.at > span($0) } ? .stale(sum, age: now - newest) : .fresh(sum)
    }

    private func mean(_ parts: [TrainingFacts], _ path: KeyPath<TrainingFacts, Double?>) -> Reading<Double> {
        let count = parts.count { $0[keyPath: path] != nil }
        return sum(parts, path).map { $0 / Double(count) }
    }

    /// Tokens of all jobs; stale as soon as one job's are.
    static func trained(_ jobs: [JobState]) -> Reading<TokensPerSecond> {
        let known = jobs.filter { $0.trained.known != nil }
        guard !known.isEmpty else { return .missing }
        let total = TokensPerSecond(known.reduce(0) { $0 + ($1.trained.known?.value ?? 0) })
        let ages = known.compactMap { if case .stale(_, let age) = $0.trained { age } else { nil } }
        return ages.max().map { .stale(total, age: $0) } ?? .fresh(total)
    }

    /// Of the plant: where one job speaks, its own; of several only where each one's size is known.
    static func mfu(_ jobs: [JobState]) -> Reading<Share> {
        let known = jobs.filter { $0.mfu.known != nil }
        if known.count == 1 { return known[0].mfu }
        let gpus = known.reduce(0) { $0 + $1.nodes * $1.gpusPerNode }
        guard gpus > 0, known.allSatisfy({ $0.nodes * $0.gpusPerNode > 0 }) else { return .missing }
        let sum = known.reduce(0) { $0 + ($1.mfu.known?.value ?? 0) * Double($1.nodes * $1.gpusPerNode) }
        return .fresh(Share(sum / Double(gpus)))
    }
}
