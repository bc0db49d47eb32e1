// SPDX-License-Identifier: Apache-2.0

import Factory
import Planning
import RealModule

/// What became of a class's requests since the start: `arrived` is always the sum of the other four.
package struct RequestTotals: Sendable, Hashable {
    /// Asked in all. Unit of each: requests, fractions included, because the queue is a fluid.
    package var arrived = 0.0
    /// Answered to the end.
    package var served = 0.0
    /// Turned away after too long a wait.
    package var shed = 0.0
    /// In the queue.
    package var waiting = 0.0
    /// In a batch.
    package var running = 0.0
}

/// One class's queue and engines, as a fluid: FACTORY.md section 3 with the running batch as a state.
///
/// A node admits while its batch stays within what the level allows, so a short burst fills batches and only a long
/// one makes a queue; at a steady overload the pool serves exactly the capacity model's highest rate.
struct InferencePool: Sendable {
    let served: ServedClass
    /// Nodes that admit requests.
    private(set) var nodes: Int
    /// Nodes that only finish what they have.
    private(set) var drainers = 0

    private(set) var demand: ClassDemand
    /// Requests in the queue, in the batches of admitting nodes, and in those of draining ones.
    private(set) var queue = 0.0
    private(set) var batch = 0.0
    private(set) var leaving = 0.0
    private var arrived = 0.0
    private var finished = 0.0
    private var shed = 0.0

    /// Requests/s that the pool serves within its level.
    private(set) var capacity = 0.0
    private(set) var itl: Double
    private var prefillTime: Double
    private var residence: Double
    /// Mean time from admission to the last token. Unit: s.
    var stay: Double { residence }
    private var prefillShare = 0.0
    /// Highest wait of the last half minute, fading: the 95th percentile of a queue that comes and goes.
    private var peakWait = 0.0
    private var arrivalRate = Smoothed(over: 60)
    /// What the last half hour saw, to tell what has changed.
    private(set) var usualArrivals = Smoothed(over: 1800)
    private(set) var usualOutput = Smoothed(over: 1800)
    private var admission = Smoothed(over: 10)
    private var shownAdmission = Smoothed(over: 30)
    private(set) var shedRate = Smoothed(over: 60)
    private var preemption = Smoothed(over: 30)
    /// Tokens/s that are computed a second time for sequences that lost their cache.
    private var recompute = Smoothed(over: 10)
    /// Part of the prompts found in the cache now: a full cache forgets what it could have reused.
    private(set) var cached: Double
    /// How much longer a prefill takes than on nodes at full power. Range: 1 and more.
    var prefillSlowdown = 1.0
    private var okShare = Smoothed(over: 60, value: 1)
    private var decode = Smoothed(over: 30)
    private var window = SlidingWindow()
    /// Requests admitted or turned away since the start, and those that met their level.
    private(set) var judged = 0.0
    /// Requests in the queue that were admitted before, and are judged already: they stand at its head.
    private var again = 0.0
    private(set) var met = 0.0

    /// Of the logarithm of prefill times, around the mean.
    private static let prefillSpread = 0.35

    init(_ served: ServedClass, nodes: Int, demand: ClassDemand) {
        self.served = served
        self.nodes = nodes
        self.demand = demand
        cached = served.cached.value
        itl = served.model.profile.baseITL.value
        prefillTime = 0
        residence = 1
        admission.value = demand.rate
        shownAdmission.value = demand.rate
        arrivalRate.value = demand.rate
        usualArrivals.value = demand.rate
        usualOutput.value = demand.output
        tune()
        let each = served.model.steadyState(
            rate: RequestsPerSecond(demand.rate / Double(max(1, nodes))), input: demand.input, output: demand.output,
            cached: served.cached)
        batch = each.map { $0.batch * Double(nodes) } ?? allowedBatch
        arrived = batch
        settle()
        decode.value = batch / itl
    }

    /// One second: these requests arrive, engines admit and finish, and whoever has waited too long leaves.
    mutating func advance(arrivals: Double, demand: ClassDemand, at second: Int) {
        self.demand = demand
        arrived += arrivals
        queue += arrivals
        arrivalRate.add(arrivals)
        usualArrivals.add(arrivals)
        usualOutput.add(demand.output)
        if second % 10 == 0 { tune() }
        settle()
        // What a second leaves of a batch; admissions spread evenly over it leave `stay` of theirs.
        let fading = Double.exp(-1 / residence)
        let stay = residence * (1 - fading)
        let admitted = admit(fading: fading, stay: stay)
        finished += batch * (1 - fading) + admitted * (1 - stay) + leaving * (1 - fading)
        batch = batch * fading + admitted * stay
        leaving *= fading
        preempt()
        let gone = shedOverdue()
        record(admitted: admitted, gone: gone, at: second)
    }

