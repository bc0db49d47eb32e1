// SPDX-License-Identifier: Apache-2.0

import Factory

/// The jobs of a sample: two elastic gangs and two rigid ones hold what trains.
struct SampleJobs {
    let sample: SampleFactory

    /// Nodes that train, without those in transit.
    var trainingNodes: Int { sample.nodes - sample.think - sample.chat - sample.bulk - sample.spare }

    /// Nodes of each gang.
    var sizes: [Int] {
        let total = trainingNodes
        let first = total / 3
        let second = total / 4
        let third = total / 4
        return [first, second, third, total - first - second - third]
    }

    var jobs: [JobState] {
        let names = [
            ("71204", "rl-r3", "nlp1"), ("70988", "vit-h", "vision"), ("71180", "asr-2", "audio"),
            ("71188", "moe-x", "nlp1"),
        ]
        return zip(names, sizes).enumerated().map { index, pair in
            let ((id, name, owner), size) = pair
            let isElastic = index < 2
            var job = JobState(
                id: JobID(id), name: name, owner: owner, phase: .running, nodes: size,
                minNodes: isElastic ? size * 6 / 10 : size, maxNodes: size, gpusPerNode: 8,
                since: SampleFactory.now + Seconds(-40_000))
            job.mfu = .fresh(Share(0.38))
            job.checkpointAt = SampleFactory.now + Seconds(-Double(641 + 200 * index))
            job.checkpointEvery = Seconds(1800)
            job.restartTime = Seconds(320)
            job.checkpointTime = Seconds(45)
            job.remaining = .fresh(Seconds(39_600))
            return job
        }
    }
}

/// The nodes of a sample: training first, then think, chat, bulk, spare; with trouble, some of each is wrong.
struct SampleNodes {
    let sample: SampleFactory

    var table: NodeTable {
        var table = NodeTable()
        let groups = (sample.nodes + sample.perGroup - 1) / sample.perGroup
        for group in 0..<groups {
            let range = group * sample.perGroup..<min(sample.nodes, (group + 1) * sample.perGroup)
            let name = "su" + two(group + 1)
            table.groups.append(NodeGroup(name: name, range: range))
            for number in 1...range.count { table.ids.append(NodeID("\(name)-n\(two(number))")) }
        }
        place(in: &table)
        measure(&table)
        if sample.isTroubled { trouble(&table) }
        if sample.isMoving { move(&table) }
        return table
    }

    private func place(in table: inout NodeTable) {
        let jobs = SampleJobs(sample: sample)
        var states: [(NodeState, UInt8, Int32)] = []
        for (job, size) in jobs.sizes.enumerated() {
            states += Array(repeating: (.training, trainingPool, Int32(job)), count: size)
        }
        states += Array(repeating: (.serving, thinkPool, -1), count: sample.think)
        states += Array(repeating: (.serving, chatPool, -1), count: sample.chat)
        states += Array(repeating: (.serving, 0, -1), count: sample.bulk)
        states += Array(repeating: (.spare, trainingPool + 1, -1), count: sample.spare)
        table.states = states.map(\.0)
        table.pools = states.map(\.1)
        table.jobs = states.map(\.2)
        table.since = table.indices.map { SampleFactory.now + Seconds(-7200 - Double($0)) }
        table.heardAt = table.indices.map { _ in SampleFactory.now + Seconds(-1) }
    }

    // Pools are bulk (when there is one), chat, think, training, spare: by name, then the two others.
    private var chatPool: UInt8 { sample.bulk > 0 ? 1 : 0 }
    private var thinkPool: UInt8 { chatPool + 1 }
    private var trainingPool: UInt8 { chatPool + 2 }

    private func measure(_ table: inout NodeTable) {
        let shares = table.indices.map { index -> Double in
            let wobble = SampleFactory.wobble(index)
            return switch table.states[index] {
            case .training: 0.90 + 0.08 * wobble
            case .serving: table.pools[index] == thinkPool ? 0.82 + 0.08 * wobble : 0.62 + 0.08 * wobble
            default: 0.11
            }
        }
        table.powerLimit = Column(shares.map { _ in 10_200 })
        table.power = Column(shares.map { Float($0 * 10_200) })
        table.gpuUtilisation = Column(shares.map { $0 > 0.2 ? Float(min(1, $0 + 0.06)) : 0 })
        table.tensorActive = Column(shares.map { $0 > 0.2 ? Float($0 * 0.42) : 0 })
        table.gpuMemory = Column(shares.map { $0 > 0.2 ? 0.88 : 0.01 })
        table.temperature = Column(shares.map { Float(32 + $0 * 34) })
        table.cpu = Column(shares.map { Float($0 * 0.2) })
        table.memory = Column(shares.map { Float($0 * 0.5) })
        table.gpus.starts = (0...table.count).map { Int32($0 * 8) }
        let gpus = table.indices.flatMap { node in (0..<8).map { (node, $0) } }
        table.gpus.power = Column(gpus.map { Float(shares[$0.0] * 700 - Double($0.1)) })
        table.gpus.utilisation = Column(gpus.map { table.gpuUtilisation.values[$0.0] })
        table.gpus.tensorActive = Column(gpus.map { table.tensorActive.values[$0.0] })
        table.gpus.memory = Column(gpus.map { table.gpuMemory.values[$0.0] })
        table.gpus.temperature = Column(gpus.map { table.temperature.values[$0.0] - Float($0.1) / 2 })
        for gpu in gpus.indices { table.gpus.models[gpu] = "H100 SXM 80GB" }
    }

    private func trouble(_ table: inout NodeTable) {
        let serving = sample.nodes - sample.think - sample.chat - sample.bulk - sample.spare
        let ago = { (seconds: Double) in SampleFactory.now + Seconds(-seconds) }
        condition(&table, serving + 2, .failed, "XID 79 gpu3", ago(91))
        condition(&table, 5, .idleHeld, "8 GPUs idle", ago(2460))
        condition(&table, serving + 7, .hot, "throttled gpu6", ago(310))
        condition(&table, 11, .slow, "step 1.3x med", ago(1140))
        condition(&table, 15, .stale, "dcgm no answer", ago(64))
        table.states[serving + 2] = .failed
        table.gpus.lastXID[(serving + 2) * 8 + 3] = 79
        table.heardAt[15] = ago(64)
        for node in [serving + 2, 15] {
            table.power.values[node] = .nan
            table.gpuUtilisation.values[node] = .nan
            table.tensorActive.values[node] = .nan
            table.temperature.values[node] = .nan
        }
        table.power.values[5] = 1100
        table.gpuUtilisation.values[5] = 0
        table.tensorActive.values[5] = 0
        table.temperature.values[5] = 34
        table.temperature.values[serving + 7] = 87
    }

    private func condition(
        _ table: inout NodeTable, _ node: Int, _ kind: NodeCondition.Kind, _ text: String, _ since: PlantTime
    ) {
        table.conditions[node] = NodeCondition(kind: kind, text: text, since: since)
    }

    private func move(_ table: inout NodeTable) {
        for (offset, node) in SampleMoves.moving(sample).enumerated() {
            table.states[node] = offset == 0 ? .loading : .draining
            table.since[node] = SampleFactory.now + Seconds(-492)
            table.conditions[node] = NodeCondition(
                kind: .moving, text: offset == 0 ? "weights 62 %" : "3 answers left",
                since: SampleFactory.now + Seconds(-492))
        }
    }

    private func two(_ number: Int) -> String { number < 10 ? "0\(number)" : String(number) }
}
