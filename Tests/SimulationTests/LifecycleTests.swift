// SPDX-License-Identifier: Apache-2.0

import Factory
import Testing

@testable import Simulation

@Suite("From raw data to answers and back")
struct LifecycleTests {
    @Test("every token of data and of logs is accounted for, whatever happens", arguments: [1, 2, 3, 4] as [UInt64])
    func conservation(seed: UInt64) {
        var plant = Plants.plant(nodes: 96, seed: seed)
        for _ in 0..<48 {
            plant.pass(1800)
            let scale = plant.ingestion.received + 1
            #expect(abs(plant.ingestion.imbalance) < 1e-6 * scale, "seed \(seed): \(plant.ingestion.imbalance)")
            #expect(abs(plant.flywheel.imbalance) < 1e-6 * (plant.flywheel.accepted + 1), "seed \(seed)")
            for stock in [plant.ingestion.raw, plant.ingestion.curated, plant.flywheel.buffer] {
                #expect(stock.tokens >= -1e-6 && stock.tokens <= (stock.capacity ?? .infinity) * (1 + 1e-9))
            }
        }
    }

    @Test("without curation the stock runs out, pretraining starves and says so, and data brings it back")
    func starvation() {
        var ingestion = Ingestion(demand: 1000, nodes: 2, seed: 1)
        var share = 1.0
        for second in 1...(4 * 3600) { share = ingestion.advance(demand: 1000, nodes: 0, at: second) }
        #expect(share == 0 && ingestion.curated.tokens == 0)
        for second in 1...60 { share = ingestion.advance(demand: 1000, nodes: 2, at: second) }
        #expect(share > 0.99)
        var plant = Plants.plant()
        #expect(plant.gangs.count { $0.request.kind == .curation } == 1)
        plant.ingestion = Ingestion(demand: 1, nodes: 1, seed: 1)
        plant.pass(300)
        let jobs = plant.observe().jobs.filter { $0.kind == .pretraining && $0.phase == .running }
        #expect(!jobs.isEmpty && jobs.allSatisfy { $0.drag == "starved of curated data" }, "\(jobs.map(\.drag))")
        #expect(plant.lifecycle().stages.first(where: \.isBottleneck)?.kind == .curation)
    }

    @Test("pretraining trains on what curation gave, token for token, under a cap and in want too", arguments: [1, 2])
    func consumed(seed: UInt64) {
        var plant = Plants.plant(nodes: 64, seed: seed)
        plant.pass(600)
        plant.power.cap = plant.power.wanted * 0.7
        var trained = 0.0
        let before = plant.ingestion.consumed
        for second in 0..<3600 {
            if second == 1800 { plant.ingestion = Ingestion(demand: 1000, nodes: 1, seed: 1) }
            let start = second == 1800 ? 0 : plant.ingestion.consumed
            let rates = plant.gangs.filter { $0.request.kind == .pretraining }.map { ($0.request.id, $0.phase) }
            plant.pass(1)
            // A gang that has just changed its phase counts in one of the two seconds only.
            guard
                rates.elementsEqual(
                    plant.gangs.filter { $0.request.kind == .pretraining }.map { ($0.request.id, $0.phase) }, by: ==)
            else { continue }
            let rate = plant.gangs.filter { $0.request.kind == .pretraining }.reduce(0) { $0 + $1.rate }
            trained += rate
            let read = plant.ingestion.consumed - start
            if abs(rate - read) > 1e-6 * max(1, read) {
                Issue.record("second \(second): \(rate) trained, \(read) read")
                return
            }
        }
        #expect(trained > 0 && before > 0)
    }

    @Test("curation has no end, however long it runs")
    func curationStays() {
        var plant = Plants.plant(nodes: 64)
        let index = plant.gangs.firstIndex { $0.request.kind == .curation }
        let left = index.map { plant.gangs[$0].left }
        plant.pass(7200)
        let gang = plant.gangs.first { $0.request.kind == .curation }
        #expect(gang != nil && gang?.left == left)
        #expect(gang?.state(at: 0).progress == .missing && gang?.state(at: 0).remaining == .missing)
    }

    @Test("a plant too small to curate gets its data from elsewhere, for days", arguments: [5, 6])
    func elsewhere(nodes: Int) {
        var plant = Plants.plant(nodes: nodes, seed: 1)
        for _ in 0..<3 {
            plant.pass(86_400)
            #expect(plant.gangs.allSatisfy { !$0.isStarved && $0.fed == 1 })
            #expect(abs(plant.ingestion.imbalance) < 1e-6 * plant.ingestion.received + 1)
        }
    }

