// SPDX-License-Identifier: Apache-2.0

/// Joins engines into serving classes: one class per model.
///
/// Tokens, running and waiting are summed over the engines, KV use is their mean, latencies come from their histograms
/// together. What an engine that does not answer said last counts on, marked stale with its age, until it is ten polls
/// old; then it counts only where no other engine of the class speaks.
struct ClassFold {
    private let now: PlantTime

    init(now: PlantTime) {
        self.now = now
    }

    /// The classes in alphabetical order, with the engines of each.
    static func classes(_ engines: [EngineFacts]) -> [(serving: ServingClass, engines: [EngineFacts])] {
        let own = Set(engines.lazy.filter { !$0.isFrontend && !$0.model.isEmpty }.map(\.model))
        return Dictionary(grouping: engines) { engine in
            guard !engine.model.isEmpty else { return ServingClass(engine.product) }
            // A frontend may name by its path what the engine behind it names by the last part.
            let last = String(engine.model.split(separator: "/").last ?? "")
            let isBehind = engine.isFrontend && !own.contains(engine.model) && own.contains(last)
            return ServingClass(isBehind ? last : engine.model)
        }
        .sorted { $0.key < $1.key }
        .map { ($0.key, $0.value) }
    }

    func isStale(_ engine: EngineFacts) -> Bool { now - engine.at > engine.staleAfter }

    /// Whether what it said last still counts.
    func isRemembered(_ engine: EngineFacts) -> Bool { now - engine.at <= engine.staleAfter * ClassMembers.forgetAfter }

    func pool(_ serving: ServingClass, _ engines: [EngineFacts]) -> PoolState {
        let members = ClassMembers(engines, now: now)
        let (all, watching) = (members.all, members.watching)
        let who = members.counted
        var pool = PoolState(.inference(serving))
        pool.running = sum(who(\.running), \.running).map(Count.init)
        pool.waiting = sum(who(\.waiting), \.waiting).map(Count.init)
        pool.decode = sum(who(\.decode), \.decode).map(TokensPerSecond.init)
        pool.prefill = sum(who(\.prefill), \.prefill).map(TokensPerSecond.init)
        let sums: [(PartialSums, KeyPath<EngineFacts, Double?>)] = [
            (.running, \.running), (.waiting, \.waiting), (.decode, \.decode), (.prefill, \.prefill),
        ]
        for (name, path) in sums {
            let asked = who(path)
            let silent = asked.count { $0[keyPath: path] == nil }
            if silent > 0, silent < asked.count { pool.parts.insert(name) }
        }
        pool.kvUse = mean(who(\.kvUse), \.kvUse).map(Share.init)
        pool.cachedShare = cachedShare(who(\.cached))
        pool.preempted = sum(who(\.preempted), \.preempted).map(RequestsPerSecond.init)
        let ending = members.ending
        pool.finished = sum(ending, \.finished).map(RequestsPerSecond.init)
        pool.failed = sum(ending, \.failed).map(RequestsPerSecond.init)
        pool.aborted = sum(ending, \.aborted).map(RequestsPerSecond.init)
        pool.turnedAway = sum(ending, \.refused).map(RequestsPerSecond.init)
        pool.ttft50 = latency(watching, \.ttft, 0.5).map(Seconds.init)
        pool.ttft95 = latency(watching, \.ttft, 0.95).map(Seconds.init)
        pool.ttft99 = latency(watching, \.ttft, 0.99).map(Seconds.init)
        pool.itl50 = latency(watching, \.itl, 0.5).map(Seconds.init)
        pool.itl95 = latency(watching, \.itl, 0.95).map(Seconds.init)
        pool.itl99 = latency(watching, \.itl, 0.99).map(Seconds.init)
        pool.e2e95 = latency(watching, \.e2e, 0.95).map(Seconds.init)
        pool.queued95 = latency(all, \.queued, 0.95).map(Seconds.init)
        pool.e2eMean = mean(weighed: all, \.e2eMean).map(Seconds.init)
        pool.queuedMean = mean(weighed: all, \.queuedMean).map(Seconds.init)
        pool.acceptance = acceptance(all)
        return pool
    }

    /// How long first tokens took, and the time between two, over all engines that say what users wait.
    func waits(_ engines: [EngineFacts]) -> (ttft: Reading<Buckets>, itl: Reading<Buckets>) {
        let watching = ClassMembers(engines, now: now).watching
        return (joined(watching, \.ttft), joined(watching, \.itl))
    }

    // MARK: Joining

    private func sum(_ engines: [EngineFacts], _ path: KeyPath<EngineFacts, Double?>) -> Reading<Double> {
        let known = engines.filter { $0[keyPath: path] != nil }
        guard !known.isEmpty else { return .missing }
        return aged(known.reduce(0) { $0 + ($1[keyPath: path] ?? 0) }, known)
    }

    private func mean(_ engines: [EngineFacts], _ path: KeyPath<EngineFacts, Double?>) -> Reading<Double> {
        let known = engines.count { $0[keyPath: path] != nil }
        return sum(engines, path).map { $0 / Double(known) }
    }

    /// Over the tokens of all engines; missing while none comes in.
    private func cachedShare(_ engines: [EngineFacts]) -> Reading<Share> {
        let both = engines.filter { $0.prompt != nil && $0.cached != nil }
        guard let prompt = sum(both, \.prompt).known, prompt > 0 else { return .missing }
        return sum(both, \.cached).map { Share(min(1, max(0, $0 / prompt))) }
    }

    /// A mean over requests: an engine that answers more counts for more.
    private func mean(weighed engines: [EngineFacts], _ path: KeyPath<EngineFacts, Double?>) -> Reading<Double> {
        let known = engines.filter { $0[keyPath: path] != nil && ($0.finished ?? 0) > 0 }
        let requests = known.reduce(0) { $0 + ($1.finished ?? 0) }
        guard requests > 0 else { return .missing }
        return aged(known.reduce(0) { $0 + ($1[keyPath: path] ?? 0) * ($1.finished ?? 0) } / requests, known)
    }

    /// Over the drafts of all engines; missing while nothing is drafted.
    private func acceptance(_ engines: [EngineFacts]) -> Reading<Share> {
        let both = engines.filter { $0.drafted != nil && $0.accepted != nil }
        guard let drafted = sum(both, \.drafted).known, drafted > 0 else { return .missing }
        return sum(both, \.accepted).map { Share(min(1, max(0, $0 / drafted))) }
    }

    /// A percentile over all engines together.
    private func latency(
        _ engines: [EngineFacts], _ path: KeyPath<EngineFacts, Buckets?>, _ share: Double
    ) -> Reading<Double> {
        let known = engines.filter { $0[keyPath: path] != nil }
        guard let joined = Buckets.sum(known.compactMap { $0[keyPath: path] })?.quantile(share) else { return .missing }
        return aged(joined, known)
    }

    private func joined(_ engines: [EngineFacts], _ path: KeyPath<EngineFacts, Buckets?>) -> Reading<Buckets> {
        let known = engines.filter { $0[keyPath: path] != nil }
        return Buckets.sum(known.compactMap { $0[keyPath: path] }).map { aged($0, known) } ?? .missing
    }

    /// Stale, with the age of the oldest, as soon as one engine is.
    private func aged<Value>(_ value: Value, _ engines: [EngineFacts]) -> Reading<Value> {
        let oldest = engines.map(\.at).min() ?? now
        return engines.contains(where: isStale) ? .stale(value, age: now - oldest) : .fresh(value)
    }
}
