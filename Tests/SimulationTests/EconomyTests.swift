// SPDX-License-Identifier: Apache-2.0

import Factory
import Planning
import Testing

@testable import Simulation

@Suite("Money and power")
struct EconomyTests {
    private func plant(_ change: (inout SimulationSettings) -> Void = { _ in }) -> SimulatedPlant {
        var settings = SimulationSettings()
        change(&settings)
        return SimulatedPlant(settings, traffic: .generated(seed: settings.seed))
    }

    @Test("the sum of power is that of the nodes, within a few per cent")
    func power() throws {
        var plant = plant()
        plant.pass(1200)
        let observation = plant.observe()
        let economy = try #require(observation.economy)
        let nodes = try #require(observation.nodes.power.sum())
        let said = try #require(economy.itPower.known).value
        #expect(abs(said / nodes - 1) < 0.03, "\(said) against \(nodes)")
    }

    @Test("cost per million tokens counts idle GPUs, revenue only tokens that met their level")
    func money() throws {
        var plant = plant()
        plant.pass(1200)
        let observation = plant.observe()
        let economy = try #require(observation.economy)
        let rent = 64.0 * 8 * 1.69
        #expect(abs((economy.cost.known?.value ?? 0) - rent) < 1e-9)
        #expect(abs((economy.margin.known?.value ?? 0) - (economy.revenue.known?.value ?? 0) + rent) < 1e-9)
        for (row, pool) in zip(economy.classes, observation.pools) {
            let decode = pool.decode.known?.value ?? 0
            let expected = 1.69 * Double(pool.gpus) * 1e6 / (3600 * decode)
            #expect(abs((row.costPerMtok.known?.value ?? 0) / expected - 1) < 1e-9, "\(row.serving)")
            let paid = (pool.goodput.known?.value ?? 0) * 3600 / 1e6 * (row.pricePerMtok.known?.value ?? 0)
            #expect(abs((row.revenue.known?.value ?? 0) - paid) < 1e-6)
        }
        // More nodes for the same demand: the same tokens cost more.
        let chat = try #require(economy.classes.first { $0.serving.name == "chat" }?.costPerMtok.known?.value)
        #expect(chat > 0.1 && chat < 5, "\(chat)")
    }

    @Test("a cap slows prefill by at most 1.3 and training by as much as is missing; decoding goes on")
    func cap() throws {
        var free = plant()
        free.pass(1200)
        let wanted = free.power.wanted
        var capped = plant { $0.powerCap = wanted * 0.8 }
        capped.pass(1200)
        #expect(capped.power.isCapped && capped.power.drawn <= wanted * 0.8 + 1)
        #expect(capped.power.prefillSlowdown > 1.15 && capped.power.prefillSlowdown <= 1.3)
        #expect(capped.power.trainingShare < 0.9 && capped.power.trainingShare > 0.7)
        let (before, after) = (free.observe(), capped.observe())
        #expect((after.trained.known?.value ?? 0) < (before.trained.known?.value ?? 0) * 0.92)
        let chat = { (observation: Observation) in
            observation.pools.first { $0.pool.shortName == "chat" }?.decode.known?.value ?? 0
        }
        #expect(abs(chat(after) / chat(before) - 1) < 0.05)
        #expect(after.economy?.headRoom.known.map { $0.value >= -1 } == true)
        #expect(after.jobs.contains { $0.drag == "slowed by the power cap" })
    }

    @Test("a plant of racks moves racks of 72", arguments: Hardware.all)
    func hardware(_ machine: Hardware) throws {
        var plant = plant {
            $0.hardware = machine
            $0.nodes = 20
        }
        plant.pass(900)
        let observation = plant.observe()
        #expect(observation.nodes.gpus.power.count == 20 * machine.gpusPerUnit)
        #expect(observation.pools[0].profile?.gpusPerNode == machine.gpusPerUnit)
        #expect(observation.jobs.allSatisfy { $0.gpusPerNode == machine.gpusPerUnit })
        for node in observation.nodes.indices {
            guard let power = observation.nodes.power[node] else { continue }
            #expect(power <= machine.unitPeak && power >= machine.unitIdle)
        }
        #expect((observation.economy?.yield.known?.value ?? 0) > 0)
    }
}
