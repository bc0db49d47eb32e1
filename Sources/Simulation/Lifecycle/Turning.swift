// SPDX-License-Identifier: Apache-2.0

import Factory
import Planning

/// The plant turns its flywheel: a real job trains, real nodes reload.
extension SimulatedPlant {
    private static let drainTime = 45.0
    /// The class whose model is fine-tuned; the first one where the plant does not serve it.
    var tunedClass: Int { inference.firstIndex { $0.served.serving.name == "chat" } ?? 0 }

    mutating func advanceLifecycle() {
        advanceIngestion()
        guard !inference.isEmpty else { return }
        flywheel.log(inference.reduce(0) { $0 + $1.decodeRate })
        switch flywheel.phase {
        case .filling: if flywheel.isFull, layout.training > 0 { askForFineTune() }
        // Whole jobs are compared: six times a minute is soon enough.
        case .tuning(let job): if second % 10 == 0, !isKnown(job) { beginEvaluation() }
        case .evaluating(let end): if clock >= end { beginCanary() }
        case .canary(let end): if clock >= end { endCanary() }
        case .rolling(let left, let loading, let count): roll(left, loading, of: count)
        }
    }

    /// Data that just keeps up with the gangs that the plant opens with, or with three fifths of the plant where fewer train:
    /// a pipeline is not built for the hour in which users want most.
    mutating func openIngestion() {
        let readers = gangs.filter { $0.request.kind == .pretraining }
        let curating = gangs.filter { $0.request.kind == .curation }.reduce(0) { $0 + $1.nodes }
        let growth = max(1, 0.6 * Double(settings.nodes) / Double(max(1, layout.training)))
        ingestion = Ingestion(
            demand: growth * readers.reduce(0) { $0 + $1.rate }, nodes: curating, seed: settings.seed)
    }

    private mutating func advanceIngestion() {
        var demand = 0.0
        var curating = 0
        for index in gangs.indices where gangs[index].phase == .running {
            switch gangs[index].request.kind {
            case .pretraining: demand += gangs[index].fullRate * power.trainingShare
            case .curation: curating += gangs[index].nodes
            case .fineTuning, .reinforcement, .evaluation, .interactive: break
            }
            lifetime.add(gangs[index].request.kind, gpus: gangs[index].gpus)
        }
        let share = ingestion.advance(demand: demand, nodes: curating, at: second)
        for index in gangs.indices where gangs[index].request.trains {
            let reads = gangs[index].request.kind == .pretraining
            gangs[index].isStarved = reads && share < 0.99
            gangs[index].fed = reads ? share : 1
            gangs[index].powered = power.trainingShare
        }
    }

    private func isKnown(_ job: JobID) -> Bool {
        gangs.contains { $0.request.id == job } || pending.contains { $0.id == job }
    }

    private mutating func askForFineTune() {
        let nodes = max(1, min(largestGang, layout.training / 12))
        let job = book.fineTune(nodes: nodes, seconds: 2400, since: clock)
        pending.append(job)
        flywheel.begin(job.id)
        emit(.job, "flywheel: buffer full, \(job.name) asks for \(Words.count(nodes, "node"))")
    }

    private mutating func beginEvaluation() {
        flywheel.phase = .evaluating(until: clock + Flywheel.evaluationTime)
    }

    private mutating func beginCanary() {
        let isBetter = flywheel.judge()
        let gain = (flywheel.lastGain ?? 0) * 100
        let text = "\(gain < 0 ? "" : "+")\(Words.fixed(gain, 1)) points"
        guard isBetter else { return emit(.change, "flywheel: evaluation turns the fine-tune back, \(text)") }
        emit(.change, "flywheel: evaluation passes, \(text); canary on 5 % of \(classes[tunedClass])")
        flywheel.phase = .canary(until: clock + Flywheel.canaryTime)
    }

    /// A drill's new model: released from elsewhere, and on the canary at once.
    mutating func beginRollout(isBad: Bool) {
        guard !inference.isEmpty else { return }
        if case .rolling(_, let loading?, _) = flywheel.phase, states[loading] == .draining {
            inference[Int(poolOf[loading])].endDrain()
            set(loading, .serving)
        }
        flywheel.accept(gain: isBad ? -0.04 : 0.02, isBad: isBad, until: clock + Flywheel.canaryTime)
        emit(.change, "a new model for \(classes[tunedClass]) is released; canary on 5 % of it")
    }

    private mutating func endCanary() {
        guard !flywheel.isSpoiled else {
            flywheel.turnBack()
            return emit(.change, "flywheel: the canary regresses, the new model is turned back")
        }
        let nodes = states.indices.filter { states[$0] == .serving && Int(poolOf[$0]) == tunedClass }
        flywheel.phase = .rolling(left: nodes, loading: nil, of: nodes.count)
    }

    /// One node at a time, and none while the class is at its floor or hurt.
    private mutating func roll(_ left: [Int], _ loading: Int?, of count: Int) {
        if let loading {
            let isEmpty = clock >= max(since[loading].epoch + Self.drainTime, course.drainsStuckUntil)
            if states[loading] == .draining, isEmpty { reload(loading) }
            let isOnItsWay = states[loading] == .draining || states[loading] == .loading
            if isOnItsWay { return }
        }
        let pool = tunedClass
        let waiting = left.filter { states[$0] == .serving && Int(poolOf[$0]) == pool && !isOrdered($0) }
        // An only node takes the new weights in place, as engines can: while it reloads nobody would be left to answer.
        let isAlone = inference[pool].nodes == 1 && layout.servingFloors[pool] == 1
        guard let next = waiting.first, !isAlone else {
            flywheel.deploy(at: clock)
            return emit(
                .change,
                "flywheel: \(classes[pool]) serves model \(flywheel.deployed + 1) on \(Words.count(count, "node"))")
        }
        guard inference[pool].nodes > layout.servingFloors[pool], alarms[pool].isQuiet else {
            flywheel.phase = .rolling(left: waiting, loading: nil, of: count)
            return
        }
        inference[pool].beginDrain()
        set(next, .draining)
        flywheel.phase = .rolling(left: Array(waiting.dropFirst()), loading: next, of: count)
    }

    private mutating func reload(_ node: Int) {
        let pool = Int(poolOf[node])
        _ = inference[pool].cutDrainer()
        set(node, .loading)
        let profile = inference[pool].served.model.profile
        breakage.reloading.append((node, clock + profile.nearLoadTime.value + profile.warmTime.value))
    }

    /// Whether the flywheel's roll-out has the node.
    func isReloading(_ node: Int) -> Bool {
        if case .rolling(_, let loading, _) = flywheel.phase { loading == node } else { false }
    }
}
