// SPDX-License-Identifier: Apache-2.0

import Exposition
import Factory
import TestSupport
import Testing

@testable import Backends

@Suite("Pages that no exporter would write, read all the way to the snapshot")
struct FuzzTests {
    private static let pages = [
        "vllm-0.32.0/t0", "vllm-0.32.0/t1", "dynamo-1.6.1/frontend-t0", "dynamo-1.6.1/worker-t0",
        "node_exporter-1.5.0/t0", "documented-dcgm-exporter/mig-and-jobs", "documented-sglang/t0", "documented-tgi/t1",
        "documented-triton/t0", "documented-megatron/t0", "documented-kueue/t0", "documented-slurm-exporter/t0",
        "ray-2.60.0/agent-serve-t1",
        "documented-amd-device-metrics/t0", "documented-ray-llm/t1", "documented-trtllm/t0",
    ]

    /// Two changed pages of one target, then a fold: nothing traps, and no number is one that cannot be.
    @Test("changed pages of every product never trap, and never make a number that cannot be")
    func snapshot() async throws {
        let whole = try Self.pages.map { try fixture("\($0).txt") }
        let target = try ScrapeTarget("http://10.0.0.1:9000/metrics")
        await Fuzz.run("FuzzTests.snapshot") { random in
            var history = TargetHistory(target)
            var remembering = TargetHistory(target)
            let reader = PageReader()
            var fold = Fold(plant: "p")
            var page = whole.randomElement(using: &random) ?? []
            if Bool.random(using: &random) {
                page = Array(page.split(separator: 0x0a).shuffled(using: &random).joined(separator: [0x0a])) + [0x0a]
            }
            // Half of them differ from the page before in a few places only, as pages do.
            var bytes = page
            // A page that is none is no page of the other's history.
            var isWhole = true
            for second in [0.0, 5, 10, 40, 45] {
                bytes = Fuzz.mutated(Bool.random(using: &random) ? bytes : page, &random)
                _ = try? MetricsLint(file: "f", bytes: bytes)
                let reading = PageReading(ExpositionPage(parsing: bytes))
                let at = PlantTime(epoch: 1000 + second)
                let facts = history.take(reading, at: at, elapsed: second + 1)
                // With what it remembers of the page before it reads the same as without.
                guard let outcome = try? reader.read(bytes, .prometheus) else {
                    isWhole = false
                    continue
                }
                #expect(outcome.reading.origins == reading.origins)
                let same = remembering.take(outcome.reading, at: at, elapsed: second + 1)
                if isWhole { #expect(same.hosts == facts.hosts && same.engines == facts.engines) }
                var observation = Observation(
                    source: SourceStatus(name: "s", answeredAt: at, targets: 1, targetsUp: 1), at: at,
                    interval: Seconds(5), kind: .live)
                (observation.hosts, observation.engines) = (facts.hosts, facts.engines)
                (observation.queues, observation.runs) = (facts.queues, facts.runs)
                check(fold.fold([observation]))
            }
        }
    }

    private func check(_ snapshot: FactorySnapshot) {
        #expect(snapshot.ledger.total == snapshot.nodes.count)
        for pool in snapshot.classes {
            for number in [
                pool.running.known?.value, pool.waiting.known?.value, pool.decode.known?.value,
                pool.prefill.known?.value, pool.ttft95.known?.value, pool.itl95.known?.value,
            ] {
                #expect(number.map { $0.isFinite } ?? true)
            }
            #expect(pool.cachedShare.known.map { (0...1).contains($0.value) } ?? true)
            #expect((pool.decode.known?.value ?? 0) >= 0 && (pool.prefill.known?.value ?? 0) >= 0)
        }
    }
}
