// SPDX-License-Identifier: Apache-2.0

import Factory
import Testing

@testable import Simulation

struct TrainingTests {
    @Test("failures come at the published rate: one in 50,700 GPU-hours", arguments: [1, 2, 3] as [UInt64])
    func failureRate(seed: UInt64) {
        let nodes = 2000
        let days = 10.0
        var breakage = Breakage(seed: seed, nodes: nodes, start: 0)
        var count = 0
        var kinds: [Episode.Kind: Int] = [:]
        while let episode = breakage.next(at: days * 86_400) { kinds[episode.kind, default: 0] += 1 }
        count = kinds[.failed, default: 0]
        let expected = Double(nodes * 8) * days * 24 / 50_700
        // Four standard deviations of a Poisson count.
        #expect(abs(Double(breakage.failures) - expected) < 4 * expected.squareRoot(), "seed \(seed)")
        // A switch or a cable in ten of the 419; beside it, the rare networks of racks.
        #expect(count <= breakage.failures && count > breakage.failures * 8 / 10)
        #expect(count + kinds[.network, default: 0] >= breakage.failures)
        #expect(kinds[.rack, default: 0] < 20, "0.44 a rack and year, 500 racks, ten days: 6")
    }

    @Test("over three days nodes fail, gangs go on, and what failed comes back")
    func threeDays() {
        var plant = Plants.plant(nodes: 1600, seed: 8)
        var kinds: [FactoryEvent.Kind: Int] = [:]
        var trained = 0
        for _ in 0..<72 {
            plant.pass(3600)
            let observation = plant.observe()
            for event in observation.events { kinds[event.kind, default: 0] += 1 }
            if observation.trained.known?.value ?? 0 > 0 { trained += 1 }
            #expect(observation.nodes.states.count { $0 == .failed } < 20)
        }
        // 1600 nodes x 8 GPUs x 72 h / 50,700 h = 18 expected.
        let failures = kinds[.failed] ?? 0
        #expect(failures > 5 && failures < 40, "seed 8: \(failures)")
        #expect((kinds[.repaired] ?? 0) >= failures - 20)
        #expect(trained > 70)
        #expect(kinds[.job] ?? 0 > 10)
        #expect(plant.lost.value > 0)
    }

    @Test("tokens trained follow GPUs x MFU x peak / 6 parameters: 70B at 40 % is about 940 a GPU")
    func rate() {
        let request = JobRequest(
            id: JobID("1"), name: "m", owner: "o", kind: .pretraining, minNodes: 16, maxNodes: 16, parameters: 70e9,
            utilisation: 0.4,
            work: 1e6, since: 0)
        var gang = Gang(request, nodes: 16, at: 0)
        #expect(gang.rate == 0)
        gang.enter(.running, at: 10)
        #expect(abs(gang.rate / 128 - 942) < 2)
        gang.enter(.incomplete, at: 20)
        #expect(gang.rate == 0)
    }

    @Test("a checkpoint stalls its gang for twenty seconds every half hour, and a restart follows a lost node")
    func phases() throws {
        var plant = Plants.plant()
        var phases: Set<JobState.Phase> = []
        for _ in 0..<400 {
            plant.pass(5)
            phases.formUnion(plant.observe().jobs.map(\.phase))
        }
        #expect(phases.contains(.checkpointing))
        let index = try #require(
            plant.gangs.firstIndex {
                $0.request.kind == .fineTuning && $0.isElastic && $0.phase == .running && $0.nodes > $0.request.minNodes
            })
        let node = try #require(plant.members(of: index).first)
        let left = plant.gangs[index].left
        plant.pass(300)
        plant.leaveGang(node)
        #expect(plant.gangs[index].phase == .restarting)
        #expect(plant.gangs[index].left > left - 300 * Double(plant.gangs[index].nodes + 1))
        plant.pass(360)
        #expect(plant.gangs[index].phase == .running)
    }

    @Test("a rigid gang that lost a node waits, then takes a spare over the floor")
    func refill() throws {
        var plant = Plants.plant()
        let index = try #require(plant.gangs.firstIndex { !$0.isElastic && $0.request.trains && $0.nodes > 1 })
        let id = plant.gangs[index].request.id
        let node = try #require(plant.members(of: index).first)
        plant.leaveGang(node)
        plant.set(node, .failed)
        #expect(plant.gangs[index].phase == .incomplete)
        #expect(plant.gangs[index].state(at: plant.clock).phase == .incomplete)
        plant.pass(200)
        let gang = try #require(plant.gangs.first { $0.request.id == id })
        #expect(gang.phase == .restarting)
        #expect(plant.states.count { $0 == .spare } == 2)
        plant.pass(400)
        #expect(plant.gangs.first { $0.request.id == id }?.phase == .running)
    }
}