    /// What does not change from second to second.
    private mutating func tune() {
        let room = nodes > 0 ? max(0, 1 - batch * context / (Double(nodes) * served.model.profile.kvTokens)) : 1
        cached = served.cached.value * min(1, room / Self.roomToRemember)
        // A prefill that takes longer is one of so many more tokens.
        var slowed = demand
        slowed.input *= prefillSlowdown
        capacity = served.nodeRate(slowed) * Double(nodes)
        prefillTime = served.model.prefillTime(tokens: uncached).value * prefillSlowdown
        settle()
    }

    /// Part of the KV cache that must be free for prefixes to stay until they are asked for again.
    private static let roomToRemember = 0.3

    private var uncached: Double { demand.input * (1 - cached) }
    /// Prompt tokens/s that the pool's prefills manage.
    private var prefillRate: Double {
        max(1, served.model.profile.prefillRate.value * Double(nodes) / prefillSlowdown - recompute.value)
    }
    private var prefillLimit: Double { uncached > 0 ? prefillRate / uncached : .greatestFiniteMagnitude }
    private var context: Double { served.model.contextTokens(input: demand.input, output: demand.output) }

    /// Token times at the present batch.
    private mutating func settle() {
        prefillShare = nodes > 0 ? min(0.95, admission.value / prefillLimit) : 0
        let each = nodes > 0 ? batch / Double(nodes) : 0
        itl = served.model.itl(batch: each, contextTokens: context).value / (1 - prefillShare)
        residence = max(0.05, prefillTime + demand.output * itl)
    }

    /// Sequences the pool may run while it meets its level.
    private var allowedBatch: Double {
        let profile = served.model.profile
        let base = served.model.itl(batch: 0, contextTokens: context).value
        let slope = served.model.itl(batch: 1, contextTokens: context).value - base
        let withinLevel = (served.level.itl.value * (1 - prefillShare) - base) / slope
        let withinMemory = min(profile.maxSequences, profile.kvTokens / max(1, context))
        return Double(nodes) * max(1, min(withinLevel, withinMemory))
    }

    /// As much as brings the batch to what is allowed by the end of the second.
    private mutating func admit(fading: Double, stay: Double) -> Double {
        guard nodes > 0 else {
            admission.add(0)
            shownAdmission.add(0)
            return 0
        }
        let room = max(0, allowedBatch - batch * fading) / stay
        let admitted = min(queue, room, prefillLimit * 0.98)
        queue -= admitted
        admission.add(admitted)
        shownAdmission.add(admitted)
        return admitted
    }

    /// Answers grew longer than the cache is large: the newest sequences lose theirs, wait again and are computed again.
    private mutating func preempt() {
        let room = Double(nodes) * served.model.profile.kvTokens / max(1, context)
        let over = max(0, batch - room)
        batch -= over
        queue += over
        again += over
        preemption.add(over)
        recompute.add(over * context)
    }

    private mutating func shedOverdue() -> Double {
        let most = served.patience.value * max(capacity, nodes > 0 ? 0 : arrivalRate.value)
        let gone = max(0, queue - most)
        queue -= gone
        shed += gone
        shedRate.add(gone)
        return gone
    }

    private mutating func record(admitted: Double, gone: Double, at second: Int) {
        peakWait = max(wait, peakWait * 0.95)
        decode.add((batch + leaving) / itl)
        let share = okShare(wait: wait)
        if admitted > 0 { okShare.add(share) }
        let first = admitted - min(admitted, again)
        again = min(queue, again - (admitted - first))
        window.add(good: first * share, all: first + gone, queue: queue, at: second)
        judged += first + gone
        met += first * share
    }

    /// Part of the requests admitted now that meet their level.
    private func okShare(wait: Double) -> Double {
        let excess = itl / served.level.itl.value - 1.03
        let tokens = excess <= 0 ? 1 : max(0, 1 - 5 * excess)
        guard let limit = served.level.ttft?.value else { return tokens }
        guard limit > wait else { return 0 }
        let deviation = Double.log((limit - wait) / firstToken) / Self.prefillSpread
        return tokens * (1 + Double.erf(deviation / Double.sqrt(2))) / 2
    }
}

extension InferencePool {
    /// Queued work over what the pool serves. Unit: seconds.
    var wait: Double {
        if capacity > 0 { return queue / capacity }
        return queue > 0 ? served.patience.value : 0
    }

    /// Whether a level is missed at this moment.
    var isViolated: Bool {
        if shedRate.value > 0.01 * arrivalRate.value, shedRate.value > 0.01 { return true }
        if let limit = served.level.ttft?.value, ttft95 > limit { return true }
        return itl > served.level.itl.value * 1.05
    }

