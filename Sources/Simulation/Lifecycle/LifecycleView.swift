// SPDX-License-Identifier: Apache-2.0

import Factory

/// The lifecycle as an observer sees it.
extension SimulatedPlant {
    func lifecycle() -> Lifecycle {
        var lifecycle = Lifecycle()
        lifecycle.stages = LifecycleStage.Kind.allCases.map(stage)
        if let place = lifecycle.stages.firstIndex(where: { $0.kind == bottleneck }) {
            lifecycle.stages[place].isBottleneck = true
        }
        lifecycle.postTrainingRatio = .fresh(Count(lifetime.postTraining / lifetime.pretraining))
        lifecycle.staleness = .fresh(Seconds(clock - flywheel.deployedAt))
        lifecycle.acceptance = .fresh(Share(Flywheel.acceptance))
        lifecycle.quality = .fresh(Share(flywheel.quality))
        lifecycle.lastGain = Reading(flywheel.lastGain.map { Share($0) })
        lifecycle.deployed = flywheel.deployed
        lifecycle.turnedBack = flywheel.turnedBack
        return lifecycle
    }

    /// What holds the others up, and always exactly one: users first; then who starves training; then a flywheel that
    /// waits for nodes; else whatever works closest to what it could.
    private var bottleneck: LifecycleStage.Kind {
        if alarms.contains(where: { $0.hurtSince != nil }) { return .inference }
        if gangs.contains(where: \.isStarved) {
            return ingestion.raw.tokens < ingestion.perNode ? .ingestion : .curation
        }
        if case .tuning(let job) = flywheel.phase, pending.contains(where: { $0.id == job }) { return .postTraining }
        let loads = [LifecycleStage.Kind.curation, .pretraining, .inference].map {
            kind -> (LifecycleStage.Kind, Double) in
            let stage = stage(kind)
            let most = stage.capacity.known?.value ?? 0
            return (kind, most > 0 ? (stage.rate.known?.value ?? 0) / most : 0)
        }
        return loads.max { $0.1 < $1.1 }?.0 ?? .inference
    }

    private func stage(_ kind: LifecycleStage.Kind) -> LifecycleStage {
        var stage = LifecycleStage(kind)
        switch kind {
        case .ingestion:
            stage.rate = .fresh(TokensPerSecond(ingestion.inflow))
            stage.stock = ingestion.raw
            if (ingestion.raw.fill?.value ?? 0) > 0.999 { stage.note = "stock full" }
        case .curation: curation(&stage)
        case .pretraining: training(&stage, [.pretraining])
        case .postTraining: training(&stage, [.fineTuning, .reinforcement])
        case .evaluation: evaluation(&stage)
        case .rollout: rollout(&stage)
        case .inference:
            stage.nodes = inference.reduce(0) { $0 + $1.nodes }
            stage.rate = .fresh(TokensPerSecond(inference.reduce(0) { $0 + $1.decodeRate }))
            stage.capacity = .fresh(TokensPerSecond(inference.reduce(0) { $0 + $1.capacity * $1.demand.output }))
        case .feedback:
            stage.rate = .fresh(TokensPerSecond(flywheel.flow.value))
            stage.stock = flywheel.buffer
        }
        return stage
    }

    private func curation(_ stage: inout LifecycleStage) {
        let nodes = gangs.filter { $0.request.kind == .curation && $0.phase == .running }.reduce(0) { $0 + $1.nodes }
        stage.nodes = nodes
        stage.rate = .fresh(TokensPerSecond(ingestion.giving))
        stage.capacity = .fresh(TokensPerSecond(ingestion.perNode * Double(nodes) * Ingestion.acceptance))
        stage.stock = ingestion.curated
        if nodes == 0 {
            stage.note = "no node curates"
        } else if (ingestion.curated.fill?.value ?? 0) > 0.999 {
            stage.note = "stock full"
        }
    }

    private func training(_ stage: inout LifecycleStage, _ kinds: Set<JobState.Kind>) {
        let mine = gangs.filter { kinds.contains($0.request.kind) }
        stage.nodes = mine.reduce(0) { $0 + $1.nodes }
        stage.rate = .fresh(TokensPerSecond(mine.reduce(0) { $0 + $1.rate }))
        stage.capacity = .fresh(TokensPerSecond(mine.reduce(0) { $0 + $1.nominalRate }))
        let waiting = pending.filter { kinds.contains($0.kind) }
        if mine.contains(where: \.isStarved) {
            stage.note = "starved of curated data"
        } else if !waiting.isEmpty {
            stage.note = "\(Words.count(waiting.count, "job")) \(waiting.count == 1 ? "waits" : "wait") for nodes"
        }
    }

    private func evaluation(_ stage: inout LifecycleStage) {
        stage.nodes = gangs.filter { $0.request.kind == .evaluation }.reduce(0) { $0 + $1.nodes }
        if case .evaluating(let end) = flywheel.phase {
            stage.note = "scores a fine-tune, \(Words.span(Seconds(max(0, end - clock)))) left"
        }
    }

    private func rollout(_ stage: inout LifecycleStage) {
        switch flywheel.phase {
        case .filling: stage.note = layout.training > 0 ? "waits for the buffer" : "no node here trains"
        case .tuning(let job):
            stage.note = pending.contains { $0.id == job } ? "fine-tune waits for nodes" : "fine-tune runs"
        case .evaluating: stage.note = "waits for the evaluation"
        case .canary(let end): stage.note = "canary on 5 %, \(Words.span(Seconds(max(0, end - clock)))) left"
        case .rolling(let left, let loading, let count):
            stage.note = "rolling, \(count - left.count - (loading == nil ? 0 : 1)) of \(Words.count(count, "node"))"
        }
    }
}
