// SPDX-License-Identifier: Apache-2.0

import Factory
import Planning
import Testing

@testable import Simulation

@Suite("Drills: at a time, something happens")
struct DrillTests {
    private func plant(_ events: [Drill.Event], nodes: Int = 64, seed: UInt64 = 5) -> SimulatedPlant {
        var settings = SimulationSettings(nodes: nodes, seed: seed)
        settings.drill = Drill(name: "test", about: "", events: events)
        return SimulatedPlant(settings, traffic: .generated(seed: seed))
    }
    private static let chat = ServingClass("chat")

    @Test("demand rises within its ramp to its factor, stays, and comes back; other classes feel nothing")
    func demand() throws {
        var calm = plant([])
        var burst = plant([.init(at: 100, .demand(Self.chat, factor: 2, over: 60, lasting: 600))])
        func rates(_ plant: SimulatedPlant, _ name: String) -> Double {
            plant.inference.first { $0.served.serving.name == name }?.demand.rate ?? 0
        }
        for (second, factor) in [(99.0, 1.0), (130, 1.5), (160, 2), (690, 2), (730, 1.5), (800, 1)] {
            calm.advance(to: calm.settings.start + Seconds(second))
            burst.advance(to: burst.settings.start + Seconds(second))
            let ratio = rates(burst, "chat") / rates(calm, "chat")
            #expect(abs(ratio - factor) < 0.02, "at \(second): \(ratio)")
            #expect(rates(burst, "bulk") == rates(calm, "bulk"))
        }
    }

    @Test("a lost rack fails all of its nodes at once, and gives them back together")
    func rack() throws {
        var plant = plant([.init(at: 100, .failure(.rackOf(.inference(Self.chat)), xid: 0, lasting: 1800))])
        plant.pass(99)
        let chat = try #require(plant.inference.first { $0.served.serving == Self.chat }?.nodes)
        _ = plant.observe()
        let first = try #require(plant.states.indices.first { plant.isAtRest($0, in: .inference(Self.chat)) })
        plant.pass(1)
        let rack = plant.names.rack(of: first)
        #expect(rack.count == 4 && rack.allSatisfy { plant.states[$0] == .failed })
        let news = plant.observe().events
        #expect(news.contains { $0.kind == .failed && $0.isFirstOut && $0.text.hasPrefix("rack su02-r") })
        plant.pass(1900)
        #expect(rack.allSatisfy { plant.states[$0] != .failed })
        plant.pass(600)
        #expect(plant.inference.first { $0.served.serving == Self.chat }?.nodes == chat)
    }

    @Test("a bad network makes gangs crawl until it is mended, and serves users as before")
    func network() throws {
        var plant = plant([.init(at: 60, .network(.rack("su01-r4"), lasting: 600))])
        let index = Int(plant.gangOf[12])
        #expect(index >= 0)
        let id = plant.gangs[index].request.id
        plant.pass(120)
        let slow = try #require(plant.gangs.first { $0.request.id == id })
        #expect(slow.slowness == Gang.crawl)
        #expect(plant.observe().jobs.first { $0.id == id }?.drag == "network loses packets")
        #expect(plant.conditions()[12]?.kind == .slow)
        plant.pass(620)
        #expect(plant.gangs.first { $0.request.id == id }?.slowness == 1)
    }

    @Test("a cap of the drill holds and is lifted; one of the settings stays")
    func cap() {
        var plant = plant([.init(at: 60, .powerCap(share: 0.5, lasting: 600))])
        plant.pass(120)
        #expect(plant.power.isCapped)
        #expect(plant.power.cap == 0.5 * 64 * 10_200)
        plant.pass(600)
        #expect(plant.power.cap == nil)
    }

