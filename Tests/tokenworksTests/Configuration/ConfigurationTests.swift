// SPDX-License-Identifier: Apache-2.0

import Backends
import Factory
import Planning
import Simulation
import Testing

@testable import tokenworks

@Suite("What a configuration says")
struct ConfigurationTests {
    private func read(_ text: String) throws -> Configuration { try Configuration(parsing: text, file: "c.yaml") }

    @Test(
        "an empty file leaves every default",
        arguments: ["", "\n", "# nothing\n", "---\n", "{}\n", "~\n", "rails:\n", "rails: {}\n", "sources: []\n"])
    func empty(_ text: String) throws {
        var expected = Configuration()
        expected.file = "c.yaml"
        #expect(try read(text) == expected)
    }

    @Test("what is relative in a file lies beside the file")
    func besideTheFile() throws {
        let text = "state: s\nsources:\n  - simulated: {trace: t/week.csv}\n"
        let settled = try Configuration(parsing: text, file: "/etc/tokenworks/c.yaml")
        #expect(settled.state == "/etc/tokenworks/s")
        #expect(settled.sources == [.simulated(.init(trace: "/etc/tokenworks/t/week.csv"))])
        let live = try Configuration(parsing: "sources:\n  - scrape: {file: ../t.txt}\n", file: "conf/c.yaml")
        #expect(live.sources == [.scrape(.init(file: "conf/../t.txt"))])
        let absolute = try Configuration(parsing: "sources:\n  - scrape: {file: /t.txt}\n", file: "/c.yaml")
        #expect(absolute.sources == [.scrape(.init(file: "/t.txt"))])
        let here = try Configuration(parsing: "state: s\n", file: "c.yaml")
        #expect(here.state == "s")
    }

