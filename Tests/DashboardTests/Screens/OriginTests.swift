// SPDX-License-Identifier: Apache-2.0

import Factory
import Screen
import TestSupport
import Testing

@testable import Dashboard

/// A live plant of two hosts: one whole, one whose engine has fallen silent.
private enum Plant {
    static func observation() -> Observation {
        let at = PlantTime(epoch: 1_790_000_000)
        var source = SourceStatus(
            name: "scrape", answeredAt: at, targets: 4, targetsUp: 3, problem: "gpu08:8000 refuses the connection")
        source.dead = [
            DeadTarget(name: "gpu08:8000", reason: "refuses the connection", lastSeen: at + Seconds(-70))
        ]
        var observation = Observation(source: source, at: at, interval: Seconds(5), kind: .live)
        var host = HostFacts(name: "gpu07", address: "10.0.0.7", exporter: "node_exporter", at: at + Seconds(-2))
        host.target = "http://10.0.0.7:9100/metrics"
        host.cpu = 0.25
        var board = HostFacts(name: "gpu07", address: "10.0.0.7", exporter: "dcgm", at: at + Seconds(-3))
        board.target = "http://10.0.0.7:9400/metrics"
        board.gpus = (0..<2).map { index in
            var gpu = GPUFacts(uuid: "GPU-\(index)")
            gpu.index = index
            gpu.power = 300 + Double(index) * 100
            return gpu
        }
        observation.hosts = [host, board]
        observation.engines = [engine("10.0.0.7", 3100, at + Seconds(-2)), engine("10.0.0.8", 900, at + Seconds(-12))]
        observation.origins = [
            Origin(
                product: "vllm", field: .decode, series: "vllm:generation_tokens_total",
                rule: "per second between two polls"),
            Origin(product: "dcgm", field: .power, series: "DCGM_FI_DEV_POWER_USAGE", rule: "as it stands"),
            Origin(product: "node_exporter", field: .cpu, series: "node_cpu_seconds_total", rule: "per second"),
        ]
        observation.targets = [
            TargetHealth(
                name: "10.0.0.7:9400", answeredAt: at, duration: Seconds(0.012), bytes: 58_000, series: 412,
                problem: nil, isUp: true),
            TargetHealth(
                name: "gpu08:8000", answeredAt: nil, duration: nil, bytes: 0, series: 0,
                problem: "refuses the connection", isUp: false),
        ]
        return observation
    }

    private static func engine(_ address: String, _ decode: Double, _ at: PlantTime) -> EngineFacts {
        var facts = EngineFacts(
            model: "llama-70b", engine: "0", product: "vllm", target: "http://\(address):8000/metrics",
            address: address, at: at)
        facts.decode = decode
        return facts
    }

    static func snapshot() -> FactorySnapshot {
        var fold = Fold(plant: "live")
        return fold.fold([observation()])
    }
}

@Suite("Where numbers come from")
struct OriginTests {
    private static func rows(_ subject: OriginSubject, _ snapshot: FactorySnapshot = Plant.snapshot()) -> [OriginRow] {
        OriginRows(subject, snapshot).rows
    }

    @Test("a class's number names its series, its formula, its engines, each one's share and the oldest age")
    func classes() throws {
        let row = try #require(Self.rows(.classes).first { $0.name == "llama-70b decode tok/s" })
        #expect(row.value.text.string == "4.00 k")
        #expect(row.value.role == .stale)
        #expect(row.age == Seconds(12))
        #expect(row.how == "vllm:generation_tokens_total per second between two polls; sum of 2 engines")
        #expect(row.shares.map(\.target) == ["10.0.0.7:8000", "10.0.0.8:8000"])
        #expect(row.shares.map(\.value) == ["3.10 k", "900"])
        #expect(row.shares.map(\.isStale) == [false, true])
        let waiting = try #require(Self.rows(.classes).first { $0.name == "llama-70b waiting" })
        #expect(waiting.value.text.string == "-")
        #expect(waiting.how == "no engine of the class says it")
    }