    @Test("of caps that overlap the smallest holds, and the plant's own comes back")
    func caps() {
        var settings = SimulationSettings(nodes: 64, seed: 5)
        settings.powerCap = 500_000
        settings.drill = Drill(
            name: "test", about: "",
            events: [
                .init(at: 60, .powerCap(share: 0.5, lasting: 3600)),
                .init(at: 120, .powerCap(share: 0.6, lasting: 600)),
            ])
        var plant = SimulatedPlant(settings, traffic: .generated(seed: 5))
        plant.pass(800)
        #expect(plant.power.cap == 0.5 * 64 * 10_200, "the shorter, wider one ended nothing")
        plant.pass(3000)
        #expect(plant.power.cap == 500_000)
        let news = plant.observe().events.map(\.text).filter { $0.hasPrefix("power cap") }
        #expect(
            news == [
                "power cap: the machines may draw 326 kW", "power cap: the machines may draw 500 kW again",
            ])
    }

    @Test("nodes draw what the plant draws, under a cap too")
    func drawn() {
        var plant = plant([.init(at: 60, .powerCap(share: 0.5, lasting: 3600))])
        plant.pass(1200)
        let seen = plant.observe()
        let sum = seen.nodes.power.sum() ?? 0
        let total = seen.economy?.itPower.known?.value ?? 0
        #expect(plant.power.isCapped && abs(sum / total - 1) < 0.03, "\(sum) against \(total)")
        // A cap below what idle machines draw takes their work, not their idle power.
        plant.power.cap = 1000
        plant.pass(20)
        #expect(plant.power.drawn == 64 * plant.settings.hardware.unitIdle && plant.power.throttle == 0)
    }

    @Test("a rack that goes dark keeps a node that was broken before, and a lone node feels no network")
    func rackAgain() throws {
        var plant = plant([
            .init(at: 60, .failure(.node("su01-n01"), xid: 79, lasting: 600)),
            .init(at: 120, .failure(.rack("su01-r1"), xid: 0, lasting: 7200)),
        ])
        plant.pass(3600)
        #expect((0..<4).allSatisfy { plant.states[$0] == .failed })
        #expect(plant.observe().events.contains { $0.text.hasPrefix("rack su01-r1 without power: 3 nodes, ") })
        plant.pass(3800)
        #expect((0..<4).allSatisfy { plant.states[$0] != .failed })
        var pair = self.plant([.init(at: 60, .network(.rackOf(.training), lasting: 600))], nodes: 2)
        pair.pass(120)
        #expect(pair.gangs.allSatisfy { $0.slowness == 1 })
    }

    @Test("a release in the middle of a roll-out takes its node back into service")
    func overtaken() {
        var plant = plant([.init(at: 60, .rollout(isBad: false))])
        plant.pass(660)
        while plant.states.allSatisfy({ $0 != .draining }) { plant.pass(1) }
        plant.beginRollout(isBad: false)
        #expect(plant.states.allSatisfy { $0 != .draining } && plant.inference.allSatisfy { $0.drainers == 0 })
        plant.pass(3 * 3600)
        #expect(plant.flywheel.deployed >= 1)
    }

    @Test("a bad model hurts on the canary and is turned back; a good one is rolled out")
    func rollout() {
        var bad = plant([.init(at: 60, .rollout(isBad: true))])
        var good = plant([.init(at: 60, .rollout(isBad: false))])
        bad.pass(300)
        #expect(bad.flywheel.canaryLength > 1.3)
        bad.pass(600)
        good.pass(900)
        #expect(bad.flywheel.turnedBack == 1 && bad.flywheel.canaryLength == 1)
        if case .rolling = good.flywheel.phase {} else { Issue.record("\(good.flywheel.phase)") }
        good.pass(4 * 3600)
        #expect(good.flywheel.deployed >= 1 && good.flywheel.turnedBack == 0)
    }

    @Test("stuck drains wait for the drill, begun before or after it")
    func stuckDrain() throws {
        var plant = plant([.init(at: 100, .stuckDrain(lasting: 2000))])
        let node = try #require(plant.states.indices.first { plant.isAtRest($0, in: .inference(Self.chat)) })
        func order(_ step: MoveStep) -> StepOrder {
            StepOrder(
                decision: DecisionID(1), node: plant.names.ids[node], from: .inference(Self.chat), to: .spare,
                step: step)
        }
        plant.pass(90)
        #expect(plant.begin(order(.cordon)) == nil)
        plant.pass(8)
        #expect(plant.begin(order(.drain)) == nil)
        plant.pass(1000)
        guard case .running(let left?) = plant.progress(of: order(.drain)) else {
            Issue.record("the drain has ended")
            return
        }
        #expect(left.value > 900)
        plant.pass(1100)
        #expect(plant.progress(of: order(.drain)) == .reached)
    }

    @Test("what a plant cannot do of a drill is found before it begins")
    func problems() {
        func problem(_ events: [Drill.Event], nodes: Int = 64) -> String? {
            Drill(name: "t", about: "", events: events).problem(for: SimulationSettings(nodes: nodes))
                .map { "\($0.event): \($0.text)" }
        }
        let lost = Drill.Action.failure(.node("su09-n01"), xid: 79, lasting: 60)
        #expect(
            problem([.init(at: 5, lost)]) == "0: there is no node 'su09-n01'; they are named su01-n01 to su02-n32")
        #expect(
            problem([.init(at: 5, .network(.rack("su01-r9"), lasting: 60))])
                == "0: there is no rack 'su01-r9'; they are named su01-r1 to su02-r8")
        #expect(
            problem([.init(at: 5, .rollout(isBad: true)), .init(at: 4, .rollout(isBad: true))])
                == "1: its time lies before that of the event above it")
        #expect(
            problem([.init(at: 5, .demand(ServingClass("video"), factor: 2, over: 0, lasting: nil))])
                == "0: a plant of 64 nodes serves no class 'video', only bulk, chat, image, think")
        #expect(
            problem([.init(at: 5, .failure(.rackOf(.inference(ServingClass("bulk"))), xid: 0, lasting: 9))], nodes: 8)
                == "0: a plant of 8 nodes serves no class 'bulk', only chat, think")
    }
}
