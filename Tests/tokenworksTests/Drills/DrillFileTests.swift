// SPDX-License-Identifier: Apache-2.0

import Factory
import Simulation
import Testing

@testable import tokenworks

@Suite("Drills as files")
struct DrillFileTests {
    @Test("every shipped drill can be run on plants of every size that serves its classes")
    func shipped() throws {
        #expect(
            ShippedDrills.texts.map(\.name) == [
                "calm", "burst", "rack-loss", "long-thinking-wave", "power-cap", "bad-model",
            ])
        for (name, _) in ShippedDrills.texts {
            let file = try DrillFile.load(name)
            #expect(!file.drill.about.isEmpty && file.drill.name == name)
            #expect(file.drill.events.isEmpty == (name == "calm"))
            for nodes in [3, 16, 64, 10_000] {
                #expect(throws: Never.self, "\(name) on \(nodes)") {
                    try file.checked(for: SimulationSettings(nodes: nodes))
                }
            }
        }
    }

    @Test("every event and every place is read as it is written")
    func events() throws {
        let file = try DrillFile(
            parsing: """
                about: All of it.
                events:
                  - {at: 90, demand: {class: chat, factor: 2, over: 5m, for: 1h}}
                  - {at: 33m, length: {factor: 1.5}}
                  - {at: 1h, fail: {node: su01-n03, xid: 79, for: 2h}}
                  - {at: 1h, network: {rack_of: training}}
                  - {at: 2h, power_cap: {share: 0.6}}
                  - {at: 1d, rollout: {bad: true}}
                  - {at: 1d, stuck_drain: {for: 30s}}
                """, file: "all.yaml", name: "all")
        #expect(
            file.drill.events == [
                .init(at: 90, .demand(ServingClass("chat"), factor: 2, over: 300, lasting: 3600)),
                .init(at: 1980, .length(nil, factor: 1.5, over: 0, lasting: nil)),
                .init(at: 3600, .failure(.node("su01-n03"), xid: 79, lasting: 7200)),
                .init(at: 3600, .network(.rackOf(.training), lasting: 1800)),
                .init(at: 7200, .powerCap(share: 0.6, lasting: nil)),
                .init(at: 86_400, .rollout(isBad: true)), .init(at: 86_400, .stuckDrain(lasting: 30)),
            ])
    }

    static let faults: [(text: String, error: String)] = [
        ("events:\n  - at: 5\n    explode: {}\n", "d.yaml:3: events[0]: unknown event 'explode'; events: demand, "),
        (
            "events:\n  - at: 5m\n    rollout: {}\n  - at: 4m\n    rollout: {}\n",
            "d.yaml:4: events[1].at: its time lies"
        ),
        ("events:\n  - rollout: {}\n", "d.yaml:2: events[0]: 'at' is missing"),
        ("events:\n  - at: 5\n", "d.yaml:2: events[0]: needs 'at' and exactly one of demand, "),
        ("events:\n  - {at: 5, rollout: {}, stuck_drain: {}}\n", "d.yaml:2: events[0]: needs 'at' and exactly one"),
        ("events:\n  - at: soon\n    rollout: {}\n", "d.yaml:2: events[0].at: expected a time up to 366d as 90s"),
        ("events:\n  - at: 5\n    demand: {class: chat}\n", "d.yaml:3: events[0].demand: 'factor' is missing"),
        ("events:\n  - at: 5\n    fail: {for: 3h}\n", "d.yaml:3: events[0].fail: say where with one of node, rack"),
        ("events:\n  - at: 5\n    power_cap: {share: 7}\n", "d.yaml:3: events[0].power_cap.share: expected a number"),
        ("events:\n  - at: 5\n    demand: {factor: 2, fur: 1h}\n", "d.yaml:3: unknown key 'events[0].demand.fur'"),
        ("about: nothing\n", "d.yaml:1: events: a drill needs a list of events"),
    ]

    @Test("what cannot be read is said with file and line", arguments: faults)
    func wrong(_ fault: (text: String, error: String)) {
        do throws(ConfigurationError) {
            _ = try DrillFile(parsing: fault.text, file: "d.yaml", name: "d")
            Issue.record("it was read: \(fault.text)")
        } catch {
            #expect(error.description.hasPrefix(fault.error), "\(error)")
        }
    }

    @Test("what the plant does not have is said with file and line; an unknown name with those there are")
    func missing() throws {
        let file = try DrillFile(
            parsing: "events:\n  - at: 5\n    fail: {node: su07-n01}\n", file: "d.yaml", name: "d")
        let error = #expect(throws: Complaint.self) { try file.checked(for: SimulationSettings(nodes: 8)) }
        #expect(
            error?.text.hasPrefix("d.yaml:2: events[0]: there is no node 'su07-n01'; they are named su01-n01") == true)
        let unknown = #expect(throws: Complaint.self) { try DrillFile.load("brust") }
        #expect(unknown?.text.contains("there are: calm, burst, rack-loss") == true)
        let absent = #expect(throws: Complaint.self) { try DrillFile.load("/nowhere/d.yaml") }
        #expect(absent?.text.hasPrefix("/nowhere/d.yaml: ") == true)
    }

    @Test("the example of docs/drills.md is a drill")
    func example() throws {
        let blocks = try Document("docs/drills.md").blocks("yaml")
        #expect(blocks.count == 1)
        let file = try DrillFile(parsing: blocks[0], file: "docs/drills.md", name: "example")
        #expect(file.drill.events.count == 2)
        #expect(throws: Never.self) { try file.checked(for: SimulationSettings()) }
    }
}
