// SPDX-License-Identifier: Apache-2.0

import Factory
import Screen

/// The pools of a sample, in the order of a snapshot, and their history.
struct SamplePools {
    let sample: SampleFactory

    var pools: [PoolState] {
        var pools = sample.bulk > 0 ? [bulk, chat, think] : [chat, think]
        var training = PoolState(.training)
        training.nodes = SampleJobs(sample: sample).trainingNodes
        training.floor = training.nodes * 8 / 10
        training.gpus = training.nodes * 8
        var spare = PoolState(.spare)
        spare.nodes = sample.spare
        spare.floor = max(1, sample.spare / 3)
        spare.gpus = spare.nodes * 8
        pools += [training, spare]
        return pools
    }

    private func pool(_ name: String, nodes: Int, level: ServiceLevel) -> PoolState {
        var pool = PoolState(.inference(ServingClass(name)))
        pool.nodes = nodes
        pool.gpus = nodes * 8
        pool.floor = nodes * 3 / 4
        pool.level = level
        pool.cachedShare = .fresh(Share(0.31))
        pool.outputTokens = .fresh(Count(1400))
        pool.inputTokens = .fresh(Count(3100))
        pool.attainment = .fresh(Share(0.997))
        pool.burn = .fresh(Count(0.3))
        return pool
    }

    private var chat: PoolState {
        let level = ServiceLevel(ttft: Seconds(0.5), itl: Seconds(0.05), target: Share(0.99))
        var chat = pool("chat", nodes: sample.chat, level: level)
        chat.arrivals = .fresh(RequestsPerSecond(312 * Double(sample.nodes) / 500))
        chat.capacity = .fresh(RequestsPerSecond(400 * Double(sample.nodes) / 500))
        chat.waiting = .fresh(Count(210))
        chat.wait = .fresh(.zero)
        chat.oldest = .fresh(Seconds(0.4))
        chat.queueTrend = .fresh(Count(1))
        chat.decode = .fresh(TokensPerSecond(569 * Double(chat.gpus)))
        chat.prefill = .fresh(TokensPerSecond(2_100_000 * Double(sample.nodes) / 500))
        chat.ttft95 = .fresh(Seconds(0.31))
        chat.itl95 = .fresh(Seconds(0.038))
        chat.kvUse = .fresh(Share(0.61))
        return chat
    }

    private var think: PoolState {
        let level = ServiceLevel(ttft: Seconds(10), itl: Seconds(0.05), target: Share(0.99))
        var think = pool("think", nodes: sample.think, level: level)
        think.arrivals = .fresh(RequestsPerSecond(690 * Double(sample.nodes) / 500))
        think.capacity = .fresh(RequestsPerSecond(639 * Double(sample.nodes) / 500))
        think.waiting = .fresh(Count(sample.isHurt ? 9700 : 120))
        think.wait = .fresh(Seconds(sample.isHurt ? 15 : 0.2))
        think.oldest = .fresh(Seconds(sample.isHurt ? 17 : 0.9))
        think.queueTrend = .fresh(Count(sample.isHurt ? 3100 : 2))
        think.decode = .fresh(TokensPerSecond(1801 * Double(think.gpus)))
        think.prefill = .fresh(TokensPerSecond(690_000 * Double(sample.nodes) / 500))
        think.ttft95 = .fresh(Seconds(sample.isHurt ? 17.1 : 1.2))
        think.itl95 = .fresh(Seconds(0.049))
        think.kvUse = .fresh(Share(sample.isHurt ? 0.94 : 0.7))
        think.attainment = .fresh(Share(sample.isHurt ? 0.787 : 0.996))
        think.burn = .fresh(Count(sample.isHurt ? 21 : 0.4))
        think.hurtSince = sample.isHurt ? SampleFactory.now + Seconds(-187) : nil
        return think
    }

    private var bulk: PoolState {
        let level = ServiceLevel(ttft: nil, itl: Seconds(0.1), target: Share(0.95))
        var bulk = pool("bulk", nodes: sample.bulk, level: level)
        bulk.waiting = .fresh(Count(41_000))
        bulk.wait = .fresh(Seconds(360))
        bulk.oldest = .fresh(Seconds(540))
        bulk.queueTrend = .fresh(Count(0))
        bulk.decode = .fresh(TokensPerSecond(659 * Double(bulk.gpus)))
        bulk.ttft95 = .missing
        bulk.itl95 = .stale(Seconds(0.041), age: Seconds(42))
        bulk.kvUse = .fresh(Share(0.55))
        return bulk
    }

    /// Half an hour of history in steps of five seconds: a slow rise, and for think the queue of the last minutes.
    var trends: [TrendKey: Trend] {
        var trends: [TrendKey: Trend] = [:]
        func add(_ key: TrendKey, _ value: (Int) -> Double) {
            let values = (0..<360).map { Float(value($0)) }
            trends[key] = Trend(step: Seconds(5), end: SampleFactory.now, values: values)
        }
        for pool in pools where pool.pool.servingClass != nil {
            let decode = pool.decode.known?.value ?? 0
            let prefill = pool.prefill.known?.value ?? 0
            add(TrendKey(.decode, pool.pool)) { decode * (0.6 + 0.4 * Double($0) / 359) }
            add(TrendKey(.prefill, pool.pool)) { prefill * (0.8 + 0.2 * SampleFactory.wobble($0 / 12)) }
            let wait = pool.wait.known?.value ?? 0
            add(TrendKey(.wait, pool.pool)) { $0 < 320 ? 0.2 : wait * Double($0 - 319) / 40 }
            add(TrendKey(.waiting, pool.pool)) { $0 < 320 ? 100 : 9700 * Double($0 - 319) / 40 }
        }
        return trends
    }
}
