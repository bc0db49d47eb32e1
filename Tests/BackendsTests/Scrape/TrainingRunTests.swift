// SPDX-License-Identifier: Apache-2.0

import Exposition
import Factory
import Testing

@testable import Backends

@Suite("Training jobs that tell of themselves")
struct TrainingRunTests {
    /// Pages of one target, so many seconds apart, the last at second 1000.
    private func runs(
        _ pages: [[UInt8]], every seconds: Double = 5, training: [TrainingMetric] = []
    ) throws -> [TrainingFacts] {
        var target = try ScrapeTarget("http://gateway:9091/metrics")
        target.training = training
        var history = TargetHistory(target)
        var facts = TargetHistory.Facts()
        for (index, page) in pages.enumerated() {
            let at = 1000 - Double(pages.count - 1 - index) * seconds
            let reading = PageReading(ExpositionPage(parsing: page), more: training.map(\.row))
            facts = history.take(reading, at: PlantTime(epoch: at), elapsed: at)
        }
        return facts.runs
    }

    private func fold(_ runs: [TrainingFacts], _ hosts: [HostFacts] = [], at epoch: Double = 1000) -> FactorySnapshot {
        let at = PlantTime(epoch: epoch)
        var observation = Observation(
            source: SourceStatus(name: "s", answeredAt: at, targets: 1, targetsUp: 1), at: at, interval: Seconds(5),
            kind: .live)
        (observation.runs, observation.hosts) = (runs, hosts)
        var fold = Fold(plant: "p")
        return fold.fold([observation])
    }

    private func page(_ lines: String...) -> [UInt8] { Array((lines.joined(separator: "\n") + "\n").utf8) }

    @Test("Megatron's names, with underscores and as UTF-8")
    func megatron() throws {
        let pages = try ["t0", "t1"].map { try fixture("documented-megatron/\($0).txt") }
        let run = try #require(try runs(pages).first)
        let name = "megatron_training_"
        #expect(run.name == "moe-x" && run.tokens == total(pages[1], name + "tokens_per_sec{"))
        #expect(run.loss == total(pages[1], name + "loss{") && run.flops == 412.5)
        let steps = total(pages[1], name + "step_duration_ms_count") - total(pages[0], name + "step_duration_ms_count")
        let spent = total(pages[1], name + "step_duration_ms_sum") - total(pages[0], name + "step_duration_ms_sum")
        #expect(run.step.map { abs($0 - spent / steps / 1000) < 1e-12 } == true)
        let dotted = try #require(try runs([try fixture("documented-megatron/utf8.txt")]).first)
        #expect(dotted.name == "moe-x" && dotted.tokens == 410_000 && dotted.loss == 2.31)
    }

    @Test("a recorded pushgateway: as old as its push, under the meaning that the configuration gives")
    func pushgateway() throws {
        let bytes = try fixture("pushgateway-1.5.1/t0.txt")
        #expect(try runs([bytes]).isEmpty, "nobody has said what these names mean")
        #expect(PageReading(ExpositionPage(parsing: bytes)).isEmpty)
        let loss = TrainingMetric(name: "training_loss", label: nil, quantity: .loss)
        let run = try #require(try runs([bytes], training: [loss]).first)
        #expect(run.name == "llama-pretrain" && run.loss == total(bytes, "training_loss{"))
        #expect(run.at == PlantTime(epoch: total(bytes, "push_time_seconds{")) && run.staleAfter == Seconds(120))
    }

