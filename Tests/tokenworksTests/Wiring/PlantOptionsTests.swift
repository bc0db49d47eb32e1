// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Testing

@testable import tokenworks

@Suite("Flags over configuration")
struct PlantOptionsTests {
    private static let live = "plant: prod\nsources:\n  - scrape: {file: /prod.txt, interval: 7, timeout: 3}\n"
    private static let simulated =
        "plant: lab\nsources:\n  - simulated: {nodes: 8, seed: 5, speed: 10}\ncontrol:\n  - simulated: {enabled: false}\n"

    /// What the flags make of a configuration.
    private func settled(_ text: String?, _ flags: [String], nodes: Int? = nil) throws -> Configuration {
        let scratch = try ScratchFolder()
        let environment = ["XDG_CONFIG_HOME": scratch.path]
        if let text { try scratch.write(text, to: "tokenworks/config.yaml") }
        let options = try PlantOptions.parse(flags)
        return try options.settled(size: PlantSize(nodes, flag: "--nodes"), environment: environment)
    }

    private func simulation(_ settled: Configuration) -> Configuration.Simulated? {
        guard settled.sources.count == 1, case .simulated(let simulated)? = settled.sources.first else { return nil }
        return simulated
    }

    private func scrape(_ settled: Configuration) -> Configuration.Scrape? {
        guard settled.sources.count == 1, case .scrape(let scrape)? = settled.sources.first else { return nil }
        return scrape
    }

    @Test("without a configuration the simulation opens, and flags shape it")
    func bare() throws {
        #expect(simulation(try settled(nil, [])) == Configuration.Simulated())
        let flags = ["--seed", "3", "--speed", "60", "--trace", "t.csv", "--demand-scale", "2"]
        let shaped = simulation(try settled(nil, flags, nodes: 16))
        #expect(shaped == .init(nodes: 16, seed: 3, speed: 60, trace: "t.csv", demandScale: 2))
    }

    @Test("a flag wins over the configuration, the rest of it stays")
    func wins() throws {
        let mixed = try settled(Self.simulated, ["--seed", "9"], nodes: 20)
        #expect(simulation(mixed) == .init(nodes: 20, seed: 9, speed: 10))
        #expect(mixed.plant == "lab" && mixed.control == [.simulated(enabled: false)])
        #expect(try settled(Self.simulated, ["--state", "/s"]).state == "/s")
    }

    @Test("--scrape and --targets name another plant, with the configuration's patience and without its engine or name")
    func scrapes() throws {
        let one = try settled(Self.live, ["--scrape", "http://a/", "--scrape", "http://b/"])
        #expect(scrape(one) == .init(urls: ["http://a/", "http://b/"], interval: nil, timeout: 3))
        #expect(one.plant == "prod")
        let other = try settled(Self.simulated, ["--targets", "t.txt", "--interval", "2"])
        #expect(scrape(other) == .init(file: "t.txt", interval: 2))
        #expect(other.control.isEmpty && other.plant == nil)
    }