    /// 1.645 standard deviations above the mean prefill.
    var ttft95: Double { peakWait + firstToken * Double.exp(1.645 * Self.prefillSpread) }
    private var ttft99: Double { peakWait + firstToken * Double.exp(2.326 * Self.prefillSpread) }
    /// A token that meets no prefill on its way, and one that meets two: `itl` is what the 95th percentile is held to.
    private var itl50: Double { itl * (1 - prefillShare / 2) }
    private var itl99: Double { itl * (1 + prefillShare) }
    /// Median time to the first token without a wait: a prompt also waits for the prefills before it.
    private var firstToken: Double { prefillTime * (1 + prefillShare) }
    var arrivalsShown: Double { arrivalRate.value }
    var attainment: Double? { window.goodShare }
    var burn: Double? { attainment.map { (1 - $0) / (1 - served.level.target.value) } }
    /// Requests per minute.
    var trend: Double { window.queueGrowth(now: queue) }

    var totals: RequestTotals {
        RequestTotals(arrived: arrived, served: finished, shed: shed, waiting: queue, running: batch + leaving)
    }

    /// A node begins to admit.
    mutating func join() {
        nodes += 1
        tune()
    }

    /// A node stops admitting and keeps its share of the batch until it is done.
    mutating func beginDrain() {
        guard nodes > 0 else { return }
        let share = batch / Double(nodes)
        batch -= share
        leaving += share
        drainers += 1
        nodes -= 1
        tune()
    }

    /// A draining node admits again.
    mutating func endDrain() {
        guard drainers > 0 else { return }
        let share = leaving / Double(drainers)
        leaving -= share
        batch += share
        drainers -= 1
        nodes += 1
        tune()
    }

    /// A draining node goes away; what it has not finished is asked again elsewhere. Returns how many answers that cut.
    mutating func cutDrainer() -> Double {
        guard drainers > 0 else { return 0 }
        let cut = leaving / Double(drainers)
        leaving -= cut
        queue += cut
        again += cut
        drainers -= 1
        return cut
    }

    /// A serving node dies: its requests are retried. Returns how many.
    mutating func loseNode() -> Double {
        guard nodes > 0 else { return 0 }
        let lost = batch / Double(nodes)
        batch -= lost
        queue += lost
        again += lost
        nodes -= 1
        tune()
        return lost
    }

    /// Tokens/s that come out, and those of requests that met their level.
    var decodeRate: Double { decode.value }
    var goodput: Double { decode.value * okShare.value }

    /// Part of a node's allowed batch that runs. Range 0...1 and a little over when nodes have just left.
    var load: Double { nodes > 0 ? batch / allowedBatch : 0 }

    func poolState(floor: Int) -> PoolState {
        var state = PoolState(.inference(served.serving))
        let profile = served.model.profile
        state.nodes = nodes
        state.floor = floor
        state.gpus = nodes * profile.gpusPerNode
        state.level = served.level
        state.profile = profile
        state.arrivals = .fresh(RequestsPerSecond(arrivalRate.value))
        state.burstiness = .fresh(Count(demand.burstiness))
        state.capacity = .fresh(RequestsPerSecond(capacity))
        state.inputTokens = .fresh(Count(demand.input))
        state.outputTokens = .fresh(Count(demand.output))
        state.cachedShare = .fresh(Share(cached))
        state.preempted = .fresh(RequestsPerSecond(preemption.value))
        state.waiting = .fresh(Count(queue.rounded()))
        state.running = .fresh(Count((batch + leaving).rounded()))
        state.wait = .fresh(Seconds(wait))
        // First in, first out: the head of the queue came when the requests behind it began to come.
        let age = arrivalRate.value > 0 ? queue / arrivalRate.value : wait
        state.patience = served.patience
        state.oldest = .fresh(Seconds(min(age, 2 * served.patience.value)))
        state.queueTrend = .fresh(Count(trend))
        state.turnedAway = .fresh(RequestsPerSecond(shedRate.value))
        state.decode = .fresh(TokensPerSecond(decode.value))
        state.prefill = .fresh(TokensPerSecond(shownAdmission.value * uncached))
        state.goodput = .fresh(TokensPerSecond(goodput))
        // Without a node nobody answers: there is no latency to report.
        if nodes > 0 {
            state.ttft50 = .fresh(Seconds(wait + firstToken))
            state.ttft95 = .fresh(Seconds(ttft95))
            state.ttft99 = .fresh(Seconds(ttft99))
            state.itl50 = .fresh(Seconds(itl50))
            state.itl95 = .fresh(Seconds(itl))
            state.itl99 = .fresh(Seconds(itl99))
        }
        state.kvUse = nodes > 0 ? .fresh(Share(min(1, batch * context / (Double(nodes) * profile.kvTokens)))) : .missing
        state.attainment = Reading(attainment.map { Share($0) })
        state.burn = Reading(burn.map { Count($0) })
        return state
    }
}