    @Test(
        "a live class is promised what the file says; most requests must meet it where the file does not say how many")
    func levels() throws {
        let settled = try read(
            "sources:\n  - scrape: {file: t}\nclasses:\n  Qwen/Qwen3-32B: {ttft: 2, itl: 0.05}\n"
                + "  bulk: {itl: 0.2, target: 0.95}\n")
        #expect(
            settled.levels == [
                "Qwen/Qwen3-32B": ServiceLevel(ttft: Seconds(2), itl: Seconds(0.05), target: Share(0.99)),
                "bulk": ServiceLevel(ttft: nil, itl: Seconds(0.2), target: Share(0.95)),
            ])
    }

    @Test("a live plant with everything")
    func live() throws {
        let settled = try read(
            """
            plant: lab-1.eu_2
            theme: colour-blind
            glyphs: block
            colours: 256
            state: /var/lib/tokenworks
            sources:
              - scrape:
                  targets: [http://a:9100/metrics, "http://b:8000/metrics"]
                  file: targets.txt
                  interval: 2.5
                  timeout: 0.5
              - scrape: {file: more.txt}
            """)
        #expect(settled.plant == "lab-1.eu_2" && settled.theme == "colour-blind")
        #expect(settled.glyphs == "block" && settled.colours == "256" && settled.state == "/var/lib/tokenworks")
        #expect(
            settled.sources == [
                .scrape(
                    .init(
                        urls: ["http://a:9100/metrics", "http://b:8000/metrics"], file: "targets.txt", interval: 2.5,
                        timeout: 0.5)),
                .scrape(.init(file: "more.txt")),
            ])
        #expect(settled.namesLivePlant && !settled.namesSimulation && settled.control.isEmpty)
    }

    @Test("sites of a simulation: known ones, changed ones, and places of one's own")
    func sites() throws {
        let settled = try read(
            """
            sources:
              - simulated:
                  hardware: {like: h200, price: 3}
                  drill: drills/mine.yaml
                  power_cap_watts: 5e5
                  sites:
                    - {name: norway, nodes: 32}
                    - {name: japan, energy_price: 0.2}
                    - {name: iceland, pue: 1.05, energy_price: 0.04, carbon: 20}
            """)
        guard case .simulated(let simulated)? = settled.sources.first else {
            Issue.record("no simulation")
            return
        }
        #expect(simulated.hardware?.name == "h200" && simulated.hardware?.pricePerHour == 3)
        #expect(simulated.powerCap == 500_000 && simulated.drill?.hasSuffix("drills/mine.yaml") == true)
        var japan = SiteProfile.japan
        japan.energyPrice = 0.2
        let iceland = SiteProfile("iceland", pue: 1.05, energyPrice: 0.04, carbon: 20)
        #expect(
            simulated.sites == [
                .init(profile: .norway, nodes: 32), .init(profile: japan), .init(profile: iceland),
            ])
    }

    @Test("how targets are believed and which machines they speak of")
    func believed() throws {
        let settled = try Configuration(
            parsing: """
                names: {gpu07: [10.0.0.7, node-7]}
                sources:
                  - scrape:
                      targets: [https://a/metrics]
                      tls: {ca_file: ca.pem, cert_file: /c.pem, key_file: k.pem, server_name: n.example.com}
                      node: {label: kubernetes_node}
                      site: {address: "^([a-z]+)-"}
                """, file: "/etc/c.yaml")
        #expect(settled.aliases == ["10.0.0.7": "gpu07", "node-7": "gpu07"])
        var scrape = Configuration.Scrape(urls: ["https://a/metrics"])
        scrape.tls = ScrapeTLS(
            authorities: "/etc/ca.pem", certificate: "/c.pem", key: "/etc/k.pem", serverName: "n.example.com")
        scrape.node = .label("kubernetes_node")
        scrape.site = .address("^([a-z]+)-")
        #expect(settled.sources == [.scrape(scrape)])
    }

    @Test("a simulation with everything")
    func simulation() throws {
        let settled = try read(
            """
            sources:
              - simulated: {nodes: 10000, seed: 9223372036854775807, speed: 3600, trace: week.csv.gz, demand_scale: 0.5}
            control:
              - simulated: {enabled: false}
            """)
        let simulated = Configuration.Simulated(
            nodes: 10_000, seed: UInt64(Int.max), speed: 3600, trace: "week.csv.gz", demandScale: 0.5)
        #expect(settled.sources == [.simulated(simulated)])
        #expect(settled.control == [.simulated(enabled: false)])
        #expect(!settled.namesLivePlant && settled.namesSimulation)
    }

    @Test(
        "an engine is enabled unless the file says no",
        arguments: [
            ("- simulated:", true), ("- simulated: {}", true), ("- simulated: {enabled: true}", true),
            ("- simulated: {enabled: false}", false),
        ])
    func enabled(_ line: String, _ isEnabled: Bool) throws {
        #expect(try read("control:\n  \(line)\n").control == [.simulated(enabled: isEnabled)])
    }

    @Test("every rail can be set, and what is not named keeps its default")
    func rails() throws {
        let settled = try read(
            """
            rails:
              floors: {inference/chat: 12, think: 0, training: 24, spare: 3}
              default_floor: 2
              spare_minimum: 0
              transit_share: 0.5
              per_10_minutes: 0.2
              per_hour: 0.4
              warn_share: 0.8
              cooldown: 60
              reversal_window: 120
              verify_timeout: 600
              burn_limit: 2
              growth_tolerance: 0.05
              stale_polls: 3
              checkpoint_age: 7200
              power_cap_watts: 1.5e6
              power_margin: 0.1
              drain_deadline: 300
              yes_share: 0.01
              reason_share: 1
            """)
        var rails = RailSettings()
        rails.floors = ["inference/chat": 12, "think": 0, "training": 24, "spare": 3]
        (rails.defaultFloor, rails.spareMinimum) = (2, 0)
        (rails.transitShare, rails.perTenMinutes, rails.perHour, rails.warnShare) = (0.5, 0.2, 0.4, 0.8)
        (rails.cooldown, rails.reversalWindow, rails.verifyTimeout) = (Seconds(60), Seconds(120), Seconds(600))
        (rails.burnLimit, rails.growthTolerance, rails.stalePolls) = (2, 0.05, 3)
        (rails.checkpointAge, rails.powerCap, rails.powerMargin) = (Seconds(7200), Watts(1.5e6), 0.1)
        (rails.drainDeadline, rails.yesShare, rails.reasonShare) = (Seconds(300), 0.01, 1)
        #expect(settled.rails == rails)
        var one = RailSettings()
        one.cooldown = Seconds(5)
        #expect(try read("rails: {cooldown: 5}\n").rails == one)
    }

    @Test(
        "a plant's name can be a folder's name and nothing worse",
        arguments: [
            ("a", true), ("prod", true), ("A-1_b.c", true), (String(repeating: "x", count: 32), true),
            ("", false), (".", false), ("..", false), (".hidden", false), ("a/b", false), ("a b", false),
            ("\u{E4}", false), ("a\u{0}", false), ("a\n", false), (String(repeating: "x", count: 33), false),
            ("e\u{301}", false), ("\u{FF41}", false),
        ])
    func plantNames(_ name: String, _ isOne: Bool) { #expect(Configuration.isPlantName(name) == isOne) }
}