    @Test("a second loss before the next save costs what was done since the first, not what the first took")
    func lossTwice() throws {
        var plant = Plants.plant(nodes: 64)
        let index = try #require(plant.gangs.firstIndex { $0.request.kind == .pretraining && $0.nodes > 2 })
        plant.gangs[index].request.minNodes = 1
        plant.gangs[index].save(at: plant.clock)
        plant.gangs[index].nextCheckpoint = .infinity
        let id = plant.gangs[index].request.id
        func gang() -> Int { plant.gangs.firstIndex { $0.request.id == id } ?? 0 }
        plant.pass(600)
        let first = plant.gangs[gang()].unsaved
        #expect(first > 0)
        plant.leaveGang(try #require(plant.members(of: gang()).first))
        #expect(plant.gangs[gang()].unsaved == 0 && plant.gangs[gang()].phase == .restarting)
        while plant.gangs[gang()].phase != .running { plant.pass(1) }
        plant.pass(10)
        let before = plant.lostWork
        let nodes = Double(plant.gangs[gang()].nodes)
        plant.leaveGang(try #require(plant.members(of: gang()).first))
        #expect(plant.lostWork - before <= 12 * nodes)
    }

    @Test("an only node takes the tuned model in place, and a plant that does not train asks for none")
    func tiny() {
        var pair = Plants.plant(nodes: 2)
        pair.flywheel.phase = .rolling(left: [1], loading: nil, of: 1)
        pair.pass(1)
        #expect(pair.flywheel.deployed == 1 && pair.inference[0].nodes == 1)
        var single = Plants.plant(nodes: 1)
        single.pass(7200)
        #expect(single.flywheel.isFull && single.flywheel.phase == .filling)
        #expect(single.lifecycle().stages.first { $0.kind == .rollout }?.note == "no node here trains")
    }

    @Test("a full buffer is fine-tuned, evaluated, tried and rolled out node by node; staleness starts anew")
    func turns() throws {
        var plant = Plants.plant()
        var phases: Set<String> = []
        var fewest = Int.max
        let floor = plant.layout.servingFloors[1]
        let before = plant.flywheel.quality
        for _ in 0..<(36 * 60) where plant.flywheel.deployed == 0 {
            plant.pass(60)
            switch plant.flywheel.phase {
            case .filling: phases.insert("filling")
            case .tuning: phases.insert("tuning")
            case .evaluating: phases.insert("evaluating")
            case .canary: phases.insert("canary")
            case .rolling(_, let loading, _):
                phases.insert("rolling")
                if loading != nil { fewest = min(fewest, plant.inference[1].nodes) }
            }
        }
        #expect(phases == ["filling", "tuning", "evaluating", "canary", "rolling"])
        #expect(plant.flywheel.deployed == 1 && plant.flywheel.quality > before)
        #expect(fewest < plant.layout.serving[1] && fewest >= floor, "\(fewest) of \(plant.layout.serving[1])")
        let lifecycle = plant.lifecycle()
        #expect(try #require(lifecycle.staleness.known).value < 120)
        plant.pass(900)
        #expect(plant.states.count { $0 == .loading || $0 == .draining } == 0, "every node serves again")
    }

    @Test("all eight stages are there, one is the bottleneck, and post-training is thirty times pretraining")
    func stages() throws {
        var plant = Plants.plant()
        plant.pass(600)
        let lifecycle = try #require(plant.observe().lifecycle)
        #expect(lifecycle.stages.map(\.kind) == LifecycleStage.Kind.allCases)
        #expect(lifecycle.stages.count(where: \.isBottleneck) == 1)
        #expect(abs((lifecycle.postTrainingRatio.known?.value ?? 0) - 30) < 0.1)
        for stage in lifecycle.stages where stage.capacity.known != nil {
            #expect((stage.rate.known?.value ?? 0) <= (stage.capacity.known?.value ?? 0) * 1.2 + 1, "\(stage)")
        }
    }

    @Test("while users are hurt nothing else is the bottleneck")
    func hurt() {
        var plant = Plants.busy()
        plant.pass(3000)
        #expect(plant.alarms.contains { $0.hurtSince != nil })
        #expect(plant.lifecycle().stages.first(where: \.isBottleneck)?.kind == .inference)
    }
}

@Suite("Gangs against published figures")
struct GangTests {
    private func gang(
        _ kind: JobState.Kind = .pretraining, nodes: Int, parameters: Double = 70e9, utilisation: Double = 0.4
    ) -> Gang {
        let request = JobRequest(
            id: JobID("1"), name: "m", owner: "o", kind: kind, minNodes: nodes, maxNodes: nodes,
            parameters: parameters, utilisation: utilisation, work: 1e6, since: 0)
        var gang = Gang(request, nodes: nodes, at: 0)
        gang.enter(.running, at: 0)
        return gang
    }

    @Test("405B at 40 % trains 167 tokens/s and GPU, 70B 940 (Llama 3)")
    func rates() {
        let large = gang(nodes: 64, parameters: 405e9)
        #expect(abs(large.rate / Double(large.gpus) / 167 - 1) < 0.03)
        let medium = gang(nodes: 64)
        #expect(abs(medium.rate / Double(medium.gpus) / 940 - 1) < 0.03)
    }

    @Test("Young's interval loses less than any other of a scan")
    func interval() {
        let big = gang(nodes: 2048)
        let between = Breakage.gpuHoursPerFailure * 3600 / Double(big.gpus)
        func loss(_ t: Double) -> Double { Gang.checkpointTime / t + t / (2 * between) }
        let best = big.checkpointInterval
        #expect(best < Gang.checkpointEvery)
        for factor in [0.5, 0.8, 1.25, 2.0] { #expect(loss(best) < loss(best * factor)) }
        #expect(gang(nodes: 8).checkpointInterval == Gang.checkpointEvery)
    }

    @Test("16,384 GPUs fail 419 times in 54 days and train more than 90 % of the time (Llama 3)")
    func llama3() {
        let big = gang(nodes: 2048, parameters: 405e9)
        let failuresPerSecond = Double(big.gpus) / (Breakage.gpuHoursPerFailure * 3600)
        #expect(abs(failuresPerSecond * 54 * 86_400 / 419 - 1) < 0.02)
        // ETTR ~ 1 - d/t - f (t/2 + R) [Meta RSC, arXiv 2410.21680].
        let t = big.checkpointInterval
        let ettr = 1 - Gang.checkpointTime / t - failuresPerSecond * (t / 2 + Gang.restartTime)
        #expect(ettr > 0.9 && ettr < 0.98, "\(ettr)")
    }

    @Test("a simulated gang's ETTR is what the formula says, within a hundredth")
    func measuredETTR() {
        var gang = gang(nodes: 256)
        var dice = Dice(seed: 4, stream: 1)
        let mean = Breakage.gpuHoursPerFailure * 3600 / Double(gang.gpus)
        var fails = dice.exponential(mean: mean)
        var now = 0.0
        var saved = 0.0
        var ends = 0.0
        for _ in 0..<(20 * 86_400) {
            now += 1
            gang.step()
            switch gang.phase {
            case .running where now - saved >= gang.checkpointInterval:
                gang.enter(.checkpointing, at: now)
                ends = now + Gang.checkpointTime
            case .checkpointing where now >= ends, .restarting where now >= ends:
                if gang.phase == .checkpointing { gang.save(at: now) }
                saved = now
                gang.enter(.running, at: now)
            default: break
            }
            if now >= fails {
                fails = now + dice.exponential(mean: mean)
                _ = gang.undo()
                gang.enter(.restarting, at: now)
                ends = now + Gang.restartTime
            }
        }
        let t = gang.checkpointInterval
        let expected = 1 - Gang.checkpointTime / t - (t / 2 + Gang.restartTime) / mean
        let measured = gang.state(at: now).ettr.known?.value ?? 0
        #expect(abs(measured - expected) < 0.01, "\(measured) against \(expected)")
    }

    @Test("a rollout worker leaves a reinforcement gang without loss, and nobody restarts")
    func rollout() throws {
        var plant = Plants.plant()
        plant.pass(600)
        let index = try #require(
            plant.gangs.firstIndex {
                $0.request.kind == .reinforcement && $0.nodes > $0.request.minNodes && $0.phase == .running
            })
        let node = try #require(plant.members(of: index).first)
        #expect(plant.gangs[index].state(at: plant.clock).givesFreely(1))
        #expect(plant.leaveGang(node) == 0)
        #expect(plant.gangs[index].phase == .running)
        plant.joinGang(node, index)
        #expect(plant.gangs[index].phase == .running)
    }
}
