// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Factory

@Suite("Which engines are one")
struct EngineIdentityTests {
    @Test(
        "a server is a host and a port, and a path that is not the usual one",
        arguments: [
            ("http://localhost:8000/metrics", "127.0.0.1:8000"), ("http://127.0.0.1:8000/metrics/", "127.0.0.1:8000"),
            ("https://LocalHost:8000", "127.0.0.1:8000"), ("http://[::1]:8000/metrics", "127.0.0.1:8000"),
            ("http://gpu07/metrics", "gpu07:80"), ("https://gpu07/metrics", "gpu07:443"),
            ("http://10.0.0.7:8000/metrics", "gpu07:8000"), ("http://gw/a/metrics", "gw:80/a/metrics"),
            ("http://gw/b/metrics", "gw:80/b/metrics"), ("http://[fd00::7]:9000/metrics", "[fd00::7]:9000"),
            ("vllm/gpu07", "vllm:80/gpu07"),
        ])
    func server(target: String, expected: String) {
        #expect(EngineIdentity(aliases: ["10.0.0.7": "gpu07"]).server(of: target) == expected)
    }

    private func served(_ target: String, at second: Double = 1000, decode: Double = 100) -> EngineFacts {
        var facts = EngineFacts(
            model: "m", engine: "0", product: "vllm", target: target, address: "x", at: PlantTime(epoch: second))
        facts.decode = decode
        return facts
    }

    @Test("an engine that is scraped under two spellings is counted once, with its newest word, and a hint says so")
    func fold() {
        let two = [
            served("http://localhost:8000/metrics"), served("http://127.0.0.1:8000/metrics", at: 1001, decode: 90),
            served("http://127.0.0.1:8001/metrics"),
        ]
        var fold = Fold(plant: "p")
        let snapshot = fold.fold([exporters([], two)])
        #expect(snapshot.decode.known == TokensPerSecond(190))
        let hint =
            "http://localhost:8000/metrics and http://127.0.0.1:8000/metrics are one engine: it is counted once, one target will do"
        #expect(snapshot.sources.first?.hints.contains(hint) == true)
        #expect(JoinHints([], [two]).sentences.contains(hint))
        // Two sources that see one engine are no mistake.
        var other = Fold(plant: "p")
        let apart = other.fold([exporters([], [two[0]]), exporters([], [two[1]])])
        #expect(apart.decode.known == TokensPerSecond(90))
        #expect(apart.sources.flatMap(\.hints).isEmpty)
    }

    @Test("the operator's table of names makes two hosts one")
    func names() {
        let two = [served("http://10.0.0.7:8000/metrics"), served("http://gpu07:8000/metrics")]
        var plain = Fold(plant: "p")
        #expect(plain.fold([exporters([], two)]).decode.known == TokensPerSecond(200))
        var named = Fold(plant: "p", aliases: ["10.0.0.7": "gpu07"])
        #expect(named.fold([exporters([], two)]).decode.known == TokensPerSecond(100))
    }
}
