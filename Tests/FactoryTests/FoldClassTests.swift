// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Factory

@Suite struct FoldClassTests {
    @Test("engines of one model are one class: tokens and queues summed, KV averaged")
    func classes() {
        var second = engine("llama", "y", decode: 50)
        second.kvUse = 0.8
        second.running = 7
        var fold = Fold(plant: "p")
        let snapshot = fold.fold([exporters([], [engine("qwen", "z"), engine("llama", "x"), second])])
        #expect(snapshot.pools.map(\.pool) == [.inference(ServingClass("llama")), .inference(ServingClass("qwen"))])
        let llama = snapshot.pools[0]
        #expect(llama.decode == .fresh(TokensPerSecond(150)))
        #expect(llama.waiting == .fresh(Count(4)))
        #expect(llama.running == .fresh(Count(7)))
        #expect(abs((llama.kvUse.known?.value ?? 0) - 0.6) < 1e-12)
        #expect(llama.prefill == .missing)
        #expect(llama.ttft95 == .missing)
        #expect(llama.wait == .missing)
        #expect(snapshot.decode == .fresh(TokensPerSecond(250)))
        // No exporter speaks of a host: the plant's nodes are not invented from engines.
        #expect(llama.nodes == 0)
        #expect(snapshot.nodes.count == 0)
    }

    @Test("before the second scrape rates are missing, not zero")
    func firstScrape() {
        var fold = Fold(plant: "p")
        let snapshot = fold.fold([exporters([], [engine("m", "x", decode: nil)])])
        #expect(snapshot.decode == .missing)
        #expect(snapshot.waiting == .fresh(Count(2)))
    }

    @Test("the host of an engine that answers serves, and its GPUs are the class's")
    func placed() {
        var fold = Fold(plant: "p")
        var other = engine("m", "10.0.0.1")
        other.engine = "1"
        let snapshot = fold.fold([
            exporters(
                [host("a", "10.0.0.1", "dcgm"), host("b", "10.0.0.2"), host("c", "10.0.0.3")],
                [engine("m", "10.0.0.1"), other, engine("q", "B")])
        ])
        #expect(snapshot.nodes.states == [.serving, .serving, .unknown])
        #expect(snapshot.nodes.pools == [0, 1, NodeTable.none])
        #expect(snapshot.pools.map(\.nodes) == [1, 1])
        // No exporter counts the GPUs of b.
        #expect(snapshot.pools.map(\.gpus) == [1, 0])
        #expect(snapshot.pools[0].decodePerGPU == .fresh(TokensPerSecond(200)))
        #expect(snapshot.ledger[.serving] == 2)
        #expect(snapshot.ledger[.unknown] == 1)
    }

    @Test(
        "an engine that two sources know, and one that a source reads under two names, counts once with its newest word"
    )
    func once() {
        var fold = Fold(plant: "p")
        let mine = exporters([], [engine("m", "x", at: 995, decode: 70)])
        let theirs = exporters([], [engine("m", "x", at: 998, decode: 80), engine("m", "y", decode: 5)])
        #expect(fold.fold([mine, theirs]).decode == .fresh(TokensPerSecond(85)))
    }

    @Test("an engine behind an address that two hosts share is placed nowhere")
    func shared() {
        var fold = Fold(plant: "p")
        let snapshot = fold.fold([
            exporters([host("a", "127.0.0.1"), host("b", "localhost")], [engine("m", "127.0.0.1")])
        ])
        #expect(snapshot.nodes.states == [.unknown, .unknown])
        #expect(snapshot.pools[0].nodes == 0)
        #expect(snapshot.decode == .fresh(TokensPerSecond(100)))
    }

    @Test("the cached share is over the tokens of all engines")
    func cached() {
        var a = engine("m", "x")
        (a.prompt, a.cached) = (300, 0)
        var b = engine("m", "y")
        (b.prompt, b.cached) = (100, 100)
        var fold = Fold(plant: "p")
        #expect(fold.fold([exporters([], [a, b])]).pools[0].cachedShare == .fresh(Share(0.25)))
        (a.prompt, b.prompt, b.cached) = (0, 0, 0)
        #expect(fold.fold([exporters([], [a, b])]).pools[0].cachedShare == .missing)
    }

    @Test(
        "a quantile is interpolated within its bucket",
        arguments: [
            ([10, 0, 0, 0], 0.5, 0.05), ([0, 10, 0, 0], 0.5, 0.3), ([5, 5, 0, 0], 0.95, 0.46),
            ([0, 0, 0, 10], 0.95, 1), ([0, 0, 10, 0], 1, 1), ([94, 0, 1, 5], 0.95, 1), ([0, 0, 0, 0], 0.95, nil),
        ] as [([Double], Double, Double?)])
    func quantiles(_ counts: [Double], _ share: Double, _ expected: Double?) {
        let found = Buckets(bounds: [0.1, 0.5, 1, .infinity], counts: counts).quantile(share)
        #expect((found == nil) == (expected == nil))
        #expect(abs((found ?? 0) - (expected ?? 0)) < 1e-12)
    }

    @Test("latencies of a class come from the buckets of all engines, read at the bounds of all where these differ")
    func latencies() {
        var a = engine("m", "x")
        a.itl = Buckets(bounds: [0.1, 1, .infinity], counts: [95, 0, 0])
        var b = engine("m", "y")
        b.itl = Buckets(bounds: [0.1, 1, .infinity], counts: [0, 5, 0])
        var fold = Fold(plant: "p")
        #expect(fold.fold([exporters([], [a, b])]).pools[0].itl95 == .fresh(Seconds(0.1)))
        b.itl = Buckets(bounds: [0.5, 1, .infinity], counts: [0, 5, 0])
        #expect(fold.fold([exporters([], [a, b])]).pools[0].itl95 == .fresh(Seconds(0.1)))
        b.itl = Buckets(bounds: [0.5, 1, .infinity], counts: [0, 15, 0])
        // 110 in all: the 104.5th is 9.5 of the 15 above half a second.
        let mixed = fold.fold([exporters([], [a, b])]).pools[0].itl95.known?.value ?? 0
        #expect(abs(mixed - (0.5 + 0.5 * 9.5 / 15)) < 1e-9)
    }

    @Test("a lost page of an engine is no failure of its machine: what it said last stands for a while")
    func lostPage() {
        var board = host("n1", "10.0.0.1", "dcgm")
        board.gpus[0].lastXID = 79
        func kind(_ engineAt: Double) -> NodeCondition.Kind? {
            var fold = Fold(plant: "p")
            let snapshot = fold.fold([exporters([board], [engine("m", "10.0.0.1", at: engineAt)])])
            return snapshot.nodes.conditions[0]?.kind
        }
        #expect(kind(999) == .suspect)
        #expect(kind(980) == .suspect)
        #expect(kind(900) == .failed)
    }
}