    @Test("a label of one's own names the job, a scale mends the unit, and a counter runs from push to push")
    func mapping() throws {
        func at(_ tokens: Int, pushed: Int) -> [UInt8] {
            page(
                "push_time_seconds{job=\"train\",instance=\"a\"} \(pushed)",
                "tok{job=\"train\",instance=\"a\",run_id=\"r7\"} \(tokens)",
                "step_ms{job=\"train\",instance=\"a\",run_id=\"r7\"} 850")
        }
        let training = [
            TrainingMetric(name: "tok", label: "run_id", quantity: .tokens),
            TrainingMetric(name: "step_ms", label: "run_id", quantity: .stepSeconds, scale: 0.001),
        ]
        // Polled every 5 s and pushed after 20: 4000 tokens in 20 s, and nothing new in the polls between.
        let run = try #require(
            try runs([at(1000, pushed: 970), at(1000, pushed: 970), at(5000, pushed: 990)], training: training).first)
        #expect(run.name == "r7" && run.tokens == 200 && run.step == 0.85)
        #expect(try runs([at(5, pushed: 970), at(5, pushed: 970)], training: training).first?.tokens == nil)
        #expect(try runs([at(5, pushed: 970), at(3, pushed: 990)], training: training).first?.tokens == nil)
    }

    private func facts(_ name: String, _ push: String = "", ago: Double, tokens: Double?) -> TrainingFacts {
        var facts = TrainingFacts(name: name, target: "t", push: push, at: PlantTime(epoch: 1000 - ago))
        (facts.tokens, facts.mfu, facts.staleAfter) = (tokens, 0.4, Seconds(120))
        return facts
    }

    @Test("a silent pusher is stale with its age; beside one that speaks it does not count; in the end it has ended")
    func silence() {
        #expect(fold([facts("a", ago: 30, tokens: 5)]).trained == .fresh(TokensPerSecond(5)))
        let old = fold([facts("a", ago: 300, tokens: 5)])
        #expect(old.trained == .stale(TokensPerSecond(5), age: Seconds(300)))
        #expect(old.jobs.map(\.trained) == [.stale(TokensPerSecond(5), age: Seconds(300))])
        let both = fold([facts("a", "x", ago: 300, tokens: 5), facts("a", "y", ago: 3, tokens: 7)])
        #expect(both.jobs.count == 1 && both.trained == .fresh(TokensPerSecond(7)))
        let ended = fold([facts("a", ago: 1300, tokens: 5)])
        #expect(ended.jobs.isEmpty && ended.trained == .missing && ended.mfu == .missing)
    }

    @Test("pushers of a job are added, jobs are added, and what one does not say stays unknown")
    func sums() {
        let snapshot = fold([
            facts("a", "x", ago: 3, tokens: 5), facts("a", "y", ago: 3, tokens: 7), facts("b", ago: 3, tokens: nil),
        ])
        #expect(snapshot.jobs.map(\.id.name) == ["a", "b"] && snapshot.jobs[0].trained == .fresh(TokensPerSecond(12)))
        #expect(snapshot.jobs[1].trained == .missing && snapshot.trained == .fresh(TokensPerSecond(12)))
        // Nobody says how large the two are, so that no mean of them is right.
        #expect(snapshot.mfu == .missing && fold([facts("a", ago: 3, tokens: 5)]).mfu == .fresh(Share(0.4)))
        #expect(!snapshot.jobs[0].isSized)
    }

    @Test("GPUs that are held under the job's name say where it runs")
    func placed() {
        func host(_ name: String, _ holders: [String?]) -> HostFacts {
            var host = HostFacts(name: name, address: name, exporter: "dcgm", at: PlantTime(epoch: 999))
            host.gpus = holders.enumerated().map { index, holder in
                var gpu = GPUFacts(uuid: "\(name)-\(index)")
                (gpu.index, gpu.holder, gpu.owner) = (index, holder, holder.map { _ in "nlp1" })
                return gpu
            }
            return host
        }
        let hosts = [host("n1", ["a", "a"]), host("n2", ["a", "a"]), host("n3", [nil, "b"])]
        let snapshot = fold([facts("a", ago: 3, tokens: 5)], hosts)
        #expect(snapshot.jobs[0].nodes == 2 && snapshot.jobs[0].gpusPerNode == 2 && snapshot.jobs[0].owner == "nlp1")
        #expect(snapshot.nodes.jobs == [0, 0, -1])
    }
}
