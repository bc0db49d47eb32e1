// SPDX-License-Identifier: Apache-2.0

import Factory
import Planning

/// What the training scheduler does by itself with nodes that training owns.
extension SimulatedPlant {
    /// Seconds a gang lacks a node before the scheduler takes a spare.
    private static let patience = 120.0

    mutating func schedule() {
        markStragglers()
        if clock >= nextSubmission { submit() }
        fillGangs()
        var free = freeNodes()
        if !free.isEmpty { start(&free) }
        if !free.isEmpty { grow(&free) }
    }

    private mutating func submit() {
        nextSubmission = clock + book.exponential(mean: submissionGap)
        guard pending.count < max(6, gangs.count) else { return }
        pending.append(book.submitted(largest: largestGang, at: clock))
    }

    /// Training nodes without a job that no order holds.
    private func freeNodes() -> [Int] {
        states.indices.filter {
            states[$0] == .training && gangOf[$0] < 0 && poolOf[$0] == UInt8(trainingPool) && !isOrdered($0)
        }
    }

    private mutating func fillGangs() {
        for index in gangs.indices where gangs[index].missing > 0 {
            for node in freeNodes().prefix(gangs[index].missing) { joinGang(node, index) }
            guard gangs[index].missing > 0, clock - gangs[index].since >= Self.patience else { continue }
            let spares = states.indices.filter { states[$0] == .spare && !isOrdered($0) }
            for node in spares.prefix(max(0, min(gangs[index].missing, spares.count - layout.spareFloor))) {
                give(node, to: trainingPool)
                set(node, .training)
                joinGang(node, index)
                let request = gangs[index].request
                emit(
                    .job, "job \(request.id) \(request.name) takes spare \(names.ids[node]) for a lost node", node: node
                )
            }
        }
    }

    /// Jobs start in the order they came; a small one may go before a large one that does not fit.
    private mutating func start(_ free: inout [Int]) {
        var waiting: [JobRequest] = []
        for request in pending {
            guard request.minNodes <= free.count else {
                waiting.append(request)
                continue
            }
            let count = min(free.count, request.maxNodes)
            gangs.append(Gang(request, nodes: count, at: clock, machine: settings.hardware))
            for node in free.prefix(count) { gangOf[node] = Int32(gangs.count - 1) }
            free.removeFirst(count)
            revision.number += 1
            emit(.job, "job \(request.id) \(request.name) (\(request.owner)) starts on \(count) nodes")
        }
        pending = waiting
    }

    private mutating func grow(_ free: inout [Int]) {
        for index in gangs.indices where gangs[index].phase == .running && gangs[index].room > 0 {
            for node in free.prefix(gangs[index].room) {
                joinGang(node, index)
                free.removeFirst()
            }
        }
    }

    private mutating func markStragglers() {
        for index in gangs.indices { gangs[index].slowness = 1 }
        for episode in breakage.episodes where episode.kind == .slow || episode.kind == .network {
            let index = Int(gangOf[episode.node])
            guard index >= 0 else { continue }
            // A gang of one node has no step to take across the network.
            if episode.kind == .network, gangs[index].nodes == 1 { continue }
            gangs[index].slowness = max(gangs[index].slowness, episode.kind == .slow ? Gang.straggle : Gang.crawl)
        }
    }

    /// The gang that a node coming from elsewhere joins: the one that plans are made with; nil: it waits for a job.
    func gangToJoin() -> Int? {
        let chosen = GangChoice.next(gangs.map { $0.state(at: clock) })
        return gangs.firstIndex { $0.request.id == chosen?.id }
    }
}