    @Test("of a frontend and its engine only who counts makes the number, and x says who does not")
    func counted() throws {
        var observation = Plant.observation()
        for index in observation.engines.indices { observation.engines[index].at = observation.at }
        observation.engines[1].isFrontend = true
        observation.engines[1].product = "dynamo"
        var fold = Fold(plant: "live")
        let row = try #require(
            Self.rows(.classes, fold.fold([observation])).first { $0.name == "llama-70b decode tok/s" })
        #expect(row.value.text.string == "3.10 k")
        #expect(row.how == "vllm:generation_tokens_total per second between two polls; sum of 1 engine")
        #expect(row.shares.map(\.product) == ["vllm engine 0", "dynamo engine 0, not counted"])
    }

    @Test("a node's number names the exporter that said it, and what is said by none is a dash with the reason")
    func node() throws {
        let rows = Self.rows(.node(NodeID("gpu07")))
        let power = try #require(rows.first { $0.name == "power" })
        #expect(power.value.text.string == "0.7 kW")
        #expect(power.age == Seconds(3))
        #expect(power.how == "DCGM_FI_DEV_POWER_USAGE as it stands; sum of its GPUs")
        #expect(power.shares.map(\.value) == ["-", "0.7 kW"])
        let heat = try #require(rows.first { $0.name == "hottest GPU" })
        #expect(heat.value.text.string == "-")
        #expect(heat.how == "no exporter of this host says it")
    }

    @Test("of a job its own numbers, by its own names, from who counts now")
    func job() throws {
        func said(_ name: String, _ tokens: Double, at second: Double, series: String) -> TrainingFacts {
            var facts = TrainingFacts(
                name: name, target: "http://push:9091/metrics", push: "\(name) \(second)", at: PlantTime(epoch: second))
            facts.tokens = tokens
            facts.staleAfter = Seconds(60)
            facts.origins = [Origin(product: "any", field: .trained, series: series, rule: "as it stands")]
            return facts
        }
        var observation = Plant.observation()
        let now = observation.at.epoch
        observation.runs = [
            said("nlp", 700, at: now - 2, series: "nlp_tokens"), said("nlp", 300, at: now - 4, series: "nlp_tokens"),
            // A pusher that has gone counts no more, and its age says nothing.
            said("nlp", 9000, at: now - 300, series: "old_tokens"),
            said("vision", 50, at: now, series: "vision_tokens"),
        ]
        var fold = Fold(plant: "live")
        let rows = Self.rows(.job(JobID("nlp")), fold.fold([observation]))
        let row = try #require(rows.first)
        #expect(row.name == "tok/s" && row.value.text.string == "1.00 k" && row.age == Seconds(4))
        #expect(row.how == "nlp_tokens as it stands; of 2 that say it summed")
        #expect(row.shares.map(\.value) == ["700", "300"])
        #expect(rows.dropFirst().allSatisfy { $0.how == "no source says it" && $0.shares.isEmpty })
        #expect(Self.rows(.job(nil)).isEmpty)
    }

    @Test("sources come with every target, those that are down first, each with its size, its time or what is wrong")
    func sources() {
        let rows = Self.rows(.sources)
        #expect(rows.map(\.name) == ["scrape", "gpu08:8000", "10.0.0.7:9400"])
        #expect(rows.map(\.value.text.string) == ["3/4 up", "down", "up"])
        #expect(rows[1].how == "refuses the connection")
        #expect(rows[2].how == "58.0 kB, 412 numbers, in 12 ms")
    }

    @Test("a simulation says that it is one")
    func simulated() {
        let rows = Self.rows(.classes, SampleFactory.simulated())
        #expect(!rows.isEmpty && rows.allSatisfy { $0.how == simulatedOrigin })
        #expect(Self.rows(.node(NodeID("nobody"))).isEmpty)
    }

    @Test("x opens what the focus is about, x or Esc closes it, j shows the shares of the next number")
    func keys() {
        var driver = Driver(Plant.snapshot())
        driver.press("x")
        #expect((driver.state.overlays.last as? OriginScreen)?.subject == .node(NodeID("gpu07")))
        #expect(driver.text.contains("WHERE FROM node gpu07"))
        driver.press("x")
        #expect(driver.state.overlays.isEmpty)
        driver.press("3")
        driver.press("x")
        #expect(driver.text.contains("WHERE FROM serving classes"))
        driver.press("j")
        driver.press("j")
        #expect(driver.text.contains("3.10 k"))
        #expect(driver.text.contains("10.0.0.8:8000"))
        driver.press(.escape)
        driver.press("5")
        driver.press("x")
        #expect(driver.text.contains("WHERE FROM sources and targets"))
        driver.press(.escape)
        driver.press("1")
        driver.press(.enter)
        driver.press("x")
        #expect((driver.state.overlays.last as? OriginScreen)?.subject == .node(NodeID("gpu07")))
    }

    @Test("the screens are as they were kept", arguments: [(80, 24), (120, 36)])
    func golden(width: Int, height: Int) {
        for (name, key) in [("node", "1"), ("classes", "3"), ("sources", "5")] as [(String, Unicode.Scalar)] {
            var driver = Driver(Plant.snapshot(), width: width, height: height)
            driver.press(key)
            driver.press("x")
            if name == "classes" { for _ in 0..<2 { driver.press("j") } }
            expectGolden(driver.frame, "origin-\(name)-\(width)x\(height)")
        }
    }
}