    @Test("--prometheus names another plant, alone or beside endpoints; --interval paces a configured one")
    func prometheus() throws {
        let configured = "sources:\n  - prometheus: {url: http://a:9090, timeout: 3, tenant: t, interval: 9}\n"
        let alone = try settled(configured, ["--prometheus", "http://b:9090", "--interval", "2"])
        #expect(alone.sources == [.prometheus(.init(url: "http://b:9090", interval: 2, timeout: 3))])
        let both = try settled(nil, ["--prometheus", "http://b", "--scrape", "http://c/"])
        #expect(both.sources == [.scrape(.init(urls: ["http://c/"])), .prometheus(.init(url: "http://b"))])
        #expect(both.namesLivePlant)
        let paced = try settled(configured, ["--interval", "1"])
        #expect(
            paced.sources == [.prometheus(.init(url: "http://a:9090", interval: 1, timeout: 3, tenant: "t"))])
        #expect(throws: (any Error).self) { try PlantOptions.parse(["--prometheus", "http://b", "--seed", "1"]) }
    }

    @Test("a URL or secret of a server that cannot be used is named with its line")
    func prometheusCheck() throws {
        let text = "sources:\n  - prometheus:\n      url: http://a:9090\n      alertmanager: a:9093\n"
        let settled = try settled(text, [])
        let named = try #require(PrometheusWiring.named(in: settled).first)
        let complaint = try #require(throws: Complaint.self) {
            try PrometheusWiring.check(named, at: "sources[0].prometheus", of: settled)
        }
        #expect(complaint.text.contains("config.yaml:4: sources[0].prometheus.alertmanager: "), "\(complaint.text)")
    }

    @Test("--interval is refused where there is nothing to poll")
    func intervalOfSimulation() throws {
        let complaint = try #require(throws: Complaint.self) { try settled(nil, ["--interval", "2"]) }
        #expect(complaint.status == .usage && complaint.text.contains("simulated"))
    }

    @Test("--interval paces the plant that the configuration names")
    func interval() throws {
        let paced = scrape(try settled(Self.live, ["--interval", "1"]))
        #expect(paced == .init(file: "/prod.txt", interval: 1, timeout: 3))
        #expect(scrape(try settled(Self.live, []))?.interval == 7)
    }

    @Test("a live plant becomes a simulation only when that is said, and then not under its name")
    func never() throws {
        #expect(try settled(Self.live, []).namesLivePlant)
        let simulated = try settled(Self.live, ["--backend", "simulated", "--seed", "2"])
        #expect(simulation(simulated) == .init(seed: 2))
        #expect(simulated.plant == nil && simulated.control.isEmpty)
        #expect(PlantFolder.name(of: simulated) == "sim")
    }

    @Test(
        "a simulation's flag on a live plant is refused, and names the file and the way out",
        arguments: [["--seed", "1"], ["--speed", "2"], ["--trace", "t"], ["--demand-scale", "1"]])
    func refused(_ flags: [String]) throws {
        let complaint = try #require(throws: Complaint.self) { try settled(Self.live, flags) }
        #expect(complaint.status == .usage)
        #expect(complaint.text.contains(flags[0]) && complaint.text.contains("config.yaml names a live plant"))
        #expect(complaint.text.contains("--backend simulated"))
    }

    @Test("so is its size, beside live flags and on a live plant")
    func size() throws {
        for (text, flags) in [
            (Self.live, []), (nil, ["--scrape", "http://a/"]), (nil, ["--targets", "t"]), (nil, ["--backend", "live"]),
        ] as [(String?, [String])] {
            let complaint = try #require(throws: Complaint.self) { try settled(text, flags, nodes: 8) }
            #expect(complaint.status == .usage && complaint.text.contains("--nodes"))
        }
    }

    @Test("--backend live without a plant is an error, never a simulation", arguments: [nil, "", Self.simulated])
    func noPlant(_ text: String?) throws {
        let complaint = try #require(throws: Complaint.self) { try settled(text, ["--backend", "live"]) }
        #expect(complaint.status == .usage && complaint.text.contains("--scrape URL"))
    }

    @Test("a configuration that is wrong is an error for every command")
    func wrong() throws {
        let complaint = try #require(throws: Complaint.self) { try settled("plan: x\n", []) }
        #expect(complaint.status == .badConfiguration)
        #expect(throws: Complaint.self) { try settled("plan: x\n", ["--backend", "simulated"]) }
    }

    @Test(
        "flags that contradict each other, or say too much or too little, are refused before anything runs",
        arguments: [
            ["--scrape", "http://a/", "--seed", "1"], ["--targets", "t", "--trace", "t"],
            ["--backend", "simulated", "--scrape", "http://a/"], ["--backend", "live", "--seed", "1"],
            ["--backend", "cloud"], ["--speed", "0"], ["--speed", "3601"], ["--speed", "fast"], ["--speed", "nan"],
            ["--demand-scale", "0"], ["--demand-scale", "inf"], ["--interval", "0"], ["--seed", "-1"], ["--sed", "1"],
            ["--seed"],
        ])
    func contradictions(_ flags: [String]) {
        #expect(throws: (any Error).self) { try PlantOptions.parse(flags) }
    }

    @Test("a plant has 1 to 10000 nodes", arguments: [0, -1, 10_001, 1_000_000_000])
    func sizes(_ nodes: Int) throws {
        let error = try #require(throws: ValidationError.self) { try PlantSize(nodes, flag: "--nodes") }
        #expect(error.message == "--nodes must be from 1 to 10000, not \(nodes).")
        #expect(try PlantSize(1, flag: "--nodes")?.nodes == 1)
        #expect(try PlantSize(nil, flag: "--nodes") == nil)
    }

    @Test("simulated and live plants never share an audit, and --state wins")
    func folders() {
        var settled = Configuration()
        #expect(PlantFolder.name(of: settled) == "sim")
        settled.sources = [.scrape(.init(file: "t"))]
        #expect(PlantFolder.name(of: settled) == "live")
        settled.plant = "prod"
        settled.state = "/s"
        #expect(PlantFolder.name(of: settled) == "prod" && PlantFolder.state(of: settled) == "/s")
        settled.state = "here"
        #expect(PlantFolder.state(of: settled).hasPrefix("/") && PlantFolder.state(of: settled).hasSuffix("/here"))
    }
}
